"""What is fuzzed: each takes any bytes, and raises nothing but what its parser is said to raise."""

import json
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xxhash

from core.driver.control import Document, answer
from core.driver.link.peers import parse_hello, parse_welcome
from core.driver.nbd.buffers import BufferPool
from core.driver.nbd.transmission import Transmission
from core.errors import CoreError
from core.machine.link.questions import Question, Questions
from core.sim.medium import MemoryFolder
from core.stream.identity import NotAJournalError, read_identity
from core.stream.names import IDENTITY
from core.stream.part import read_through
from core.structure.digests import DIGEST_BYTES, KEY_BYTES, chunks_of, ranges_of
from core.wire import chunk, preimage
from core.wire.link import (
    HEADER_BYTES,
    MAGIC,
    BrokenLinkError,
    Frame,
    Kind,
    pack_frame,
    parse_frame,
)
from core.wire.nbd.constants import Mode
from core.wire.nbd.handshake import Close, Handshake, Send, Serve, Stage, StartTls, Tls
from core.wire.nbd.requests import LAYOUTS, Rules, cut_run, payload_bytes, refusal
from core.wire.note import Remark, pack_note, parse_note
from core.wire.record import RECORD_BYTES
from core.wire.segment import HEAD_BYTES, Head, NotASegmentError, Stream, pack_head, parse_head
from tests.core.driver.serving import MemoryExport
from tests.core.wire.nbd.speech import Shelf, offer

SEED: Final = 12345
EXPORT_BYTES: Final = 1 << 16

_HEAD: Final = Head(stream=Stream.DO, group=bytes(16), number=0, first=1, time_ns=0, size=1 << 20)


@dataclass(frozen=True, slots=True)
class Target:
    """`run` raises where the parser is wrong; the seeds are in the folder of its name."""

    run: Callable[[bytes], object]

    def seeds(self, name: str, which: str = "*") -> tuple[bytes, ...]:
        folder = Path(__file__).parents[2] / "data" / "fuzz" / name
        return tuple(each.read_bytes() for each in sorted(folder.glob(which)))


def handshake(data: bytes) -> None:
    """A peer's bytes in pieces, whose size the first byte tells, with TLS or without."""
    if not data:
        return
    step = 1 + data[0] % 64
    tls = Tls.REQUIRED if data[0] & 0x80 else Tls.OFF
    offers = Shelf((offer("vol1"), offer("vol2", 512)))
    made = Handshake(offers, tls=tls)
    heard = said = 0
    for at in range(1, len(data), step):
        events = made.receive(data[at : at + step])
        heard += step
        for event in events:
            match event:
                case Send(answer):
                    said += len(answer)
                    assert b"\0\0\0\0\xde\xad" not in answer
                case StartTls():
                    assert tls is Tls.REQUIRED
                    made.secured(offers)
                case Serve(chosen):
                    assert chosen in offers.offers
                case Close(reason):
                    assert reason.isprintable()
        assert said <= 1024 * (heard + 64), "more is answered than was paid for"
        if made.stage in (Stage.SERVING, Stage.CLOSED):
            assert made.receive(b"IHAVEOPT" * 8) == []
            return


def requests(data: bytes) -> None:
    """A run and what it says, by another reading of the same bytes."""
    if not data:
        return
    mode = Mode(data[0] % len(Mode))
    allocation = mode > Mode.SIMPLE and bool(data[0] & 0x40)
    rules = Rules(offer(size=EXPORT_BYTES), mode, allocation)
    view = memoryview(data)[1:]
    run = cut_run(view, 0, len(view), rules)
    layout = LAYOUTS[mode].struct
    at = mutations = 0
    for request in run.requests:
        assert layout.unpack_from(view, at) == request
        head, _, offset, length = request
        kind = head & 0xFFFF
        assert kind in (0, 1, 4, 6)
        assert head >> 32 == (0x21E41C71 if mode is Mode.EXTENDED else 0x25609513)
        assert 0 < length <= EXPORT_BYTES - offset
        assert refusal(request, rules) == 0
        mutations += kind != 0
        at += layout.size + (length if kind == 1 else 0)
    assert at == len(run.received) <= len(view)
    assert run.mutations == mutations == len(run.requests) - run.reads
    if len(view) - at >= layout.size:
        odd = layout.unpack_from(view, at)
        assert payload_bytes(odd, mode) in (0, odd[3])
        assert refusal(odd, rules) >= 0


class _Wire:
    """A socket that gives what there is in pieces, and takes what comes."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._at, self._step = data, 0, step
        self.said = bytearray()

    def recv_into(self, target: memoryview, _size: int = 0, _flags: int = 0) -> int:
        piece = self._data[self._at : self._at + min(self._step, len(target))]
        target[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def send(self, data: memoryview) -> int:
        self.said += data
        return len(data)

    def sendall(self, data: memoryview) -> None:
        self.said += data

    def setsockopt(self, *_: object) -> None:
        """Nothing here takes time."""


_POOL: Final = BufferPool()


def transmission(data: bytes) -> None:
    """A connection's bytes; where nothing is agreed but simple replies, each has its form."""
    if len(data) < 2:
        return
    mode = Mode(data[0] % len(Mode))
    export = MemoryExport(size=EXPORT_BYTES)
    wire = _Wire(data[2:], 1 + data[1] * 16)
    serve = Serve(export.offer, mode, mode > Mode.SIMPLE and bool(data[0] & 0x40))
    Transmission(wire, serve, export, _POOL, lambda: False).run()  # type: ignore[arg-type]
    assert len(export.bytes) == EXPORT_BYTES
    magic = (0x67446698, 0x668E33EF, 0x6E8A278C)
    if wire.said:
        (first,) = struct.unpack_from(">I", wire.said)
        assert first in (magic[:1], magic[:2], magic[2:])[mode]


def segment_head(data: bytes) -> None:
    """The head of a segment, with its checksum made right or as it is."""
    for each in (data, _summed(data, 88)):
        try:
            head = parse_head(each, where="x")
        except NotASegmentError:
            continue
        assert parse_head(pack_head(head), where="x") == head


def _summed(data: bytes, size: int, seed: int = 0) -> bytes:
    digest = xxhash.xxh3_64_intdigest(data[:size], seed)
    return data[:size] + digest.to_bytes(8, "little") + data[size + 8 :]


def do_stream(data: bytes) -> None:
    """A segment of chunks, read through as after a crash: as it is, and with sums made right."""
    for each in (data, _chunks_summed(data)):
        view = memoryview(bytes(HEAD_BYTES) + each)
        records = read_through(_HEAD, view)
        assert int((records["length"] < 0).sum()) == int((records["offset"] < 0).sum()) == 0
        for place, found in chunk.chunks(view, seed=_HEAD.seed, begin=HEAD_BYTES):
            at = place - chunk.HEADER_BYTES
            packed = chunk.pack_header(found, seed=_HEAD.seed, offset=at)
            assert chunk.parse_header(bytes(at) + packed, seed=_HEAD.seed, offset=at) == found


def _chunks_summed(data: bytes) -> bytes:
    """Its bytes are headers and payloads whose sums are right, whatever they say."""
    made = bytearray(data)
    at, header = 0, chunk.HEADER_BYTES
    while at + header <= len(made):
        size = int.from_bytes(made[at + 24 : at + 28], "little")
        body = bytes(made[at + header : at + header + size])
        made[at : at + 4] = chunk.MAGIC.to_bytes(4, "little")
        made[at + 40 : at + 48] = chunk.checksum(body, _HEAD.seed).to_bytes(8, "little")
        seed = _HEAD.seed + HEAD_BYTES + at & (1 << 64) - 1
        made[at : at + header] = _summed(bytes(made[at : at + header]), header - 8, seed)
        at += header + chunk.padded(size)
    return bytes(made)


def undo_stream(data: bytes) -> None:
    """A segment of pre-images, as it is and with sums made right."""
    head = Head(stream=Stream.UNDO, group=bytes(16), number=0, first=1, time_ns=0, size=1 << 20)
    for each in (data, _batches_summed(data, head.seed)):
        view = memoryview(bytes(HEAD_BYTES) + each)
        records = read_through(head, view)
        assert len(records) * RECORD_BYTES <= len(view)
        for place, found in preimage.batches(view, seed=head.seed, begin=HEAD_BYTES):
            at = place - preimage.HEADER_BYTES
            packed = preimage.pack_header(found, seed=head.seed, offset=at)
            assert preimage.parse_header(bytes(at) + packed, seed=head.seed, offset=at) == found


def _batches_summed(data: bytes, seed: int) -> bytes:
    made = bytearray(data)
    at, header = 0, preimage.HEADER_BYTES
    while at + header <= len(made):
        ranges = int.from_bytes(made[at + 4 : at + 8], "little")
        size = int.from_bytes(made[at + 8 : at + 16], "little")
        body = bytes(made[at + header : at + header + size])
        records = body[: ranges * RECORD_BYTES]
        made[at : at + 4] = preimage.MAGIC.to_bytes(4, "little")
        made[at + 16 : at + 24] = chunk.checksum(records, seed).to_bytes(8, "little")
        made[at + 24 : at + 32] = chunk.checksum(body[len(records) :], seed).to_bytes(8, "little")
        place = seed + HEAD_BYTES + at & (1 << 64) - 1
        made[at : at + header] = _summed(bytes(made[at : at + header]), header - 8, place)
        at += header + chunk.padded(size)
    return bytes(made)


def note(data: bytes) -> None:
    """A note; one that is known says the same when it is packed again."""
    found = parse_note(data)
    if not isinstance(found, Remark):
        assert parse_note(pack_note(found)) == found


def identity(data: bytes) -> None:
    """`journal.json`, as it is and with its checksum made right."""
    for each in (data, _identity_summed(data)):
        folder = MemoryFolder()
        folder.create(IDENTITY, len(each)).write((each,), 0)
        with suppress(NotAJournalError):
            read_identity(folder, where="x")


def _identity_summed(data: bytes) -> bytes:
    try:
        document = json.loads(data)
        document.pop("checksum", None)
        packed = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        return json.dumps({**document, "checksum": xxhash.xxh3_64_hexdigest(packed)}).encode()
    except (ValueError, RecursionError, AttributeError, TypeError):
        return data


def _bookmark(asked: Document) -> Document:
    if not isinstance(asked.get("name"), str):
        raise CoreError("no name")
    return {"point": 1}


def control(data: bytes) -> None:
    """A line of the control protocol: the answer is an object, and is no bug."""
    for line in data.split(b"\n"):
        said = answer(line, {"bookmark": _bookmark, "status": lambda _: {"end": 1}}, [])
        assert isinstance(said["ok"], bool)
        assert not str(said.get("error", "")).startswith("this is a bug"), said
        assert len(json.dumps(said)) < 4096


def link(data: bytes) -> None:
    """Frames of a link, as they are and with sums made right, and what both sides say at first."""
    for each in (data, _frames_summed(data)):
        at = 0
        with suppress(BrokenLinkError):
            while at < len(each):
                frame = parse_frame(each[at:])
                assert parse_frame(pack_frame(frame)) == frame
                payload = each[at + HEADER_BYTES : at + HEADER_BYTES + frame.size]
                at += HEADER_BYTES + frame.size
                if frame.kind is Kind.HELLO:
                    said = parse_hello(payload)
                    assert len(said.volumes) == len(said.sizes)
                    assert 0 <= min(said.sizes) <= max(said.sizes) <= 1 << 46
                    assert len(said.key) in (0, KEY_BYTES)
                elif frame.kind is Kind.WELCOME:
                    parse_welcome(payload)
                elif frame.kind is Kind.SIGNED:
                    _answered(frame, payload)


def _answered(frame: Frame, payload: bytes) -> None:
    """To a question about what it tells of: what is taken has a digest for each chunk."""
    asked = Question(frame.volume, frame.first, 1 << 20, frame.number or 1)
    for question in (asked, asked._replace(chosen=frame.slot & 0xFFFF)):
        questions = Questions(b"")
        questions.ask(question)
        with suppress(CoreError):
            questions.heard(frame, payload)
            answer = questions.take()
            assert answer is not None
            assert answer.length <= 1 << 20
            ranges = ranges_of(question.chosen, answer.length)
            count = sum(chunks_of(end - begin, frame.number) for begin, end in ranges)
            assert len(answer.digests) == DIGEST_BYTES * count


def _frames_summed(data: bytes) -> bytes:
    made, at = bytearray(data), 0
    while at + HEADER_BYTES <= len(made):
        made[at : at + 4] = MAGIC.to_bytes(4, "little")
        made[at : at + HEADER_BYTES] = _summed(
            bytes(made[at : at + HEADER_BYTES]), HEADER_BYTES - 8
        )
        at += HEADER_BYTES + int.from_bytes(made[at + 8 : at + 12], "little")
    return bytes(made)


TARGETS: Final[Mapping[str, Target]] = {
    each.__name__: Target(each)
    for each in (
        handshake,
        requests,
        transmission,
        segment_head,
        do_stream,
        undo_stream,
        note,
        identity,
        control,
        link,
    )
}
