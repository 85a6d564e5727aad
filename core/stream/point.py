"""A volume as it was at a point: an index over the streams and the image as it is now.

Theory of operation
-------------------
An epoch is a segment of the DO stream. The first time that a block is overwritten in an epoch, what
it held at the beginning of it goes to the UNDO stream. So the beginning of an epoch is the image
with the pre-images of that epoch and of all later ones painted over it, the newest first, so that
the oldest end on top; and a point within the epoch is that, with the writes of the epoch up to the
point painted over in their order. All of it is one painting of intervals (`structure/painting.py`),
and what nothing covers is read from the image.

A replica that somebody was given to write on is the image with what its blocks held before, from
the ACCESS stream: that is painted before all else.

A replica may not have been touched any more in the epoch of a point. Then the writes of several
epochs are needed: the painting begins with the epoch of the last pre-image.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from core.errors import CoreError
from core.stream.history import History
from core.stream.payloads import read_at
from core.structure.medium import Image
from core.structure.painting import Integers, paint
from core.wire.record import POSITION_SHIFT, Kind, Records, no_records, selected
from core.wire.segment import Stream

_ZERO, _DO, _UNDO, _ACCESS = range(4)
_STREAMS: Final = {_DO: Stream.DO, _UNDO: Stream.UNDO, _ACCESS: Stream.ACCESS}

INDEX_RUN_BYTES: Final = 33


class Index:
    """Where each byte of one volume is read from.

    Runs that nothing covers are not in it. `start` and `length` have one shape; memory is
    `INDEX_RUN_BYTES` for each run, and there are at most twice as many runs as records.
    """

    def __init__(
        self, history: History, *, size: int, access: Records, undo: Records, done: Records
    ) -> None:
        """Of a volume of that size: what was `done`, over `undo`, over `access`, over the image."""
        self.size = size
        self._history = history
        self._index(access, undo, done)

    def _index(self, access: Records, undo: Records, done: Records) -> None:
        start, length, kinds = _effect(done)
        origin = np.concatenate((access["offset"], undo["offset"], start))
        seen = paint(origin, np.concatenate((access["length"], undo["length"], length)))
        base = np.concatenate((access["position"], undo["position"], done["position"]))
        source = np.concatenate(
            (
                np.where(access["kind"] == Kind.WRITE, _ACCESS, _ZERO),
                np.where(undo["kind"] == Kind.WRITE, _UNDO, _ZERO),
                np.where(kinds == Kind.WRITE, _DO, _ZERO),
            )
        ).astype(np.uint8)
        self.start: Integers = seen.start
        self.length: Integers = seen.length
        self._stop = seen.start + seen.length
        inside = (seen.start - origin[seen.top]).astype(np.uint64)
        self._position = base[seen.top] + inside
        self._source = source[seen.top]
        self._payloads = {
            source: self._history.payloads(stream) for source, stream in _STREAMS.items()
        }

    def read_into(self, buffer: bytearray | memoryview, offset: int, image: Image) -> None:
        """Fill `buffer` with what the volume held at the point from `offset` on.

        What is beyond the end of the image, and was in no stream, is zero.
        """
        view = memoryview(buffer)
        end = offset + len(view)
        if end > self.size:
            raise CoreError(f"a read of {len(view)} bytes at {offset} is beyond {self.size}")
        nth = int(np.searchsorted(self._stop, offset, side="right"))
        at = offset
        while at < end:
            begin = int(self.start[nth]) if nth < len(self.start) else end
            if begin > at:
                stop = min(begin, end)
                _read_image(image, view[at - offset : stop - offset], at)
                at = stop
                continue
            stop = min(begin + int(self.length[nth]), end)
            self._read_run(nth, view[at - offset : stop - offset], at - begin)
            at, nth = stop, nth + 1

    def runs(self) -> Iterator[tuple[int, int]]:
        """The (offset, length) of all that may differ from the image."""
        return zip(self.start.tolist(), self.length.tolist(), strict=True)

    def segments(self) -> Iterator[tuple[Stream, int]]:
        """The segments that are read from, each once."""
        for source, stream in _STREAMS.items():
            numbers = np.unique(self._position[self._source == source] >> np.uint64(POSITION_SHIFT))
            yield from ((stream, number) for number in numbers.tolist())

    def _read_run(self, nth: int, view: memoryview, skip: int) -> None:
        source = int(self._source[nth])
        if source == _ZERO:
            view[:] = bytes(len(view))
            return
        position = int(self._position[nth]) + skip
        view[:] = read_at(self._payloads[source], position, len(view))


class PointIndex(Index):
    """Of a volume at one point."""

    def __init__(self, history: History, *, volume: int, point: int, image_size: int) -> None:
        epoch = history.epoch_of(point)
        undo = _of(volume, history.overwritten(since=epoch.head.first))
        begin = epoch.head.first
        if not len(undo) and history.is_fed:
            begin = _last_touched(history, begin)
            undo = _of(volume, history.overwritten(since=begin))
        done = _of(volume, history.written(since=begin, until=point))
        later = _of(volume, history.resized(since=point + 1))
        before = history.size_before_access(volume)
        size = _size_at(done, later, image_size if before is None else before)
        access = _of(volume, history.accessed())[::-1]
        super().__init__(history, size=size, access=access, undo=undo[::-1], done=done)


class Latest:
    """Of a volume at the end, over an image that has every write before `since`.

    It may have any of the others, too: what they put is read from the stream. An index of all of it
    takes a while, where that is much. So for each read one of what that touches is made, before
    somebody makes the `whole`.
    """

    def __init__(self, history: History, *, volume: int, since: int, image_size: int) -> None:
        self._history = history
        self._done = _of(volume, history.written(since=since, until=history.end))
        self._start, length, _ = _effect(self._done)
        self._stop = self._start + length
        self.size = _size_at(self._done, no_records(), image_size)

    def read_into(self, buffer: bytearray | memoryview, offset: int, image: Image) -> None:
        """See `Index`."""
        end = offset + len(memoryview(buffer))
        touching = (self._start < end) & (self._stop > offset)
        self._index(self._done[touching]).read_into(buffer, offset, image)

    def whole(self) -> Index:
        """Of all that it touches."""
        return self._index(self._done)

    def _index(self, done: Records) -> Index:
        none = no_records()
        return Index(self._history, size=self.size, access=none, undo=none, done=done)


def _effect(
    done: Records,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Offset, length and kind of what each write put: growing puts zeroes, shrinking nothing."""
    start, length, kinds = done["offset"].copy(), done["length"].copy(), done["kind"].copy()
    resized = kinds == Kind.RESIZE
    length[resized] = np.maximum(0, length[resized] - start[resized])
    return start, length, kinds


def _of(volume: int, records: Records) -> Records:
    return selected(records, records["volume"] == volume)


def _size_at(done: Records, later: Records, image_size: int) -> int:
    """Bytes of the volume at the point, from what was done before it and the resizes after it."""
    before = done[done["kind"] == Kind.RESIZE]
    if len(before):
        return int(before["length"][-1])
    return int(later["offset"][0]) if len(later) else image_size


def _last_touched(history: History, begin: int) -> int:
    """The first sequence of the last epoch that has pre-images, or `begin` where that is later.

    Where there are none at all the image is as it was before everything.
    """
    records = history.overwritten(since=0)
    return min(begin, int(records["sequence"].max(initial=history.first + 1)))


def _read_image(image: Image, view: memoryview, offset: int) -> None:
    held = max(0, min(len(view), image.size() - offset))
    if held:
        image.read_into(view[:held], offset)
    view[held:] = bytes(len(view) - held)
