"""How much may be acknowledged that a copy has not got: the bound of mode semi-sync."""

from collections import deque
from typing import Final, NamedTuple

_MARKS: Final = 64


class _Mark(NamedTuple):
    """Up to a write hosts wrote so many bytes."""

    end: int
    total: int


class Window:
    """Of one copy. Callers hold one lock around every method."""

    def __init__(self, size: int) -> None:
        """Of so many bytes."""
        self.size = size
        self._total = 0
        self._marks: deque[_Mark] = deque()

    def wrote(self, end: int, size: int) -> int:
        """Hosts wrote so many bytes, up to a write; up to which one the copy is to have them.

        What several brought may be told in another order. Marks are a 64th of the window apart:
        so much less than the window is what may wait, at least.
        """
        self._total += size
        last = self._marks[-1] if self._marks else None
        if last is None or self._total - last.total >= self.size // _MARKS:
            self._marks.append(_Mark(max(end, last.end if last else 0), self._total))
        least = self._total - self.size
        while self._marks[0].total < least:
            self._marks.popleft()
        return self._marks[0].end if least > 0 else 0
