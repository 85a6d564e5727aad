"""How replicas stand: two small files, each written by one process alone.

`course` is written by whoever serves the group: the generation of feeding, whether the journal
takes data, and after which write it has all that stale regions lack. `distributed` is written by
whoever feeds the replicas: how far it came, in that generation. One of an older generation says
nothing any more, so that a feeder that was thought dead, and goes on, changes nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from core.errors import CoreError
from core.stream import regions
from core.stream.document import read_document, write_document
from core.stream.identity import NotAJournalError
from core.stream.phases import State
from core.structure.medium import Folder
from core.units import size_text

COURSE: Final = "course"
DISTRIBUTED: Final = "distributed"


class Lost(NamedTuple):
    """Points that were given up: the first of them, and why."""

    first: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """`since` is a sequence; `sizes` are those of the volumes at that point, in bytes.

    Where production is elsewhere, it tells that every region was `reached`: up to which write what
    they hold may be of. The streams are `void` while they are of the generation before, of which
    the replicas have what it wrote up to `applied` for sure.

    `epoch` is that of the role of production, and `joined` the token of the copy's images that were
    production before, where what these have besides is among what is stale.
    """

    generation: int
    state: State
    since: int
    sizes: tuple[int, ...]
    lost: Lost | None = None
    reached: int | None = None
    void: bool = False
    applied: int = 0
    epoch: int = 1
    joined: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distributed:
    """Everything up to write `applied` is durable in the replicas; history begins before `begin`.

    `lost` is what was given up when it began.
    """

    generation: int
    state: State
    applied: int
    begin: int
    lost: Lost | None = None


class Beginning(NamedTuple):
    """Where the history that is offered begins: before write `first`, in a generation of feeding.

    Where nothing was journaled between, what history begins with may be another for the same write.
    """

    generation: int
    first: int


class Standing(NamedTuple):
    """What both files say."""

    course: Course
    distributed: Distributed | None

    @property
    def current(self) -> Distributed | None:
        """What was distributed in this generation."""
        found = self.distributed
        return found if found and found.generation == self.course.generation else None

    @property
    def state(self) -> State:
        """How replicas are fed now."""
        return self.current.state if self.current else self.course.state

    @property
    def applied(self) -> int:
        """The last write that the replicas have for sure, stale regions aside."""
        return self.current.applied if self.current else self.course.since

    @property
    def lost(self) -> Lost | None:
        """What was given up, or will have been when history begins anew."""
        return self.current.lost if self.current else self.course.lost

    @property
    def begin(self) -> int | None:
        """The first write of the history that there is; None where there is none.

        Marks alone change no replica, so what was offered before them still is. What whoever feeds
        began only after they did is not: nothing would tell that it is over.
        """
        found, lost = self.distributed, self.course.lost
        if found is None or found.state is not State.DISTRIBUTING:
            return None
        is_before = (
            self.course.state is State.MARKING
            and found.generation + 1 == self.course.generation
            and lost is not None
            and found.begin - 1 <= lost.first
        )
        return found.begin if self.current or is_before else None

    @property
    def beginning(self) -> Beginning | None:
        """The same, told apart from all that began before and after."""
        first = self.begin
        if first is None or self.distributed is None:
            return None
        return Beginning(self.distributed.generation, first)


def read_standing(folder: Folder, *, where: str) -> Standing | None:
    """What is known of the replicas of the journal in a folder; None where nothing is yet."""
    course = _read(folder, COURSE, where)
    if course is None:
        return None
    distributed = _read(folder, DISTRIBUTED, where)
    try:
        return Standing(
            Course(**{**_parsed(course), "sizes": tuple(course["sizes"])}),
            Distributed(**_parsed(distributed)) if distributed else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(f"{where}/{COURSE}", str(error)) from error


def write_standing(folder: Folder, what: Course | Distributed) -> None:
    """Write one of the two files anew, durably."""
    name = COURSE if isinstance(what, Course) else DISTRIBUTED
    write_document(folder, name, asdict(what))


def standing_text(folder: Folder, *, where: str, copied: tuple[int, int] | None = None) -> str:
    """How replicas stand, in words; empty while every write is a point.

    `copied` are bytes, of all that have to be: of one who knows more than what is written down.
    """
    standing = read_standing(folder, where=where)
    state = standing.state if standing else State.INITIALISING
    if state in (State.DISTRIBUTING, State.SHIPPING):
        return ""
    done, total = copied or (copied_bytes(folder, standing.course) if standing else (0, 0))
    is_copied = f", {size_text(done)} of {size_text(total)} are copied" if total else ""
    return {
        State.INITIALISING: f"the replicas are filled for the first time{is_copied}",
        State.RESYNCING: f"the replicas are made equal to production again{is_copied}",
        State.FAST_FORWARD: "the replicas are behind, and points are given up until they are not",
        State.MARKING: f"the replicas are not fed, and lack up to {size_text(total - done)}",
    }[state]


def not_offered(folder: Folder, *, where: str) -> CoreError:
    """Says why no point can be had, and how far what has to be done before is."""
    standing = read_standing(folder, where=where)
    if standing is not None and standing.state is State.SHIPPING:
        return CoreError(
            "the points of this group are kept by its copy, at another site",
            where=where,
            hint="open or restore it there (a node's group: --site of the copy; a folder: that of "
            "`isthmus receive`); in place this group is not taken back",
        )
    told = standing_text(folder, where=where) or "history has just begun, ask again"
    return CoreError(
        f"there is no point yet: {told}",
        where=where,
        hint="history begins once they are what production is; volumes can be used meanwhile",
    )


def copied_bytes(folder: Folder, course: Course) -> tuple[int, int]:
    """How much of what had to be copied in this generation is, and how much that was."""
    done = total = 0
    for number in range(len(course.sizes)):
        stale = regions.differing(folder, course.generation, number)
        left = regions.left(folder, course.generation, number)
        total += sum(stale)
        done += sum(stale) - sum(left)
    # Another generation may begin between one file and the other.
    return max(0, done) << regions.REGION_SHIFT, total << regions.REGION_SHIFT


def _read(folder: Folder, name: str, where: str) -> dict[str, Any] | None:
    try:
        return read_document(folder, name)
    except ValueError as error:
        raise _damaged(f"{where}/{name}", str(error)) from error


def _parsed(document: Mapping[str, Any]) -> dict[str, Any]:
    lost = document["lost"]
    return {
        **document,
        "state": State(document["state"]),
        "lost": None if lost is None else Lost(*lost),
    }


def _damaged(where: str, why: str) -> NotAJournalError:
    return NotAJournalError(
        f"damaged: how the replicas stand is not known: {why}",
        where=where,
        hint="nothing was changed; begin a new journal",
    )
