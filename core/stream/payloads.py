"""The bytes of a segment, given out only where the checksum of what they are part of passes.

Theory of operation
-------------------
Records say where bytes lie, and may be believed, for they are sealed. The bytes may have changed
since. Each lies in a chunk, or in a batch of pre-images, that has a header with a checksum, so a
reader walks the headers as far as it has to, and checks a chunk the first time that it needs
something of it. Headers alone are read on the way, and nothing is checked twice.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping

from core.stream.finding import DamagedError, Finding
from core.structure.medium import Buffer
from core.wire import chunk, preimage
from core.wire.chunk import Chunk, padded
from core.wire.preimage import Batch
from core.wire.record import OFFSET_MASK, POSITION_SHIFT
from core.wire.segment import HEAD_BYTES, Head, Stream

_HINT = "other points may not need it; `isthmus journal verify` finds all that is damaged"


def read_at(payloads: Mapping[int, "Payloads"], position: int, length: int) -> memoryview:
    """The bytes at a position of a stream, of whose segments these are the payloads by number."""
    return payloads[position >> POSITION_SHIFT].read(position & OFFSET_MASK, length)


class Payloads:
    """What the chunks or batches of one segment hold."""

    def __init__(self, head: Head, data: memoryview, *, where: str) -> None:
        self._data, self._seed, self._where = data, head.seed, where
        self._parse, self._header_bytes = _PARSERS[head.stream]
        self._begins: list[int] = []
        self._found: list[Chunk | Batch] = []
        self._checked: set[int] = set()
        self._next = HEAD_BYTES

    def read(self, start: int, length: int) -> memoryview:
        """The bytes from an offset of the data file on."""
        while self._next <= start:
            self._walk()
        nth = bisect_right(self._begins, start) - 1
        begin = self._begins[nth] if nth >= 0 else start + 1
        if start < begin or start + length > begin + self._found[nth].size:
            raise self._damage(start, "no data where its records say that it is")
        if nth not in self._checked:
            self._check(nth)
        return self._data[start : start + length]

    def check_up_to(self, start: int) -> None:
        """Raises DamagedError unless all is whole that lies up to an offset of the data file."""
        while self._next <= start:
            self._walk()
        for nth in range(len(self._found)):
            if nth not in self._checked:
                self._check(nth)

    def _walk(self) -> None:
        found = self._parse(self._data, seed=self._seed, offset=self._next)
        if found is None:
            raise self._damage(self._next, "a header is damaged")
        begin = self._next + self._header_bytes
        self._begins.append(begin)
        self._found.append(found)
        self._next = begin + padded(found.size)

    def _check(self, nth: int) -> None:
        begin, found = self._begins[nth], self._found[nth]
        body = self._data[begin : begin + found.size]
        if not found.is_whole(body, self._seed):
            raise self._damage(begin, "what was written is not what is read")
        self._checked.add(nth)

    def _damage(self, offset: int, what: str) -> DamagedError:
        return Finding(where=self._where, offset=offset, what=what).error(hint=_HINT)


def _parse_chunk(data: Buffer, *, seed: int, offset: int) -> Chunk | Batch | None:
    return chunk.parse_header(data, seed=seed, offset=offset)


def _parse_batch(data: Buffer, *, seed: int, offset: int) -> Chunk | Batch | None:
    return preimage.parse_header(data, seed=seed, offset=offset)


_PARSERS: dict[Stream, tuple[Callable[..., Chunk | Batch | None], int]] = {
    Stream.DO: (_parse_chunk, chunk.HEADER_BYTES),
    Stream.UNDO: (_parse_batch, preimage.HEADER_BYTES),
    Stream.ACCESS: (_parse_batch, preimage.HEADER_BYTES),
}
