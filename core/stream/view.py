"""A volume at a point, to be read while its journal goes on.

Theory of operation
-------------------
What no record covers is read from the image, and the writer may overwrite it at that moment. But
it publishes what a block held in the UNDO stream before it overwrites it. So a piece is read first,
and then it is looked whether pre-images have appeared since the index was made; those that lie in
the piece are painted over it, the newest first, as in `point.py`. If what was read was new, then
its pre-image was published before, and is found.

Looking is cheap. The count of records in the last segment that is known is in a map, and whether
there is a segment behind it is one attempt to open that. The order of both matters: once a segment
has a successor nothing is added to it, so the successor is asked for first. A segment that has one
and was never sealed was left by a writer that died, and is read through, as recovery does it.

Segments may go meanwhile. Those that the index needs are held open, so that a file that was removed
stays what it was. One that was taken for another segment has another head: whoever takes a file for
something new writes the head before all else, and so the heads are looked at after the reading. And
where the last segment that is known has gone by its name, others may have come and gone behind it,
which nobody saw: that, too, ends in an error. So does it where history has begun anew, be it before
the same write: what was written to production while the journal took nothing has no number.

A replica that somebody was given to write on is looked at in the same way: what its blocks held
before appears in the ACCESS stream. When that is over the blocks are given back, and the segments
go; their files are used for nothing else. Then a piece is read once more.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from core.errors import CoreError
from core.stream.finding import DamagedError
from core.stream.history import History
from core.stream.names import data_name, meta_name, numbers, places
from core.stream.part import read_through
from core.stream.point import PointIndex
from core.stream.segment import SEAL_AT, seal_of
from core.structure.medium import Image, SparseImage
from core.structure.painting import paint
from core.wire.record import (
    OFFSET_MASK,
    POSITION_SHIFT,
    RECORD,
    RECORD_BYTES,
    Kind,
    Records,
    no_records,
)
from core.wire.segment import (
    COUNT,
    COUNT_AT,
    HEAD_BYTES,
    Head,
    NotASegmentError,
    Stream,
    pack_head,
    parse_head,
)


class HistoryGoneError(CoreError):
    """What a point needs was dropped while it was read."""


class PointView:
    """One volume as it was at one point.

    `size` is its bytes then. The history and the image belong to the caller, who may refresh the
    one and must keep open the other. It is for one thread.
    """

    def __init__(self, history: History, image: SparseImage, *, volume: int, point: int) -> None:
        """Looks again at the journal: the size of the image is asked for before that."""
        image_size = _size_of(image, history)
        self._index = PointIndex(history, volume=volume, point=point, image_size=image_size)
        self._image, self._volume, self._where = image, volume, history.where
        self._begin, self._begins_now = history.beginning, history.begins_now
        parts = {
            (part.head.stream, part.head.number): part
            for part in (*history.do, *history.undo, *history.access)
        }
        self._heads = [
            (parts[key].data, pack_head(parts[key].head)[:_HEAD_SEEN])
            for key in self._index.segments()
        ]
        self._late = _Late(_Tail(history, Stream.UNDO), volume)
        self._access = _Late(_Tail(history, Stream.ACCESS), volume) if history.is_fed else None
        self.size = self._index.size

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """Fill `buffer` with what the volume held at the point from `offset` on.

        Raises HistoryGoneError where that cannot be had any more.
        """
        while True:
            watched = _Watched(self._image)
            try:
                self._index.read_into(buffer, offset, watched)
            except DamagedError:
                self._check_heads()  # what was taken for something new looks damaged, too
                raise
            if not watched.pieces or self._mend(watched.pieces):
                break
        self._check_heads()

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """The (offset, length) of what may be other than zero within a range, in order.

        A hole of the image was one at the point, too, unless a pre-image of it has appeared by now:
        so these are asked for after the holes.
        """
        end = min(offset + length, self.size)
        held = np.array([*self._image.data(offset, end - offset)], np.int64).reshape(-1, 2)
        while not self._looked():
            held = np.array([*self._image.data(offset, end - offset)], np.int64).reshape(-1, 2)
        late = np.concatenate([each.records for each in self._lates()])
        begin = np.concatenate((held[:, 0], self._index.start, late["offset"]))
        count = np.concatenate((held[:, 1], self._index.length, late["length"]))
        stop = np.minimum(begin + count, end)
        begin = np.maximum(begin, offset)
        some = stop > begin
        seen = paint(begin[some], (stop - begin)[some])
        return zip(seen.start.tolist(), seen.length.tolist(), strict=True)

    def runs(self) -> Iterator[tuple[int, int]]:
        """The (offset, length) of what differed from the image when the view was made."""
        return self._index.runs()

    def close(self) -> None:
        """Let go of what was opened to look for pre-images."""
        for late in self._lates():
            late.close()

    def _mend(self, pieces: Sequence[tuple[int, memoryview]]) -> bool:
        """Paint what has appeared over pieces of the image; says whether they may be believed."""
        if not self._looked():
            return False
        for offset, view in pieces:
            if self._access is not None:
                try:
                    self._access.paint(offset, view)
                except HistoryGoneError:
                    self._access.begin_anew()
                    return False
            self._late.paint(offset, view)
        return True

    def _lates(self) -> Sequence["_Late"]:
        """What is painted over the image."""
        return (self._late,) if self._access is None else (self._access, self._late)

    def _looked(self) -> bool:
        """See what has appeared; not so where an access to a replica has ended meanwhile."""
        if self._access is not None:
            try:
                self._access.look()
            except HistoryGoneError:
                self._access.begin_anew()
                return False
        self._late.look()
        return True

    def _check_heads(self) -> None:
        for data, head in self._heads:
            if bytes(data[:_HEAD_SEEN]) != head:
                raise _gone(self._where)
        self._late.check_heads()
        if self._begins_now() != self._begin:
            raise _gone(self._where)


_HEAD_SEEN: Final = 128  # a head's fields and their checksum, and more


def _size_of(image: Image, history: History) -> int:
    """The size of an image before the history is looked at again, and no access ended between."""
    while True:
        seen = _numbers(history)
        size = image.size()
        history.refresh()
        if _numbers(history)[:1] == seen[:1]:
            return size


def _numbers(history: History) -> list[int]:
    return [part.head.number for part in history.access]


class _Late:
    """Pre-images of one volume that have appeared since a view was made."""

    def __init__(self, tail: "_Tail", volume: int) -> None:
        self._tail, self._volume = tail, volume
        self.records = no_records()
        self.close, self.check_heads = tail.close, tail.check_heads

    def look(self) -> None:
        """See what has appeared."""
        appeared = self._tail.look()
        mine = appeared[(appeared["volume"] == self._volume) & (appeared["kind"] != Kind.RESIZE)]
        if len(mine):
            self.records = np.concatenate((self.records, mine))

    def begin_anew(self) -> None:
        """What has appeared is over."""
        self._tail.begin_anew()
        self.records = no_records()

    def paint(self, offset: int, view: memoryview) -> None:
        """Paint what has appeared over a piece of the image that was read at `offset`."""
        end = offset + len(view)
        start = self.records["offset"]
        touching = (start < end) & (start + self.records["length"] > offset)
        for record in self.records[touching][::-1]:
            first, length = int(record["offset"]), int(record["length"])
            begin, stop = max(first, offset), min(first + length, end)
            piece = view[begin - offset : stop - offset]
            if record["kind"] == Kind.WRITE:
                self._tail.read_into(piece, int(record["position"]) + begin - first)
            else:
                piece[:] = bytes(len(piece))


class _Watched:
    """An image that remembers what was read from it, and gives zeroes behind its end."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self.pieces: list[tuple[int, memoryview]] = []

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """The image may be cut off meanwhile: what it lost is in the UNDO stream by then."""
        view = memoryview(buffer)
        self.pieces.append((offset, view))
        while True:
            size = self._image.size()
            held = max(0, min(len(view), size - offset))
            try:
                if held:
                    self._image.read_into(view[:held], offset)
            except OSError:
                if self._image.size() >= size:
                    raise
            else:
                view[held:] = bytes(len(view) - held)
                return

    def size(self) -> int:
        """As if it had no end."""
        return 1 << 63


class _Tail:
    """What is added to a stream of pre-images behind what a history knows of it."""

    def __init__(self, history: History, stream: Stream) -> None:
        self._folder, self._stream = history.folder, stream
        self._group, self._where = history.identity.group, history.where
        self._opened: dict[int, tuple[memoryview, bytes]] = {}
        parts = history.undo if stream is Stream.UNDO else history.access
        last = parts[-1] if parts else None
        self._number = last.head.number if last else 0
        self._known = len(last.records) if last else 0
        # Of a writer that is gone a loss of power may have left counts of what was lost.
        self._meta = self._map_meta() if history.is_live else None

    def look(self) -> Records:
        """The records that have appeared since the last look, in order of capture."""
        found = []
        if not self._number and self._stream is Stream.ACCESS and self._present():
            raise _gone(self._where)
        while self._exists(self._number + 1):
            found.append(self._rest())
            self._number, self._known = self._number + 1, 0
            self._meta = self._map_meta()
        found.append(self._published())
        if not (self._exists(self._number) if self._number else self._is_none()):
            raise _gone(self._where)
        wanted = [each for each in found if len(each)]
        return np.concatenate(wanted) if wanted else no_records()

    def begin_anew(self) -> None:
        """Take all that there is now for what has appeared."""
        self.close()
        self._number, self._known = next(iter(self._present()), 0), 0
        self._meta = self._map_meta()

    def _present(self) -> Sequence[int]:
        return numbers(self._folder.names(), self._stream)

    def read_into(self, view: memoryview, position: int) -> None:
        """What a pre-image held that has appeared."""
        data = self._data(position >> POSITION_SHIFT)
        start = position & OFFSET_MASK
        view[:] = data[start : start + len(view)]

    def check_heads(self) -> None:
        """Raises HistoryGoneError where a file that was read has become another segment."""
        for data, head in self._opened.values():
            if bytes(data[:_HEAD_SEEN]) != head:
                raise _gone(self._where)

    def close(self) -> None:
        """Let go of all files."""
        self._opened, self._meta = {}, None

    def _published(self) -> Records:
        """What has been published in the last segment since it was looked at."""
        if self._meta is not None and COUNT.unpack_from(self._meta, SEAL_AT) != (0,):
            self._meta = self._map_meta()  # its writer ended: another may go on with another file
        if self._meta is None:
            return self._through()
        (count,) = COUNT.unpack_from(self._meta, COUNT_AT)
        begin, end = (HEAD_BYTES + each * RECORD_BYTES for each in (self._known, count))
        if count <= self._known or end > len(self._meta):
            return no_records()
        self._known = count
        found: Records = np.frombuffer(bytes(self._meta[begin:end]), RECORD)
        self._check_meta()
        return found

    def _rest(self) -> Records:
        """All that is in the last segment beyond what is known, now that it has a successor."""
        return self._published() if self._is_sealed() else self._through()

    def _through(self) -> Records:
        """All that the data file of the last segment holds beyond what is known."""
        if not self._number:
            return no_records()
        whole = read_through(self._head(self._number), self._data(self._number))
        found: Records = whole[self._known :]
        self._known += len(found)
        return found

    def _is_sealed(self) -> bool:
        if self._meta is None:
            return False
        (count,) = COUNT.unpack_from(self._meta, COUNT_AT)
        (seal,) = COUNT.unpack_from(self._meta, SEAL_AT)
        end = HEAD_BYTES + count * RECORD_BYTES
        head = self._check_meta()
        is_sealed = end <= len(self._meta) and seal == seal_of(
            self._meta[HEAD_BYTES:end], head.seed
        )
        self._check_meta()
        return bool(is_sealed)

    def _check_meta(self) -> Head:
        """Raises HistoryGoneError where the records were no longer those of the last segment."""
        assert self._meta is not None
        return self._parsed(self._number, self._meta)

    def _head(self, number: int) -> Head:
        return self._parsed(number, self._data(number))

    def _parsed(self, number: int, file: memoryview) -> Head:
        """The head of a file that was opened as one of that segment."""
        where = f"{self._where}/{data_name(self._stream, number)}"
        try:
            head = parse_head(bytes(file[:HEAD_BYTES]), where=where)
        except NotASegmentError:
            raise _gone(self._where) from None
        if (head.group, head.stream, head.number) != (self._group, self._stream, number):
            raise _gone(self._where)
        return head

    def _data(self, number: int) -> memoryview:
        """The data file of a segment, which stays mapped."""
        if number not in self._opened:
            try:
                file = self._folder.open(data_name(self._stream, number), writable=False)
            except FileNotFoundError:
                raise _gone(self._where) from None
            data = file.map()
            file.close()
            self._opened[number] = data, pack_head(self._parsed(number, data))[:_HEAD_SEEN]
        return self._opened[number][0]

    def _is_none(self) -> bool:
        """Is the first segment still to come, or has it only just come?"""
        there = places(self._folder.names(), self._stream)
        return not there or there[0] == (self._stream, 1, 1, 0)

    def _exists(self, number: int) -> bool:
        """Is there a segment of that number?"""
        try:
            self._folder.open(data_name(self._stream, number), writable=False).close()
        except FileNotFoundError:
            return False
        return True

    def _map_meta(self) -> memoryview | None:
        """The map of the records of the last segment; None where there is no such file.

        A loss of power may have left one that is empty, or has no head.
        """
        try:
            file = self._folder.open(meta_name(self._stream, self._number), writable=False)
        except FileNotFoundError:
            return None
        try:
            view = file.map() if file.size() >= HEAD_BYTES else memoryview(b"")
            self._parsed(self._number, view)
        except HistoryGoneError:
            return None
        finally:
            file.close()
        return view


def _gone(where: str) -> HistoryGoneError:
    return HistoryGoneError(
        "a part of the history that this point needs was dropped while it was read",
        where=where,
        hint="take a later point, or a longer window",
    )
