"""Stories as plain text: what is done, line by line, and behind `----` what is expected then.

    volumes data=64KiB log=24KiB
    write data 0+8KiB
    flush
    power lost in each operation of: end epoch
    open
    ----
    every point is exact

A line `TROUBLE in each operation of: COMMAND` tells many stories: one in which the trouble comes in
the first operation of a disk that the command asks for, one for the second, and so on, until the
command comes to its end. Two such lines tell a fifth of all pairs. What is promised of acknowledged
and of flushed writes is checked at each `open`, without a word. A story in which there is a `copy`
is of two sites: see `sites/story.py`.
"""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from core.machine.journal.ladder import parse_ladder
from core.machine.journal.shelf import KEEP_ALL, Retention
from core.sim.checks import ViolationError, held
from core.sim.faults import PowerLostError
from core.sim.host import TRIM, WRITE, ZEROES, Request
from core.sim.plan import BUDGET_MIN, Plan, Trouble
from core.sim.sites.story import SitesStory
from core.sim.telling import Language, Line, ScenarioError, Story, Told, Words, lines_of, tell
from core.sim.world import World
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.segment import file_bytes
from core.units import parse_duration, parse_size

_RANGE: Final = re.compile(r"(\d\w*)\+(\d\w*)")
_STEPS_MAX: Final = 10_000


def play(text: str, *, where: str) -> Told:
    """Tell a story in all its ways. Raises ViolationError where something is not as expected."""
    lines = lines_of(text)
    kind = SitesStory if any(each.text.split()[0] == "copy" for each in lines) else MachineStory
    return tell(lambda at: kind(lines, at, where), lines, where=where)


class MachineStory(Story):
    """Of one machine."""

    def __init__(self, lines: Sequence[Line], at: Sequence[int], where: str) -> None:
        super().__init__(lines, at, where)
        self._names: tuple[str, ...] = ()
        self._sizes: tuple[int, ...] = ()
        self._is_fed, self._retention = False, KEEP_ALL
        self._made: World | None = None
        self.language = self._language()

    @property
    def _world(self) -> World:
        if self._made is None:
            self._made = World(_plan(self._sizes, self._retention, is_fed=self._is_fed), Random(1))
            self._made.open()
        return self._made

    def appoint(self, at: int, trouble: str) -> None:
        """See `Story`."""
        self._world.weather.appointed = (at, Trouble(trouble))

    def came(self) -> bool:
        """See `Story`."""
        has_come = self._world.weather.appointed is None
        self._world.weather.appointed = None
        return has_come

    def carry_out(self, do: Callable[[Words], object], words: Words) -> None:
        """See `Story`."""
        try:
            do(words)
        except PowerLostError:
            self._world.power_was_lost()

    def _language(self) -> Language:
        return Language(
            {
                "volumes": self._set_volumes,
                "replicas": self._set_fed,
                "budget": self._set_budget,
                "window": self._set_window,
                "ladder": self._set_ladder,
            },
            {
                "write": lambda words: self._change(WRITE, words),
                "zero": lambda words: self._change(ZEROES, words),
                "trim": lambda words: self._change(TRIM, words),
                "flush": lambda _: self._world.flush(),
                "bookmark": self._bookmark,
                "resize": lambda words: self._world.resize(
                    self._number(words), parse_size(words[1])
                ),
                "end epoch": lambda _: self._world.end_epoch(),
                "close": lambda _: self._world.close(),
                "open": self._open,
                "try to open": self._try,
                "rewind to": self._rewind,
                "feed": self._feed,
                "feeding stops": lambda _: self._world.replicas.stop(),
                "feeding starts": lambda _: self._world.replicas.start(),
                "mark": lambda _: self._world.mark(),
                "resume": lambda _: self._world.resume(),
                "fold": lambda _: self._world.beside.fold(),
                "make files ready": lambda _: self._world.beside.make_spare(),
                "process killed": lambda _: self._world.kill(),
                "power lost": lambda _: self._world.power_was_lost(),
                "wait": lambda words: self._world.clock.wait(parse_duration(words[0])),
                "clock set": self._jump,
                "bit rot": self._rot,
                "disk": self._disk,
            },
            {
                "every point is exact or refused": self._exact_or_refused,
                "no point is offered": lambda _: not self._points(),
                "every point is exact": self._all_exact,
                "some points are refused": self._some_refused,
                "no point is before": self._first_is,
                "some points are thinned out": self._some_thinned,
                "the end is": self._end_is,
                "volumes are as acknowledged": self._volumes_right,
                "size of": self._size_is,
                "replicas equal the volumes": self._replicas_equal,
                "nothing is acknowledged": self._nothing_acknowledged,
                "bookmark": self._bookmark_there,
                "segments are within the budget": self._within_budget,
                "nobody serves": self._not_open,
            },
        )

    # What can be said first.

    def _set_volumes(self, words: Sequence[str]) -> None:
        pairs = [each.split("=") for each in words]
        self._names = tuple(name for name, _ in pairs)
        self._sizes = tuple(parse_size(size) for _, size in pairs)

    def _set_fed(self, _: Sequence[str]) -> None:
        self._is_fed = True

    def _set_budget(self, words: Sequence[str]) -> None:
        size = int(words[0]) * file_bytes(SEGMENT_BYTES_MIN)
        self._retention = self._retention._replace(size=max(BUDGET_MIN, size))

    def _set_ladder(self, words: Sequence[str]) -> None:
        self._retention = self._retention._replace(ladder=parse_ladder(" ".join(words)))

    def _set_window(self, words: Sequence[str]) -> None:
        self._retention = self._retention._replace(window_ns=parse_duration(words[0]))

    # What can be done.

    def _open(self, _: Sequence[str]) -> None:
        server = self._world.server
        if server is not None and server.has_failed:
            self._world.kill()
        if self._world.server is None:
            self._world.open()

    def _change(self, command: int, words: Sequence[str]) -> None:
        place = _RANGE.fullmatch(words[1])
        if place is None:
            raise ScenarioError(f"{words[1]!r} is no range: write it as 4KiB+512")
        offset, length = parse_size(place[1]), parse_size(place[2])
        for _ in range(int(words[2]) if len(words) > 2 else 1):
            data = self._world.rng.randbytes(length) if command == WRITE else b""
            request = Request(command, offset, length, data)
            if self._world.server is None or not self._world.write(self._number(words), [request]):
                return

    def _number(self, words: Sequence[str]) -> int:
        if words[0] not in self._names:
            raise ScenarioError(f"there is no volume {words[0]}")
        return self._names.index(words[0])

    def _bookmark(self, words: Sequence[str]) -> None:
        self._world.note(b'{"note": "bookmark", "name": "%s"}' % words[0].encode())

    def _rewind(self, words: Sequence[str]) -> None:
        self._world.rewind(int(words[0]))

    def _feed(self, words: Sequence[str]) -> None:
        is_all = words[:1] == ["all"]
        for _ in range(_STEPS_MAX if is_all else int(words[0])):
            if not self._world.replicas.feed():
                return
        if is_all:
            raise ViolationError(f"after {_STEPS_MAX} batches there is still something to feed")

    def _jump(self, words: Sequence[str]) -> None:
        by_ns = parse_duration(words[1])
        self._world.clock.jump(by_ns if words[0] == "forth" else -by_ns)

    def _rot(self, words: Sequence[str]) -> None:
        stream, kind = words[1:]
        if not self._world.rot.strike(lambda name: name.startswith(stream) and name.endswith(kind)):
            raise ViolationError("there is nothing that could rot")

    def _disk(self, words: Sequence[str]) -> None:
        if words == ["is", "full"]:
            self._world.weather.fill()
        else:
            self._world.weather.brighten()

    def _try(self, _: Sequence[str]) -> None:
        self._world.try_to_open()

    # What can be expected.

    def _points(self) -> Sequence[int]:
        return self._world.onlookers.check_points(lambda offered: offered)

    def _all_exact(self, _: Sequence[str]) -> bool:
        return self._world.check.is_damaged is False and len(self._points()) > 0

    def _exact_or_refused(self, _: Sequence[str]) -> bool:
        return len(self._points()) > 0

    def _some_refused(self, _: Sequence[str]) -> bool:
        self._points()
        return self._world.check.made["damaged points refused"] > 0

    def _first_is(self, words: Sequence[str]) -> bool:
        return self._world.onlookers.points_offered()[0] >= int(words[0])

    def _some_thinned(self, _: Sequence[str]) -> bool:
        self._points()
        return self._world.check.made["points thinned out"] > 0

    def _end_is(self, words: Sequence[str]) -> bool:
        return self._world.onlookers.points_offered()[-1] == int(words[0])

    def _volumes_right(self, _: Sequence[str]) -> bool:
        self._world.onlookers.check_volumes()
        return self._world.server is not None

    def _size_is(self, words: Sequence[str]) -> bool:
        number, size = self._number(words), parse_size(words[-1])
        return self._world.volumes[number].size() == size

    def _replicas_equal(self, _: Sequence[str]) -> bool:
        self._feed(["all"])
        return held(self._world.images) == self._world.record.now()

    def _nothing_acknowledged(self, _: Sequence[str]) -> bool:
        world = self._world
        request = Request(WRITE, 0, 512, bytes(512))
        if world.server is None:
            return False
        return not (world.write(0, [request]) or world.flush() or world.note(b"{}"))

    def _bookmark_there(self, words: Sequence[str]) -> bool:
        live = self._world.server is not None
        history = History(self._world.machine.folder, where="journal", live=live)
        return any(b'"%s"' % words[0].encode() in text for _, _, text in history.notes())

    def _within_budget(self, _: Sequence[str]) -> bool:
        self._world.check.budget(self._world.machine.folder, self._retention.size)
        return True

    def _not_open(self, _: Sequence[str]) -> bool:
        return self._world.server is None


def _plan(sizes: Sequence[int], retention: Retention, *, is_fed: bool) -> Plan:
    return Plan(
        sizes=tuple(sizes),
        is_fed=is_fed,
        retention=retention,
        steps=0,
        tempo_ns=1_000_000,
        request_bytes_max=1 << 16,
        connections=1,
        interleaving=0.0,
        batch_writes_max=4,
        pressure=None,
        patience=1.0,
        readiness=1.0,
        absence=0.0,
        is_filled=False,
        begins_well=False,
        rates={},
        actions={},
    )
