"""What befalls the operations of disks: trouble from one seed, placed so that it can be survived.

Theory of operation
-------------------
A process asks its disks through itself: whoever is dead asks for nothing. Each operation takes
virtual time, and may meet trouble of a kind that the plan has.

A disk that lies, which loses, tears, flips, misdirects or delays a write and says nothing, takes
away what no system could bring back if a crash came before the lie can be told from a torn end. So
it lies in one file at a time, never in a head, never in volumes, which have no checksums, never in
a group with replicas, whose recovery reads what the replica was given last; and until the journal
was closed nothing else fails.

Nor does anything after a write that a volume did not take, until the next flush: where an epoch
ends before the journal says what the volume holds instead, only that flush makes the two agree.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from errno import EIO, ENOSPC
from random import Random
from typing import Final

from core.sim.clock import Clock
from core.sim.faults import (
    CHANGING,
    CREATE,
    EVERY,
    OPEN,
    READ,
    REMOVE,
    RENAME,
    RESIZE,
    SYNC,
    SYNC_NAMES,
    WRITE,
    ZERO,
    Fault,
    Operation,
    PowerLostError,
    error,
    flipped,
    lost,
    torn,
)
from core.sim.host import SECTOR_BYTES
from core.sim.plan import CRASHES, ERRORS, LIES, Plan, Trouble
from core.sim.trace import Teller
from core.wire.segment import HEAD_BYTES

SERVER: Final = "server"
FEEDER: Final = "feeder"
FOLDING: Final = "folding"

_FULL_NS: Final = 20_000_000
_SLOW_NS: Final = 5_000_000_000
_AGAIN: Final = 2  # times as often is power lost while a recovery goes on
_LATE_BY_MAX: Final = 20
_COST_NS: Final[Mapping[str, int]] = {
    READ: 40_000,
    WRITE: 20_000,
    ZERO: 20_000,
    SYNC: 400_000,
    SYNC_NAMES: 400_000,
    **dict.fromkeys((CREATE, OPEN, RENAME, REMOVE, RESIZE), 30_000),
}
_KINDS: Final[Mapping[Trouble, frozenset[str]]] = {
    Trouble.POWER_LOST: EVERY,
    Trouble.KILLED: EVERY,
    Trouble.FEEDER_KILLED: EVERY,
    Trouble.FOLDING_KILLED: EVERY,
    Trouble.READ_ERROR: frozenset({READ}),
    Trouble.WRITE_ERROR: frozenset({WRITE, ZERO, RESIZE}),
    Trouble.SYNC_ERROR: frozenset({SYNC}),
    Trouble.NAME_ERROR: frozenset({CREATE, OPEN, RENAME, REMOVE, SYNC_NAMES}),
    Trouble.SHORT_WRITE: frozenset({WRITE}),
    Trouble.DISK_FULL: frozenset({CREATE}),
    Trouble.SLOW: EVERY,
    **dict.fromkeys(LIES, frozenset({WRITE})),
}
_VICTIMS: Final[Mapping[Trouble, str]] = {
    Trouble.KILLED: SERVER,
    Trouble.FEEDER_KILLED: FEEDER,
    Trouble.FOLDING_KILLED: FOLDING,
}


class KilledError(Exception):
    """The process is no more."""


@dataclass(slots=True)
class Process:
    """One that asks disks for what it needs, until it is killed."""

    name: str
    hook: Callable[["Process", Operation], None]
    alive: bool = True
    recovering: bool = True

    def __call__(self, operation: Operation) -> None:
        self.hook(self, operation)


class Weather:
    """`is_calm` where nothing fails; `lying` is the file in which the disk lied, if it did."""

    def __init__(self, plan: Plan, rng: Random, clock: Clock, trace: Teller) -> None:
        self._plan, self._rng, self._clock, self._trace = plan, rng, clock, trace
        self.fired: Counter[Trouble] = Counter()
        self.is_calm = True
        self.lying = ""
        self.is_honest = False
        """May no disk lie now?"""
        self.is_sheltered = False
        """May nothing fail until the next flush?"""
        self.is_off = False
        self._full_until_ns = 0
        self._held: list[tuple[int, Operation]] = []
        self.operations = 0
        self.appointed: tuple[int, Trouble] | None = None
        """What befalls an operation, whatever the plan has: after so many that it may befall."""
        self.appointed_while_reading = True
        """Does a crash come in operations that change nothing, too?"""
        self._tables = {
            kind: [(each, rate) for each, rate in plan.rates.items() if kind in _KINDS[each]]
            for kind in EVERY
        }

    def carry_out(self, process: Process, operation: Operation) -> None:
        """Do what a process asks for, or what becomes of it."""
        kind = operation.kind
        chance = self._rng.random()
        self.operations += 1
        self._clock.wait(_COST_NS[kind] + int(chance * 1e5))
        self._trace.add(
            f"{process.name} {kind} {operation.target} {operation.offset}+{len(operation.data)}"
        )
        if self._held:
            self._release()
        trouble = None if self.is_calm else self._trouble(process, kind, chance)
        if self.appointed is not None and self._may_be_appointed(kind, self.appointed[1]):
            left, coming = self.appointed
            self.appointed = (left - 1, coming) if left else None
            trouble = None if left else coming
        if (
            kind == CREATE
            and self._clock.now_ns < self._full_until_ns
            and not self.lying
            and not self.is_sheltered
        ):
            trouble = Trouble.DISK_FULL
        if trouble is None:
            operation.carry_out()
        else:
            self._befall(process, operation, trouble)

    def count(self, trouble: Trouble, times: int = 1) -> None:
        """It happened."""
        if times:
            self.fired[trouble] += times
            self._trace.add(f"! {trouble}")

    def fill(self) -> None:
        """There is no room for another file."""
        self._full_until_ns = 1 << 62

    def brighten(self) -> None:
        """From here on nothing fails."""
        self.is_calm, self._full_until_ns = True, 0
        self.settle()

    def settle(self) -> None:
        """Writes that are late are done now."""
        self._release(everything=True)

    def _may_be_appointed(self, kind: str, trouble: Trouble) -> bool:
        if trouble in CRASHES and not self.appointed_while_reading:
            return kind in CHANGING
        return kind in _KINDS[trouble]

    def _trouble(self, process: Process, kind: str, chance: float) -> Trouble | None:
        for trouble, rate in self._tables[kind]:
            if trouble in CRASHES and process.recovering:
                rate *= _AGAIN
            chance -= rate
            if chance < 0:
                return trouble if self._is_possible(process, trouble) else None
        return None

    def _is_possible(self, process: Process, trouble: Trouble) -> bool:
        if trouble is Trouble.SLOW:
            return True
        if self.lying or self.is_sheltered:
            return False
        return process.name == _VICTIMS.get(trouble, process.name)

    def _befall(self, process: Process, operation: Operation, trouble: Trouble) -> None:
        rng = self._rng
        if trouble in LIES:
            if not (process.recovering or self.is_honest) and self._may_lie_in(operation):
                self._lie(operation, trouble)
            else:
                operation.carry_out()
        elif trouble is Trouble.SLOW:
            self.count(trouble)
            self._clock.wait(rng.randrange(_SLOW_NS))
            operation.carry_out()
        elif trouble in ERRORS:
            self.count(trouble)
            self._fail(operation, trouble)
        else:
            if operation.data and rng.random() < 0.5:
                operation.carry_out(operation.data[: _border(rng, operation)])
            elif rng.random() < 0.3:
                operation.carry_out()
            self._crash(process, trouble)

    def _crash(self, process: Process, trouble: Trouble) -> None:
        again = {
            Trouble.POWER_LOST: Trouble.POWER_LOST_AGAIN,
            Trouble.KILLED: Trouble.KILLED_AGAIN,
        }
        self.count(again.get(trouble, trouble) if process.recovering else trouble)
        if trouble is Trouble.POWER_LOST:
            self.is_off = True
            raise PowerLostError
        process.alive = False
        raise KilledError

    def _fail(self, operation: Operation, trouble: Trouble) -> None:
        fault: Fault = error(EIO, "Input/output error")
        if trouble is Trouble.DISK_FULL:
            self._full_until_ns = max(
                self._full_until_ns, self._clock.now_ns + self._rng.randrange(_FULL_NS)
            )
            fault = error(ENOSPC, "No space left on device")
        elif trouble is Trouble.SHORT_WRITE and operation.data:
            done = _border(self._rng, operation)
            fault = error(ENOSPC, "No space left on device", bytes_done=done)
        fault(operation)

    def _may_lie_in(self, operation: Operation) -> bool:
        name = operation.target
        is_data = name.endswith(".data") and operation.offset >= HEAD_BYTES
        return is_data and not self._plan.is_fed and len(operation.data) > SECTOR_BYTES

    def _lie(self, operation: Operation, trouble: Trouble) -> None:
        rng, data = self._rng, operation.data
        self.count(trouble)
        self.lying = operation.target
        match trouble:
            case Trouble.LIE_TORN:
                torn(_border(rng, operation))(operation)
            case Trouble.LIE_FLIPPED:
                flipped(rng.randrange(8 * len(data)))(operation)
            case Trouble.LIE_MISDIRECTED:
                places = range(HEAD_BYTES, operation.offset - len(data), SECTOR_BYTES)
                if places:
                    operation.carry_out(offset=rng.choice(places))
            case Trouble.LIE_LATE:
                until = self.operations + rng.randint(1, _LATE_BY_MAX)
                self._held.append((until, operation))
            case _:
                lost(operation)

    def _release(self, *, everything: bool = False) -> None:
        held, self._held = self._held, []
        for until, operation in held:
            if everything or until <= self.operations:
                operation.carry_out()
            else:
                self._held.append((until, operation))


def _border(rng: Random, operation: Operation) -> int:
    """Somewhere in a write: at a sector, and never at its end."""
    sectors = (len(operation.data) - 1) // SECTOR_BYTES
    return rng.randint(0, sectors) * SECTOR_BYTES
