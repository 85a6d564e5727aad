"""A naive NBD client, written down from the protocol and not from our code."""

import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.core.wire.nbd import speech

READ, WRITE, DISC, FLUSH, TRIM, CACHE, ZEROES, STATUS = range(8)
FUA, NO_HOLE, DF, ONE, FAST, PAYLOAD = 1, 2, 4, 8, 16, 32
EPERM, EIO, EINVAL, ENOSPC, ENOTSUP = 1, 5, 22, 28, 95
SIMPLE, STRUCTURED, EXTENDED = range(3)
PATIENCE_S: Final = 30.0

Address = Path | tuple[str, int]


@dataclass(frozen=True)
class Reply:
    """What came back for a cookie."""

    cookie: int
    error: int
    data: bytes = b""
    extents: tuple[tuple[int, int], ...] = ()


class Client:
    """One connection; every call has a bound."""

    def __init__(self, sock: socket.socket, mode: int = SIMPLE) -> None:
        self.sock, self.mode = sock, mode
        sock.settimeout(PATIENCE_S)
        self._reads: dict[int, int] = {}
        self._next = 1

    @classmethod
    def to(cls, address: Address) -> Self:
        """Connect and say nothing yet."""
        family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
        made = cls(socket.socket(family, socket.SOCK_STREAM))
        try:
            made.sock.connect(str(address) if isinstance(address, Path) else address)
        except OSError:
            made.sock.close()
            raise
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.sock.close()

    def exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            more = self.sock.recv(size - len(data))
            if not more:
                raise ConnectionError("the server hung up")
            data += more
        return bytes(data)

    def ends(self) -> bool:
        """Does the server hang up, whatever it still says?"""
        try:
            while self.sock.recv(1 << 16):
                pass
        except ConnectionError:
            pass
        return True

    def greet(self, flags: bytes = speech.FLAGS) -> Self:
        assert self.exactly(18) == b"NBDMAGICIHAVEOPT\0\3"
        self.sock.sendall(flags)
        return self

    def ask(self, number: int, data: bytes = b"") -> list[tuple[int, bytes]]:
        """Kinds and data of all answers to an option, the last of them an end."""
        self.sock.sendall(speech.option(number, data))
        found = []
        while True:
            magic, option, kind, length = struct.unpack(">QIII", self.exactly(20))
            assert (magic, option) == (0x3E889045565A9, number)
            found.append((kind, self.exactly(length)))
            if kind == speech.ACK or kind & 0x80000000:
                return found

    def go(self, name: str = "vol1", mode: int = STRUCTURED, *, allocation: bool = True) -> Self:
        """From the greeting to the export."""
        self.greet()
        self.choose(name, mode, allocation=allocation)
        return self

    def choose(self, name: str, mode: int = STRUCTURED, *, allocation: bool = True) -> None:
        self.mode = mode
        if mode:
            upgrade = (speech.STRUCTURED, speech.EXTENDED)[mode - 1]
            assert self.ask(upgrade)[-1][0] == speech.ACK
            if allocation:
                contexts = speech.contexts(name.encode(), b"base:allocation")
                assert self.ask(speech.SET_META, contexts)[-1][0] == speech.ACK
        assert self.ask(speech.GO, speech.named(name.encode(), 3))[-1][0] == speech.ACK

    def packed(
        self, kind: int, offset: int, length: int, *, flags: int = 0, data: bytes = b""
    ) -> bytes:
        """A request; its cookie is the next number."""
        cookie, self._next = self._next, self._next + 1
        if kind == READ:
            self._reads[cookie] = length
        if self.mode == EXTENDED:
            flags |= PAYLOAD if kind == WRITE else 0
            return struct.pack(">IHHQQQ", 0x21E41C71, flags, kind, cookie, offset, length) + data
        return struct.pack(">IHHQQI", 0x25609513, flags, kind, cookie, offset, length) + data

    def write(self, offset: int, data: bytes, *, flags: int = 0) -> bytes:
        return self.packed(WRITE, offset, len(data), flags=flags, data=data)

    def reply(self) -> Reply:
        """The next reply, all of it."""
        (magic,) = struct.unpack(">I", self.exactly(4))
        if magic == 0x67446698:
            assert self.mode != EXTENDED
            error, cookie = struct.unpack(">IQ", self.exactly(12))
            length = self._reads.pop(cookie, 0)
            assert not (self.mode and length), "a read has a structured reply"
            return Reply(cookie, error, b"" if error else self.exactly(length))
        if magic == 0x668E33EF:
            assert self.mode == STRUCTURED
            flags, kind, cookie, length = struct.unpack(">HHQI", self.exactly(16))
        else:
            assert (magic, self.mode) == (0x6E8A278C, EXTENDED)
            flags, kind, cookie, _, length = struct.unpack(">HHQQQ", self.exactly(28))
        assert flags == 1
        return self._chunk(kind, cookie, self.exactly(length))

    def _chunk(self, kind: int, cookie: int, body: bytes) -> Reply:
        asked = self._reads.pop(cookie, 0)
        match kind:
            case 0:
                return Reply(cookie, 0)
            case 1:
                assert len(body) == asked + 8
                return Reply(cookie, 0, body[8:])
            case 5:
                pairs = tuple(struct.iter_unpack(">II", body[4:]))
                return Reply(cookie, 0, extents=pairs)
            case 6:
                pairs = tuple(struct.iter_unpack(">QQ", body[8:]))
                return Reply(cookie, 0, extents=pairs)
            case 0x8001:
                error, text = struct.unpack_from(">IH", body)
                assert text == len(body) - 6
                return Reply(cookie, error)
        raise AssertionError(f"a chunk of kind {kind}")

    def call(
        self, kind: int, offset: int = 0, length: int = 0, *, flags: int = 0, data: bytes = b""
    ) -> Reply:
        """One request and its reply."""
        self.sock.sendall(self.packed(kind, offset, length, flags=flags, data=data))
        reply = self.reply()
        assert reply.cookie == self._next - 1
        return reply

    def put(self, offset: int, data: bytes, *, flags: int = 0) -> int:
        """Write; the error."""
        return self.call(WRITE, offset, len(data), flags=flags, data=data).error

    def get(self, offset: int, length: int) -> bytes:
        """Read what must be there."""
        reply = self.call(READ, offset, length)
        assert reply.error == 0
        return reply.data
