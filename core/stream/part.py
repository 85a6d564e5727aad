"""A segment as it is found on the disk, with all its records.

The records of a segment are in two places: in its meta file, which is sealed once its writer has
come to the end, and in what the data file holds, chunk by chunk. A sealed meta file is believed;
without one the data file is read through, up to the first chunk that is not whole. So a damaged
data file costs what it held, and nothing else, as long as its meta file is there.
"""

from dataclasses import dataclass

import numpy as np

from core.errors import CoreError
from core.stream.finding import Finding
from core.stream.names import Place, place_of
from core.stream.payloads import Payloads
from core.stream.segment import SEAL_AT, records_max, seal_of
from core.structure.medium import Buffer, File, Folder
from core.wire import chunk, preimage
from core.wire.record import RECORD, RECORD_BYTES, Kind, Records, position
from core.wire.segment import COUNT, COUNT_AT, HEAD_BYTES, Head, Stream, parse_head


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`sealed`: its writer came to its end. `data` is empty where the data file is no use.

    `data` is a map, which outlives its file: that of a segment which is sealed is closed.
    """

    head: Head
    data: memoryview
    file: File | None
    records: Records
    sealed: bool
    payloads: Payloads

    @property
    def end(self) -> int:
        """The last point of an epoch, which is that before it if nothing was written."""
        for record in reversed(self.records):
            if record["kind"] != Kind.NOTE:
                return int(record["sequence"])
        return self.head.first - 1

    @property
    def points(self) -> Records:
        """The records of an epoch after which there is a point."""
        return points_of(self.records)

    @property
    def is_final(self) -> bool:
        """Is nothing added to it any more? A segment that was sealed with nothing in it goes on."""
        return self.sealed and len(self.records) > 0

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.close()


@dataclass(frozen=True, slots=True)
class Found:
    """A segment where there is one, and what is wrong with its files.

    Neither: a segment that was never begun, for its data file gets its name last.
    """

    part: Part | None
    findings: tuple[Finding, ...]


def points_of(records: Records) -> Records:
    """Of records of the DO stream those after which there is a point."""
    points: Records = records[(records["kind"] != Kind.NOTE) & (records["inner"] == 0)]
    return points


def find_part(folder: Folder, place: Place, *, group: bytes, where: str, live: bool) -> Found:
    """The segment in a place; `live`: its records are counted up while they are read."""
    findings: list[Finding] = []
    head, data, file = _data(folder, group, place, where, findings)
    beside, records, sealed = _records(folder, group, place, live=live)
    if head is None and beside is not None and sealed:
        head = beside
    if head is None:
        is_draft = file is None and place.data not in folder.names()
        return Found(None, () if is_draft else tuple(findings))
    if records is None or beside != head:
        records, sealed = read_through(head, data), False
    if sealed and file is not None:
        file.close()  # a long history has more segments than a process may have files
    part = Part(
        head=head,
        data=data,
        file=file,
        records=records,
        sealed=sealed,
        payloads=Payloads(head, data, where=f"{where}/{place.data}"),
    )
    return Found(part, tuple(findings))


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


def written_bytes(part: Part) -> int:
    """How much of a data file is head and whole chunks or batches."""
    end = HEAD_BYTES
    walk = chunk.chunks if part.head.stream is Stream.DO else preimage.batches
    for begin, each in walk(part.data, seed=part.head.seed, begin=HEAD_BYTES):
        end = begin + chunk.padded(each.size)
    return end


def _data(
    folder: Folder, group: bytes, place: Place, where: str, findings: list[Finding]
) -> tuple[Head | None, memoryview, File | None]:
    """The head of a data file, what it holds, and the file: nothing if it is another's."""
    told = f"{where}/{place.data}"
    nothing = None, memoryview(b""), None
    try:
        file = folder.open(place.data, writable=False)
    except FileNotFoundError:
        findings.append(Finding(where=told, offset=0, what="the file is missing"))
        return nothing
    size = file.size()
    data = file.map() if size else memoryview(b"")
    begin = bytearray(min(size, HEAD_BYTES))  # a map would read on, in each of many files
    file.read_into(begin, 0)
    try:
        head = _head(begin, group, place, told)
    except CoreError as error:
        file.close()
        findings.append(Finding(where=told, offset=0, what=error.what))
        return nothing
    if size != head.size:
        findings.append(
            Finding(where=told, offset=size, what=f"{size} bytes, and it had {head.size}")
        )
    return head, data, file


def _records(
    folder: Folder, group: bytes, place: Place, *, live: bool
) -> tuple[Head | None, Records | None, bool]:
    """Head and records of a meta file where they can be believed, and whether they are sealed."""
    nothing = None, None, False
    try:
        file = folder.open(place.meta, writable=False)
    except FileNotFoundError:
        return nothing
    try:
        size = file.size()
        if size < HEAD_BYTES:
            return nothing
        begin = bytearray(HEAD_BYTES)
        file.read_into(begin, 0)
        try:
            head = _head(begin, group, place, "")
        except CoreError:
            return nothing
        (count,) = COUNT.unpack_from(begin, COUNT_AT)
        (seal,) = COUNT.unpack_from(begin, SEAL_AT)
        end = HEAD_BYTES + count * RECORD_BYTES
        if count > records_max(head.size) or end > size:
            return nothing
        body = bytearray(end - HEAD_BYTES)
        file.read_into(body, HEAD_BYTES)
    finally:
        file.close()
    sealed = seal == seal_of(body, head.seed)
    return head, (np.frombuffer(body, RECORD) if sealed or live else None), sealed


def _head(data: Buffer, group: bytes, place: Place, where: str) -> Head:
    head = parse_head(bytes(data[:HEAD_BYTES]), where=where)
    if head.group != group or place_of(head) != place:
        raise CoreError("belongs to another journal, or elsewhere in this one", where=where)
    return head
