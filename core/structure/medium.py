"""The seam between the core and its disks: real ones in `core/driver/`, others in `core/sim/`.

Every call either did all it was asked to or raised `OSError`: drivers finish short transfers
themselves. What was written is seen by every later read at once, and survives a loss of power only
after a `sync` that returned.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

Buffer = bytes | bytearray | memoryview


class File(Protocol):
    """Bytes at offsets."""

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """Fill `buffer` from `offset`; beyond the end is an error."""

    def write(self, buffers: Sequence[Buffer], offset: int) -> None:
        """Write the buffers one after the other, beginning at `offset`."""

    def sync(self) -> None:
        """Return once all that was written is durable (fdatasync)."""

    def size(self) -> int:
        """Length in bytes."""

    def map(self) -> memoryview:
        """The whole file as shared memory, writable if the file is, for as long as it is held."""

    def close(self) -> None:
        """Let go of the file; a map of it stays for whoever holds it."""


class Folder(Protocol):
    """Files by name. A name that appeared or went is durable after `sync`."""

    def names(self) -> tuple[str, ...]:
        """What is there, sorted."""

    def create(self, name: str, size: int) -> File:
        """A new file of `size` zero bytes, allocated on the disk."""

    def reserve(self, name: str, size: int) -> None:
        """Make such a file, durably, and leave it: all of it was written, unlike one just created.

        A file system converts what is only allocated when it is first written, and a sync waits.
        """

    def open(self, name: str, *, writable: bool) -> File:
        """A file that is there."""

    def rename(self, name: str, new: str) -> None:
        """Give a file another name, over whatever had it."""

    def remove(self, name: str) -> None:
        """Take a file away."""

    def sync(self) -> None:
        """Return once names that appeared or went are durable."""


class Image(Protocol):
    """What a volume holds now."""

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """Fill `buffer` from `offset`."""

    def size(self) -> int:
        """Length in bytes."""


class SparseImage(Image, Protocol):
    """One that knows of its holes."""

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """The (offset, length) of what may be other than zero within a range, in order."""


class Volume(SparseImage, Protocol):
    """A block volume: what hosts write to."""

    def write(self, buffer: Buffer, offset: int) -> None:
        """Write the buffer at `offset`."""

    def zero(self, offset: int, length: int) -> None:
        """Make the range read as zeroes, giving its space back where the medium can."""

    def sync(self) -> None:
        """Return once all that was written is durable."""

    def resize(self, size: int) -> None:
        """Cut off, or add zeroes to, the end."""
