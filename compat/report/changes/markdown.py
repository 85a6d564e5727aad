"""The changes as GitHub's Markdown, to be put into a comment on a pull request.

Texts of strangers stand in code, where nothing in them is a name to notify, a link or a tag. Notes
are folded. A comment has a limit, so what goes beyond it is only counted.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.model.interface import Interface
from compat.report.changes.listing import Listing
from compat.report.changes.words import (
    NOUNS,
    WHOLE,
    crossed,
    cut,
    heading,
    subject,
    totals,
    values,
)
from compat.report.counted import counted
from compat.report.printable import on_one_line

COMMENT_CHARACTERS_MAX: Final = 65_536
_FRAME_CHARACTERS_MAX: Final = 500  # what stands between the tables and behind them
# What a code span can hold as it is, in a cell of a table, too.
_PLAIN: Final = re.compile(r"[^`|\\\s](?:[^`|\\]*[^`|\\\s])?")
_HEAD: Final = "| Level | Rule | Change | Place |\n| --- | --- | --- | --- |\n"


def changes_markdown(listing: Listing) -> str:
    """The whole comment."""
    head = f"**{totals(listing)}**\n\n{_compared(listing)}"
    room = COMMENT_CHARACTERS_MAX - _FRAME_CHARACTERS_MAX - len(head)
    loud, unsaid = _tables(listing, lambda level: level > Level.INFO, room)
    quiet, folded = _tables(listing, lambda level: level is Level.INFO, room - len(loud))
    parts = [head, loud, _more(unsaid)]
    if listing.counts[Level.INFO]:
        told = counted(listing.counts[Level.INFO], NOUNS[Level.INFO])
        parts += [f"<details>\n<summary>{told}</summary>", quiet, _more(folded), "</details>"]
    return "".join(f"{part.rstrip()}\n\n" for part in parts if part).rstrip() + "\n"


def code(text: str) -> str:
    """The text as code that fits a cell of a table; nothing of it is taken for Markdown or HTML."""
    shown = on_one_line(text)
    if _PLAIN.fullmatch(shown):
        return f"`{shown}`"
    escaped = re.sub(r"[^\w ]|_", lambda found: f"&#{ord(found.group())};", shown)
    return f"<code>{escaped}</code>"


def _compared(listing: Listing) -> str:
    """The two specs, or the two folders."""
    if listing.folders is not None:
        return " → ".join(code(folder) for folder in listing.folders)
    [document] = listing.documents
    return " → ".join(_spec(each) for each in (document.old, document.new) if each is not None)


def _spec(interface: Interface) -> str:
    named = cut(f"{interface.title} {interface.version}".strip())
    return " ".join(code(each) for each in (interface.place.file, named) if each)


def _tables(listing: Listing, wanted: Callable[[Level], bool], room: int) -> tuple[str, int]:
    """The tables in so many characters, and how many changes are left."""
    text, left = "", 0
    for section in listing.sections:
        is_named = section.document or section.operation
        title = code(heading(section)) if is_named else WHOLE.capitalize()
        before = f"#### {title}\n\n{_HEAD}"
        for change, level in zip(section.changes, section.levels, strict=True):
            if not wanted(level):
                continue
            row = before + _row(change, level, crossed(listing, change))
            if left or len(text) + len(row) > room:
                left += 1
            else:
                text, before = text + row, ""
        if not before:
            text += "\n"
    return text, left


def _row(change: Change, level: Level, shim: str) -> str:
    what = f"{_what(change)}<br>with a shim {code(shim)}" if shim else _what(change)
    return f"| {level.name} | `{change.id}` | {what} | {'<br>'.join(_places(change))} |\n"


def _what(change: Change) -> str:
    before, after = (code(each) if each else "" for each in values(change))
    became = f"{before} became {after}" if before and after else before or after
    about = code(subject(change)) if subject(change) else ""
    return ": ".join(each for each in (about, became) if each)


def _places(change: Change) -> Iterator[str]:
    for word, place in (("old", change.old), ("new", change.new)):
        if place is not None:
            yield f"{word} {code(str(place))}"


def _more(left: int) -> str:
    return f"And {left} more, which do not fit a comment." if left else ""
