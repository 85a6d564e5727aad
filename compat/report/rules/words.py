"""What is said of a rule in words, the same on a terminal and in Markdown."""

import json
from collections.abc import Iterator
from typing import Final

from compat.plan.bridge import Difference
from compat.report.rules.rule import Rule
from compat.report.text import ROLES

NO_BRIDGE: Final = "There is nothing to bridge: no message of the example has to be changed."


def conditions(rule: Rule) -> Iterator[str]:
    """When the example is told, and by which other rules."""
    if rule.example.needs_plan:
        yield "It is told where a shim is planned: by `check`, and by `diff` with `--plan`."
    if rule.example.intent:
        yield f"The intent of the example: `{json.dumps(rule.example.intent)}`."
    if rule.settings:
        yield f"It is told with these settings of `check`: `{', '.join(rule.settings)}`."
    if rule.example.beside:
        others = " and ".join(f"`{each}`" for each in sorted(rule.example.beside))
        yield f"The example is told by {others}, too."


def treatments(difference: Difference) -> Iterator[str]:
    """What is done about the difference, for each role."""
    for role, words in ROLES.items():
        found = difference.judgements[role]
        yield f"{words}: {found.verdict.label}: {found.treatment}"
