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
from core.stream.names import data_name, meta_name
from core.stream.payloads import Payloads
from core.stream.segment import SEAL_AT, records_max, seal_of
from core.structure.medium import File, Folder
from core.wire import chunk, preimage
from core.wire.record import RECORD, RECORD_BYTES, Kind, Records, position
from core.wire.segment import COUNT, COUNT_AT, HEAD_BYTES, Head, Stream, parse_head


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`sealed`: its writer came to its end. `data` is empty where the data file is no use."""

    head: Head
    data: memoryview
    file: File | None
    records: Records
    sealed: bool
    payloads: Payloads

    @property
    def end(self) -> int:
        """The last point of an epoch, which is that before it if nothing was written."""
        writes = self.records[self.records["kind"] != Kind.NOTE]
        return int(writes["sequence"][-1]) if len(writes) else self.head.first - 1

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


def find_part(
    folder: Folder, stream: Stream, number: int, *, group: bytes, where: str, live: bool
) -> Found:
    """The segment of that number; `live`: its records are counted up while they are read."""
    wanted = (group, stream, number)
    findings: list[Finding] = []
    head, data, file = _data(folder, wanted, where, findings)
    beside, records, sealed = _records(folder, wanted, live=live)
    if head is None and beside is not None and sealed:
        head = beside
    if head is None:
        is_draft = file is None and data_name(stream, number) not in folder.names()
        return Found(None, () if is_draft else tuple(findings))
    if records is None or beside != head:
        records, sealed = read_through(head, data), False
    part = Part(
        head=head,
        data=data,
        file=file,
        records=records,
        sealed=sealed,
        payloads=Payloads(head, data, where=f"{where}/{data_name(stream, number)}"),
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
    folder: Folder, wanted: tuple[bytes, Stream, int], where: str, findings: list[Finding]
) -> tuple[Head | None, memoryview, File | None]:
    """The head of a data file, what it holds, and the file: nothing if it is another's."""
    name = data_name(wanted[1], wanted[2])
    place = f"{where}/{name}"
    nothing = None, memoryview(b""), None
    try:
        file = folder.open(name, writable=False)
    except FileNotFoundError:
        findings.append(Finding(where=place, offset=0, what="the file is missing"))
        return nothing
    size = file.size()
    data = file.map() if size else memoryview(b"")
    try:
        head = _head(data, wanted, place)
    except CoreError as error:
        file.close()
        findings.append(Finding(where=place, offset=0, what=error.what))
        return nothing
    if size != head.size:
        findings.append(
            Finding(where=place, offset=size, what=f"{size} bytes, and it had {head.size}")
        )
    return head, data, file


def _records(
    folder: Folder, wanted: tuple[bytes, Stream, int], *, live: bool
) -> tuple[Head | None, Records | None, bool]:
    """Head and records of a meta file where they can be believed, and whether they are sealed."""
    nothing = None, None, False
    try:
        file = folder.open(meta_name(wanted[1], wanted[2]), writable=False)
    except FileNotFoundError:
        return nothing
    try:
        if file.size() < HEAD_BYTES:
            return nothing
        meta = file.map()
        try:
            head = _head(meta, wanted, "")
        except CoreError:
            return nothing
        (count,) = COUNT.unpack_from(meta, COUNT_AT)
        (seal,) = COUNT.unpack_from(meta, SEAL_AT)
        end = HEAD_BYTES + count * RECORD_BYTES
        if count > records_max(head.size) or end > len(meta):
            return nothing
        body = bytes(meta[HEAD_BYTES:end])
        meta.release()
    finally:
        file.close()
    sealed = seal == seal_of(body, head.seed)
    return head, (np.frombuffer(body, RECORD) if sealed or live else None), sealed


def _head(data: memoryview, wanted: tuple[bytes, Stream, int], place: str) -> Head:
    head = parse_head(bytes(data[:HEAD_BYTES]), where=place)
    if (head.group, head.stream, head.number) != wanted:
        raise CoreError("belongs to another journal, or elsewhere in this one", where=place)
    return head
