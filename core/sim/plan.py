"""What one seed draws: the group, how busy it is, and what befalls it.

Each seed has some kinds of trouble and not others, and each at its own rate, so that what one kind
would hide is met in a world that has not got it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from core.machine.distributor import Pressure
from core.machine.journal.ladder import DEFAULT, Ladder, Rung
from core.machine.journal.shelf import KEEP_ALL, SEGMENTS_MIN, Retention
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.segment import file_bytes
from core.structure.blocks import BLOCK_BYTES
from core.units import NANOSECONDS_PER_SECOND
from core.wire.chunk import HEADER_BYTES
from core.wire.nbd.requests import COMPACT
from core.wire.segment import HEAD_BYTES

SEGMENT_BYTES: Final = SEGMENT_BYTES_MIN
WRITE_BYTES_MAX: Final = SEGMENT_BYTES - HEAD_BYTES - HEADER_BYTES - COMPACT.struct.size
PIECE_BYTES_MAX: Final = WRITE_BYTES_MAX // BLOCK_BYTES * BLOCK_BYTES
"""What one write can have in it; a longer one is journaled as several, of whole blocks."""
BUDGET_MIN: Final = SEGMENTS_MIN * file_bytes(SEGMENT_BYTES)


class Trouble(StrEnum):
    """Every kind of fault that is counted."""

    POWER_LOST = "power lost"
    POWER_LOST_AGAIN = "power lost in recovery"
    KILLED = "process killed"
    KILLED_AGAIN = "process killed in recovery"
    FEEDER_KILLED = "feeder killed"
    FOLDING_KILLED = "folding killed"
    WRITE_UNSYNCED = "unsynced write lost with the power"
    WRITE_TORN = "unsynced write torn with the power"
    NAME_LOST = "unsynced name lost with the power"
    READ_ERROR = "read error"
    WRITE_ERROR = "write error"
    SYNC_ERROR = "sync error"
    NAME_ERROR = "error of a folder"
    SHORT_WRITE = "write cut short"
    DISK_FULL = "disk full"
    SLOW = "slow disk"
    LIE_LOST = "write that the disk lost"
    LIE_TORN = "write that the disk tore"
    LIE_FLIPPED = "bit flipped on its way"
    LIE_MISDIRECTED = "misdirected write"
    LIE_LATE = "late write"
    ROT = "bit rot"
    CLOCK_FORTH = "clock set forth"
    CLOCK_BACK = "clock set back"


CRASHES: Final = (Trouble.POWER_LOST, Trouble.KILLED)
ERRORS: Final = (
    *(Trouble.READ_ERROR, Trouble.WRITE_ERROR, Trouble.SYNC_ERROR, Trouble.NAME_ERROR),
    *(Trouble.SHORT_WRITE, Trouble.DISK_FULL),
)
LIES: Final = (
    *(Trouble.LIE_LOST, Trouble.LIE_TORN, Trouble.LIE_FLIPPED),
    *(Trouble.LIE_MISDIRECTED, Trouble.LIE_LATE),
)
FED_ONLY: Final = (Trouble.FEEDER_KILLED,)

# The odds that a kind is there at all, and about one in how many operations it comes then.
ODDS: Final[Mapping[Trouble, tuple[float, int]]] = {
    Trouble.POWER_LOST: (0.7, 300),
    Trouble.KILLED: (0.6, 300),
    Trouble.FEEDER_KILLED: (0.5, 300),
    Trouble.FOLDING_KILLED: (0.5, 50),
    Trouble.READ_ERROR: (0.3, 200),
    Trouble.WRITE_ERROR: (0.3, 300),
    Trouble.SYNC_ERROR: (0.35, 200),
    Trouble.NAME_ERROR: (0.3, 100),
    Trouble.SHORT_WRITE: (0.3, 300),
    Trouble.DISK_FULL: (0.3, 30),
    Trouble.SLOW: (0.5, 50),
    Trouble.LIE_LOST: (0.15, 150),
    Trouble.LIE_TORN: (0.15, 150),
    Trouble.LIE_FLIPPED: (0.15, 150),
    Trouble.LIE_MISDIRECTED: (0.15, 150),
    Trouble.LIE_LATE: (0.15, 150),
}
# What is done between operations, and how often beside a hundred of all that is done.
_ACTIONS: Final[Mapping[str, int]] = {
    "write": 40,
    "write durably": 5,
    "burst": 4,
    "flush": 6,
    "resize": 2,
    "bookmark": 2,
    "end epoch": 2,
    "rewind": 2,
    "read": 6,
    "look": 6,
    "check points": 3,
    "check volumes": 3,
    "close": 1,
    "kill": 1,
    "lose power": 1,
    "set clock": 1,
    "rot": 2,
    "rest": 1,
    "fold": 8,
    "make spare": 4,
    "feed": 25,
    "stop feeding": 1,
}
_FEEDS: Final = (1, 6, 25, 25)
_ALWAYS: Final = ("write", "flush", "read", "look", "check points", "check volumes", "feed")
_TEMPOS_NS: Final = tuple(
    seconds * NANOSECONDS_PER_SECOND // 1000 for seconds in (1, 20, 500, 2_000, 5_000)
)
_SIZES: Final = (
    ((128 << 10), (24 << 10) + 512),
    ((64 << 10),),
    ((96 << 10), (64 << 10), (33 << 10)),
    ((256 << 10), (16 << 10)),
    ((16 << 10), (12 << 10), (8 << 10) + 512, (4 << 10)),
)
_ROOMS: Final = (KEEP_ALL.size, 2 * BUDGET_MIN, BUDGET_MIN, BUDGET_MIN)
_LARGE: Final = ((1 << 20) + (40 << 10), (12 << 10))  # more than a region
_EVER_NS: Final = 1 << 62
_SHORT: Final = 4  # so much earlier are points thinned out while room is short
_PRESSURES: Final = (None, None, Pressure(high=2, low=1), Pressure(high=4, low=2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`rates` are for each operation of a disk; `interleaving` is how often others act in one.

    `tempo_ns` is the usual time between two actions; `request_bytes_max` bounds what hosts write.
    Where the journal is full, hosts wait as often as `patience` says, and else volumes are marked;
    `readiness` is how often replicas that are not fed can be, and `absence` how often they are not
    there when the group is opened. Volumes that are `filled` hold something at first, and where it
    `begins_well` nothing befalls the group before it has a history.
    """

    sizes: tuple[int, ...]
    is_fed: bool
    retention: Retention
    steps: int
    tempo_ns: int
    request_bytes_max: int
    connections: int
    interleaving: float
    batch_writes_max: int
    pressure: Pressure | None
    patience: float
    readiness: float
    absence: float
    is_filled: bool
    begins_well: bool
    rates: Mapping[Trouble, float]
    actions: Mapping[str, int]

    @property
    def keeps_all(self) -> bool:
        """Does no point ever have to go?"""
        return self.retention == KEEP_ALL

    @property
    def ladder(self) -> Ladder:
        """How early points may be thinned out: where room is short, earlier than was asked for.

        How young those are then of which every write is one depends on how much hosts write.
        """
        if self.retention.size >= KEEP_ALL.size:
            return self.retention.ladder
        rungs = self.retention.ladder or DEFAULT
        return tuple(
            Rung(rung.until_ns // _SHORT if rung.step_ns else 0, rung.step_ns) for rung in rungs
        )


def drawn_plan(rng: Random) -> Plan:
    """What a seed has."""
    is_fed = rng.random() < 0.5
    actions = {
        name: weight if name in _ALWAYS else weight * rng.choice((0, 1, 1, 2, 4))
        for name, weight in _ACTIONS.items()
        if is_fed or "feed" not in name
    }
    if is_fed:
        actions["feed"] = rng.choice(_FEEDS)
    rates = {
        trouble: rng.choice((0.3, 1.0, 1.0, 3.0)) / one_in
        for trouble, (odds, one_in) in ODDS.items()
        if rng.random() < odds and (is_fed or trouble not in FED_ONLY)
    }
    tempo_ns = rng.choice(_TEMPOS_NS)
    sizes = rng.choice((*_SIZES, _LARGE) if is_fed else _SIZES)
    retention = _drawn_retention(rng, tempo_ns)
    if is_fed:  # of its half the pre-images of one epoch may take what the volumes take, or not
        least = 2 * file_bytes(SEGMENT_BYTES) * (2 * sum(sizes) // SEGMENT_BYTES + 6)
        least = rng.choice((least, 2 * BUDGET_MIN, BUDGET_MIN, BUDGET_MIN))
        retention = retention._replace(size=max(least, min(retention.size, rng.choice(_ROOMS))))
    if not is_fed or retention.size >= KEEP_ALL.size:
        actions["burst"] = 0
    retention = retention._replace(ladder=_drawn_ladder(rng, tempo_ns))
    if not retention.ladder and retention.size >= KEEP_ALL.size:
        actions["fold"] = 0
    return Plan(
        sizes=sizes,
        is_fed=is_fed,
        retention=retention,
        steps=rng.choice((60, 100, 160, 240)),
        tempo_ns=tempo_ns,
        request_bytes_max=rng.choice((2 << 10, 8 << 10, 16 << 10)),
        connections=rng.randint(1, 4),
        interleaving=rng.choice((0.0, 0.02, 0.05, 0.15)),
        batch_writes_max=rng.choice((1, 2, 8, 64, 4096)),
        pressure=rng.choice(_PRESSURES),
        patience=rng.choice((0.0, 0.0, 0.5, 1.0)),
        readiness=rng.choice((0.1, 0.5, 1.0)),
        absence=rng.choice((0.0, 0.0, 0.2)) * is_fed,
        is_filled=rng.random() < 0.5,
        begins_well=rng.random() < 0.7,
        rates=rates,
        actions=actions,
    )


def _drawn_ladder(rng: Random, tempo_ns: int) -> Ladder:
    """Some or none: what is kept of points as they age by so many actions."""
    match rng.randrange(4):
        case 0:
            return (Rung(5 * tempo_ns, 0), Rung(_EVER_NS, 10 * tempo_ns))
        case 1:
            return (
                Rung(10 * tempo_ns, 0),
                Rung(40 * tempo_ns, 2 * tempo_ns),
                Rung(_EVER_NS, 8 * tempo_ns),
            )
        case _:
            return ()


def _drawn_retention(rng: Random, tempo_ns: int) -> Retention:
    match rng.randrange(4):
        case 0:
            return KEEP_ALL
        case 1:
            return KEEP_ALL._replace(window_ns=rng.choice((0, 20, 100)) * tempo_ns)
        case 2:
            return KEEP_ALL._replace(size=BUDGET_MIN)
        case _:
            return Retention(
                size=BUDGET_MIN * rng.randint(10, 20) // 10,
                window_ns=rng.choice((50, 200)) * tempo_ns,
            )
