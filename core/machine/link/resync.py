"""Regions of production on their way to a copy that is made equal to it.

Theory of operation
-------------------
A copy that signs is asked first what it has of a region, in large chunks, and then of those that
differ in small ones; what differs of these is sent. So most of a volume that is alike costs a
digest of each large chunk, and no more is sent than differs. What is asked closely of a region is
one question, however many of its chunks that is about.

What it says may be of any moment, and torn; so may be what is read here. Take a byte that is the
same in both. Where a write of the stream is of it, the copy applies the last of these in the end.
Where none is, neither side changes it: it was alike, and stays so. So nothing is read at one point.
What is sent is read after all writes were carried out whose chunks were sent before it.

Where nearly everything differs, regions are sent without being asked about, for a while.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import CoreError
from core.machine.link.questions import GRAIN_BYTES, Answer, Question, Questions
from core.structure.digested import digested
from core.structure.digests import (
    COARSE_BYTES,
    DIGEST_BYTES,
    chunks_of,
    differing,
    ranges_of,
    unlike,
)
from core.structure.held import held
from core.structure.medium import Buffer, SparseImage
from core.wire.link import Frame, Kind, checksum

REGIONS_AT_ONCE: Final = 64
"""So many are sent before the first of them is known to be durable."""
_PIECE_BYTES: Final = 1 << 18
_ALIKE_PART: Final = 8
"""Of a region nearly all differs where less than one such part is alike."""
_UNLIKE_MIN: Final = 8
"""After so many of these in a row no question is asked, for so many regions:"""
_UNASKED: Final = 256

Region = tuple[int, int, int]
"""Volume, offset and length."""
Sent = Iterator[tuple[Frame, Sequence[Buffer]]]


@dataclass(slots=True)
class _Doubted:
    """A region that the copy is asked about, and how much of it was sent."""

    number: int
    offset: int
    length: int
    moved: int = 0


class Resync:
    """All regions of a generation, over one link."""

    def __init__(
        self,
        production: Sequence[SparseImage],
        left: Iterator[Region],
        questions: Questions,
        *,
        is_asked: bool,
        carried_out: Callable[[], int],
        put: Callable[..., None],
    ) -> None:
        """`put` takes a frame and what is in it; `is_asked`: the copy signs."""
        self._production, self._left, self._questions = production, left, questions
        self._is_asked, self._carried_out, self._put = is_asked, carried_out, put
        self._asked: deque[_Doubted] = deque()
        self._closer: deque[tuple[_Doubted, Question]] = deque()
        self._doubted = 0
        self._sent: deque[tuple[int, int]] = deque()
        self._since_flush = self._durable = 0
        self._in_a_row = self._unasked = 0
        self.is_told = False
        """Was the copy told that it has been sent everything?"""

    def step(self) -> None:
        """Ask for or send what comes next, and say it once all is sent, and durable there."""
        if self.is_told:
            return
        while (answer := self._questions.take()) is not None:
            if self._heard(answer):
                return
        if self._closer and self._questions.has_room:
            self._ask(*self._closer.popleft())
        elif (region := self._unasked_region()) is not None:
            self._send(self._region(*region))
            self._end(*region[:2])
        elif self._doubted:
            return
        elif self._since_flush:
            self._flush()
        elif not self._sent:
            self._put(Frame(Kind.ALIKE, first=self._carried_out()))
            self._put(Frame(Kind.FLUSH))
            self.is_told = True

    def heard(self, durable: int) -> Sequence[tuple[int, int]]:
        """So many regions are durable there by now; returns those that were not before."""
        newly = durable - self._durable
        if not 0 <= newly <= len(self._sent):
            raise CoreError(f"the copy has {durable} regions that it was not sent")
        self._durable = durable
        return [self._sent.popleft() for _ in range(newly)]

    def _ask(self, doubted: _Doubted, question: Question) -> None:
        self._asked.append(doubted)
        self._put(self._questions.ask(question))

    def _heard(self, answer: Answer) -> bool:
        """Ask more closely, or send what differs; says whether there is something to be sent."""
        question, doubted = answer.question, self._asked.popleft()
        if question.chosen:
            self._send(self._pieces(answer, doubted))
        elif chosen := self._unlike(answer):
            closer = question._replace(grain=GRAIN_BYTES, chosen=chosen)
            self._closer.append((doubted, closer))
            return False
        self._doubted -= 1
        self._end(doubted.number, doubted.offset)
        is_unlike = doubted.length - doubted.moved < doubted.length // _ALIKE_PART
        self._in_a_row = self._in_a_row + 1 if is_unlike else 0
        if self._in_a_row == _UNLIKE_MIN:
            self._in_a_row, self._unasked = _UNLIKE_MIN - 1, _UNASKED
        return True

    def _unlike(self, answer: Answer) -> int:
        """The bits of those chunks of its range that the copy has otherwise."""
        volume, offset, length, grain, _ = answer.question
        image, digests = self._production[volume], self._questions.digests
        return unlike(digested(image, offset, length, digests, grain).digests, answer.digests)

    def _pieces(self, answer: Answer, doubted: _Doubted) -> Sent:
        """What the copy has otherwise, as frames."""
        number, offset, length, grain, chosen = answer.question
        told = 0
        for start, stop in ranges_of(chosen, length):
            since = told
            told += chunks_of(max(0, min(stop, answer.length) - start), grain) * DIGEST_BYTES
            found = held(self._production[number], offset + start, stop - start)
            ours, theirs = self._questions.digests.of(found, grain), answer.digests[since:told]
            for begin, end in differing(ours, theirs, len(found), grain):
                doubted.moved += end - begin
                for at in range(begin, end, _PIECE_BYTES):
                    piece = memoryview(found)[at : min(end, at + _PIECE_BYTES)]
                    yield _piece(number, offset + start + at, piece)

    def _unasked_region(self) -> Region | None:
        """The next that is sent whatever the copy has; before, it is asked about others."""
        while len(self._sent) + self._doubted < REGIONS_AT_ONCE:
            is_asked = self._is_asked and not self._unasked
            if is_asked and not self._questions.has_room:
                return None
            region = next(self._left, None)
            if region is None or not is_asked:
                self._unasked = max(0, self._unasked - 1)
                return region
            self._doubted += 1
            self._ask(_Doubted(*region), Question(*region, COARSE_BYTES))
        return None

    def _region(self, number: int, offset: int, length: int) -> Sent:
        """What a region holds, as frames; production may be cut off meanwhile."""
        production = self._production[number]
        stop = min(offset + length, production.size())
        at = offset
        pieces: list[tuple[int, int]] = []
        for begin, size in production.data(offset, max(0, stop - offset)):
            pieces += [
                (each, min(_PIECE_BYTES, begin + size - each))
                for each in range(begin, begin + size, _PIECE_BYTES)
            ]
        for begin, size in pieces:
            if begin > at:
                yield _zeroes(number, at, begin - at), ()
            data = bytearray(size)
            try:
                production.read_into(data, begin)
            except OSError:
                if production.size() >= begin + size:
                    raise
                break  # the stream cuts it off, too
            yield _data(number, begin, memoryview(data))
            at = begin + size
        yield _zeroes(number, at, max(0, stop - at)), ()

    def _send(self, frames: Sent) -> None:
        """All of it is read from now on, when everything is carried out that was sent."""
        self._carried_out()
        for frame, payload in frames:
            self._put(frame, *payload)

    def _end(self, number: int, offset: int) -> None:
        """All of a region was sent. One frame ends each, by which the copy counts them."""
        self._put(Frame(Kind.ZEROES, volume=number, number=1, first=offset))
        self._sent.append((number, offset))
        self._since_flush += 1
        if self._since_flush >= REGIONS_AT_ONCE // 2:
            self._flush()

    def _flush(self) -> None:
        self._put(Frame(Kind.FLUSH))
        self._since_flush = 0


def _piece(number: int, at: int, piece: memoryview) -> tuple[Frame, Sequence[Buffer]]:
    if piece.tobytes() == bytes(len(piece)):
        return _zeroes(number, at, len(piece)), ()
    return _data(number, at, piece)


def _data(number: int, at: int, data: memoryview) -> tuple[Frame, Sequence[Buffer]]:
    size = len(data)
    return Frame(Kind.COPY, size=size, volume=number, first=at, checksum=checksum(data)), (data,)


def _zeroes(number: int, at: int, size: int) -> Frame:
    return Frame(Kind.ZEROES, volume=number, first=at, second=size)
