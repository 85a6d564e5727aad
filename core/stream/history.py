"""What a journal's folder holds: its segments, opened for reading, with their records.

It works on a folder alone. While a journal is being written its writer counts the records up in the
meta files of the segments that are open, and a `live` reader believes them.

Theory of operation
-------------------
A point needs the records and bytes of its epoch in the DO stream, and all of the UNDO stream from
its epoch on. What is damaged takes away what needs it, and nothing else:

- Where the records of a segment can be had, though some of its bytes cannot, all points are
  offered, and a read that meets such bytes is refused (`payloads.py`).
- Where the records of a DO segment are lost the points before it are lost with it: a volume may
  have changed its size there.
- Where an UNDO segment is lost so are the epochs that it may have pre-images of, and all before.
- Where an ACCESS segment is lost nothing can be told of the replica's blocks, nor of any point.

`findings` says what was met, and `first` is the earliest point that can be had after all that.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core.errors import CoreError
from core.stream.captures import captures_missing
from core.stream.finding import DamagedError, Finding
from core.stream.identity import Identity, read_identity
from core.stream.names import Place, data_name, place_of, places
from core.stream.part import Found, Part, find_part, points_of
from core.stream.payloads import Payloads
from core.stream.standing import Beginning, Standing, not_offered, read_standing
from core.structure.medium import Folder
from core.wire.record import OFFSET_MASK, Kind, Records, joined, selected
from core.wire.segment import Stream

_LOOKS_MAX = 8


class History:
    """The streams of a journal, oldest first: of `do` what can be had, of `undo` what there is."""

    def __init__(self, folder: Folder, *, where: str, live: bool = False) -> None:
        self.folder, self.where, self.is_live = folder, where, live
        self.identity: Identity = read_identity(folder, where=where)
        self.beginning: Beginning | None = None
        self._applied: int | None = None  # up to which write replicas certainly were overwritten
        self._parts: dict[Place, Part] = {}
        self._names: tuple[str, ...] = ()
        self._places: dict[Stream, tuple[Place, ...]] = {}
        self.do: tuple[Part, ...] = ()
        self.last: Part | None = None
        """The newest DO segment: what follows goes on behind it, though no point of it be had."""
        self.undo: tuple[Part, ...] = ()
        self.access: tuple[Part, ...] = ()
        self.findings: tuple[Finding, ...] = ()
        self._end_lost: Finding | None = None
        self.refresh()

    def refresh(self) -> None:
        """Look again at what is there.

        Segments may go between being listed and being opened, and others stand for them: then it is
        looked once more. So it is where one was found that was folded, for a list need not be of
        one moment: an epoch is folded before its pre-images are, and must not be missed.
        """
        for _ in range(_LOOKS_MAX):
            standing = self._standing()
            self.beginning = self._begins(standing)
            self._applied = _applied(standing)
            names = self.folder.names()
            findings, is_all = self._look(names)
            if is_all or self.folder.names() == names:
                break
        if findings and not self._parts:
            raise findings[0].error()
        self._arrange(findings)

    def _look(self, names: tuple[str, ...]) -> tuple[list[Finding], bool]:
        """Open what is named; says what is wrong, and whether all was there and right."""
        parts: dict[Place, Part] = {}
        findings: list[Finding] = []
        is_all = True
        self._newest = dict.fromkeys(Stream, 0)
        if names != self._names:
            self._names, self._places = names, {each: places(names, each) for each in Stream}
        for stream, present in self._places.items():
            for place in present:
                known = self._parts.get(place)
                if known is None or (self.is_live and not known.is_final):
                    found = self._find(place, live=place == present[-1])
                    findings += found.findings
                    is_all &= found.part is not None and not (found.findings or place.rounds)
                    known = _grown(known, found.part)
                    if known is None and not found.findings:
                        continue
                self._newest[stream] = place.last
                if known is not None:
                    parts[place] = known
        for place, part in self._parts.items():
            if place not in parts or parts[place].file is not part.file:
                part.close()
        self._parts = parts
        return findings, is_all

    def begins_now(self) -> Beginning | None:
        """Where what is offered at this moment begins, for all that is known.

        None where no point can be had: replicas are not, or not any more, what production was.
        """
        return self._begins(self._standing())

    def _begins(self, standing: Standing | None) -> Beginning | None:
        """A copy that has become production meanwhile offers what it did, and goes on."""
        if self.is_fed and standing is None and self.beginning is not None:
            self.identity = read_identity(self.folder, where=self.where)
            return None if self.is_fed else self.beginning
        if not self.is_fed:
            return self.beginning or Beginning(0, 1)
        return standing.beginning if standing else None

    def _standing(self) -> Standing | None:
        return read_standing(self.folder, where=self.where) if self.is_fed else None

    @property
    def begin(self) -> int | None:
        """The first write before which a point can be had; None where none can."""
        return self.beginning.first if self.beginning else None

    @property
    def first(self) -> int:
        """The earliest point that can be had; it is behind the end where none can."""
        if self.begin is None:
            return self.end + 1
        if self.do:
            return self.do[0].head.first - 1
        return self.end + 1 if self.last else 0

    @property
    def end(self) -> int:
        """The latest point: the state after everything that was journaled, had or not."""
        return self.last.end if self.last else 0

    @property
    def every(self) -> tuple[Part, ...]:
        """All segments that were found, also those of which no point can be had."""
        return tuple(self._parts.values())

    @property
    def is_fed(self) -> bool:
        """Is history of replicas, which may have nothing yet of what an epoch wrote?"""
        return any(member.replica for member in self.identity.volumes)

    @property
    def unsealed(self) -> Part | None:
        """The DO segment that its writer left in the midst, if it did."""
        return self.do[-1] if self.do and not self.do[-1].sealed else None

    def refuse_lost_end(self) -> None:
        """Raise if it is not known for certain how the journal ends."""
        if self._end_lost is not None:
            raise self._end_lost.error(
                hint="nothing was changed; bring the file back, or begin a new journal"
            )

    def epoch_of(self, point: int) -> Part:
        """The epoch in which a point lies: its segment of the DO stream.

        Raises CoreError for a point that there never was, or that was thinned out.
        """
        if self.begin is None:
            raise not_offered(self.folder, where=self.where)
        if not self.do or not self.first <= point <= self.end:
            raise CoreError(
                f"point {point} is not in the history, which is from {self.first} to {self.end}",
                where=self.where,
                hint="`isthmus timeline` shows what there is",
            )
        part = next(part for part in reversed(self.do) if part.head.first - 1 <= point)
        if not self._has(part, point):
            before, after = self._around(part, point)
            raise CoreError(
                f"point {point} was thinned out",
                where=self.where,
                hint=f"the nearest that were kept are sequence:{before} and sequence:{after}",
            )
        return part

    def points(self) -> Records:
        """The records, in order, after which there is a point; one more is before all of them."""
        return points_of(joined(_records(self.do)))

    def written(self, *, since: int, until: int) -> Records:
        """The records of the writes `since` <= sequence <= `until`, in order, without notes."""
        parts = _epochs_from(self.do, since)
        return joined([_writes(part, since, until) for part in parts if part.head.first <= until])

    def written_unoffered(self) -> Records:
        """The records of all writes that are there, in order, where no point can be had."""
        parts = [each for each in self.every if each.head.stream is Stream.DO]
        parts.sort(key=lambda each: each.head.number)
        return joined([_writes(each, 0, each.end) for each in parts])

    def resized(self, *, since: int) -> Records:
        """Those of them that are of new sizes, up to the end."""
        records = [part.records for part in _epochs_from(self.do, since)]
        resizes = joined([selected(each, each["kind"] == Kind.RESIZE) for each in records])
        return selected(resizes, resizes["sequence"] >= since)

    def overwritten(self, *, since: int) -> Records:
        """The pre-images of the epochs from that of sequence `since` on, in order of capture."""
        records = [part.records for part in self.undo]
        return joined([selected(each, each["sequence"] >= since) for each in records])

    def accessed(self) -> Records:
        """What blocks of replicas held before an access to them, in order of capture."""
        records = joined(_records(self.access))
        wanted: Records = records[records["kind"] != Kind.RESIZE]
        return wanted

    def size_before_access(self, volume: int) -> int | None:
        """Bytes that a replica had before somebody was given it; None where nobody was."""
        records = joined(_records(self.access))
        mine = records[(records["kind"] == Kind.RESIZE) & (records["volume"] == volume)]
        return int(mine["length"][0]) if len(mine) else None

    def notes(self) -> Iterator[tuple[int, int, bytes]]:
        """Point, time in nanoseconds and JSON text of each note, in order.

        One whose bytes are damaged is left out, and is among the findings afterwards, unless its
        segment has gone.
        """
        for part in self.do:
            found, findings = self._notes(part)
            if found or findings:
                if self.has_gone(part):  # what was read may be another's
                    continue
                yield from found
                for each in findings:
                    self._find_once(each)

    def _notes(self, part: Part) -> tuple[list[tuple[int, int, bytes]], list[Finding]]:
        """Those of one epoch, and what is damaged of them."""
        found: list[tuple[int, int, bytes]] = []
        findings: list[Finding] = []
        for record in part.records[part.records["kind"] == Kind.NOTE]:
            start = int(record["position"]) & OFFSET_MASK
            try:
                text = bytes(part.payloads.read(start, int(record["length"])))
            except DamagedError as error:
                place = f"{self.where}/{place_of(part.head).data}"
                findings.append(Finding(where=place, offset=start, what=f"note: {error.what}"))
                continue
            found.append((int(record["sequence"]) - 1, int(record["time_ns"]), text))
        return found, findings

    def is_all_there(self, part: Part) -> bool:
        """Is what is found of an UNDO segment that another follows all that was captured in it?

        Of one that was folded no count is told, and all points that need it say so instead.
        """
        if part.head.rounds:
            return bool(self.do) and self.do[0].head.first <= part.head.first
        return any(each is part and _is_all(each, after) for each, after in pairwise(self.undo))

    def has_gone(self, part: Part) -> bool:
        """Did the file of a segment that was opened lose its name since?

        It was dropped, or something stands for it; it may hold another segment by now.
        """
        return part.file is not None and place_of(part.head).data not in self.folder.names()

    def payloads(self, stream: Stream) -> dict[int, Payloads]:
        """What the segments of a stream hold, by number."""
        parts = {Stream.DO: self.do, Stream.UNDO: self.undo, Stream.ACCESS: self.access}[stream]
        return {part.head.number: part.payloads for part in parts}

    def close(self) -> None:
        """Let go of all files."""
        for part in self._parts.values():
            part.close()
        self._parts = {}
        self.do = self.undo = self.access = ()
        self.last = None

    def _has(self, part: Part, point: int) -> bool:
        """Is a point of an epoch one that can be had?"""
        return (
            not part.head.rounds
            or point == part.head.first - 1
            or bool((part.points["sequence"] == point).any())
        )

    @property
    def _has_given_up_pre_images(self) -> bool:
        """Are older pre-images missing because they went first, as those of replicas may?"""
        return self.is_fed and len(_run(self.undo, self._newest[Stream.UNDO])) == len(self.undo)

    def _around(self, part: Part, point: int) -> tuple[int, int]:
        """The points of an epoch that were kept before and after one that was not."""
        kept = part.points["sequence"]
        nth = int(np.searchsorted(kept, point))
        return int(kept[nth - 1]) if nth else part.head.first - 1, int(kept[nth])

    def _find(self, place: Place, *, live: bool) -> Found:
        group = self.identity.group
        return find_part(
            self.folder, place, group=group, where=self.where, live=live and self.is_live
        )

    def _find_once(self, finding: Finding) -> None:
        if finding not in self.findings:
            self.findings = (*self.findings, finding)

    def _arrange(self, findings: list[Finding]) -> None:
        """Which epochs can be had, and whether the end is known."""
        done = self._of(Stream.DO)
        self.undo = self._of(Stream.UNDO)
        self.access = self._of(Stream.ACCESS)
        usable = _unbroken(done)
        lost_access = self._lost_access(findings)
        offered = tuple(part for part in usable if part.head.first >= (self.begin or 0))
        kept = self._with_pre_images(offered) if self.begin is not None else usable
        if lost_access:
            kept = ()
        self._end_lost = lost_access or self._lost_end(done, kept, findings)
        if len(usable) < len(done):
            lost = data_name(Stream.DO, usable[0].head.number - 1)
            findings.append(self._gap(usable, f"{lost} is lost, or part of it"))
        is_gap = not (lost_access or self._has_given_up_pre_images)
        if len(kept) < len(offered) and is_gap:
            findings.append(self._gap(kept, "pre-images of the epoch before are lost"))
        if self._end_lost is not None:
            findings.append(self._end_lost)
        self.do = kept
        self.last = done[-1] if done else None
        for each in findings:
            self._find_once(each)

    def _of(self, stream: Stream) -> tuple[Part, ...]:
        return tuple(part for place, part in self._parts.items() if place.stream is stream)

    def _gap(self, kept: tuple[Part, ...], why: str) -> Finding:
        before = f" before {kept[0].head.first - 1}" if kept else ""
        return Finding(where=self.where, offset=0, what=f"no point{before} can be had: {why}")

    def _with_pre_images(self, done: tuple[Part, ...]) -> tuple[Part, ...]:
        """The newest of the epochs, as far back as each has all its pre-images."""
        run = _run(self.undo, self._newest[Stream.UNDO])
        begin = len(done)
        while begin > 0 and self._is_undone(done[begin - 1], run, is_last=begin == len(done)):
            begin -= 1
        return done[begin:]

    def _is_undone(self, part: Part, run: tuple[Part, ...], *, is_last: bool) -> bool:
        """Are all pre-images of an epoch there, of which `run` is what no number is missing of?

        Where that does not say it, what the epoch wrote does. A segment that is not sealed though
        another follows has lost its records' file, and what it holds may have a hole; behind the
        newest of a journal that nobody writes there may have been others.
        """
        first = part.head.first
        if self.is_fed and not self.undo:
            return True
        whole = bool(run) and (run[0].head.number == 1 or run[0].head.first < first)
        is_growing = self.is_live or self.is_fed or (is_last and not part.sealed)
        if is_growing and not whole:
            return False
        doubtful = [
            each.head.first for each, following in pairwise(run) if not _is_all(each, following)
        ]
        if not is_growing and run:
            doubtful.append(run[-1].head.first)
        if whole and (not doubtful or first < min(doubtful)):
            return True
        undone = joined(_records(self.undo))
        last = max(first, part.end)
        undone = undone[(undone["sequence"] >= first) & (undone["sequence"] <= last)]
        done = part.records
        if self._applied is not None:
            done = selected(done, done["sequence"] <= self._applied)
        return not len(captures_missing(done, undone))

    def _lost_access(self, findings: list[Finding]) -> Finding | None:
        """What makes it uncertain which blocks of replicas somebody has written on."""
        begin = f"{self.where}/{Stream.ACCESS.name.lower()}-"
        damaged = next((each for each in findings if each.where.startswith(begin)), None)
        run = _run(self.access, self._newest[Stream.ACCESS])
        # What begins an access, or ends one, tells nothing of the segments that it takes away.
        is_all = all(
            following.head.before is None or _is_all(part, following)
            for part, following in pairwise(run)
        )
        if damaged is None and is_all and len(run) == len(self.access):
            return None
        what = "what replicas held before they were written on is lost"
        return Finding(where=damaged.where if damaged else self.where, offset=0, what=what)

    def _lost_end(
        self, done: tuple[Part, ...], kept: tuple[Part, ...], findings: list[Finding]
    ) -> Finding | None:
        """What makes it uncertain how the journal ends."""
        last = done[-1] if done else None
        newest = self._newest[Stream.DO]
        place = f"{self.where}/{data_name(Stream.DO, newest)}"
        if newest and (last is None or last.head.last < newest):
            return Finding(where=place, offset=0, what="the end of the journal is lost")
        undone = max((int(each["sequence"].max()) for each in _records(self.undo)), default=0)
        if undone > (last.head.first if last else 0):
            what = f"there are pre-images of an epoch from {undone} on, and nothing else of it"
            return Finding(where=self.where, offset=0, what=what)
        if last is not None and not last.sealed:
            damaged = next((each for each in findings if each.where == place), None)
            if damaged is not None:
                return damaged
            if not kept:
                return Finding(where=place, offset=0, what="pre-images of the last epoch are lost")
        return None


def _applied(standing: Standing | None) -> int | None:
    return standing.distributed.applied if standing and standing.distributed else None


def _grown(known: Part | None, found: Part | None) -> Part | None:
    """A part that was known with the records that it has now; what was checked of it stays so."""
    if known is None or found is None or known.head != found.head or known.file is None:
        return found
    found.close()
    if found.sealed:
        known.close()
    return replace(known, records=found.records, sealed=found.sealed)


def _unbroken(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The newest run of DO segments in which no number and no sequence is missing."""
    begin = len(parts)
    while begin > 0 and (begin == len(parts) or _follows(parts[begin - 1], parts[begin])):
        begin -= 1
    return parts[begin:]


def _is_all(part: Part, following: Part) -> bool:
    """Is what is found of a segment all that was captured in it?"""
    if part.sealed:
        return True
    return not part.head.rounds and following.head.before == len(part.records)


def _follows(part: Part, following: Part) -> bool:
    return part.head.last + 1 == following.head.number and part.end + 1 == following.head.first


def _run(parts: tuple[Part, ...], newest: int) -> tuple[Part, ...]:
    """The newest run of UNDO segments in which no number is missing, up to the newest there is."""
    begin, wanted = len(parts), newest
    while begin > 0 and parts[begin - 1].head.last == wanted:
        begin, wanted = begin - 1, parts[begin - 1].head.number - 1
    return parts[begin:]


def _epochs_from(parts: tuple[Part, ...], since: int) -> tuple[Part, ...]:
    """The epochs from that of a sequence on."""
    return parts[
        max((nth for nth, part in enumerate(parts) if part.head.first <= since), default=0) :
    ]


def _writes(part: Part, since: int, until: int) -> Records:
    sequence, kind = part.records["sequence"], part.records["kind"]
    return selected(part.records, (sequence >= since) & (sequence <= until) & (kind != Kind.NOTE))


def _records(parts: tuple[Part, ...]) -> list[Records]:
    return [part.records for part in parts if len(part.records)]
