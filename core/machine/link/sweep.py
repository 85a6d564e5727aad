"""Comparing all of production with a copy, while hosts write and the copy applies.

Theory of operation
-------------------
A region is compared at one point by looking at which moments its two sides may be of. The copy
tells up to which write it had applied everything before it looked. Production knows, by the stream,
when each region was last written, up to a write that was carried out after it was read here. Where
no write between the two touched the region, both sides are of the same point, and differ for no
reason that would pass. Otherwise it is looked at again a little later, and less often each time.

First a region has one digest. Where that differs, or hosts write there too often, each chunk has
one, and is judged by itself: one that no write touched is over, whatever becomes of the others.
Neither of the sides waits for a comparison: few questions are on their way at once, and one now and
then where hosts write, or the copy is behind.

It outlives links, and what it found alike outlives the process (`verified.py`).
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from core.machine.link.questions import GRAIN_BYTES, Answer, Question
from core.stream import regions
from core.structure.digested import digested
from core.structure.digests import Digests, chunks_of, differing
from core.structure.medium import SparseImage
from core.wire.record import NO_VOLUME, RECORD, Kind

WINDOW: Final = 8
"""So many questions at once where neither side has anything else to do."""
TRIES_MAX: Final = 12
_TRIES_WHOLE: Final = 2
_QUIET_S: Final = 0.1
_PAUSE_S_BUSY: Final = 0.02
"""From one question to the next while hosts write, or have written so lately."""
_PAUSE_S: Final = 0.02
_PAUSE_S_MAX: Final = 2.0


class Ledger(Protocol):
    """Where it is written down when regions were alike."""

    def is_behind(self, number: int, offset: int) -> bool:
        """Was a region found alike since the comparison began?"""

    def last(self, number: int, offset: int) -> int:
        """When it was found alike for the last time; 0 where it never was."""

    def alike(self, number: int, offset: int) -> None:
        """A region is alike."""


class Difference(NamedTuple):
    """A range of a volume that the copy has otherwise, and when it was last seen alike, or 0."""

    volume: int
    offset: int
    length: int
    last_ns: int


class _Region(NamedTuple):
    """One that is to be looked at; of its chunks those that are `left`, as a set of bits.

    So are those that were found `unlike`.
    """

    volume: int
    offset: int
    grain: int
    tries: int = 0
    left: int = -1
    unlike: int = 0


class _Looked(NamedTuple):
    """A region that was looked at on both sides, to be judged once the stream is known to `end`."""

    region: _Region
    applied: int
    end: int
    length: int
    unlike: int


class Sweep:
    """One comparison. One thread at a time; whoever asks how far it is may be another."""

    def __init__(
        self,
        volumes: Sequence[SparseImage],
        ledger: Ledger,
        clock: Callable[[], float],
        *,
        rate: int = 0,
    ) -> None:
        """`rate` is how many bytes a second are compared at most; 0 is as many as can be."""
        self._volumes, self._ledger, self._clock = tuple(volumes), ledger, clock
        self._rate, self._next_s, self._quiet_s = rate, 0.0, 0.0
        self._region_bytes = 1 << regions.REGION_SHIFT
        self._new = self._regions()
        self._again: list[tuple[float, int, _Region]] = []
        self._order = count()
        self._asked: deque[_Region] = deque()
        self._looked: deque[_Looked] = deque()
        self._last = [np.zeros(0, np.int64) for _ in volumes]
        self._watched: dict[tuple[int, int], npt.NDArray[np.int64]] = {}
        """When chunks were written for the last time, of regions that are judged by chunks."""
        self._floor = 0
        self._is_walked, self._open = False, 0
        self.total = sum(each.size() for each in volumes)
        self.done = 0
        self.differences: list[Difference] = []
        self.unsettled: list[tuple[int, int]] = []
        """Volume and offset of regions that were written whenever they were looked at, or cannot
        be read here."""

    @property
    def is_over(self) -> bool:
        """Was everything compared?"""
        return self._is_walked and not self._open

    def begin(self, floor: int) -> None:
        """A link stands; writes from there on are told, and no region is of a later one."""
        self._floor = floor
        for times in (*self._last, *self._watched.values()):
            times[:] = 0
        for region in (*self._asked, *(each.region for each in self._looked)):
            self._put_back(region, 0.0)
        self._asked.clear()
        self._looked.clear()

    def wrote(self, records: memoryview) -> None:
        """These records are in the stream, behind those that were told before."""
        self._quiet_s = self._clock() + _QUIET_S
        found = np.frombuffer(records, RECORD)
        found = found[found["volume"] != NO_VOLUME]
        begin, length = found["offset"], found["length"]
        is_resize = found["kind"] == Kind.RESIZE
        stop = np.where(is_resize, np.maximum(begin, length), begin + length)
        begin = np.where(is_resize, np.minimum(begin, length), begin)
        shift = regions.REGION_SHIFT
        end = np.maximum(stop - 1, begin)
        for volume, first, last, sequence in zip(
            *(found["volume"].tolist(), begin.tolist(), end.tolist(), found["sequence"].tolist()),
            strict=True,
        ):
            times, after = self._last[volume], (last >> shift) + 1
            if after > len(times):
                self._last[volume] = times = np.pad(times, (0, after - len(times)))
            times[first >> shift : after] = sequence
            for (number, offset), chunks in self._watched.items():
                if number == volume and first < offset + self._region_bytes and last >= offset:
                    since = max(0, first - offset) // GRAIN_BYTES
                    chunks[since : (last - offset) // GRAIN_BYTES + 1] = sequence

    def questions(self, *, is_busy: bool) -> Iterator[Question]:
        """What is to be asked now."""
        is_busy |= self._clock() < self._quiet_s
        pause_s = self._region_bytes / self._rate if self._rate else 0.0
        if is_busy:
            pause_s = max(pause_s, _PAUSE_S_BUSY)
        while len(self._asked) + len(self._looked) < (1 if is_busy else WINDOW):
            now_s = self._clock()
            region = self._next(now_s) if now_s >= self._next_s else None
            if region is None:
                return
            self._next_s = max(now_s, self._next_s) + pause_s if pause_s else 0.0
            self._asked.append(region)
            yield Question(region.volume, region.offset, self._region_bytes, region.grain)

    def heard(self, answer: Answer, digests: Digests, carried_out: Callable[[], int]) -> None:
        """The copy has answered what was asked next: look at the same region here."""
        region = self._asked.popleft()
        try:
            found = digested(
                *(self._volumes[region.volume], region.offset, self._region_bytes),
                *(digests, region.grain),
            )
        except OSError:
            self.unsettled.append((region.volume, region.offset))
            self._watched.pop((region.volume, region.offset), None)
            self._decided(region)
            return
        length = max(found.length, answer.length)
        unlike = 0
        for begin, end in differing(found.digests, answer.digests, length, region.grain):
            unlike |= _bits(begin // region.grain, chunks_of(end, region.grain))
        self._looked.append(_Looked(region, answer.applied, carried_out(), length, unlike))

    def judge(self, known: int) -> None:
        """Every write up to that one was told."""
        while self._looked and self._looked[0].end <= known:
            looked = self._looked.popleft()
            if looked.region.grain > GRAIN_BYTES:
                self._judge_whole(looked)
            else:
                self._judge_chunks(looked)

    def _judge_whole(self, looked: _Looked) -> None:
        region, written = looked.region, self._written(looked.region)
        is_touched = max(written, self._floor) > looked.applied
        if not is_touched and not looked.unlike:
            self._ledger.alike(region.volume, region.offset)
            self._decided(region)
        elif is_touched and region.tries < _TRIES_WHOLE:
            self._look_again(region)
        else:
            times = np.full(self._region_bytes // GRAIN_BYTES, written, np.int64)
            self._watched[region.volume, region.offset] = times
            self._put_back(region._replace(grain=GRAIN_BYTES), 0.0)

    def _judge_chunks(self, looked: _Looked) -> None:
        region = looked.region
        all_of_it = region.left & _bits(0, chunks_of(looked.length, GRAIN_BYTES))
        touched = all_of_it
        if self._floor <= looked.applied:
            times = self._watched[region.volume, region.offset]
            touched &= sum(1 << nth for nth in np.flatnonzero(times > looked.applied).tolist())
        region = region._replace(
            left=touched, unlike=region.unlike | looked.unlike & all_of_it & ~touched
        )
        if touched and region.tries < TRIES_MAX:
            self._look_again(region)
            return
        if touched:
            self.unsettled.append((region.volume, region.offset))
        elif not region.unlike:
            self._ledger.alike(region.volume, region.offset)
        last_ns = self._ledger.last(region.volume, region.offset)
        self.differences += [
            Difference(
                region.volume, region.offset + begin, min(end, looked.length) - begin, last_ns
            )
            for begin, end in _runs(region.unlike)
            if begin < looked.length
        ]
        del self._watched[region.volume, region.offset]
        self._decided(region)

    def look_at_differences(self) -> Sequence[Difference]:
        """What differs by now, which is to be compared once more, for it is mended."""
        found, self.differences = self.differences, []
        for volume, offset in dict.fromkeys(
            (each.volume, each.offset // self._region_bytes * self._region_bytes) for each in found
        ):
            self.done -= self._size_of(volume, offset)
            self._open += 1
            self._put_back(_Region(volume, offset, self._region_bytes), 0.0)
        return found

    def _regions(self) -> Iterator[_Region]:
        """All that were not found alike since it began."""
        for number, volume in enumerate(self._volumes):
            offset = 0
            while offset < volume.size():
                region = _Region(number, offset, self._region_bytes)
                if self._ledger.is_behind(number, offset):
                    self.done += self._size_of(number, offset)
                else:
                    self._open += 1
                    yield region
                offset += self._region_bytes
        self._is_walked = True

    def _next(self, now_s: float) -> _Region | None:
        if self._again and self._again[0][0] <= now_s:
            return heapq.heappop(self._again)[2]
        return next(self._new, None)

    def _look_again(self, region: _Region) -> None:
        pause_s = min(_PAUSE_S_MAX, _PAUSE_S * 2**region.tries)
        self._put_back(region._replace(tries=region.tries + 1), self._clock() + pause_s)

    def _put_back(self, region: _Region, due_s: float) -> None:
        heapq.heappush(self._again, (due_s, next(self._order), region))

    def _written(self, region: _Region) -> int:
        """The last write that touched a region, of those that were told."""
        times, nth = self._last[region.volume], region.offset >> regions.REGION_SHIFT
        return int(times[nth]) if nth < len(times) else 0

    def _decided(self, region: _Region) -> None:
        self.done += self._size_of(region.volume, region.offset)
        self._open -= 1

    def _size_of(self, volume: int, offset: int) -> int:
        return max(0, min(self._region_bytes, self._volumes[volume].size() - offset))


def _bits(begin: int, end: int) -> int:
    return (1 << end) - (1 << begin)


def _runs(bits: int) -> Iterator[tuple[int, int]]:
    """The (begin, end) in bytes of neighbouring chunks."""
    begin = -1
    for nth in range(bits.bit_length() + 1):
        if bits >> nth & 1:
            begin = nth if begin < 0 else begin
        elif begin >= 0:
            yield begin * GRAIN_BYTES, nth * GRAIN_BYTES
            begin = -1
