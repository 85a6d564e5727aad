"""A group that is being served: its writes are journaled, then done, in one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from errno import EIO
from threading import Lock
from typing import Final

from core.driver.backend.commit import GroupCommit
from core.driver.group.volume import BackendVolume
from core.driver.nbd.volume import FEATURES
from core.machine.journal.writer import Journal, JournalFailedError
from core.wire.nbd.constants import PAYLOAD_BYTES_MAX, TransmissionFlag
from core.wire.nbd.offer import BlockSizes, Offer
from core.wire.nbd.requests import Run

_FEATURES: Final = FEATURES & ~TransmissionFlag.SEND_FAST_ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A volume of a group: the name that it is served by, and what it lies on."""

    name: str
    volume: BackendVolume


class Group:
    """Volumes that share a journal. One lock keeps the order of writes the same everywhere."""

    def __init__(self, journal: Journal, members: Sequence[Member]) -> None:
        self._journal, self._lock = journal, Lock()
        self._commit = GroupCommit(self._sync)
        # An export offers a power of two, and at most what the protocol has every peer take.
        self.payload_max = min(PAYLOAD_BYTES_MAX, 1 << journal.payload_max.bit_length() - 1)
        self.exports = tuple(
            ProtectedExport(self, number, member) for number, member in enumerate(members)
        )

    def write_run(self, number: int, run: Run, client: int) -> Mapping[int, int]:
        """Journal a run to a volume and do it; the errors by index."""
        with self._lock:
            try:
                return self._journal.write(number, run, client=client)
            except JournalFailedError as error:
                raise OSError(EIO, str(error)) from error

    def flush(self) -> None:
        """Make durable all that any connection was told before this call."""
        self._commit.wait()

    def note(self, text: bytes) -> int:
        """Put a note at the latest point; returns that point."""
        with self._lock:
            return self._journal.note(text)

    def resize(self, number: int, size: int) -> None:
        """Give a volume another size; clients that connect from now on see it."""
        with self._lock:
            self._journal.resize(number, size)

    def close(self) -> None:
        """End the journal so that nothing is left to recover; no run may be on its way."""
        with self._lock:
            self._journal.close()

    def _sync(self) -> None:
        with self._lock:
            file = self._journal.to_flush()
        file.sync()


class ProtectedExport:
    """A volume of a group as connections use it."""

    def __init__(self, group: Group, number: int, member: Member) -> None:
        self._group, self._number, self._member = group, number, member
        self._backend = member.volume.backend
        self._clients = 0
        self.flush = group.flush
        self.read = member.volume.read_into
        self.extents = self._backend.extents
        self.cache = self._backend.prefetch

    @property
    def offer(self) -> Offer:
        """What clients are told: its size is that of now."""
        blocks = BlockSizes(maximum=self._group.payload_max)
        return Offer(
            name=self._member.name, size=self._backend.size, features=_FEATURES, blocks=blocks
        )

    def attach(self) -> None:
        """A client begins."""

    def detach(self) -> None:
        """Nothing is kept for a connection."""

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Journal the run, then write it."""
        return self._group.write_run(self._number, run, 0)
