"""Rules on a terminal: a list of them, and all about one."""

from collections.abc import Iterable, Iterator
from typing import Final

from compat.differ.effect import Level
from compat.model.role import Role
from compat.report.rules.rule import Rule
from compat.report.rules.words import NO_BRIDGE, conditions, treatments
from compat.report.text import ROLES

_HEADS: Final = ("old", "new", "rule")
_LEVEL_COLUMNS: Final = max(len(level.name) for level in Level)


def list_text(rules: Iterable[Rule]) -> Iterator[str]:
    """A line for each: its level for an old client and for a new one, its id and its meaning."""
    heads = (f"{head:<{_LEVEL_COLUMNS}}" for head in _HEADS)
    yield "  ".join(heads)
    for rule in rules:
        levels = (f"{rule.level(role).name:<{_LEVEL_COLUMNS}}" for role in Role)
        yield "  ".join((*levels, rule.id, rule.meaning))


def rule_text(rule: Rule) -> Iterator[str]:
    """What a person reads who wants to know why a build failed."""
    yield from rule_summary(rule)
    yield ""
    yield "Example (- before, + after)"
    yield from (f"  {line}".rstrip() for line in rule.lines)
    for line in conditions(rule):
        yield f"  {line}"
    yield ""
    yield "What a shim does about the example"
    if not rule.differences:
        yield f"  {NO_BRIDGE}"
    for difference in rule.differences:
        yield f"  {difference.told}"
        yield from (f"    {line}" for line in treatments(difference))


def rule_summary(rule: Rule) -> Iterator[str]:
    """What it means, and who breaks."""
    yield rule.id
    yield f"  {rule.meaning}"
    yield ""
    yield "Who breaks"
    for role, words in ROLES.items():
        yield f"  {words}: {rule.level(role).name}: {rule.reason(role)}"
