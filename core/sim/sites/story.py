"""Stories of two sites: production, a copy elsewhere, and what becomes of the link between them.

    volumes data=64KiB log=24KiB
    copy mode=sync
    settle
    power lost at copy in each operation of: write data 0+8KiB
    open
    take over
    ----
    nothing acknowledged is lost
    every point of the copy is exact

A crash comes in each operation that changes something on a disk. What is said of the copy, what is
marked and what was promised to be there is checked after every line, without a word.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final

from core.machine.journal.divergence import divergence
from core.machine.journal.shelf import KEEP_ALL
from core.machine.link.mode import Mode
from core.sim.checks import ViolationError
from core.sim.host import TRIM, WRITE, ZEROES, Request
from core.sim.plan import BUDGET_MIN, Trouble
from core.sim.sites.near import WHERE
from core.sim.sites.plan import Mishap, SitesPlan, bare_plan
from core.sim.sites.site import Site
from core.sim.sites.world import Sites
from core.sim.telling import Language, Line, ScenarioError, Story, Words
from core.stream import regions
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.phases import Event
from core.stream.segment import file_bytes
from core.units import parse_duration, parse_size

_RANGE: Final = re.compile(r"(\d\w*)\+(\d\w*)")
_AT: Final = re.compile(r"(.+) at (production|copy)")
_ROUNDS: Final = 400
_ROUND_NS: Final = 1_000_000
_POINTS: Final = 1 << 30


class SitesStory(Story):
    """Of production and its copy."""

    def __init__(self, lines: Sequence[Line], at: Sequence[int], where: str) -> None:
        super().__init__(lines, at, where)
        self._names: tuple[str, ...] = ()
        self._sizes: tuple[int, ...] = ()
        self._mode = Mode.ASYNC
        self._rooms = {"production": KEEP_ALL.size, "copy": KEEP_ALL.size}
        self._made: Sites | None = None
        self._acknowledged = 0
        self._is_told = False
        self.language = self._language()

    @property
    def _world(self) -> Sites:
        if self._made is None:
            near, far = (
                bare_plan(self._sizes, KEEP_ALL._replace(size=self._rooms[name]), {})
                for name in ("production", "copy")
            )
            plan = SitesPlan(
                mode=self._mode,
                near=near,
                far=replace(far, batch_writes_max=4),
                mishaps={},
                actions={},
                steps=0,
                tempo_ns=1,
                takes_over=None,
                begins_well=True,
            )
            self._made = Sites(plan, Random(1))
            self._made.near.open()
            self._made.far.open()
        return self._made

    def _site(self, name: str) -> Site:
        return self._world.near if name == "production" else self._world.far

    def appoint(self, at: int, trouble: str) -> None:
        """See `Story`."""
        if place := _AT.fullmatch(trouble):
            weather = self._site(place[2]).weather
            weather.appointed, weather.appointed_while_reading = (at, Trouble(place[1])), False
        else:
            self._world.network.appointed[Mishap(trouble)] = at

    def came(self) -> bool:
        """See `Story`."""
        world, left = self._world, bool(self._world.network.appointed)
        for site in (world.near, world.far):
            left |= site.weather.appointed is not None
            site.weather.appointed = None
        world.network.appointed.clear()
        return not left

    def _do(self, text: str) -> None:
        super()._do(text)
        if self._made is not None:
            self._made.look()
            self._made.check_marks()

    def _language(self) -> Language:
        return Language(
            {
                "volumes": self._set_volumes,
                "copy": self._set_mode,
                "budget": self._set_budget,
            },
            {
                "write there": self._write_there,
                "write": lambda words: self._change(WRITE, words),
                "zero": lambda words: self._change(ZEROES, words),
                "trim": lambda words: self._change(TRIM, words),
                "flush": lambda _: self._world.near.is_well and self._world.flush(),
                "bookmark": self._bookmark,
                "resize": lambda words: self._world.resize(
                    self._number(words), parse_size(words[1])
                ),
                "end epoch": lambda _: self._world.near.end_epoch(),
                "mark": self._mark,
                "open": self._open,
                "connect": lambda _: self._world.connect(),
                "ship": lambda _: self._move(is_applied=False),
                "apply": self._apply,
                "settle": self._settle,
                "link cut": lambda _: self._cut(is_cut=True),
                "link heals": lambda _: self._cut(is_cut=False),
                "link slow": self._slow,
                "connection lost": lambda _: self._world.lose_connection(),
                "production killed": lambda _: self._world.near.kill(),
                "copy killed": lambda _: self._world.far.kill(),
                "power lost at": self._lose_power,
                "disks are full at": lambda words: self._site(words[0]).weather.fill(),
                "disks are mended": self._mend,
                "take over": lambda _: self._world.take_over(),
                "clock set": self._jump,
                "wait": lambda words: self._world.clock.wait(parse_duration(words[0])),
            },
            {
                "copy equals production": self._equal,
                "every point of the copy is exact": self._all_exact,
                "points of the copy begin at": self._begins_at,
                "nothing acknowledged is lost": self._nothing_lost,
                "the copy is taken over": lambda _: self._world.far.record is not None,
                "production is refused": self._is_refused,
                "production is in sync": lambda _: self._world.is_in_sync,
                "production is not in sync": lambda _: not self._world.is_in_sync,
                "production is": lambda words: self._world.near.standing.state == words[0],
                "what was written last is acknowledged": lambda _: self._is_told,
                "regions to be copied are": self._copied,
                "writes that production alone has are": self._apart,
                "volumes are as acknowledged": self._volumes_right,
            },
        )

    # What can be said first.

    def _set_volumes(self, words: Words) -> None:
        pairs = [each.split("=") for each in words]
        self._names = tuple(name for name, _ in pairs)
        self._sizes = tuple(parse_size(size) for _, size in pairs)

    def _set_mode(self, words: Words) -> None:
        self._mode = Mode(words[0].removeprefix("mode="))

    def _set_budget(self, words: Words) -> None:
        size = int(words[-1]) * file_bytes(SEGMENT_BYTES_MIN)
        self._rooms[words[-2]] = max(BUDGET_MIN, size)

    # What can be done.

    def _number(self, words: Words) -> int:
        if words[0] not in self._names:
            raise ScenarioError(f"there is no volume {words[0]}")
        return self._names.index(words[0])

    def _request(self, command: int, words: Words) -> Request:
        place = _RANGE.fullmatch(words[1])
        if place is None:
            raise ScenarioError(f"{words[1]!r} is no range: write it as 4KiB+512")
        offset, length = parse_size(place[1]), parse_size(place[2])
        data = self._world.rng.randbytes(length) if command == WRITE else b""
        return Request(command, offset, length, data)

    def _change(self, command: int, words: Words) -> None:
        near = self._world.near
        for _ in range(int(words[2]) if len(words) > 2 else 1):
            number, request = self._number(words), self._request(command, words)
            self._is_told = near.is_well and self._world.write(number, [request])
            if not self._is_told:
                return
            self._acknowledged = near.record.end

    def _bookmark(self, words: Words) -> None:
        self._world.near.note(b'{"note": "bookmark", "name": "%s"}' % words[0].encode())

    def _mark(self, _: Words) -> None:
        self._world.near.mark(Event.BEHIND)
        self._world.hang_up()

    def _open(self, _: Words) -> None:
        world = self._world
        for site in (world.near, world.far):
            if site.has_failed:
                site.kill()
            if not site.is_serving and not site.open():
                raise ViolationError(f"{site.name} does not open")
        if world.far.journal is not None and world.shipper is None:
            world.connect()

    def _move(self, *, is_applied: bool) -> None:
        world = self._world
        if world.shipper is None:
            world.connect()
        for _ in range(_ROUNDS):
            moved = world.ship() | world.pump()
            if is_applied:
                moved |= world.feed() > 0
            world.clock.wait(_ROUND_NS)
            if not moved and world.network.is_idle():
                return

    def _apply(self, words: Words) -> None:
        for _ in range(int(words[0]) if words else _ROUNDS):
            if not self._world.feed() and self._world.far.feeding is not None:
                return

    def _settle(self, _: Words) -> None:
        if not self._world.settle():
            raise ViolationError("the copy does not come to be what production is")

    def _cut(self, *, is_cut: bool) -> None:
        network = self._world.network
        network.is_cut, network.is_slow = is_cut, False

    def _slow(self, _: Words) -> None:
        self._world.network.is_slow = True

    def _lose_power(self, words: Words) -> None:
        world = self._world
        both = (world.near, world.far)
        for site in both if words == ["both"] else (self._site(words[0]),):
            site.lose_power()

    def _mend(self, _: Words) -> None:
        for site in (self._world.near, self._world.far):
            site.weather.brighten()

    def _write_there(self, words: Words) -> None:
        self._world.far.write(self._number(words), self._request(WRITE, words))

    def _jump(self, words: Words) -> None:
        by_ns = parse_duration(words[1])
        self._world.clock.jump(by_ns if words[0] == "forth" else -by_ns)

    # What can be expected.

    def _equal(self, _: Words) -> bool:
        self._settle(())
        self._world.check_equal()
        return True

    def _all_exact(self, _: Words) -> bool:
        return self._world.check_points(_POINTS) > 0

    def _begins_at(self, words: Words) -> bool:
        offered = self._world.far.offered()
        return bool(offered) and offered[0] == int(words[0])

    def _nothing_lost(self, _: Words) -> bool:
        taken = self._world.far.taken
        return taken is not None and taken.point >= self._acknowledged

    def _is_refused(self, _: Words) -> bool:
        return not self._world.connect() and self._world.refused != ""

    def _copied(self, words: Words) -> bool:
        near = self._world.near
        generation = near.standing.course.generation
        marks = (
            regions.differing(near.machine.folder, generation, n) for n in range(len(self._sizes))
        )
        return sum(map(sum, marks)) == int(words[0])

    def _apart(self, words: Words) -> bool:
        """As production of before tells them, once its process has ended."""
        near, taken = self._world.near, self._world.far.taken
        if taken is None:
            return False
        found = divergence(near.machine.folder, point=taken.point, where=WHERE, is_live=False)
        return found.writes == int(words[0])

    def _volumes_right(self, _: Words) -> bool:
        self._world.check_production()
        self._world.far.check_volumes()
        return self._world.near.is_serving
