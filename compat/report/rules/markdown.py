"""Rules as Markdown, for a repository or a browser: a table of them, and a page about one."""

from collections.abc import Iterable, Iterator

from compat.model.role import Role
from compat.report.rules.rule import Rule
from compat.report.rules.words import NO_BRIDGE, conditions, treatments
from compat.report.text import ROLES


def list_markdown(rules: Iterable[Rule], folder: str = "") -> Iterator[str]:
    """A table; with a folder the ids are links to the pages in it."""
    yield "| Rule | Old client | New client | Meaning |"
    yield "| --- | --- | --- | --- |"
    for rule in rules:
        called = f"[`{rule.id}`]({folder}{rule.id}.md)" if folder else f"`{rule.id}`"
        levels = " | ".join(rule.level(role).name for role in Role)
        yield f"| {called} | {levels} | {rule.meaning} |"


def rule_markdown(rule: Rule) -> Iterator[str]:
    """All of it, with the example as a diff."""
    yield f"# `{rule.id}`"
    yield ""
    yield rule.meaning
    yield ""
    yield "## Who breaks"
    yield ""
    yield "| | Level | Why |"
    yield "| --- | --- | --- |"
    for role, words in ROLES.items():
        yield f"| {words} | {rule.level(role).name} | {rule.reason(role)} |"
    yield ""
    yield "## Example"
    yield ""
    yield "```diff"
    yield from (line.rstrip() for line in rule.lines)
    yield "```"
    for line in conditions(rule):
        yield ""
        yield line
    yield ""
    yield "## What a shim does about the example"
    yield ""
    if not rule.differences:
        yield NO_BRIDGE
    for difference in rule.differences:
        yield f"- `{difference.told}`"
        yield from (f"  - {line}" for line in treatments(difference))
