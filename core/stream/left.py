"""`left`: what images held when their group came to its end in good order.

Theory of operation
-------------------
History is what images held before, so over another image every point would be wrong. Where one is
does not tell whether it is the same: images are moved and copied. What it holds does. Of each a few
dozen blocks are remembered by one digest: those that were written last, which an older copy lacks,
and some from all over it, which another image does not have.

It is written when all of that is durable, and is gone, durably, before anything is written again.
So a crash leaves none, and nothing is said of images then. It says nothing either where the journal
has a later segment than it was written for.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import xxhash

from core.stream.document import forget_document, read_document, write_document
from core.stream.identity import Identity
from core.stream.names import places
from core.stream.part import find_part
from core.structure.blocks import BLOCK_BYTES
from core.structure.medium import Folder, Image, SparseImage
from core.wire.record import Kind
from core.wire.segment import Stream

LEFT: Final = "left"

_SPREAD: Final = 32
_LATEST: Final = 16
_SEGMENTS: Final = 2
_RECORDS_MAX: Final = 4096
_LOOKED_BYTES: Final = 1 << 30


class Sample(NamedTuple):
    """The length of an image, and the digest of its blocks at `offsets`."""

    size: int
    offsets: tuple[int, ...]
    digest: str

    def is_of(self, image: Image) -> bool:
        """Does an image hold what was sampled?"""
        return image.size() == self.size and _digest(image, self.offsets) == self.digest


Samples = tuple[Sample | None, ...]
"""For each volume, where it has such an image and that could be had."""


class Left(NamedTuple):
    """The newest segment, and what images and replicas held when it was ended."""

    segment: int
    images: Samples
    replicas: Samples


def sample(image: SparseImage, latest: Sequence[int]) -> Sample:
    """What is remembered of an image; `latest` are offsets of blocks that were written last."""
    size = image.size()
    offsets = sorted({*_spread(image, size), *(each for each in latest if each < size)})
    return Sample(size, tuple(offsets), _digest(image, offsets))


def latest_blocks(folder: Folder, identity: Identity, *, where: str) -> tuple[Sequence[int], ...]:
    """For each volume the offsets of the blocks that a journal, which is closed, wrote last."""
    found: list[dict[int, None]] = [{} for _ in identity.volumes]
    for place in reversed(places(folder.names(), Stream.DO)[-_SEGMENTS:]):
        part = find_part(folder, place, group=identity.group, where=where, live=False).part
        if part is None:
            continue
        written = part.records[part.records["kind"] < Kind.RESIZE]
        for record in reversed(written[-_RECORDS_MAX:]):
            mine = found[int(record["volume"])]
            if len(mine) < _LATEST:
                mine[int(record["offset"]) // BLOCK_BYTES * BLOCK_BYTES] = None
            if all(len(each) == _LATEST for each in found):
                break
        part.close()
    return tuple(map(tuple, found))


def write_left(folder: Folder, images: Samples, replicas: Samples) -> None:
    """Remember that, durably, for the journal as it is now."""
    document = {"segment": _newest(folder), "images": images, "replicas": replicas}
    write_document(folder, LEFT, document)


def read_left(folder: Folder) -> Left | None:
    """What is remembered; None where nothing is, or where it can say nothing."""
    try:
        document = read_document(folder, LEFT)
        if document is None:
            return None
        left = Left(
            document["segment"], _samples(document["images"]), _samples(document["replicas"])
        )
    except (KeyError, TypeError, ValueError):
        return None
    return left if left.segment == _newest(folder) else None


def forget_left(folder: Folder) -> None:
    """Something is about to be written: nothing is remembered any more, durably."""
    forget_document(folder, LEFT)


def _spread(image: SparseImage, size: int) -> Iterator[int]:
    """A block of each stretch of an image: the first that may be other than zero."""
    count = min(_SPREAD, -(-size // BLOCK_BYTES))
    for nth in range(count):
        begin, end = (size * each // count // BLOCK_BYTES * BLOCK_BYTES for each in (nth, nth + 1))
        length = min(max(end - begin, BLOCK_BYTES), _LOOKED_BYTES)
        held, _ = next(image.data(begin, length), (begin, 0))
        yield max(begin, held // BLOCK_BYTES * BLOCK_BYTES)


def _digest(image: Image, offsets: Sequence[int]) -> str:
    digest, size = xxhash.xxh3_128(), image.size()
    for offset in offsets:
        block = bytearray(min(BLOCK_BYTES, size - offset))
        image.read_into(block, offset)
        digest.update(block)
    return digest.hexdigest()


def _newest(folder: Folder) -> int:
    found = places(folder.names(), Stream.DO)
    return found[-1].last if found else 0


def _samples(found: Sequence[Any]) -> Samples:
    return tuple(
        None if each is None else Sample(int(each[0]), tuple(map(int, each[1])), str(each[2]))
        for each in found
    )
