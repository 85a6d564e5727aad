"""What a journal's folder holds: its segments, opened for reading, with their records.

It works on a folder alone. While a journal is being written its writer counts the records up in the
meta files, and a `live` reader believes that of the last segment; otherwise a segment that was
never sealed is read chunk by chunk, and ends where the first does that is not whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.errors import CoreError
from core.stream.identity import Identity, read_identity
from core.stream.names import data_name, meta_name, numbers
from core.stream.segment import SEAL_AT, records_max, seal_of
from core.structure.medium import File, Folder
from core.wire import chunk, preimage
from core.wire.record import RECORD, RECORD_BYTES, Kind, Records, no_records, position
from core.wire.segment import (
    COUNT,
    COUNT_AT,
    HEAD_BYTES,
    Head,
    NotASegmentError,
    Stream,
    parse_head,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A segment as it was found, with all its records; `sealed`: its writer came to its end."""

    head: Head
    data: memoryview
    file: File
    records: Records
    sealed: bool


class History:
    """The streams of a journal, oldest first."""

    def __init__(self, folder: Folder, *, where: str, live: bool = False) -> None:
        self.folder, self.where, self._live = folder, where, live
        self.identity: Identity = read_identity(folder, where=where)
        self._parts: dict[tuple[Stream, int], Part] = {}
        self.do: tuple[Part, ...] = ()
        self.undo: tuple[Part, ...] = ()
        self.refresh()

    def refresh(self) -> None:
        """Look again at what is there."""
        names = self.folder.names()
        found = {
            (stream, number): self._part(stream, number, is_last=is_last)
            for stream in Stream
            for number, is_last in _to_the_last(numbers(names, stream))
        }
        for key, part in self._parts.items():
            if key not in found or found[key].file is not part.file:
                part.file.close()
        self._parts = found
        self.do = _unbroken([part for (stream, _), part in found.items() if stream is Stream.DO])
        self.undo = tuple(part for (stream, _), part in found.items() if stream is Stream.UNDO)

    @property
    def first(self) -> int:
        """The earliest point that can be had."""
        return self.do[0].head.first - 1 if self.do else 0

    @property
    def end(self) -> int:
        """The latest point: the state after everything that was journaled."""
        for part in reversed(self.do):
            writes = part.records[part.records["kind"] != Kind.NOTE]
            if len(writes):
                return int(writes["sequence"][-1])
        return self.do[-1].head.first - 1 if self.do else 0

    @property
    def unsealed(self) -> Part | None:
        """The DO segment that its writer left in the midst, if it did."""
        return self.do[-1] if self.do and not self.do[-1].sealed else None

    def epoch_of(self, point: int) -> Part:
        """The epoch in which a point lies: its segment of the DO stream."""
        if not self.do or not self.first <= point <= self.end:
            raise CoreError(
                f"point {point} is not in the history, which is from {self.first} to {self.end}",
                where=self.where,
                hint="`isthmus timeline` shows what there is",
            )
        return next(part for part in reversed(self.do) if part.head.first - 1 <= point)

    def written(self, *, since: int, until: int) -> Records:
        """The records of the writes `since` <= sequence <= `until`, in order, without notes."""
        records = _joined(self.do, since)
        sequence, kind = records["sequence"], records["kind"]
        wanted: Records = records[(sequence >= since) & (sequence <= until) & (kind != Kind.NOTE)]
        return wanted

    def overwritten(self, *, since: int) -> Records:
        """The pre-images of the epochs from that of sequence `since` on, in order of capture."""
        records = _joined(self.undo, None)
        wanted: Records = records[records["sequence"] >= since]
        return wanted

    def notes(self) -> Iterator[tuple[int, int, bytes]]:
        """Point, time in nanoseconds and JSON text of each note, in order."""
        for part in self.do:
            for record in part.records[part.records["kind"] == Kind.NOTE]:
                start = int(record["position"]) & 0xFFFFFFFF
                text = bytes(part.data[start : start + int(record["length"])])
                yield int(record["sequence"]) - 1, int(record["time_ns"]), text

    def data(self, stream: Stream) -> dict[int, memoryview]:
        """The data files of a stream, by number."""
        parts = self.do if stream is Stream.DO else self.undo
        return {part.head.number: part.data for part in parts}

    def close(self) -> None:
        """Let go of all files."""
        for part in self._parts.values():
            part.file.close()
        self._parts = {}
        self.do = self.undo = ()

    def _part(self, stream: Stream, number: int, *, is_last: bool) -> Part:
        known = self._parts.get((stream, number))
        if known is not None and (known.sealed or not self._live):
            return known
        where = f"{self.where}/{data_name(stream, number)}"
        file = self.folder.open(data_name(stream, number), writable=False)
        data = file.map()
        head = parse_head(bytes(data[:HEAD_BYTES]), where=where)
        expected = (self.identity.group, stream, number, len(data))
        if (head.group, head.stream, head.number, head.size) != expected:
            file.close()
            raise NotASegmentError(
                "belongs to another journal, or elsewhere in this one", where=where
            )
        # A writer that died may have published less than it wrote: only the last may be its heir's.
        records, sealed = self._records(head, believed=self._live and is_last)
        if records is None:
            records = read_through(head, data)
        return Part(head=head, data=data, file=file, records=records, sealed=sealed)

    def _records(self, head: Head, *, believed: bool) -> tuple[Records | None, bool]:
        """The records beside a segment where they can be believed, and whether they are sealed."""
        try:
            file = self.folder.open(meta_name(head.stream, head.number), writable=False)
        except FileNotFoundError:
            return None, False
        try:
            meta = file.map()
            (count,) = COUNT.unpack_from(meta, COUNT_AT)
            (seal,) = COUNT.unpack_from(meta, SEAL_AT)
            end = HEAD_BYTES + count * RECORD_BYTES
            if count > records_max(head.size) or end > len(meta):
                return None, False
            body = bytes(meta[HEAD_BYTES:end])
            meta.release()
        finally:
            file.close()
        sealed = seal != 0 and seal == seal_of(body)
        return (np.frombuffer(body, RECORD) if sealed or believed else None), sealed


def read_through(head: Head, data: memoryview) -> Records:
    """The records of a segment from what it holds, up to the first part that is not whole."""
    found = []
    if head.stream is Stream.DO:
        for payload, each in chunk.chunks(data, seed=head.seed, begin=HEAD_BYTES):
            body = data[payload : payload + each.size]
            found.append(chunk.records_of(each, body, position(head.number, payload)))
    else:
        for records, batch in preimage.batches(data, seed=head.seed, begin=HEAD_BYTES):
            found.append(bytes(data[records : records + batch.data_at]))
    return np.frombuffer(b"".join(found), RECORD)


def _to_the_last(found: tuple[int, ...]) -> Iterator[tuple[int, bool]]:
    """Each number, and whether it is the last."""
    return ((number, number == found[-1]) for number in found)


def _unbroken(parts: list[Part]) -> tuple[Part, ...]:
    """The newest run of DO segments in which no number is missing."""
    begin = len(parts)
    while begin > 0 and (
        begin == len(parts) or parts[begin - 1].head.number + 1 == parts[begin].head.number
    ):
        begin -= 1
    return tuple(parts[begin:])


def _joined(parts: tuple[Part, ...], since: int | None) -> Records:
    """The records of the parts, from the epoch of a sequence on, in one array."""
    begin = 0
    if since is not None:
        begin = max((nth for nth, part in enumerate(parts) if part.head.first <= since), default=0)
    wanted = [part.records for part in parts[begin:] if len(part.records)]
    return np.concatenate(wanted) if wanted else no_records()
