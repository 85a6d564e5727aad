"""A segment that is being written: its data file, and its records in a map beside it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import xxhash

from core.stream.names import place_of
from core.structure.medium import Buffer, Folder
from core.wire.record import RECORD_BYTES
from core.wire.segment import COUNT, COUNT_AT, HEAD_BYTES, Head, pack_head

SEAL_AT: Final = COUNT_AT + COUNT.size

BYTES_PER_RECORD: Final = 512
_REPLACED: Final = COUNT.pack(2)


def records_max(segment_bytes: int) -> int:
    """How many records the meta file of a segment of that size has room for."""
    return segment_bytes // BYTES_PER_RECORD


def file_bytes(segment_bytes: int) -> int:
    """What the two files of a segment take."""
    return segment_bytes + _meta_bytes(segment_bytes)


def _meta_bytes(segment_bytes: int) -> int:
    return HEAD_BYTES + records_max(segment_bytes) * RECORD_BYTES


def seal_of(records: Buffer, seed: int) -> int:
    """What says that the records of the segment of that seed are all there; it is odd."""
    return xxhash.xxh3_64_intdigest(records, seed) | 1


class Sealed(NamedTuple):
    """A segment that is sealed, and how many records it has."""

    head: Head
    records: int


class Segment:
    """One segment of a stream, open for appending. `used` is where the next byte goes."""

    __slots__ = ("_meta_file", "count", "data", "head", "meta", "seed", "used")

    def __init__(
        self,
        folder: Folder,
        head: Head,
        files: tuple[str, str] | None,
        *,
        records: Buffer | None = None,
        used: int = HEAD_BYTES,
    ) -> None:
        """Begin a segment in two files that are there, for data and records.

        The data file gets its name last, so that whatever has the name has a head, too. Without
        files it goes on in its own: it was sealed with nothing in it, or is a copy of one that goes
        on elsewhere, and has those records of as much as is used. What their file holds is not
        believed then, be it only its size.
        """
        self.head = head
        self.seed = head.seed
        self.used = HEAD_BYTES
        self.count = 0
        if files is not None:
            self._begin(folder, files)
        elif records is None:
            self._resume(folder)
        else:
            self._go_on(folder, records)
            self.used = used

    def _begin(self, folder: Folder, files: tuple[str, str]) -> None:
        packed, place = pack_head(self.head), place_of(self.head)
        self._meta_file = folder.open(files[1], writable=True)
        self.data = folder.open(files[0], writable=True)
        self._meta_file.write((packed,), 0)
        self.meta = self._meta_file.map()
        self.data.write((packed,), 0)
        self.data.sync()
        folder.rename(files[1], place.meta)
        folder.rename(files[0], place.data)
        folder.sync()

    def _resume(self, folder: Folder) -> None:
        """The seal goes before anything is appended: its records would be believed to be all."""
        place = place_of(self.head)
        self._meta_file = folder.open(place.meta, writable=True)
        self.data = folder.open(place.data, writable=True)
        self._meta_file.write((pack_head(self.head),), 0)
        self._meta_file.sync()
        self.meta = self._meta_file.map()

    def _go_on(self, folder: Folder, records: Buffer) -> None:
        place = place_of(self.head)
        draft = f"{place.meta}.new"
        if draft in folder.names():
            folder.remove(draft)
        self._meta_file = folder.create(draft, _meta_bytes(self.head.size))
        self._meta_file.write((pack_head(self.head), records), 0)
        self.count = len(records) // RECORD_BYTES
        self._meta_file.write((COUNT.pack(self.count),), COUNT_AT)
        folder.rename(draft, place.meta)
        self.meta = self._meta_file.map()
        self.data = folder.open(place.data, writable=True)

    def has_room(self, size: int, records: int) -> bool:
        """Is there space for so many bytes and records?"""
        return self.used + size <= self.head.size and self.count + records <= records_max(
            self.head.size
        )

    def append(self, buffers: Sequence[Buffer], size: int) -> None:
        """Write `size` bytes at the end; they do not count until records of them are published."""
        self.data.write(buffers, self.used)
        self.used += size

    @property
    def record_at(self) -> int:
        """Where in `meta` the next record goes."""
        return HEAD_BYTES + self.count * RECORD_BYTES

    def publish(self, count: int) -> None:
        """Let readers see so many records more, which already stand in `meta`."""
        self.count += count
        COUNT.pack_into(self.meta, COUNT_AT, self.count)

    def add(self, records: Buffer) -> None:
        """Put records behind the others and publish them."""
        at = self.record_at
        self.meta[at : at + len(records)] = records
        self.publish(len(records) // RECORD_BYTES)

    def seal(self) -> None:
        """Make all of it durable, and say in the records' file that they are complete."""
        self.data.sync()
        end = self.record_at
        COUNT.pack_into(self.meta, SEAL_AT, seal_of(self.meta[HEAD_BYTES:end], self.seed))
        self._meta_file.sync()

    def close(self) -> None:
        """Let go of the files."""
        self.meta.release()
        self._meta_file.close()
        self.data.close()


def create_files(folder: Folder, names: tuple[str, str], segment_bytes: int) -> None:
    """New files for the data and the records of a segment; both or none are made."""
    data, meta = names
    folder.create(meta, _meta_bytes(segment_bytes)).close()
    try:
        folder.create(data, segment_bytes).close()
    except OSError:
        folder.remove(meta)
        raise


def usable(
    folder: Folder, pairs: Iterable[tuple[str, str]], segment_bytes: int
) -> Iterator[tuple[str, str]]:
    """The pairs of free files that are as large as those of a segment; the others are removed."""
    for pair in pairs:
        if are_whole(folder, pair, segment_bytes):
            yield pair
            continue
        for name in pair:
            folder.remove(name)


def are_whole(folder: Folder, pair: tuple[str, str], segment_bytes: int) -> bool:
    """Are the files as large as those of a segment?

    A records' file that was not durable when the power went may be shorter: what it had is read
    from the chunks then.
    """
    return [*_sizes(folder, pair)] == [segment_bytes, _meta_bytes(segment_bytes)]


def _sizes(folder: Folder, names: Iterable[str]) -> Iterator[int]:
    for name in names:
        file = folder.open(name, writable=False)
        try:
            yield file.size()
        finally:
            file.close()


def seal_again(folder: Folder, head: Head, records: bytes) -> None:
    """Write the records' file of a segment anew, sealed: its writer did not come to that.

    Its name is durable with that of the segment that is begun next. Until then the segment may be
    found as it was, and is sealed once more. Readers that have the file that was are told by a seal
    that is none.
    """
    meta = place_of(head).meta
    write_records(folder, head, records, _meta_bytes(head.size))
    if meta in folder.names():
        before = folder.open(meta, writable=True)
        if before.size() >= HEAD_BYTES:
            before.write((_REPLACED,), SEAL_AT)
        before.close()
    folder.rename(f"{meta}.new", meta)


def write_records(folder: Folder, head: Head, records: bytes, size: int) -> None:
    """A sealed records' file of so many bytes, durable, as a draft."""
    draft = f"{place_of(head).meta}.new"
    if draft in folder.names():
        folder.remove(draft)
    file = folder.create(draft, size)
    counts = COUNT.pack(len(records) // RECORD_BYTES) + COUNT.pack(seal_of(records, head.seed))
    file.write((pack_head(head), records), 0)
    file.write((counts,), COUNT_AT)
    file.sync()
    file.close()
