"""`python -m tests.core.fuzz.seeds`: writes the seeds anew, where a format has changed."""

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from core.sim.medium import MemoryFolder
from core.stream.identity import Identity, Member, write_identity
from core.stream.names import IDENTITY
from core.wire import chunk, link, preimage
from core.wire.chunk import Chunk, Form, checksum, padded
from core.wire.note import Bookmark, Consistency, Gap, pack_note
from core.wire.preimage import Batch
from core.wire.record import LAYOUT, Kind
from core.wire.segment import HEAD_BYTES, Head, Stream, pack_head
from tests.core.wire.nbd import speech
from tests.core.wire.nbd.speech import contexts, named, option

FOLDER: Final = Path(__file__).parents[2] / "data" / "fuzz"


def compact(kind: int, offset: int, length: int, data: bytes = b"", flags: int = 0) -> bytes:
    return struct.pack(">IHHQQI", 0x25609513, flags, kind, 7, offset, length) + data


def extended(kind: int, offset: int, length: int, data: bytes = b"", flags: int = 0) -> bytes:
    return struct.pack(">IHHQQQ", 0x21E41C71, flags, kind, 7, offset, length) + data


def handshakes() -> Iterator[bytes]:
    flags = speech.FLAGS
    meta = contexts(b"vol1", b"base:allocation")
    yield b"\x3f" + flags + option(speech.GO, named(b"vol1", 3))
    yield b"\x0f" + flags + option(speech.EXPORT_NAME, b"vol1")
    yield b"\x3f" + flags + option(speech.LIST) + option(speech.INFO, named(b"vol2", 0, 1, 2, 3))
    chosen = option(speech.SET_META, meta) + option(speech.GO, named(b"vol1", 3))
    yield b"\x3f" + flags + option(speech.STRUCTURED) + chosen
    listed = option(speech.LIST_META, contexts(b"vol1")) + option(speech.ABORT)
    yield b"\x3f" + flags + option(speech.EXTENDED) + listed
    yield b"\xbf" + flags + option(speech.LIST) + option(speech.STARTTLS) + chosen


def request_streams() -> Iterator[bytes]:
    sector = b"x" * 512
    yield compact(1, 0, 512, sector) + compact(0, 0, 512) + compact(4, 512, 1024)
    yield compact(6, 0, 4096, flags=2) + compact(3, 0, 0) + compact(7, 0, 65536) + compact(2, 0, 0)
    yield compact(1, 65024, 512, sector, flags=1) + compact(5, 0, 512) + compact(0, 65535, 1)


def extended_streams() -> Iterator[bytes]:
    sector = b"x" * 512
    yield extended(1, 0, 512, sector, flags=32) + extended(0, 0, 512) + extended(4, 0, 65536)
    yield extended(7, 0, 65536, flags=8) + extended(6, 512, 512, flags=16) + extended(2, 0, 0)


def do_streams() -> Iterator[bytes]:
    head = Head(stream=Stream.DO, group=bytes(16), number=0, first=1, time_ns=0, size=1 << 20)
    requests = compact(1, 4096, 512, b"y" * 512) + compact(4, 0, 512) + compact(0, 0, 512)
    parts = (
        (Form.REQUESTS, requests, 2, 28),
        (Form.RESIZE, chunk.pack_resize(1 << 20, 1 << 19), 1, 0),
        (Form.NOTE, b'{"note": "bookmark"}', 0, 0),
        (Form.REQUESTS, extended(6, 0, 512) + extended(1, 0, 8, b"12345678"), 2, 32),
    )
    for chosen in (parts, parts[:1], parts[1:3], parts[3:]):
        made = bytearray()
        for form, payload, writes, size in chosen:
            header = Chunk(
                form=form,
                volume=0,
                sequence=1,
                time_ns=9,
                size=len(payload),
                writes=writes,
                checksum=checksum(payload, head.seed),
                request_bytes=size,
            )
            at = HEAD_BYTES + len(made)
            made += chunk.pack_header(header, seed=head.seed, offset=at)
            made += payload.ljust(padded(len(payload)), b"\0")
        yield bytes(made)


def undo_streams() -> Iterator[bytes]:
    head = Head(stream=Stream.UNDO, group=bytes(16), number=0, first=1, time_ns=0, size=1 << 20)
    for counts in ((1,), (2, 1), (0, 3)):
        made = bytearray()
        for ranges in counts:
            records = LAYOUT.pack(0, 512, 4240, 1, 9, 0, 0, Kind.WRITE) * ranges
            data = b"held" * 128 * ranges
            batch = Batch(
                ranges=ranges,
                size=len(records) + len(data),
                records_checksum=checksum(records, head.seed),
                data_checksum=checksum(data, head.seed),
            )
            made += preimage.pack_header(batch, seed=head.seed, offset=HEAD_BYTES + len(made))
            made += (records + data).ljust(padded(batch.size), b"\0")
        yield bytes(made)


def notes() -> Iterator[bytes]:
    yield pack_note(Bookmark(name="before the upgrade", consistency=Consistency.APPLICATION))
    yield pack_note(Gap(reason="resync", first=1201, last=4000))
    yield b'{"note": "later", "what": [1, 2.5e300, null, "\\ud800"]}'


def identities() -> Iterator[bytes]:
    members = (Member(name="a", path="/a.img", size=512), Member(name="b", path="nbd://b", size=9))
    for volumes in (members[:1], members):
        folder = MemoryFolder()
        write_identity(folder, Identity(group=bytes(16), volumes=volumes))
        file = folder.open(IDENTITY, writable=False)
        data = bytearray(file.size())
        file.read_into(data, 0)
        yield bytes(data)


def lines() -> Iterator[bytes]:
    yield json.dumps({"do": "bookmark", "name": "x"}).encode()
    yield json.dumps({"do": "status"}).encode() + b"\n" + json.dumps({"do": "else"}).encode()
    yield b'{"do": ["status"], "n": [[[1e999]]], "do": "status"}'


def frames() -> Iterator[bytes]:
    hello = {
        "format": 1,
        "group": "00" * 16,
        "volumes": ["disk"],
        "segment_bytes": 1 << 20,
        "generation": 1,
        "state": "initialising",
        "since": 0,
        "sizes": [1 << 20],
        "key": "6b" * 32,
    }
    data = b"x" * 40
    for kind, document in (
        (link.Kind.HELLO, hello),
        (link.Kind.WELCOME, {"format": 1, "spot": [1, 4096, 7], "alike": True, "signs": True}),
        (link.Kind.REFUSED, {"error": "another group", "hint": ""}),
    ):
        words = json.dumps(document).encode()
        said = link.Frame(kind, size=len(words), checksum=link.checksum(words))
        chunks = link.Frame(link.Kind.DATA, len(data), 0, 1, 5, 1, 4096, link.checksum(data))
        behind = link.pack_frame(chunks) + data + link.pack_frame(link.Frame(link.Kind.FLUSH))
        yield link.pack_frame(said) + words + behind
    yield link.pack_frame(link.Frame(link.Kind.ACK, first=9, second=7, number=1))
    digests, first = b"d" * 32, 1 << 20
    asked = link.Frame(link.Kind.ASK, number=4096, first=first, second=8192, slot=3)
    signed = link.Frame(
        *(link.Kind.SIGNED, len(digests), 0, 4096, 7, first, 8192, link.checksum(digests))
    )
    yield link.pack_frame(asked) + link.pack_frame(signed) + digests


def all_seeds() -> Mapping[str, Iterator[bytes]]:
    streams = (*(b"\0" + each for each in request_streams()), b"\1" + next(request_streams()))
    more = tuple(b"\x41" + each for each in extended_streams())
    heads = [
        pack_head(Head(stream=each, group=b"g" * 16, number=3, first=7, time_ns=9, size=1 << 16))
        for each in Stream
    ]
    return {
        "handshake": handshakes(),
        "requests": iter((*streams, *more)),
        "transmission": (each[:1] + b"\x04" + each[1:] for each in (*streams, *more)),
        "segment_head": iter(heads),
        "do_stream": do_streams(),
        "undo_stream": undo_streams(),
        "note": notes(),
        "identity": identities(),
        "control": lines(),
        "link": frames(),
    }


def main() -> None:
    for name, seeds in all_seeds().items():
        (FOLDER / name).mkdir(parents=True, exist_ok=True)
        for nth, seed in enumerate(seeds):
            (FOLDER / name / f"seed-{nth}").write_bytes(seed)


if __name__ == "__main__":
    main()
