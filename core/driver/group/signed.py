"""A volume whose signatures are kept while hosts write it.

Nothing reaches the volume that was not said before: whatever writes it, a host, a rewind or what
is done after a crash, does that through here. Nothing is kept when the process ends.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Final

from core.driver.group.volume import BackendVolume, GroupVolume
from core.structure.kept import Kept, Snapshot, Spoilt, scheme_for
from core.structure.medium import Buffer
from core.structure.signature import SIGNATURE_BYTES
from core.structure.signing import sign_chunks
from core.structure.validity import Ticket, Touched
from core.wire.chunk import KINDS
from core.wire.nbd.requests import Run

_HOLES: Final = 64
"""For so many chunks without data there is no more to do than for one with data."""


def keep_signatures(volume: GroupVolume) -> GroupVolume:
    """The volume, with its signatures kept, where it lies here and is not too large for that."""
    if not isinstance(volume, BackendVolume) or scheme_for(volume.size()) is None:
        return volume
    return SignedVolume(volume)


class SignedVolume:
    """The body of `core.driver.group.volume.GroupVolume` over another; for any thread."""

    def __init__(self, volume: BackendVolume) -> None:
        scheme = scheme_for(volume.size())
        assert scheme is not None
        self._volume = volume
        self._kept, self._lock, self._writing = Kept(scheme, volume.size()), Lock(), Lock()
        self.blocks, self.is_resizable = volume.blocks, volume.is_resizable
        self.read_into, self.size, self.data = volume.read_into, volume.size, volume.data
        self.extents, self.prefetch = volume.extents, volume.prefetch
        self.sync, self.close = volume.sync, volume.close
        self.scheme = scheme
        self._spoilt: dict[int, Spoilt] = {}
        self.written_s = 0.0
        """When it was written for the last time, by the monotonic clock."""

    @property
    def when_failed(self) -> Callable[[str], None] | None:
        """See `GroupVolume`."""
        return self._volume.when_failed

    @when_failed.setter
    def when_failed(self, told: Callable[[str], None] | None) -> None:
        self._volume.when_failed = told

    def write(self, buffer: Buffer, offset: int) -> None:
        """Write the buffer at `offset`."""
        length = len(memoryview(buffer).cast("B"))
        with self._changing(lambda: self._kept.touched((offset,), length)):
            self._volume.write(buffer, offset)

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Do every write, trim and zeroes of a run, in order; the errors by index."""
        touched = self._touched(run)
        if touched is None:
            return self._volume.write_run(run)
        with self._writing:
            with self._lock:
                self._kept.write(touched)
            try:
                return self._volume.write_run(run)
            finally:
                with self._lock:
                    self._kept.written(touched)
                self.written_s = time.monotonic()

    def zero(self, offset: int, length: int) -> None:
        """Make the range read as zeroes."""
        with self._changing(lambda: self._kept.touched((offset,), length)):
            self._volume.zero(offset, length)

    def resize(self, size: int) -> None:
        """Cut off, or add zeroes to, the end."""
        with self._changing(lambda: self._kept.resize(size)):
            self._volume.resize(size)

    def clear(self) -> None:
        """Make all of it zeroes."""
        with self._changing(lambda: slice(0, self._kept.count)):
            self._volume.clear()

    def counts(self) -> tuple[int, int]:
        """How many chunks have a signature, and how many there are."""
        with self._lock:
            return self._kept.valid, self._kept.count

    def begin(self, first: int, stop: int) -> tuple[Snapshot, Ticket]:
        """What is known of chunks, and the right to sign the others."""
        with self._lock:
            return self._kept.snapshot(first, stop), self._kept.hash(first, stop)

    def store(self, ticket: Ticket, signatures: Buffer, ticket_ns: int) -> int:
        """They are signed; returns of how many chunks that is what they hold.

        The ticket was had at that time.
        """
        with self._lock:
            return self._kept.store(ticket, signatures, now_ns=ticket_ns)

    def lose(self, ticket: Ticket) -> None:
        """They are not signed."""
        with self._lock:
            self._kept.lose(ticket)

    def fill(self, after: int, most: int) -> tuple[int, int] | None:
        """Sign the next chunks without a signature: holes, and then at most so many others.

        Returns which chunk follows, and how many bytes of data they had; None if all have one.
        """
        with self._lock:
            wanted = self._kept.wanted(after, most * _HOLES)
            if wanted is None:
                return None
            ticket, ticket_ns = self._kept.hash(*wanted), time.time_ns()
        counted = _Counted(self._volume)
        first, last = wanted
        grain = self.scheme.granularity
        begin, stop = first * grain, min(last * grain, self._volume.size())
        try:
            data = next(iter(self._volume.data(begin, max(0, stop - begin))), None)
            if data is not None and data[0] // grain + most < last:
                last = data[0] // grain + most
                stop, rest = last * grain, ticket._replace(places=ticket.places[last - first :])
                self.lose(rest)
                ticket = ticket._replace(places=ticket.places[: last - first])
            found = sign_chunks(counted, self.scheme, offset=begin, length=max(0, stop - begin))
        except OSError:
            self.lose(ticket)
            if self._volume.size() >= stop:
                raise
            return last, counted.size  # it was cut off meanwhile
        found += bytes(len(ticket.places) * SIGNATURE_BYTES - len(found))
        self.store(ticket, found, ticket_ns)
        return last, counted.size

    def check(self, after: int, most: int) -> tuple[int, Sequence[Spoilt]] | None:
        """Read the next chunks that have a signature, at most so many, from the disk once more.

        Returns which chunk follows, and those that were found now to hold what nobody has written;
        None if none has a signature.
        """
        with self._lock:
            check = self._kept.check(after, most)
        if check is None:
            return None
        now_ns, grain, count = time.time_ns(), self.scheme.granularity, len(check.valid.places)
        begin = check.first * grain
        length = max(0, min(count * grain, self._volume.size() - begin))
        os.posix_fadvise(self._volume.backend.fd, begin, length, os.POSIX_FADV_DONTNEED)
        found = sign_chunks(self._volume, self.scheme, offset=begin, length=length)
        found += bytes(count * SIGNATURE_BYTES - len(found))
        with self._lock:
            spoilt = self._kept.checked(check, found, now_ns=now_ns)
        known, last = self._spoilt, check.first + count
        new = [each for each in spoilt if not _is_of(known.get(each.place), each.ticket)]
        still = {each.place for each in spoilt}
        rest = {
            at: each for at, each in known.items() if at in still or not check.first <= at < last
        }
        self._spoilt = rest | {each.place: each for each in new}
        return last, new

    def spoilt(self) -> Sequence[Spoilt]:
        """Those that were found, and were not written since."""
        with self._lock:
            return self._kept.still(sorted([*self._spoilt.values()]))

    def _touched(self, run: Run) -> Touched | None:
        """The chunks that a run changes; None where it changes nothing."""
        requests, touched = run.requests, self._kept.touched
        if len(requests) == 1:
            head, _, offset, length = requests[0]
            return touched((offset,), length) if head & 0xFFFF in KINDS else None
        if run.row:
            return touched(run.row, requests[0][3])
        changes = [each for each in requests if each[0] & 0xFFFF in KINDS]
        if not changes:
            return None
        return touched([each[2] for each in changes], [each[3] for each in changes])

    @contextmanager
    def _changing(self, touches: Callable[[], Touched]) -> Iterator[None]:
        """What is done meanwhile changes the chunks of `touches`."""
        with self._writing:
            with self._lock:
                touched = touches()
                self._kept.write(touched)
            try:
                yield
            finally:
                with self._lock:
                    self._kept.written(touched)
                self.written_s = time.monotonic()


def _is_of(found: Spoilt | None, ticket: int) -> bool:
    """Was it found before, and not written since?"""
    return found is not None and found.ticket == ticket


class _Counted:
    """A medium of which is counted how much was read."""

    def __init__(self, volume: GroupVolume) -> None:
        self.data, self.size, self._volume = volume.data, 0, volume

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        self._volume.read_into(buffer, offset)
        self.size += len(buffer)
