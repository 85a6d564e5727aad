"""How fast something is drained, measured from outside: by what has left it, and what waits.

What left while something waited all the time is what the drain can do; otherwise it can do at
least that. It moves in steps, a frame or a batch at once, so that time counts from one step to
the next: nothing between two of them says that it stands, before that takes longer than steps did.
"""

import math
from typing import Final

_SPAN_NS: Final = 2_000_000_000
_SPAN_NS_FAR: Final = 300_000_000
_FAR: Final = 4
_STEP_BYTES_MIN: Final = 1 << 20
_STEP_KEPT: Final = 0.95


class Drain:
    """Bytes in a second, as a moving mean; one that is far from what is seen is soon given up."""

    def __init__(self) -> None:
        self.rate: float | None = None
        """None before anything was seen to leave."""
        self._left, self._waiting, self._since_ns = 0, 0, -1
        self._step = float(_STEP_BYTES_MIN)

    def saw(self, left: int, waiting: int, now_ns: int) -> None:
        """So much has left it by now, in all, and so much waits."""
        if self._since_ns < 0 or left < self._left:
            self._begin(left, waiting, now_ns)
            return
        moved, elapsed_ns = left - self._left, now_ns - self._since_ns
        if elapsed_ns <= 0:
            return
        if moved:
            self._count(moved, elapsed_ns, is_busy=self._waiting >= moved)
            self._step = max(moved, self._step * _STEP_KEPT, _STEP_BYTES_MIN)
        elif self._waiting:
            if self.rate is not None:
                self.rate = min(self.rate, 2e9 * self._step / elapsed_ns)
            return
        self._begin(left, waiting, now_ns)

    def pause(self) -> None:
        """Nothing can leave it for a time, of which nothing follows."""
        self._since_ns = -1

    def _begin(self, left: int, waiting: int, now_ns: int) -> None:
        self._left, self._waiting, self._since_ns = left, waiting, now_ns

    def _count(self, moved: int, elapsed_ns: int, *, is_busy: bool) -> None:
        sample = moved * 1e9 / elapsed_ns
        if self.rate is None:
            self.rate = sample
        elif sample > self.rate or is_busy:
            is_far = not self.rate / _FAR <= sample <= self.rate * _FAR
            span_ns = _SPAN_NS_FAR if is_far else _SPAN_NS
            self.rate += (sample - self.rate) * -math.expm1(-elapsed_ns / span_ns)
