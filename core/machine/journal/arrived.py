"""The chunks in what came over a link."""

from collections.abc import Iterator

from core.wire import chunk
from core.wire.chunk import Chunk
from core.wire.link import BrokenLinkError


def chunks_in(data: memoryview, *, seed: int, place: int) -> Iterator[tuple[int, Chunk]]:
    """The chunks in `data`, which begins at a place of the segment of that seed; all of it.

    Each with the place of its payload. Raises BrokenLinkError for what is none, or damaged.
    """
    at = 0
    while at < len(data):
        each = chunk.parse_header(data, seed=seed, offset=place + at, begin=place)
        if each is None:
            raise BrokenLinkError("a chunk that strayed, or is damaged")
        begin = at + chunk.HEADER_BYTES
        if not each.is_whole(data[begin : begin + each.size], seed):
            raise BrokenLinkError(f"what chunk {each.sequence} holds is damaged")
        yield place + begin, each
        at = begin + chunk.padded(each.size)
    if at != len(data):
        raise BrokenLinkError("a chunk is cut off")
