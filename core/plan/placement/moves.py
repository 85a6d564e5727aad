"""From one placement to another by single moves, in an order in which no crash ever costs too much.

One unit changes its appliance, or one appliance its hypervisor, and the next move begins when that
is done. Between any two of them every rule holds that held before, and the worst crash takes no
longer than a limit. Orders are tried deep first, the move that leaves the least worst before the
others. Where none gets through, one unit may wait meanwhile on an appliance that it is not meant
for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from core.plan.placement.recovery import milliseconds, toll_at
from core.plan.placement.topology import Placement, Topology, Unit, takes

TRIED_MAX: Final = 20_000
"""How many steps are tried, at most, without waiting, and as many for all ways of waiting."""
DETOURS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Move:
    """A unit to another appliance, or an appliance to another hypervisor; from "" is from nowhere.

    `worst_ms` is how long the worst crash takes afterwards.
    """

    name: str
    is_appliance: bool
    source: str
    target: str
    worst_ms: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """Moves in turn; `peak_ms` is the worst of all crashes before, between and after them.

    Where no order stays within `limit_ms`, `is_within` is false, and the moves are in the order
    that was found without it.
    """

    moves: tuple[Move, ...]
    limit_ms: int
    peak_ms: int
    is_within: bool


def ordered(
    topology: Topology, start: Placement, target: Placement, limit_ms: int | None = None
) -> Order:
    """Moves that lead from one placement to the other.

    Without a limit it is the worst of what is and of what is to be: nothing between is above both.
    """
    walk = _Walk(topology, start)
    before = walk.worst()
    limit = limit_ms
    if limit is None:
        limit = max(before, _Walk(topology, target).worst())
    wanted = (*_wanted(start, target),)
    found = _through(walk, wanted, limit)
    is_within = found is not None and before <= limit
    moves = found if found is not None else _by_force(_Walk(topology, start), wanted)
    peak = max(before, *(each.worst_ms for each in moves), 0)
    return Order(moves, limit, peak, is_within)


def _wanted(start: Placement, target: Placement) -> Iterator[Move]:
    for name, host in target.hosts.items():
        if start.hosts.get(name, "") != host:
            yield Move(name, True, start.hosts.get(name, ""), host)
    for name, appliance in target.appliances.items():
        if start.appliances.get(name, "") != appliance:
            yield Move(name, False, start.appliances.get(name, ""), appliance)


class _Walk:
    """A placement that is changed move by move, with what a crash of each hypervisor takes."""

    def __init__(self, topology: Topology, start: Placement) -> None:
        self.topology = topology
        self.hosts, self.chosen = dict(start.hosts), dict(start.appliances)
        self._appliances = {each.name: each for each in topology.appliances}
        self._hypervisors = {each.name: each for each in topology.hypervisors}
        self._units = {each.name: each for each in topology.units}
        self._times = dict.fromkeys(self._hypervisors, 0)
        self._parts: dict[str, Mapping[str, int]] = {}
        self._written: Counter[str] = Counter()
        for unit in topology.units:
            self._count(unit)
            self._written[self.chosen.get(unit.name, "")] += unit.writes

    def worst(self) -> int:
        """How long the worst crash takes, in milliseconds."""
        longest = max(self._times.values(), default=0)
        fixed = -(-self.topology.resync.fixed // 1_000_000)
        return longest + fixed if longest else 0

    def make(self, move: Move) -> None:
        if move.is_appliance:
            self._restart(move)
        else:
            unit = self._units[move.name]
            self._written[self.chosen.get(move.name, "")] -= unit.writes
            self._written[move.target] += unit.writes
            self.chosen[move.name] = move.target
            self._recount(unit)

    def back(self, move: Move) -> None:
        """As it was before the move."""
        self.make(Move(move.name, move.is_appliance, move.target, move.source))

    def is_allowed(self, move: Move) -> bool:
        """Whether the move breaks no rule that holds where it leads to."""
        if move.is_appliance:
            return self._may_run(move.name, move.target)
        unit, appliance = self._units[move.name], self._appliances[move.target]
        if not takes(appliance, unit):
            return False
        most = appliance.writes_max
        if most is not None and self._written[move.target] + unit.writes > most:
            return False
        host = self.hosts.get(move.target)
        if host is None:
            return False
        return self.topology.reaches(unit, host) and self._has_slot(host, {unit.group.tenant})

    def _restart(self, move: Move) -> None:
        if move.target:
            self.hosts[move.name] = move.target
        else:
            del self.hosts[move.name]
        touched = {move.name}
        touched |= {each.name for each in self.topology.appliances if each.mirror == move.name}
        for unit in self.topology.units:
            if self.chosen.get(unit.name) in touched:
                self._recount(unit)

    def _may_run(self, name: str, host: str) -> bool:
        there = [other for other, at in self.hosts.items() if at == host and other != name]
        if len(there) >= self._hypervisors[host].appliances_max:
            return False
        if any(name in each and {*each} & {*there} for each in self.topology.apart):
            return False
        units = [unit for unit in self.topology.units if self.chosen.get(unit.name) == name]
        if not all(self.topology.reaches(unit, host) for unit in units):
            return False
        return self._has_slot(host, {unit.group.tenant for unit in units})

    def _has_slot(self, host: str, tenants: set[str]) -> bool:
        most = self._hypervisors[host].tenant_slots
        if most is None:
            return True
        there = {
            unit.group.tenant
            for unit in self.topology.units
            if self.hosts.get(self.chosen.get(unit.name, "")) == host
        }
        return len(there | tenants) <= most or tenants <= there

    def _recount(self, unit: Unit) -> None:
        for host, part in self._parts[unit.name].items():
            self._times[host] -= part
        self._count(unit)

    def _count(self, unit: Unit) -> None:
        """What the unit adds to each crash that concerns it."""
        appliance = self._appliances.get(self.chosen.get(unit.name, ""))
        host = self.hosts.get(appliance.name) if appliance is not None else None
        parts: dict[str, int] = {}
        for crashed in {**unit.used_by(), **({host: None} if host is not None else {})}:
            mirror = None
            if appliance is not None and appliance.mirror:
                mirror = self.hosts.get(appliance.mirror, crashed)
            tolls = toll_at(unit, crashed, host, mirror)
            parts[crashed] = sum(milliseconds(toll, self.topology.resync) for toll in tolls)
            self._times[crashed] += parts[crashed]
        self._parts[unit.name] = parts


def _through(walk: _Walk, wanted: tuple[Move, ...], limit: int) -> tuple[Move, ...] | None:
    """The moves in an order that stays within the limit, one of them in two if need be."""
    found = _deep(walk, wanted, limit, iter(range(TRIED_MAX)))
    if found is not None:
        return found
    left = iter(range(TRIED_MAX))
    for move, between in [*_detours(walk, wanted)][:DETOURS_MAX]:
        first = Move(move.name, False, move.source, between)
        if not walk.is_allowed(first):
            continue
        walk.make(first)
        worst = walk.worst()
        if worst <= limit:
            last = Move(move.name, False, between, move.target)
            changed = tuple(last if each is move else each for each in wanted)
            rest = _deep(walk, changed, limit, left)
            if rest is not None:
                return (_with_worst(first, worst), *rest)
        walk.back(first)
    return None


def _detours(walk: _Walk, wanted: tuple[Move, ...]) -> Iterator[tuple[Move, str]]:
    for move in wanted:
        if not move.is_appliance and move.source:
            for each in walk.topology.appliances:
                if each.name not in (move.source, move.target):
                    yield move, each.name


def _deep(
    walk: _Walk, wanted: tuple[Move, ...], limit: int, tries: Iterator[int]
) -> tuple[Move, ...] | None:
    """An order of all of them, found by going on as long as that is possible, and back where not.

    Each step takes one of `tries`. The walk is left where it was.
    """
    made: list[Move] = []
    dead: set[frozenset[Move]] = set()
    waiting = [_next(walk, wanted, limit)]
    while len(made) < len(wanted):
        step = next(waiting[-1], None)
        if step is None:
            if not made:
                break
            dead.add(frozenset(_plain(each) for each in made))
            waiting.pop()
            walk.back(made.pop())
            continue
        if next(tries, None) is None:
            break
        if frozenset(_plain(each) for each in (*made, step)) in dead:
            continue
        walk.make(step)
        made.append(step)
        left = tuple(each for each in wanted if each not in {_plain(done) for done in made})
        waiting.append(_next(walk, left, limit))
    for step in reversed(made):
        walk.back(step)
    return (*made,) if len(made) == len(wanted) else None


def _next(walk: _Walk, left: tuple[Move, ...], limit: int) -> Iterator[Move]:
    """The moves that may come next: what runs nowhere first, then what leaves the least worst."""
    found = []
    for nth, move in enumerate(left):
        if walk.is_allowed(move):
            walk.make(move)
            found.append((bool(move.source), walk.worst(), nth, move))
            walk.back(move)
    for _, worst, _, move in sorted(found, key=lambda each: each[:3]):
        if worst <= limit:
            yield _with_worst(move, worst)


def _by_force(walk: _Walk, wanted: tuple[Move, ...]) -> tuple[Move, ...]:
    """Appliances first, then units, as they come: where there is no order that keeps everything."""
    made = []
    for move in wanted:
        walk.make(move)
        made.append(_with_worst(move, walk.worst()))
    return (*made,)


def _with_worst(move: Move, worst_ms: int) -> Move:
    return Move(move.name, move.is_appliance, move.source, move.target, worst_ms)


def _plain(move: Move) -> Move:
    return _with_worst(move, 0)
