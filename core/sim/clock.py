"""Virtual time: it passes when somebody waits, and not otherwise.

The wall clock lies over it, and may jump, as clocks do that people and networks set.
"""

from dataclasses import dataclass
from typing import Final

START_NS: Final = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z


@dataclass(slots=True)
class Clock:
    """`now_ns` is nanoseconds since the world began; the wall clock differs by `ahead_ns`."""

    now_ns: int = 0
    ahead_ns: int = START_NS
    _furthest_ns: int = 0

    def wall(self) -> int:
        """What the wall clock shows, in nanoseconds since 1970."""
        return self.now_ns + self.ahead_ns

    def wait(self, ns: int) -> None:
        """Let so much time pass."""
        self.now_ns += ns

    def jump(self, by_ns: int) -> None:
        """Set the wall clock forth, or back; never before 1970."""
        self._furthest_ns = self.furthest()
        self.ahead_ns = max(self.ahead_ns + by_ns, -self.now_ns)

    def furthest(self) -> int:
        """The latest time that the wall clock ever showed."""
        return max(self._furthest_ns, self.wall())
