"""The changes as commands of GitHub's workflows, which show them beside the lines of a file.

Of each level, GitHub shows the first ten of a step; so the worst come first, over all operations.
"""

from collections.abc import Mapping
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.report.changes.listing import Listing, listed_file
from compat.report.changes.words import crossed, placed
from compat.report.printable import printable

COMMANDS: Final[Mapping[Level, str]] = {
    Level.ERR: "error",
    Level.WARN: "warning",
    Level.INFO: "notice",
}
_IN_MESSAGES: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES: Final = _IN_MESSAGES | str.maketrans({":": "%3A", ",": "%2C"})


def changes_commands(listing: Listing) -> str:
    """A line for each change."""
    ordered = sorted(listing.changes, key=lambda each: -each[1])
    return "".join(f"{_command(change, level, listing)}\n" for change, level in ordered)


def _command(change: Change, level: Level, listing: Listing) -> str:
    place = listing.place(change)
    properties = {
        "file": listed_file(place),
        "line": str(place.line),
        "col": str(place.column),
        "title": change.id,
    }
    written = ",".join(
        f"{name}={printable(value).translate(_IN_PROPERTIES)}" for name, value in properties.items()
    )
    before = f" (before: {change.old})" if change.old is not None else ""
    shim = f" (with a shim {told})" if (told := crossed(listing, change)) else ""
    message = printable(f"{placed(change)}{before}{shim}").translate(_IN_MESSAGES)
    return f"::{COMMANDS[level]} {written}::{message}"
