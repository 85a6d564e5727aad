"""What a client says and understands, written down from the protocol and not from our code."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.wire.nbd.constants import TransmissionFlag
from core.wire.nbd.handshake import Close, Event, Handshake, Send, Serve, StartTls, Tls
from core.wire.nbd.offer import Offer

EVERYTHING = (
    TransmissionFlag.SEND_FLUSH
    | TransmissionFlag.SEND_FUA
    | TransmissionFlag.SEND_TRIM
    | TransmissionFlag.SEND_WRITE_ZEROES
    | TransmissionFlag.SEND_FAST_ZERO
    | TransmissionFlag.SEND_CACHE
    | TransmissionFlag.CAN_MULTI_CONN
)

EXPORT_NAME, ABORT, LIST, STARTTLS, INFO, GO = 1, 2, 3, 5, 6, 7
STRUCTURED, LIST_META, SET_META, EXTENDED = 8, 9, 10, 11
ACK, SERVER, REP_INFO, META = 1, 2, 3, 4
UNSUP, POLICY, INVALID, TLS_REQD = 0x80000001, 0x80000002, 0x80000003, 0x80000005
UNKNOWN, BLOCK_SIZE_REQD = 0x80000006, 0x80000008
TOO_BIG, EXT_REQD = 0x80000009, 0x8000000A

FLAGS = struct.pack(">I", 3)


def offer(name: str = "vol1", size: int = 1 << 20, **more: object) -> Offer:
    """An export that can do everything."""
    fields: dict[str, object] = {"name": name, "size": size, "features": EVERYTHING, **more}
    return Offer(**fields)  # type: ignore[arg-type]


@dataclass
class Shelf:
    """Offers in a list."""

    offers: Sequence[Offer]
    asked: int = 0

    def all(self) -> Sequence[Offer]:
        self.asked += 1
        return self.offers

    def find(self, name: str) -> Offer | None:
        self.asked += 1
        found = [each for each in self.offers if name in (each.name, "")]
        return found[0] if found else None


def option(number: int, data: bytes = b"", *, length: int | None = None) -> bytes:
    """An option; `length` is what it claims, where that is a lie."""
    claimed = len(data) if length is None else length
    return b"IHAVEOPT" + struct.pack(">II", number, claimed) + data


def string(text: bytes, *, length: int | None = None) -> bytes:
    return struct.pack(">I", len(text) if length is None else length) + text


def named(name: bytes, *infos: int) -> bytes:
    """The data of INFO and GO."""
    return string(name) + struct.pack(f">H{len(infos)}H", len(infos), *infos)


def contexts(name: bytes, *queries: bytes) -> bytes:
    """The data of both options about contexts."""
    return string(name) + struct.pack(">I", len(queries)) + b"".join(map(string, queries))


def handshake(*offers: Offer, tls: Tls = Tls.OFF) -> Handshake:
    """One that has its peer's flags already."""
    made = Handshake(Shelf(offers or (offer(),)), tls=tls)
    assert made.receive(FLAGS) == []
    return made


def replies(events: Sequence[Event]) -> list[tuple[int, int, bytes]]:
    """Option, kind and data of each reply that is sent."""
    return list(_replies(b"".join(each.data for each in events if isinstance(each, Send))))


def _replies(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    while data:
        magic, number, kind, length = struct.unpack_from(">QIII", data)
        assert magic == 0x3E889045565A9
        yield number, kind, data[20 : 20 + length]
        data = data[20 + length :]


def kinds(events: Sequence[Event]) -> list[int]:
    return [kind for _, kind, _ in replies(events)]


def left(events: Sequence[Event]) -> bool:
    return any(isinstance(each, Close) for each in events)


def serving(events: Sequence[Event]) -> Serve | None:
    found = [each for each in events if isinstance(each, Serve)]
    assert len(found) <= 1
    return found[0] if found else None


def starting_tls(events: Sequence[Event]) -> bool:
    return any(isinstance(each, StartTls) for each in events)
