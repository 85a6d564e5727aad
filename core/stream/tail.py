"""Following the DO stream while it is written, one segment after the other.

It takes what the writer has counted up in the records' file, and finds the chunks of these records
in the data file, by their headers alone: what they hold is read by whoever is given them.
"""

from typing import Final, NamedTuple

from core.stream.finding import Finding
from core.stream.names import Place
from core.stream.segment import SEAL_AT, records_max
from core.structure.medium import Folder
from core.wire import chunk
from core.wire.chunk import Form
from core.wire.record import RECORD_BYTES
from core.wire.segment import COUNT, COUNT_AT, HEAD_BYTES, Head, Stream, parse_head

BATCH_BYTES: Final = 1 << 20
"""Of whole chunks so much is taken at once, or one."""


class Spot(NamedTuple):
    """How much of a segment is behind: up to where in its data file, and how many records."""

    number: int
    offset: int
    slot: int


class Batch(NamedTuple):
    """Chunks that follow one another from a spot on, their records, and the last write in them."""

    spot: Spot
    data: memoryview
    records: memoryview
    last: int


class Tail:
    """One segment of the stream from a spot on; `spot` is what was taken."""

    def __init__(self, folder: Folder, spot: Spot, *, where: str) -> None:
        """Raises FileNotFoundError where there is no such segment, and CoreError if it is none."""
        place = Place(Stream.DO, spot.number, spot.number)
        self._told = f"{where}/{place.data}"
        self._file = folder.open(place.data, writable=False)
        self._data = self._file.map()
        self.head: Head = parse_head(bytes(self._data[:HEAD_BYTES]), where=self._told)
        self._meta_file = folder.open(place.meta, writable=False)
        self._meta = self._meta_file.map()
        self.spot = spot
        self.last = self.head.first - 1

    @property
    def count(self) -> int:
        """How many records there are by now."""
        found: int = COUNT.unpack_from(self._meta, COUNT_AT)[0]
        return min(found, records_max(self.head.size))

    @property
    def is_sealed(self) -> bool:
        """Did its writer come to its end?"""
        return bool(COUNT.unpack_from(self._meta, SEAL_AT)[0] & 1)

    def take(self) -> Batch | None:
        """The next chunks, if there are any."""
        count, (number, begin, slot) = self.count, self.spot
        if slot >= count:
            return None
        end, after, last = begin, slot, self.last
        while after < count and end - begin < BATCH_BYTES:
            found = chunk.parse_header(self._data, seed=self.head.seed, offset=end)
            if found is None or found.form is Form.FOLDED:
                raise Finding(where=self._told, offset=end, what="a chunk is damaged").error()
            end += chunk.HEADER_BYTES + chunk.padded(found.size)
            after += found.writes or 1
            last = max(last, found.sequence + found.writes - 1)
        records = self._meta[HEAD_BYTES + slot * RECORD_BYTES : HEAD_BYTES + after * RECORD_BYTES]
        batch = Batch(self.spot, self._data[begin:end], records, last)
        self.spot, self.last = Spot(number, end, after), last
        return batch

    def close(self) -> None:
        """Let go of the files."""
        self._file.close()
        self._meta_file.close()
