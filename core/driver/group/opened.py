"""A volume at a point, as an export: what is written to it goes to a file of its own."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from errno import EIO
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

from core.driver.backend.backend import read_exactly, write_exactly
from core.driver.nbd.volume import FEATURES, FEATURES_READ_ONLY
from core.errors import CoreError
from core.structure.blocks import BLOCK_BYTES, Blocks
from core.wire.chunk import KINDS
from core.wire.nbd.constants import StatusFlag, TransmissionFlag
from core.wire.nbd.offer import Offer
from core.wire.nbd.replies import Extent
from core.wire.nbd.requests import Run
from core.wire.record import Kind

_FEATURES: Final = FEATURES & ~TransmissionFlag.SEND_FAST_ZERO
_ZEROES: Final = memoryview(bytes(1 << 16))
_PIECE_BYTES: Final = 1 << 20
_STRETCH_BYTES: Final = 64 << 20


class View(Protocol):
    """A volume as it was. It may be for one thread at a time."""

    size: int

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """Fill `buffer` with what the volume held at the point from `offset` on."""

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """The (offset, length) of what may be other than zero within a range, in order."""


class SharedView:
    """A view for several threads, one after the other."""

    def __init__(self, view: View) -> None:
        self._view, self._lock = view, Lock()
        self.size = view.size

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `View`; what went meanwhile is an error of the medium."""
        try:
            with self._lock:
                self._view.read_into(buffer, offset)
        except CoreError as error:
            raise OSError(EIO, str(error)) from error

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """See `View`."""
        with self._lock:
            found = [*self._view.data(offset, length)]
        return iter(found)


class Overlay:
    """What was written over a view: a sparse file without a name, and the blocks that are in it.

    It goes with the process. A block that is written in part is made whole first. The rest can be
    copied from the view while it is used, after which the view is asked for nothing.
    """

    def __init__(self, view: View, folder: Path | None) -> None:
        """In that folder, or in that of temporary files."""
        self._view, self._blocks, self._lock = view, Blocks(), Lock()
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 -- closed with the overlay
        self._fd = self._file.fileno()
        os.ftruncate(self._fd, view.size)

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """Fill `buffer` from `offset`."""
        target = memoryview(buffer)
        with self._lock:
            runs = list(self._blocks.runs(offset, len(target)))
        for at, length, held in runs:
            piece = target[at - offset : at - offset + length]
            if held:
                read_exactly(self._fd, piece, at)
            else:
                self._view.read_into(piece, at)

    def write(self, data: memoryview, offset: int) -> None:
        """Write over a range."""
        with self._lock:
            self._make_whole(offset, len(data))
            write_exactly(self._fd, data, offset)
            self._blocks.take(offset, len(data))  # not before: a reader would find nothing there

    def copy(self) -> Iterator[int]:
        """Copy all that is not in it yet; yields how many bytes of the volume are behind it."""
        for begin in range(0, self._view.size, _STRETCH_BYTES):
            length = min(_STRETCH_BYTES, self._view.size - begin)
            for offset, run in self._view.data(begin, length):
                first, stop = offset // BLOCK_BYTES * BLOCK_BYTES, offset + run
                stop = min(-(-stop // BLOCK_BYTES) * BLOCK_BYTES, self._view.size)
                for at in range(first, stop, _PIECE_BYTES):
                    self._copy_piece(at, min(_PIECE_BYTES, stop - at))
            with self._lock:
                self._blocks.take(begin, length)  # what else there is of it is zero in both
            yield length

    def zero(self, offset: int, length: int) -> None:
        """Make a range read as zeroes."""
        for at in range(offset, offset + length, len(_ZEROES)):
            self.write(_ZEROES[: offset + length - at], at)

    def close(self) -> None:
        """Forget all that was written."""
        self._file.close()

    def _copy_piece(self, offset: int, length: int) -> None:
        piece = memoryview(bytearray(length))
        self._view.read_into(piece, offset)
        with self._lock:
            for at, run, held in self._blocks.runs(offset, length):
                if not held:
                    write_exactly(self._fd, piece[at - offset : at - offset + run], at)
            self._blocks.take(offset, length)

    def _make_whole(self, offset: int, length: int) -> None:
        """Copy what the range leaves of its first and last block, where they are not held yet."""
        end = offset + length
        first, last = offset // BLOCK_BYTES, (end - 1) // BLOCK_BYTES
        for block in dict.fromkeys((first, last)):
            begin = block * BLOCK_BYTES
            stop = min(begin + BLOCK_BYTES, self._view.size)
            if (begin < offset or stop > end) and not self._blocks.holds(begin, 1):
                piece = bytearray(stop - begin)
                self._view.read_into(piece, begin)
                write_exactly(self._fd, memoryview(piece), begin)


class PointExport:
    """A volume at a point; without an `overlay` it cannot be `writable`."""

    def __init__(self, name: str, view: View, overlay: Overlay | None, *, writable: bool) -> None:
        self._overlay = overlay
        self.offer = Offer(
            name=name,
            size=view.size,
            features=_FEATURES if writable else FEATURES_READ_ONLY,
        )
        source = overlay or view
        self.read = source.read_into

    def attach(self) -> None:
        """Nothing is opened for a connection."""

    def detach(self) -> None:
        """Nothing is kept for a connection."""

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Write over the point."""
        assert self._overlay is not None
        errors: dict[int, int] = {}
        at = 0
        for index, (head, _, offset, length) in enumerate(run.requests):
            at += run.header_bytes
            kind = KINDS.get(head & 0xFFFF)
            try:
                if kind is Kind.WRITE:
                    self._overlay.write(run.received[at : at + length], offset)
                elif kind is not None:
                    self._overlay.zero(offset, length)
            except OSError as error:
                errors[index] = error.errno or EIO
            at += length if kind is Kind.WRITE else 0
        return errors

    def hold(self, size: int) -> None:
        """Nobody has to be slowed down."""

    def flush(self) -> None:
        """Nothing of it outlives the process."""

    def extents(self, offset: int, length: int, most: int) -> list[Extent]:
        """All of it may be data."""
        del offset, most
        return [(length, StatusFlag(0))]

    def cache(self, offset: int, length: int) -> None:
        """A point is read where it lies."""
