"""What happened in a world: a digest of all of it, and the last lines."""

from collections import deque
from typing import Final, Protocol

import xxhash

from core.sim.clock import Clock

_SHOWN: Final = 40


class Teller(Protocol):
    """Whoever hears what happened."""

    def add(self, line: str) -> None:
        """Something happened now."""


class Trace:
    """Two runs did the same where their digests are the same."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._digest = clock, xxhash.xxh3_128()
        self._last: deque[tuple[int, str]] = deque(maxlen=_SHOWN)
        self.lines = 0

    def add(self, line: str) -> None:
        """Something happened now."""
        now_ns = self._clock.now_ns
        self._digest.update(f"{now_ns} {line}\n".encode())
        self._last.append((now_ns, line))
        self.lines += 1

    @property
    def digest(self) -> str:
        """Of everything so far, in hexadecimal."""
        return self._digest.hexdigest()

    @property
    def last(self) -> tuple[str, ...]:
        """The last lines, each with its virtual time in seconds."""
        return tuple(f"{now_ns / 1e9:14.6f} {line}" for now_ns, line in self._last)


class Named:
    """What happens at one of several places, told with its name."""

    def __init__(self, name: str, trace: Teller) -> None:
        self._name, self._trace = name, trace

    def add(self, line: str) -> None:
        """Something happened there."""
        self._trace.add(f"{self._name}: {line}")
