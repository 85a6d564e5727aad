"""Production whose images lack a part of its stream: a copy that was taken over as it was.

Theory of operation
-------------------
All that a copy received is in its DO stream, and its images are somewhere before the end of that.
Whoever feeds them goes on with it, as ever: in order, with what blocks held before. Nobody else
writes to them. So nothing is new of how points are kept, nor of what a crash leaves.

What hosts write goes to the same stream, behind what came. They read an index over the images: of
all that these may lack, which does not change, for it ends where the copy was taken over. What was
written since is in a file apart, by blocks, which is of no meaning after a crash: the stream has
it. A block that is written in part is made whole there first.

When the images have everything, and history is kept of them, the journal becomes that of production
(`taking_over.py`). Until then it is that of a copy which was taken over, and is opened again as
such: what hosts wrote is a part of what its images lack.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from errno import EIO
from typing import Final, Generic, TypeVar

from core.errors import CoreError
from core.machine.journal.access import recover_access
from core.machine.journal.recovery import (
    Recovered,
    last_time,
    make_durable,
    seal_stream,
    seal_undo,
    shelf_of,
)
from core.machine.journal.reopening import epoch_after, take_back
from core.machine.journal.replicated import half
from core.machine.journal.shelf import Retention
from core.machine.journal.taking_over import become_production
from core.machine.journal.writer import Journal, Volume
from core.stream.backlog import Backlog
from core.stream.history import History
from core.stream.phases import State
from core.stream.point import Index, Latest
from core.stream.standing import Standing, read_standing
from core.stream.waiting import waiting
from core.structure.blocks import BLOCK_BYTES, Blocks, Runs
from core.structure.medium import Buffer, Folder, Image
from core.wire.chunk import KINDS
from core.wire.nbd.parts import without
from core.wire.nbd.requests import Run
from core.wire.segment import Stream

_FEEDING: Final = "distribution"
_GRAIN_BYTES: Final = 1 << 20


class BehindVolume:
    """What a volume holds whose image is behind.

    It may be read while one other writes. `turn` is for whoever reads the index.
    """

    def __init__(
        self, image: Image, latest: Latest, scratch: Volume, turn: AbstractContextManager[object]
    ) -> None:
        """`scratch` has the size of the volume, and holds nothing that matters."""
        self._image, self._scratch, self._turn = image, scratch, turn
        self._index: Latest | Index = latest
        self._written = Blocks()

    def index(self) -> None:
        """Have an index of everything, which takes a while; others may read and write meanwhile."""
        if isinstance(self._index, Latest):
            self._index = self._index.whole()

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        view = memoryview(buffer)
        for at, length, is_written in self._written.runs(offset, len(view)):
            piece = view[at - offset : at - offset + length]
            if is_written:
                self._scratch.read_into(piece, at)
            else:
                with self._turn:
                    self._index.read_into(piece, at, self._image)

    def write_run(self, run: Run) -> Mapping[int, int]:
        """See `core.machine.journal.writer`."""
        ranges = [
            (nth, offset, length)
            for nth, (head, _, offset, length) in enumerate(run.requests)
            if length and head & 0xFFFF in KINDS
        ]
        errors: dict[int, int] = {}
        for nth, offset, length in ranges:
            try:
                self._make_whole(offset, offset + length)
            except OSError as error:
                errors[nth] = error.errno or EIO
        if errors:
            rest, indices = without(run, errors)
            failed = self._scratch.write_run(rest)
            errors |= {indices[index]: error for index, error in failed.items()}
        else:
            errors.update(self._scratch.write_run(run))
        for nth, offset, length in ranges:
            if nth not in errors:  # not before: a reader would find nothing there
                self._written.take(offset, length)
        return errors

    def write(self, buffer: Buffer, offset: int) -> None:
        """See `core.structure.medium`."""
        length = len(memoryview(buffer))
        self._make_whole(offset, offset + length)
        self._scratch.write(buffer, offset)
        self._written.take(offset, length)

    def zero(self, offset: int, length: int) -> None:
        """See `core.structure.medium`."""
        self._make_whole(offset, offset + length)
        self._scratch.zero(offset, length)
        self._written.take(offset, length)

    def size(self) -> int:
        """See `core.structure.medium`."""
        return self._scratch.size()

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """See `core.structure.medium`: all of it may be data."""
        yield offset, length

    def sync(self) -> None:
        """The stream has everything: nothing is asked of what a crash leaves of this."""

    def resize(self, size: int) -> None:
        """See `core.structure.medium`: what is added reads as zeroes, whatever was there."""
        before = self.size()
        if size > before:
            self._make_whole(before, size)
        self._scratch.resize(size)
        if size > before:
            self._written.take(before, size - before)

    def _make_whole(self, begin: int, end: int) -> None:
        """Copy what a range leaves of its first and last block, where they are not written yet."""
        for block in dict.fromkeys((begin // BLOCK_BYTES, (end - 1) // BLOCK_BYTES)):
            at = block * BLOCK_BYTES
            stop = min(at + BLOCK_BYTES, self.size())
            if at < stop and (begin > at or end < stop) and not self._written.holds(at, 1):
                held = bytearray(stop - at)
                self.read_into(held, at)
                self._scratch.write(held, at)


class Nothing:
    """What is kept of volumes for their past, where others do that: see `writer.Keeper`."""

    used = 0

    def claim(self, volume: int) -> Callable[[int, int], Runs]:
        """See `core.machine.journal.writer.Keeper`."""
        del volume
        return lambda _offset, _length: ()

    def claim_each(self, volume: int, offsets: Sequence[int], length: int) -> Runs:
        """See `core.machine.journal.writer.Keeper`."""
        del volume, offsets, length
        return ()

    def capture(self, number: int, volume: Volume, claimed: Runs) -> None:
        """See `core.machine.journal.writer.Keeper`."""

    def takes(self, size: int, ranges: int) -> bool:
        """See `core.machine.journal.writer.Keeper`."""
        del size, ranges
        return True

    def segments_for(self, number: int, volume: Volume, ranges: Runs) -> int:
        """See `core.machine.journal.writer.Keeper`."""
        del number, volume, ranges
        return 0

    def begin_epoch(self, first: int, time_ns: int) -> None:
        """See `core.machine.journal.writer.Keeper`."""

    def seal(self) -> None:
        """See `core.machine.journal.writer.Keeper`."""


V = TypeVar("V", bound=BehindVolume)


class Behind(Generic[V]):
    """What takes the writes of hosts until the images have everything.

    `journal` writes to `volumes`. Callers hold one lock around every method. Whoever feeds the
    images is to give up no point, whatever room that takes.
    """

    def __init__(
        self,
        history: History,
        images: Sequence[Image],
        made: Callable[[Image, Latest], V],
        *,
        clock: Callable[[], int],
        retention: Retention,
    ) -> None:
        """`history` has nothing left to recover, and is this one's from now on.

        A volume is `made` of an image and what it lacks.
        """
        self._history, self._folder, self._where = history, history.folder, history.where
        standing = self.standing
        first = _first_lacking(history, standing)
        self.came = history.end if history.last else standing.course.since
        """The last write of what came."""
        self.volumes = tuple(
            made(image, Latest(history, volume=nth, since=first, image_size=image.size()))
            for nth, image in enumerate(images)
        )
        shelf = shelf_of(self._folder, history, half(retention), (Stream.DO,))
        shelf.keep(_FEEDING, first, beyond=True)  # the index reads it until the end
        self._backlog = Backlog(first - 1, grain=_GRAIN_BYTES)
        for each in waiting(history, first - 1):
            self._backlog.add(each.end, each.size, self._backlog.total)
        self.applied = self._reached = first - 1
        """Every write up to that is in the images, as whoever feeds them has told."""
        self.recovered = Recovered(end=self.came, clean=history.unsealed is None, bytes_rewritten=0)
        seal_stream(self._folder, history.do)
        self._journal: Journal | None = Journal(
            shelf,
            Nothing(),
            history.identity,
            self.volumes,
            clock=clock,
            first=self.came + 1,
            time_ns=last_time(history),
        )

    @property
    def journal(self) -> Journal:
        """What hosts' writes go to, until the end."""
        assert self._journal is not None
        return self._journal

    def index(self) -> None:
        """Have what the images lack be read sooner; nothing is to be locked for that."""
        for each in self.volumes:
            each.index()

    @property
    def standing(self) -> Standing:
        """How the images stand now."""
        found = read_standing(self._folder, where=self._where)
        assert found is not None
        return found

    def wrote(self, end: int, size: int) -> None:
        """Hosts wrote so many bytes, up to a write."""
        self._backlog.add(end, size, self._backlog.total)

    def follow(self, applied: int) -> None:
        """The images have everything up to a write."""
        self.applied, self._reached = applied, max(applied, self._reached)
        self._backlog.passed(applied)

    def fed_anew(self) -> None:
        """Another feeds the images from now on: what was not durable it applies again."""
        self.follow(self.standing.applied)

    @property
    def is_applied_again(self) -> bool:
        """Are the images before a write that they had once?"""
        return self.applied < self._reached

    @property
    def unapplied(self) -> int:
        """Bytes of writes that the images lack."""
        return self._backlog.beyond.size

    @property
    def is_there(self) -> bool:
        """Have the images everything, with history of them?"""
        return self.applied >= self.journal.end and self.standing.state is State.DISTRIBUTING

    def end(self, images: Sequence[Volume]) -> None:
        """They are there, and nobody feeds them any more: the journal is to be that of production.

        Nothing may be written here afterwards; whoever has begun to read goes on.
        """
        self.journal.close()
        become_production(self._folder, images, where=self._where)
        self.close()

    def close(self) -> None:
        """Let go of it all."""
        self._history.close()
        self.volumes, self._journal = (), None


def recover_behind(folder: Folder, images: Sequence[Volume], *, where: str) -> History:
    """Put right what a crash left of a copy that was taken over; nobody may feed its images.

    They may have writes that a loss of power took from the stream, of the epoch that was open:
    these are taken back.
    """
    history = History(folder, where=where)
    history.refuse_lost_end()
    recover_access(history, images)
    make_durable(history)
    seal_undo(folder, history)
    history.refresh()
    standing = read_standing(folder, where=where)
    assert standing is not None
    epoch = epoch_after(history, standing.applied)
    is_open = epoch is not None and epoch is history.unsealed
    if epoch is not None and is_open and standing.state is State.DISTRIBUTING:
        take_back(history, images, epoch)
    return history


def _first_lacking(history: History, standing: Standing) -> int:
    """The first write that images may lack, or one before, with which an epoch begins."""
    epoch = epoch_after(history, standing.applied)
    if epoch is not None:
        return epoch.head.first
    if history.end > standing.applied:
        raise CoreError(
            f"what came behind write {standing.applied} is lost, or part of it",
            where=history.where,
            hint="`isthmus journal verify` says what is damaged",
        )
    return standing.applied + 1
