"""What the crash of a hypervisor costs: who would still know what a copy lacks.

A splitter's backlog and an appliance's marks are each other's backup. Where both are lost with one
machine nobody knows what was on its way, and the whole volume is compared. All that has to be
resynchronised after a crash shares what the site can read, sign and send.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from core.plan.placement.topology import Placement, Resync, Topology, Unit, Volume
from core.units import NANOSECONDS_PER_MILLISECOND

MILLISECONDS_PER_SECOND: Final = 1000
ANY: Final = None


class Work(Enum):
    """What has to be done for a volume."""

    NOTHING = "nothing"
    OPEN = "what was being written is read again"
    MARKED = "what is marked is copied"
    TOLD = "what splitters tell of is copied, if they hold enough, or all is compared"
    SWEEP = "all of it is compared"


# What the crash takes: a splitter of the volume, its appliance, the mirror of that one's marks.
CRASHES: Final = (
    ((True, True, ANY), Work.SWEEP),
    ((True, False, ANY), Work.OPEN),
    ((False, True, True), Work.TOLD),
    ((False, True, False), Work.MARKED),
    ((False, False, ANY), Work.NOTHING),
)


def work_after(*, splitter: bool, appliance: bool, mirror: bool) -> Work:
    """What has to be done where these are lost at once."""
    lost = (splitter, appliance, mirror)
    for pattern, work in CRASHES:
        if all(
            wanted is ANY or wanted == found for wanted, found in zip(pattern, lost, strict=True)
        ):
            return work
    raise AssertionError(lost)


@dataclass(frozen=True, slots=True)
class Toll:
    """Bytes to be compared, and bytes that are known to be copied."""

    swept: int = 0
    copied: int = 0

    def __add__(self, other: "Toll") -> "Toll":
        return Toll(self.swept + other.swept, self.copied + other.copied)

    @property
    def moved(self) -> int:
        return self.swept + self.copied


def toll_of(volume: Volume, work: Work) -> Toll:
    """The bytes that the work is about."""
    match work:
        case Work.NOTHING:
            return Toll()
        case Work.OPEN:
            return Toll(copied=volume.open)
        case Work.MARKED:
            return Toll(copied=volume.exposed)
        case Work.TOLD if volume.exposed <= volume.backlog:
            return Toll(copied=volume.exposed)
        case Work.TOLD | Work.SWEEP:
            return Toll(swept=volume.size)


def milliseconds(toll: Toll, resync: Resync) -> int:
    """How long it takes alone: a sweep at the slowest of all three, the rest without signing.

    Rounded up, each for itself, so that what is added up is never less than the whole.
    """
    copy_rate = min(resync.read, resync.link)
    sweep_rate = min(copy_rate, resync.signature)
    return -(-toll.swept * MILLISECONDS_PER_SECOND // sweep_rate) - (
        -toll.copied * MILLISECONDS_PER_SECOND // copy_rate
    )


def toll_at(unit: Unit, crashed: str, host: str | None, mirror: str | None) -> Iterator[Toll]:
    """Of each volume of a unit, where its appliance is on `host`, and the mirror on `mirror`.

    An appliance that is nowhere knows nothing, as if it were lost with whatever is lost. One that
    has no mirror, as opposed to one whose mirror is lost, keeps its marks durably elsewhere.
    """
    for volume in unit.volumes:
        is_used = crashed in volume.used_by
        if host is None:
            yield toll_of(volume, Work.SWEEP if is_used else Work.NOTHING)
            continue
        lost = {"splitter": is_used, "appliance": host == crashed, "mirror": mirror == crashed}
        yield toll_of(volume, work_after(**lost))


@dataclass(frozen=True, slots=True)
class Crash:
    """What the crash of a hypervisor costs, by group; times are milliseconds of the shared rates.

    `seconds_of` a group is its end where all that resynchronise have an equal share.
    """

    host: str
    tolls: Mapping[str, Toll]
    works_ms: Mapping[str, int]
    fixed_ms: int

    @property
    def time_ms(self) -> int:
        """Until everything is as it was."""
        total = sum(self.works_ms.values())
        return total + self.fixed_ms if total else 0

    @property
    def moved(self) -> int:
        return sum(each.moved for each in self.tolls.values())

    def times_ms(self) -> dict[str, int]:
        """Of each group that has something to do, when that is done."""
        ends = shared_ends((*self.works_ms.values(),))
        return {
            name: end + self.fixed_ms
            for name, end in zip(self.works_ms, ends, strict=True)
            if self.works_ms[name]
        }


def shared_ends(works: Sequence[int]) -> list[int]:
    """When each of several works is done that have an equal share of one rate, rounded up."""
    ends, elapsed, before, left = [0] * len(works), 0, 0, len(works)
    for nth in sorted(range(len(works)), key=lambda nth: works[nth]):
        elapsed += (works[nth] - before) * left
        before, left = works[nth], left - 1
        ends[nth] = elapsed
    return ends


def crash_of(topology: Topology, placement: Placement, host: str) -> Crash:
    """What the crash of this hypervisor costs."""
    mirrors = {each.name: each.mirror for each in topology.appliances}
    tolls: dict[str, Toll] = {}
    works: dict[str, int] = {}
    for unit in topology.units:
        name = placement.appliances.get(unit.name, "")
        mirror = mirrors.get(name)
        place = placement.hosts.get(mirror, host) if mirror else None
        each = (*toll_at(unit, host, placement.hosts.get(name), place),)
        group = unit.group.name
        tolls[group] = sum(each, tolls.get(group, Toll()))
        works[group] = works.get(group, 0) + sum(
            milliseconds(toll, topology.resync) for toll in each
        )
    return Crash(
        host=host,
        tolls={name: toll for name, toll in tolls.items() if toll.moved},
        works_ms={name: work for name, work in works.items() if work},
        fixed_ms=-(-topology.resync.fixed // NANOSECONDS_PER_MILLISECOND),
    )


def crashes(topology: Topology, placement: Placement) -> tuple[Crash, ...]:
    """Of every hypervisor, in the order of the topology."""
    return tuple(crash_of(topology, placement, each.name) for each in topology.hypervisors)


def worst(found: Iterable[Crash]) -> Crash:
    """The one that takes longest; the first of several."""
    return max(found, key=lambda each: each.time_ms)
