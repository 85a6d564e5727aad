"""The copies of a group at other sites, as hosts meet them: what is promised of each.

Each is fed by itself (`shipped.py`), and what befalls one is no matter of another. Who has written
has what there is sent to all that are to have it, and then waits for each: that takes as long as
the slowest of them. Where there is one copy, it is met without this.
"""

from collections.abc import Callable, Sequence
from typing import Final

from core.driver.group.group import Group
from core.driver.link.shipped import ShippedCopy, send
from core.driver.nbd.export import Hold

_ROOM_WAIT_S: Final = 1.0


def feed(group: Group, copies: Sequence[ShippedCopy]) -> None:
    """Have hosts of a group wait for its copies as far as each of them asks for it.

    After an error all is as it was, and no copy is fed.
    """
    several, before = Several(copies), (group.shipped, group.when_full, group.room_wait_s)
    group.shipped = copies[0] if len(copies) == 1 else several
    group.when_full, group.room_wait_s = several.mark, _ROOM_WAIT_S
    try:
        for each in copies:
            each.when_no_room = several.mark_absent
            each.start()
    except BaseException:
        group.shipped, group.when_full, group.room_wait_s = before
        raise


def refuse_without_points(copies: Sequence[ShippedCopy]) -> None:
    """Raises CoreError where what is written now is a point of none of them."""
    if not any(each.has_points for each in copies):
        copies[0].refuse_without_points()


class Several:
    """All copies of a group."""

    def __init__(self, copies: Sequence[ShippedCopy]) -> None:
        self._copies = tuple(copies)

    def wrote(self, end: int, size: int) -> None:
        """See `core.driver.group.group`."""
        owed = [(each, each.owes(end, size)) for each in self._copies]
        waits = [(each, *found) for each, found in owed if found is not None]
        if len(waits) > 1:
            for _, link, _ in waits:
                send(link)
        for each, link, needed in waits:
            each.received(link, needed)

    def hold(self, size: int) -> Hold | None:
        """See `core.driver.group.group`."""
        holds = [found for each in self._copies if (found := each.hold(size)) is not None]
        return Longest(holds) if len(holds) > 1 else holds[0] if holds else None

    def flush(self, end: int, sync: Callable[[], None]) -> None:
        """See `core.driver.group.group`."""
        links = [(each, each.flushes()) for each in self._copies]
        sync()
        for each, link in links:
            if link is not None:
                each.durable(link, end)

    def mark(self) -> None:
        """The journal is full: the copy goes that it waits for most. The group's lock is held."""
        self._behind.mark()

    def mark_absent(self) -> None:
        """The same, where what a copy asked for has no room: one that is there makes it soon."""
        if not (behind := self._behind).is_connected:
            behind.mark()

    @property
    def _behind(self) -> ShippedCopy:
        return min(self._copies, key=lambda each: each.applied)


class Longest:
    """What holds back the acknowledgement of a chunk for the sake of more than one copy."""

    def __init__(self, holds: Sequence[Hold]) -> None:
        self._holds = tuple(holds)

    def left_s(self) -> float:
        """See `core.driver.nbd.export`."""
        return max(each.left_s() for each in self._holds)
