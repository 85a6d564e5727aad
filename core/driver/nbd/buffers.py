"""Buffers that are used again: large ones cost most when their pages are touched first."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Final

from core.wire.nbd.constants import PAYLOAD_BYTES_MAX

BUFFER_BYTES: Final = (2 << 20) + 4096
LARGE_BYTES: Final = PAYLOAD_BYTES_MAX + 4096
IDLE_MAX: Final = 16
LARGE_MAX: Final = 8
LARGE_WAIT_S: Final = 60.0
LARGE_HELD_S: Final = 60  # how long a client may keep one, however slowly it sends or reads


class ExhaustedError(Exception):
    """No large buffer came free in time."""


class BufferPool:
    """Buffers for connections, and a few large ones for requests that fit in no other."""

    def __init__(self, *, large_max: int = LARGE_MAX, large_wait_s: float = LARGE_WAIT_S) -> None:
        self._lock = Lock()
        self._idle: list[bytearray] = []
        self._idle_large: list[bytearray] = []
        self._large = BoundedSemaphore(large_max)
        self._large_wait_s = large_wait_s

    @contextmanager
    def buffer(self) -> Iterator[bytearray]:
        """One for as long as a connection lasts; those given back last are taken first."""
        with self._lock:
            taken = self._idle.pop() if self._idle else bytearray(BUFFER_BYTES)
        try:
            yield taken
        finally:
            with self._lock:
                if len(self._idle) < IDLE_MAX:
                    self._idle.append(taken)

    @contextmanager
    def large(self) -> Iterator[bytearray]:
        """One for a single request; only so many are used at once."""
        if not self._large.acquire(timeout=self._large_wait_s):
            raise ExhaustedError
        try:
            with self._lock:
                taken = self._idle_large.pop() if self._idle_large else bytearray(LARGE_BYTES)
            try:
                yield taken
            finally:
                with self._lock:
                    if not self._idle_large:
                        self._idle_large.append(taken)
        finally:
            self._large.release()
