"""How much of a stream lies beyond one of its writes, and where that begins.

It is counted as writes come, a mark for all that are near each other, so that asking needs no look
at the stream. In a mark bytes are taken for evenly spread. What is near, and where a write is, is
for whoever counts: times, or bytes of the stream.
"""

from collections import deque
from typing import Final, NamedTuple

MARKS_MAX: Final = 4096


class Beyond(NamedTuple):
    """Bytes, and where the first of them is; of nothing that is None."""

    size: int
    since: int | None


class _Mark(NamedTuple):
    """What came from a place on, up to a write."""

    since: int
    end: int
    size: int


class Backlog:
    """What came and is still to be passed. Callers hold one lock around every method."""

    def __init__(self, passed: int, *, grain: int) -> None:
        """Everything up to that write is passed. A mark is of places less than `grain` apart."""
        self.total = 0
        """Bytes of all that came."""
        self._passed, self._waiting = passed, 0
        self._marks: deque[_Mark] = deque()
        self._grain = self._grain_at_first = grain

    @property
    def end(self) -> int:
        """The last write that came."""
        return self._marks[-1].end if self._marks else self._passed

    def add(self, end: int, size: int, at: int) -> None:
        """More came, up to a write; what several bring may be told in another order."""
        self.total += size
        if end <= self._passed:
            return
        self._waiting += size
        if self._marks:
            last = self._marks[-1]
            if end <= last.end or at - last.since < self._grain:
                self._marks[-1] = _Mark(last.since, max(end, last.end), last.size + size)
                return
        self._marks.append(_Mark(at, end, size))
        if len(self._marks) > MARKS_MAX:
            self._coarsen()

    def passed(self, end: int) -> None:
        """Everything up to a write is behind."""
        while self._marks and self._marks[0].end <= end:
            mark = self._marks.popleft()
            self._passed, self._waiting = mark.end, self._waiting - mark.size
        if not self._marks:
            self._passed, self._grain = max(self._passed, end), self._grain_at_first
        elif end > self._passed:
            mark = self._marks[0]
            part = mark.size * (end - self._passed) // (mark.end - self._passed)
            self._marks[0] = mark._replace(size=mark.size - part)
            self._passed, self._waiting = end, self._waiting - part

    @property
    def beyond(self) -> Beyond:
        """What is not passed."""
        return Beyond(self._waiting, self._marks[0].since if self._marks else None)

    def _coarsen(self) -> None:
        """Half as many marks stand for the same, and those to come are as far apart."""
        marks = [*self._marks]
        self._marks.clear()
        for first, second in zip(marks[::2], marks[1::2], strict=False):
            self._marks.append(_Mark(first.since, second.end, first.size + second.size))
        if len(marks) % 2:
            self._marks.append(marks[-1])
        self._grain *= 2
