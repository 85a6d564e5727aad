"""What must hold, judged by the record alone.

A point that is offered is byte-exact, or it is refused; and refused is only what damage took.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from core.errors import CoreError
from core.machine.journal.ladder import DEFAULT, Ladder
from core.machine.journal.thinning import Stock, Task
from core.sim.medium import MemoryFolder, MemoryVolume
from core.sim.reader import points_in
from core.sim.record import Record, State
from core.sim.service import WHERE
from core.stream.finding import Finding
from core.stream.history import History
from core.stream.names import place_of
from core.stream.noted import noted
from core.stream.point import PointIndex
from core.stream.segment import file_bytes
from core.stream.verify import verify
from core.structure.medium import Folder, Image
from core.wire.note import Gap
from core.wire.segment import Head


class ViolationError(AssertionError):
    """Something that was promised does not hold."""


def held(volumes: Sequence[MemoryVolume]) -> State:
    """What volumes hold."""
    return tuple(bytes(each.blob.content) for each in volumes)


class Checker:
    """Looks at disks from outside; `made` counts what was checked.

    `strict_from` is the first point that no damage may have touched.
    """

    def __init__(self, record: Record, made: Counter[str] | None = None) -> None:
        self._record = record
        self.made: Counter[str] = Counter() if made is None else made
        self.strict_from = 0.0
        self.eras: list[tuple[int, Sequence[int]]] = []
        """What was offered last of each history, with its first write."""
        self.is_damaged = False

    def equal(self, found: State, expected: State, what: str) -> None:
        """The bytes of volumes are what they have to be."""
        self.made["volumes compared"] += 1
        for number, (mine, other) in enumerate(zip(found, expected, strict=True)):
            if len(mine) != len(other):
                raise ViolationError(
                    f"{what}: volume {number} has {len(mine)} bytes, not {len(other)}"
                )
            if mine != other:
                at = next(n for n, (a, b) in enumerate(zip(mine, other, strict=True)) if a != b)
                raise ViolationError(f"{what}: volume {number} is wrong from {at} on")

    def among(self, found: State, since: int, what: str) -> None:
        """Each byte is what it was at some place since one.

        A volume that was cut off and grown again is zero there for a moment.
        """
        self.made["volumes compared by the byte"] += 1
        states = [*self._record.states(since)]
        for number, mine in enumerate(found):
            held = np.frombuffer(mine, np.uint8)
            sizes = {len(each[number]) for each in states}
            if len(held) not in sizes:
                raise ViolationError(f"{what}: volume {number} has {len(held)} bytes, not {sizes}")
            allowed = (held == 0) & (np.arange(len(held)) >= min(sizes))
            for each in {state[number] for state in states}:
                known = each[: len(held)].ljust(len(held), b"\0")
                allowed |= held == np.frombuffer(known, np.uint8)
            if not allowed.all():
                at = int(np.flatnonzero(~allowed)[0])
                raise ViolationError(f"{what}: volume {number} is what it never was from {at} on")

    def end(self, end: int, *, least: int) -> None:
        """What was promised is there, and nothing that nobody asked for."""
        self.made["ends of journals"] += 1
        if not least <= end <= self._record.end:
            raise ViolationError(
                f"the journal ends at {end}; promised were {least} points,"
                f" and {self._record.end} were asked for"
            )

    def history(
        self,
        folder: Folder,
        images: Sequence[Image],
        chosen: Callable[[Sequence[int]], Iterable[int]],
        *,
        live: bool,
    ) -> Sequence[int]:
        """The history in a folder: its notes and times, and points chosen of those offered.

        Returns those that are offered, which may be none while replicas are not what they have to
        be.
        """
        history = History(folder, where=WHERE, live=live)
        try:
            if history.findings and not self.is_damaged:
                raise ViolationError(f"a finding where nothing is damaged: {history.findings[0]}")
            offered = points_in(history)
            if not offered:
                self._not_offered(history)
                return offered
            assert history.begin is not None
            if self.eras and self.eras[-1][0] == history.begin:
                self.eras.pop()
            self.eras.append((history.begin, offered))
            self._times(history)
            self._notes(history)
            for point in chosen(offered):
                if point not in self._record.doubtful:
                    self._point(history, images, point)
        finally:
            history.close()
        return offered

    def window(self, first: int, *, window_ns: int, now_ns: int) -> None:
        """Every point within the window is there, where nothing else makes points go."""
        self.made["windows"] += 1
        times = self._record.times
        latest = max(now_ns, times[-1])
        if first > 0 and times[first - 1] > latest - window_ns:
            raise ViolationError(
                f"point {first - 1} went, which is of {(latest - times[first - 1]) / 1e9} s before"
                f" now, and the window is {window_ns / 1e9} s"
            )

    def thinned(self, offered: Sequence[int], ladder: Ladder, *, now_ns: int) -> None:
        """Of points that are not offered a later one in the same step is, at such an age."""
        record = self._record
        for point, after in _absent(offered):
            age_ns, step_ns, since_ns = now_ns - record.times[point], 0, 0
            for rung in ladder:
                step_ns = rung.step_ns if age_ns >= since_ns else step_ns
                since_ns = rung.until_ns
            self.made["points thinned out"] += 1
            if record.times[after] - record.latest[point] >= step_ns and not self.is_damaged:
                raise ViolationError(
                    f"point {point} was thinned out, {age_ns / 1e9} s old, where one in"
                    f" {step_ns / 1e9} s is kept, and the next is {after}"
                )

    def gap(self, history: History, before: int) -> None:
        """All that was offered of a history, which began at a write, is told to be given up."""
        self.made["gaps"] += 1
        gaps = [each.note for each in noted(history) if isinstance(each.note, Gap)]
        if not any(before - 1 <= gap.first <= gap.last == history.first - 1 for gap in gaps):
            raise ViolationError(
                f"history began at {before}, and begins now after {history.first}: {gaps} are told"
            )

    def folds(self, task: Task, stock: Stock, *, now_ns: int) -> None:
        """What is folded is as old as the ladder asks for.

        Where room is short it may be a quarter as old, or in the older half of the journal.
        """
        self.made["folds"] += 1
        heads, rung = stock.heads, (stock.ladder or DEFAULT)[0]
        last = task.job.heads[-1].last
        end_ns = next(each.time_ns for each in heads if each.number > last)
        age_ns, until_ns = now_ns - end_ns, rung.until_ns if not rung.step_ns else 0
        is_old = bool(stock.ladder) and age_ns >= until_ns
        if not is_old and 4 * stock.taken >= 3 * stock.size:
            newer = [head for head in heads if head.time_ns >= end_ns]
            is_old = age_ns >= until_ns // 4 or _taken(newer) >= _taken(heads) // 2
        if not is_old:
            raise ViolationError(
                f"an epoch that is {age_ns / 1e9} s old is folded, and every write of the last"
                f" {until_ns / 1e9} s is to be kept"
            )

    def budget(self, folder: MemoryFolder, size: int) -> None:
        """The segments take no more than they may, but for those that damage made unreadable."""
        self.made["budgets"] += 1
        free = {name for name in folder.blobs if name.startswith(("free-do-", "free-undo-"))}
        names = {name for name in folder.blobs if name.startswith(("do-", "undo-"))}
        if self.is_damaged:
            history = History(folder, where=WHERE, live=True)
            read = [place_of(part.head) for part in history.every]
            history.close()
            names &= {name for place in read for name in (place.data, place.meta)}
        taken = sum(len(folder.blobs[name].content) for name in names | free)
        if taken > size:
            raise ViolationError(f"segments take {taken} bytes, and may take {size}")

    def verified(self, folder: Folder) -> None:
        """The journal itself finds nothing wrong."""
        self.made["journals verified"] += 1
        found = [each for each in verify(folder, where=WHERE) if isinstance(each, Finding)]
        if found and not self.is_damaged:
            raise ViolationError(f"verify finds what is not there: {found[0]}")

    def _point(self, history: History, images: Sequence[Image], point: int) -> None:
        expected = self._record.state(point)
        for number, image in enumerate(images):
            try:
                index = PointIndex(history, volume=number, point=point, image_size=image.size())
                found = bytearray(index.size)
                index.read_into(found, 0, image)
            except CoreError as error:
                self.refused(point, error)
                return
            self.equal((bytes(found),), (expected[number],), f"point {point}, volume {number}")
        self.made["points exact"] += 1

    def refused(self, point: int, error: Exception) -> None:
        """A point was refused, which damage has to be the reason of."""
        if not self.is_damaged or point >= self.strict_from:
            raise ViolationError(
                f"point {point} is refused, and is not damaged: {error}"
            ) from error
        self.made["damaged points refused"] += 1

    def _not_offered(self, history: History) -> None:
        self.made["times that no point was offered"] += 1
        try:
            history.epoch_of(history.end)
        except CoreError:
            return
        raise ViolationError(f"there is no point, and the latest, {history.end}, is not refused")

    def _times(self, history: History) -> None:
        times = history.written(since=history.first + 1, until=history.end)["time_ns"].tolist()
        if any(one > other for one, other in pairwise(times)):
            raise ViolationError("times of points go back")

    def _notes(self, history: History) -> None:
        found = [(point, text) for point, _, text in history.notes()]
        for each in self._record.notes:
            if each[0] > history.first and each not in found and not self.is_damaged:
                raise ViolationError(f"the note at point {each[0]} is lost")


def _taken(heads: Sequence[Head]) -> int:
    return sum(file_bytes(head.size) for head in heads)


def _absent(offered: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each point between those that are offered, with the next that is."""
    for before, after in pairwise(offered):
        yield from ((point, after) for point in range(before + 1, after))
