"""What production asks a copy about regions, and what that answers: digests of their chunks.

The copy answers in the order in which it was asked. A few questions are on their way at once, so
that a link with latency stays busy; all answers to them together are less than what any socket
takes, so that neither side waits for the other to listen.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from core.errors import CoreError
from core.structure.digests import DIGEST_BYTES, Digests, chunks_of, ranges_of
from core.structure.signature import GRANULARITY_MIN
from core.wire.link import Frame, Kind

QUESTIONS_MAX: Final = 16
GRAIN_BYTES: Final = GRANULARITY_MIN
"""What differs is found, and sent, in chunks of so many bytes."""


class Question(NamedTuple):
    """About a range of a volume, in chunks of `grain` bytes.

    One that is closer is about what the copy was asked about just now, in coarse chunks: `chosen`
    are the bits of those that differ. Else it is about all of the range.
    """

    volume: int
    offset: int
    length: int
    grain: int
    chosen: int = 0


class Answer(NamedTuple):
    """What the copy has in that range, which may be shorter there, as digests.

    It had applied every write up to `applied` before it looked, and others, perhaps, meanwhile.
    """

    question: Question
    applied: int
    length: int
    digests: bytes


class Questions:
    """Those of one link. One thread at a time asks and takes, and one, maybe another, hears."""

    def __init__(self, key: bytes) -> None:
        self.digests = Digests(key)
        self._open: deque[Question] = deque()
        self._heard: deque[Answer] = deque()

    @property
    def count(self) -> int:
        """How many were asked of which the answer was not taken."""
        return len(self._open) + len(self._heard)

    @property
    def has_room(self) -> bool:
        """May one more be asked?"""
        return self.count < QUESTIONS_MAX

    def ask(self, question: Question) -> Frame:
        """The frame that asks it."""
        self._open.append(question)
        return Frame(
            Kind.ASK,
            volume=question.volume,
            number=question.grain,
            slot=question.chosen << 1 | 1 if question.chosen else 0,
            first=question.offset,
            second=question.length,
        )

    def heard(self, frame: Frame, payload: bytes) -> None:
        """The copy answers; raises CoreError where that is no answer to what was asked next."""
        question = self._open[0] if self._open else None
        if question is None or (frame.volume, frame.first, frame.number) != (
            *(question.volume, question.offset, question.grain),
        ):
            raise CoreError(f"the copy signs {frame.first} of volume {frame.volume} unasked")
        if frame.second > question.length:
            raise _not_such(question, frame, payload)
        ranges = ranges_of(question.chosen, frame.second)
        if not payload:
            digests = b"".join(
                self.digests.of_zeroes(end - begin, question.grain) for begin, end in ranges
            )
        else:
            digests = _chosen(question, frame, payload, ranges)
        self._heard.append(Answer(question, frame.slot, frame.second, digests))
        self._open.popleft()

    def take(self) -> Answer | None:
        """The next answer, if it is there."""
        return self._heard.popleft() if self._heard else None


def _chosen(
    question: Question, frame: Frame, payload: bytes, ranges: Sequence[tuple[int, int]]
) -> bytes:
    """The digests of what was asked about; a copy of an earlier release tells those of all."""
    grain = question.grain
    counts = [chunks_of(end - begin, grain) for begin, end in ranges]
    if len(payload) == sum(counts) * DIGEST_BYTES:
        return payload
    if len(payload) != chunks_of(frame.second, grain) * DIGEST_BYTES:
        raise _not_such(question, frame, payload)
    starts = [begin // grain for begin, _ in ranges]
    return b"".join(
        payload[start * DIGEST_BYTES : (start + count) * DIGEST_BYTES]
        for start, count in zip(starts, counts, strict=True)
    )


def _not_such(question: Question, frame: Frame, payload: bytes) -> CoreError:
    return CoreError(
        f"the copy signs {frame.second} of {question.length} bytes with {len(payload)}"
    )
