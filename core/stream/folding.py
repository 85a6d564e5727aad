"""Several epochs made one, with fewer points: the writes between two points that are kept, folded.

Theory of operation
-------------------
A point needs what was written in its epoch up to it, and the pre-images of its epoch and of all
later ones. The oldest pre-image of a block ends on top, so those of several epochs are those of one
that began where the first of them did. What is left is to put their writes into one segment. Where
no point is wanted between two writes, of what they overlap the later one is enough.

The last write before a point is never painted over. So a fold ends with a record that has that
sequence, and which points there are stands in the records alone.

A note, and a change of a volume's size, is by itself, and the points around it are kept. So no fold
crosses one. What was folded can be folded again.

When epochs are one, of the pre-images that they have of a place the oldest is enough, and segments
of the UNDO stream can be folded, too. Until then all is right, with more of them than are needed.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.stream.names import Place, folded_place
from core.stream.part import Part, points_of
from core.stream.payloads import Payloads, read_at
from core.stream.segment import BYTES_PER_RECORD
from core.structure.medium import Buffer
from core.structure.painting import Integers, Painting, paint
from core.wire import chunk, preimage
from core.wire.chunk import FOLD_AT, HEADER_BYTES, Chunk, Form, checksum, padded
from core.wire.preimage import Batch
from core.wire.record import (
    NO_VOLUME,
    RECORD_BYTES,
    Kind,
    Records,
    no_records,
    position,
)
from core.wire.segment import HEAD_BYTES, Head

FOLDED_BYTES_MAX: Final = 2 << 30
"""What is folded at once: an epoch is one segment, of which a position counts 4 GiB."""
_FOLD_BYTES_MAX: Final = 1 << 20
"""A reader checks all of a chunk for any byte of it."""


class Piece(NamedTuple):
    """A chunk that is to be: so many writes from sequence `first` on, and what is left of them.

    The records say where data lies in the segments that were.
    """

    form: Form
    first: int
    writes: int
    records: Records

    @property
    def size(self) -> int:
        """The bytes of its payload."""
        records = self.records
        match self.form:
            case Form.RESIZE:
                return len(chunk.pack_resize(0, 0))
            case Form.NOTE:
                return int(records["length"][0])
            case _:
                written = int(records["length"][records["kind"] == Kind.WRITE].sum())
                return FOLD_AT + len(records) * RECORD_BYTES + written


def last_of_each(records: Records, step_ns: int) -> Integers:
    """Of the points of epochs the last in each step of the wall clock, and the last of all."""
    points = points_of(records)
    steps = points["time_ns"] // step_ns
    is_last = np.append(steps[1:] != steps[:-1], np.ones(min(1, len(steps)), bool))
    wanted: Integers = points["sequence"][is_last]
    return wanted


def folded(records: Records, wanted: Integers, *, first: int) -> Iterator[Piece]:
    """What epochs become whose records these are, from sequence `first` on.

    Of their points those `wanted` are kept, the last one, and those around notes and resizes.
    """
    kind, sequence = records["kind"], records["sequence"]
    alone = np.flatnonzero((kind == Kind.NOTE) | (kind == Kind.RESIZE))
    ends = np.flatnonzero(np.isin(sequence, wanted) & (records["inner"] == 0) & (kind != Kind.NOTE))
    bounds = np.unique(np.concatenate(([0], alone, alone + 1, ends + 1, [len(records)])))
    following = first
    for begin, stop in zip(bounds.tolist(), bounds[1:].tolist(), strict=False):
        here = records[begin:stop]
        if here["kind"][0] == Kind.NOTE:
            yield Piece(Form.NOTE, following, 0, here)
            continue
        if here["kind"][0] == Kind.RESIZE:
            yield Piece(Form.RESIZE, following, 1, here)
        else:
            yield from _cut(_painted(here), following)
        following = int(here["sequence"][-1]) + 1


def _painted(records: Records) -> Records:
    """What is left of writes where no point is wanted between them, in their order."""
    order: list[npt.NDArray[np.intp]] = []
    left: list[Records] = []
    for number in np.unique(records["volume"]).tolist():
        mine = np.flatnonzero(records["volume"] == number)
        seen = paint(records["offset"][mine], records["length"][mine])
        order.append(mine[seen.top])
        left.append(_shown(records[mine], seen))
    last = len(records) - 1
    if not any(last in each for each in order):  # it wrote nothing, and ends the fold all the same
        order.append(np.array([last]))
        left.append(records[-1:].copy())
    made = np.concatenate(left)
    made = made[np.argsort(np.concatenate(order), kind="stable")]
    made["inner"] = 1
    made["inner"][-1] = 0
    return made


def _cut(records: Records, first: int) -> Iterator[Piece]:
    """A fold in chunks that are not too long, each of whole writes."""
    upto = np.cumsum(_cost(records))
    ends = np.flatnonzero(np.append(np.diff(records["sequence"]) > 0, True)) + 1
    begin = 0
    while begin < len(records):
        before = int(upto[begin - 1]) if begin else 0
        most = int(np.searchsorted(upto, before + _FOLD_BYTES_MAX, side="right"))
        nth = int(np.searchsorted(ends, most, side="right")) - 1
        stop = int(ends[nth]) if nth >= 0 else 0
        if stop <= begin:
            stop = int(ends[np.searchsorted(ends, begin, side="right")])
        here = records[begin:stop]
        last = int(here["sequence"][-1])
        yield Piece(Form.FOLDED, first, last - first + 1, here)
        begin, first = stop, last + 1


def _cost(records: Records) -> Integers:
    """The bytes of each record with its data."""
    cost: Integers = np.where(records["kind"] == Kind.WRITE, records["length"], 0) + RECORD_BYTES
    return cost


def pre_images(records: Records, firsts: Integers) -> Records:
    """What is needed of pre-images, in their order, when epochs begin with these sequences."""
    epoch = np.searchsorted(firsts, records["sequence"], side="right")
    left = [
        _oldest(records[(epoch == each) & (records["volume"] == number)])
        for each in np.unique(epoch).tolist()
        for number in np.unique(records["volume"][epoch == each]).tolist()
    ]
    made = np.concatenate([no_records(), *left])
    wanted: Records = made[np.argsort(made["sequence"], kind="stable")]
    return wanted


def _oldest(records: Records) -> Records:
    newest_first = records[::-1]
    seen = paint(newest_first["offset"], newest_first["length"])
    return _shown(newest_first, seen)


def _shown(records: Records, seen: Painting) -> Records:
    """What is seen of the records."""
    made = records[seen.top]
    skip = (seen.start - made["offset"]).astype(np.uint64)
    made["position"] = np.where(made["kind"] == Kind.WRITE, made["position"] + skip, 0)
    made["offset"], made["length"] = seen.start, seen.length
    return made


def batches(records: Records) -> Iterator[Records]:
    """Pre-images in batches that are not too long."""
    upto = np.cumsum(_cost(records))
    begin = 0
    while begin < len(records):
        before = int(upto[begin - 1]) if begin else 0
        most = int(np.searchsorted(upto, before + _FOLD_BYTES_MAX, side="right"))
        stop = max(begin + 1, most)
        yield records[begin:stop]
        begin = stop


def batch_bytes(records: Records) -> int:
    """What a batch of pre-images takes."""
    return preimage.HEADER_BYTES + padded(int(_cost(records).sum()))


def room_for(used: int, count: int) -> int:
    """The size of the data file that has room for so much, and whose records have room."""
    needed = max(HEAD_BYTES + used, count * BYTES_PER_RECORD)
    return -(-needed // HEAD_BYTES) * HEAD_BYTES


def head_over(parts: Sequence[Part], places: Sequence[Place], size: int, step_ns: int) -> Head:
    """The head of the segment of so many bytes that is to stand for those."""
    first, place = parts[0].head, folded_place(places)
    return Head(
        stream=first.stream,
        group=first.group,
        number=place.number,
        last=place.last,
        first=first.first,
        time_ns=first.time_ns,
        size=size,
        rounds=place.rounds,
        step_ns=step_ns,
        before=first.before,
    )


class _Source:
    """What the segments hold that are folded; it passes their checksums."""

    def __init__(self, head: Head, parts: Sequence[Part]) -> None:
        self._head = head
        self._payloads: dict[int, Payloads] = {part.head.number: part.payloads for part in parts}
        self._records: list[Records] = []
        self.used = HEAD_BYTES

    @property
    def records(self) -> bytes:
        """Those of all that was packed."""
        return np.concatenate([no_records(), *self._records]).tobytes()

    def _moved(self, records: Records, begin: int) -> tuple[Records, list[memoryview]]:
        """The records with their data from `begin` on, and that."""
        moved = records.copy()
        written = records["kind"] == Kind.WRITE
        length = np.where(written, records["length"], 0)
        at = (begin + np.cumsum(length) - length).astype(np.uint64)
        moved["position"] = np.where(written, position(self._head.number, 0) + at, 0)
        return moved, [self._read(each) for each in records[written]]

    def _read(self, record: np.void) -> memoryview:
        return read_at(self._payloads, int(record["position"]), int(record["length"]))


class Epochs(_Source):
    """Pieces as they stand in the segment of that head, and all their records."""

    def chunk(self, piece: Piece) -> Sequence[Buffer]:
        """The next chunk, in parts, to be written at `used` as it was before the call."""
        begin = self.used + HEADER_BYTES
        payload, records = self._payload(piece, begin)
        seed = self._head.seed
        header = chunk.pack_header(
            Chunk(
                form=piece.form,
                volume=int(piece.records["volume"][0]) if piece.form is Form.RESIZE else NO_VOLUME,
                sequence=piece.first,
                time_ns=int(piece.records["time_ns"][-1]),
                size=len(payload),
                writes=piece.writes,
                checksum=checksum(payload, seed),
            ),
            seed=seed,
            offset=self.used,
        )
        self._records.append(records)
        self.used = begin + padded(len(payload))
        return header, payload, bytes(padded(len(payload)) - len(payload))

    def skip(self, piece: Piece) -> None:
        """Leave out the next chunk, which is there already."""
        self.used += HEADER_BYTES + padded(piece.size)

    def _payload(self, piece: Piece, begin: int) -> tuple[bytes, Records]:
        records = piece.records.copy()
        number = self._head.number
        if piece.form is Form.RESIZE:
            records["position"] = position(number, begin)
            return chunk.pack_resize(int(records["offset"][0]), int(records["length"][0])), records
        if piece.form is Form.NOTE:
            records["position"] = position(number, begin)
            return bytes(self._read(piece.records[0])), records
        moved, data = self._moved(records, begin + FOLD_AT + len(records) * RECORD_BYTES)
        return b"".join((chunk.pack_fold(moved), *data)), moved


class PreImages(_Source):
    """Batches as they stand in the segment of that head, and all their records."""

    def batch(self, records: Records) -> Sequence[Buffer]:
        """The next batch, in parts, to be written at `used` as it was before the call."""
        seed, begin = self._head.seed, self.used + preimage.HEADER_BYTES
        moved, data = self._moved(records, begin + len(records) * RECORD_BYTES)
        packed, held = moved.tobytes(), b"".join(data)
        size = len(packed) + len(held)
        batch = Batch(
            ranges=len(moved),
            size=size,
            records_checksum=checksum(packed, seed),
            data_checksum=checksum(held, seed),
        )
        header = preimage.pack_header(batch, seed=seed, offset=self.used)
        self._records.append(moved)
        self.used = begin + padded(size)
        return header, packed, held, bytes(padded(size) - size)
