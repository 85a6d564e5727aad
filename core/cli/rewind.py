"""`isthmus rewind`: take the volumes back to a point, in place."""

from typing import Any, Final

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.images import moved_images
from core.cli.opening import Opened, as_served, opened
from core.cli.options import at_option, image_option, journal_argument, now_ns, text_or_json
from core.cli.points import Selected, parse_point
from core.driver.control import ask
from core.driver.group.protection import protected
from core.driver.group.rewinding import Rewound, take_back
from core.driver.group.wanted import Wanted
from core.units import size_text

_PATIENCE_S: Final = 3600.0


@click.command(epilog=exits())
@journal_argument
@at_option
@image_option
@text_or_json
def command(*, journal: str, at: str, image: tuple[str, ...], form: str) -> None:
    """Give the volumes of the journal in DIR what they held at a point, in place.

    What that writes is history like all else: another rewind, to the point before, undoes it. Where
    the group is being served no client may be connected; where it is not, this opens it. That takes
    no --journal-size: nothing is given up for it, and the journal may take more than it was given
    until the group is served again.

    \b
    Example:
      isthmus rewind journal --at -90s
      isthmus rewind journal --at bookmark:nightly
    """
    with opened(journal) as found:
        selected = parse_point(at, found.history, now_ns=now_ns())
        told = _asked(found, selected) if found.writer else None
        wanted = as_served(found, moved_images(found, image))
    if told is None:
        told = _alone(wanted, selected)
    if form == "json":
        say_json(told._asdict())
    else:
        note(
            f"at {selected}: {size_text(told.bytes)} looked at; sequence {told.end} is the end now"
        )
        for each in told.resized:
            before, size = (size_text(int(each[name])) for name in ("before", "size"))
            note(f"{each['volume']}: {size}, it had {before}")
        if told.earliest <= told.before:
            note(f"to undo it: isthmus rewind {journal} --at sequence:{told.before}")
        else:
            note("it cannot be undone: the journal had no room for what was there before")


def _asked(found: Opened, selected: Selected) -> Rewound:
    answer: dict[str, Any] = {
        **ask(found.path, "rewind", timeout_s=_PATIENCE_S, point=selected.point)
    }
    return Rewound(**{name: answer[name] for name in Rewound._fields})


def _alone(wanted: Wanted, selected: Selected) -> Rewound:
    with protected(wanted, lambda _name, _done, _size: None) as group:
        return take_back(group, selected.point)
