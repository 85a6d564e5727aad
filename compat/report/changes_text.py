"""The changes between two specs as a person reads them: by operation, the worst first."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.model.place import Place
from compat.report.changes import sentence, subject
from compat.report.printable import printable
from compat.report.text import counted, unbroken

STYLES: Final[Mapping[Level, str]] = {
    Level.ERR: "bold red",
    Level.WARN: "yellow",
    Level.INFO: "dim",
}
_NOUNS: Final = {Level.ERR: "error", Level.WARN: "warning", Level.INFO: "note"}
_WHOLE: Final = "the whole interface"


def changes_text(found: Sequence[Change]) -> Group:
    """The whole report."""
    return Group(Text(totals(found), style="bold"), *_operations(found))


def totals(found: Sequence[Change]) -> str:
    """How much there is, in a sentence."""
    if not found:
        return "no changes"
    counts = Counter(change.level for change in found)
    parts = [counted(counts[level], _NOUNS[level]) for level in reversed(Level) if counts[level]]
    return f"{counted(len(found), 'change')}: {', '.join(parts)}"


def _operations(found: Sequence[Change]) -> Iterator[RenderableType]:
    groups: dict[str, list[Change]] = {}
    for change in found:
        groups.setdefault(change.operation, []).append(change)
    for operation, changes in groups.items():
        yield Text()
        yield unbroken(operation or _WHOLE, "bold")
        for change in sorted(changes, key=lambda each: -each.level):
            yield from _change(change)


def _change(change: Change) -> Iterator[RenderableType]:
    level = Text(f"{change.level.name:<4} ", style=STYLES[change.level])
    said = printable(": ".join(each for each in (subject(change), sentence(change)) if each))
    yield Padding(level + Text(said), (0, 0, 0, 2), expand=False)
    places = "  ".join(_place(word, at) for word, at in (("old", change.old), ("new", change.new)))
    told = unbroken(f"{change.fingerprint}  {places.strip()}", "dim")
    yield Padding(told, (0, 0, 0, 7), expand=False)


def _place(word: str, place: Place | None) -> str:
    return "" if place is None else f"{word} {place}"
