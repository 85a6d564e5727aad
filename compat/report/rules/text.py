"""Pages about rules for a terminal, and as Markdown."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from compat.differ.effect import Level
from compat.model.role import Role
from compat.plan.bridge import Difference
from compat.report.rules.page import Page
from compat.report.text import ROLES

NO_BRIDGE: Final = "There is nothing to bridge: no message of the example has to be changed."
_HEADS: Final = ("old", "new", "rule")
_LEVEL_COLUMNS: Final = max(len(level.name) for level in Level)


def list_text(pages: Iterable[Page]) -> Iterator[str]:
    """A line for each: its level for an old client and for a new one, its id and its meaning."""
    heads = (f"{head:<{_LEVEL_COLUMNS}}" for head in _HEADS)
    yield "  ".join(heads)
    for page in pages:
        levels = (f"{page.level(role).name:<{_LEVEL_COLUMNS}}" for role in Role)
        yield "  ".join((*levels, page.id, page.meaning))


def list_markdown(pages: Iterable[Page], folder: str = "") -> Iterator[str]:
    """A table; with a folder the ids are links to the pages in it."""
    yield "| Rule | Old client | New client | Meaning |"
    yield "| --- | --- | --- | --- |"
    for page in pages:
        called = f"[`{page.id}`]({folder}{page.id}.md)" if folder else f"`{page.id}`"
        levels = " | ".join(page.level(role).name for role in Role)
        yield f"| {called} | {levels} | {page.meaning} |"


def page_text(page: Page) -> Iterator[str]:
    """What a person reads who wants to know why a build failed."""
    yield from page_summary(page)
    yield ""
    yield "Example (- before, + after)"
    yield from (f"  {line}".rstrip() for line in page.lines)
    for line in _conditions(page):
        yield f"  {line}"
    yield ""
    yield "What a shim does about the example"
    if not page.differences:
        yield f"  {NO_BRIDGE}"
    for difference in page.differences:
        yield f"  {difference.told}"
        yield from (f"    {line}" for line in _treatments(difference))


def page_summary(page: Page) -> Iterator[str]:
    """What it means, and who breaks."""
    yield page.id
    yield f"  {page.meaning}"
    yield ""
    yield "Who breaks"
    for role, words in ROLES.items():
        yield f"  {words}: {page.level(role).name}: {page.reason(role)}"


def page_markdown(page: Page) -> Iterator[str]:
    """The same for a repository or a browser."""
    yield f"# `{page.id}`"
    yield ""
    yield page.meaning
    yield ""
    yield "## Who breaks"
    yield ""
    yield "| | Level | Why |"
    yield "| --- | --- | --- |"
    for role, words in ROLES.items():
        yield f"| {words} | {page.level(role).name} | {page.reason(role)} |"
    yield ""
    yield "## Example"
    yield ""
    yield "```diff"
    yield from (line.rstrip() for line in page.lines)
    yield "```"
    for line in _conditions(page):
        yield ""
        yield line
    yield ""
    yield "## What a shim does about the example"
    yield ""
    if not page.differences:
        yield NO_BRIDGE
    for difference in page.differences:
        yield f"- `{difference.told}`"
        yield from (f"  - {line}" for line in _treatments(difference))


def _conditions(page: Page) -> Iterator[str]:
    if page.example.needs_plan:
        yield "It is told where a shim is planned: by `check`, and by `diff` with `--plan`."
    if page.example.intent:
        yield f"The intent of the example: `{json.dumps(page.example.intent)}`."
    if page.settings:
        yield f"It is told with these settings of `check`: `{', '.join(page.settings)}`."
    if page.example.beside:
        others = " and ".join(f"`{each}`" for each in sorted(page.example.beside))
        yield f"The example is told by {others}, too."


def _treatments(difference: Difference) -> Iterator[str]:
    for role, words in ROLES.items():
        found = difference.judgements[role]
        yield f"{words}: {found.verdict.label}: {found.treatment}"
