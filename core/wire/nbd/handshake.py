"""The server's half of the fixed newstyle handshake, from its greeting to the chosen export.

# Theory of operation
#
# `receive` takes whatever bytes have arrived and returns what follows from them, in order. A client
# flag or an option counts only once all of it is here; until then it waits in a buffer that cannot
# grow beyond the largest option. Everything a peer sends before it has chosen an export is paid
# from one budget of bytes, skipped data included.
#
# STARTTLS forgets everything: what was negotiated before it, and bytes that came behind it, may be
# somebody else's. In required mode nothing but STARTTLS and ABORT is heard before it, so no export
# is so much as named to a peer that nobody knows.
#
# Texts of errors are constants. What a peer sent is never in them.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from core.wire.nbd.constants import (
    ALLOCATION,
    ALLOCATION_ID,
    GREETING_MAGIC,
    OPTION_MAGIC,
    OPTION_REPLY_MAGIC,
    ClientFlag,
    HandshakeFlag,
    Info,
    Mode,
    Option,
    Rep,
)
from core.wire.nbd.fields import Fields, MalformedError, text
from core.wire.nbd.offer import Offer, Offers

OPTION_BYTES_MAX: Final = 32 << 10
HANDSHAKE_BYTES_MAX: Final = 128 << 10
BLOCK_BYTES_ASSUMED_MAX: Final = 512  # what clients that ask for no block sizes keep to anyway

_OPTION = struct.Struct(">QII")
_REPLY = struct.Struct(">QIII")
# A number, for the complement of flags leaves out what has no name.
_KNOWN_CLIENT_FLAGS: Final = int(ClientFlag.FIXED_NEWSTYLE | ClientFlag.NO_ZEROES)

GREETING: Final = struct.pack(
    ">QQH", GREETING_MAGIC, OPTION_MAGIC, HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES
)


class Tls(Enum):
    """Whether peers have to, or can, encrypt."""

    OFF = auto()
    REQUIRED = auto()


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for the peer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class StartTls:
    """Secure the connection now, then say `secured`; nothing else is heard until then."""


@dataclass(frozen=True, slots=True)
class Serve:
    """The peer uses an export from here on; `early` are bytes that came behind its choice."""

    offer: Offer
    mode: Mode
    allocation: bool
    early: bytes = b""


@dataclass(frozen=True, slots=True)
class Close:
    """Hang up; the reason is for a log, and is ours."""

    reason: str


Event = Send | StartTls | Serve | Close


class Stage(Enum):
    """How far a handshake is."""

    FLAGS = auto()
    OPTIONS = auto()
    SECURING = auto()
    SERVING = auto()
    CLOSED = auto()


class Step(Enum):
    """What moves a handshake on."""

    AGREED = auto()
    ANSWERED = auto()
    TO_TLS = auto()
    SECURED = auto()
    CHOSEN = auto()
    LEFT = auto()


TRANSITIONS: Final[Mapping[tuple[Stage, Step], Stage]] = {
    (Stage.FLAGS, Step.AGREED): Stage.OPTIONS,
    (Stage.FLAGS, Step.LEFT): Stage.CLOSED,
    (Stage.OPTIONS, Step.ANSWERED): Stage.OPTIONS,
    (Stage.OPTIONS, Step.TO_TLS): Stage.SECURING,
    (Stage.OPTIONS, Step.CHOSEN): Stage.SERVING,
    (Stage.OPTIONS, Step.LEFT): Stage.CLOSED,
    (Stage.SECURING, Step.SECURED): Stage.OPTIONS,
    (Stage.SECURING, Step.LEFT): Stage.CLOSED,
}

# What becomes of the way requests are written when a client asks for a newer one.
UPGRADES: Final[Mapping[tuple[Mode, Option], Mode | Rep]] = {
    (Mode.SIMPLE, Option.STRUCTURED_REPLY): Mode.STRUCTURED,
    (Mode.STRUCTURED, Option.STRUCTURED_REPLY): Rep.ERR_INVALID,
    (Mode.EXTENDED, Option.STRUCTURED_REPLY): Rep.ERR_EXT_HEADER_REQD,
    (Mode.SIMPLE, Option.EXTENDED_HEADERS): Mode.EXTENDED,
    (Mode.STRUCTURED, Option.EXTENDED_HEADERS): Mode.EXTENDED,
    (Mode.EXTENDED, Option.EXTENDED_HEADERS): Rep.ERR_INVALID,
}

HEARD_BEFORE_TLS: Final = frozenset({Option.STARTTLS, Option.ABORT})


class _RefusedError(Exception):
    """An option is answered with an error; the text is ours."""

    def __init__(self, kind: Rep, why: str) -> None:
        self.kind, self.why = kind, why
        super().__init__(why)


class _LeaveError(Exception):
    """The peer is hung up on; the text is ours."""


class Handshake:
    """One peer's handshake. Feed it until it says `Serve` or `Close`."""

    def __init__(self, offers: Offers, *, tls: Tls = Tls.OFF) -> None:
        self.stage = Stage.FLAGS
        self._offers, self._tls = offers, tls
        self._secure = False
        self._buffer = bytearray()
        self._skip_bytes = 0
        self._budget_bytes = HANDSHAKE_BYTES_MAX
        self._zeroes = True
        self._mode = Mode.SIMPLE
        self._allocation_of: str | None = None

    def receive(self, data: bytes | memoryview) -> list[Event]:
        """What follows from these bytes; nothing more once it has come to an end."""
        events: list[Event] = []
        if not self._listens():
            return events
        self._budget_bytes -= len(data)
        self._buffer += data
        try:
            while self._advance(events):
                pass
            if self._budget_bytes < 0 and self.stage is Stage.OPTIONS:
                raise _LeaveError("it sent too much without choosing an export")
        except _LeaveError as left:
            self._move(Step.LEFT)
            events.append(Close(str(left)))
        if not self._listens():
            self._buffer.clear()
        return events

    def secured(self, offers: Offers) -> None:
        """TLS stands; from here on the peer may know of these."""
        self._move(Step.SECURED)
        self._secure, self._offers = True, offers

    def _listens(self) -> bool:
        return self.stage in (Stage.FLAGS, Stage.OPTIONS)

    def _move(self, step: Step) -> None:
        self.stage = TRANSITIONS[self.stage, step]

    def _advance(self, events: list[Event]) -> bool:
        """Take the next whole thing off the buffer; is there perhaps one more?"""
        if self.stage is Stage.FLAGS:
            return self._take_flags()
        if self._skip_bytes:
            skipped = min(self._skip_bytes, len(self._buffer))
            del self._buffer[:skipped]
            self._skip_bytes -= skipped
        if self._skip_bytes or len(self._buffer) < _OPTION.size:
            return False
        magic, number, length = _OPTION.unpack_from(self._buffer)
        if magic != OPTION_MAGIC:
            raise _LeaveError("it does not speak the protocol")
        if length > OPTION_BYTES_MAX:
            self._refuse_oversize(number, length, events)
            return True
        after = _OPTION.size + length
        if len(self._buffer) < after:
            return False
        data = bytes(self._buffer[_OPTION.size : after])
        del self._buffer[:after]
        self._answer(number, data, events)
        return self.stage is Stage.OPTIONS

    def _take_flags(self) -> bool:
        if len(self._buffer) < 4:
            return False
        flags = int.from_bytes(self._buffer[:4], "big")
        del self._buffer[:4]
        if flags & ~_KNOWN_CLIENT_FLAGS:
            raise _LeaveError("it has client flags that nobody knows")
        self._zeroes = not flags & ClientFlag.NO_ZEROES
        self._move(Step.AGREED)
        return True

    def _refuse_oversize(self, number: int, length: int, events: list[Event]) -> None:
        """Answer at once and skip the data, unless that alone is more than a peer may send."""
        if length > HANDSHAKE_BYTES_MAX or number == Option.EXPORT_NAME:
            raise _LeaveError("an option is far too long")
        del self._buffer[: _OPTION.size]
        self._skip_bytes = length
        if self._deaf_to(number):
            events.append(_error(number, Rep.ERR_TLS_REQD, "TLS is required here"))
        else:
            events.append(_error(number, Rep.ERR_TOO_BIG, "the option is too long"))
        self._move(Step.ANSWERED)

    def _deaf_to(self, number: int) -> bool:
        return self._tls is Tls.REQUIRED and not self._secure and number not in HEARD_BEFORE_TLS

    def _answer(self, number: int, data: bytes, events: list[Event]) -> None:
        """One option, all of which is here, and the transition that it brings."""
        if self._deaf_to(number):
            if number == Option.EXPORT_NAME:
                raise _LeaveError("it did not start TLS, which is required")
            events.append(_error(number, Rep.ERR_TLS_REQD, "TLS is required here"))
            self._move(Step.ANSWERED)
            return
        try:
            option = Option(number)
        except ValueError:
            events.append(_error(number, Rep.ERR_UNSUP, "the option is not supported"))
            self._move(Step.ANSWERED)
            return
        try:
            step = _HANDLERS[option](self, data, events)
        except MalformedError as malformed:
            if option is Option.EXPORT_NAME:
                raise _LeaveError("the name of an export is malformed") from malformed
            events.append(_error(option, Rep.ERR_INVALID, str(malformed)))
            step = Step.ANSWERED
        except _RefusedError as refused:
            events.append(_error(option, refused.kind, refused.why))
            step = Step.ANSWERED
        self._move(step)

    def _export_name(self, data: bytes, events: list[Event]) -> Step:
        offer = self._offers.find(text(data))
        if offer is None:
            raise _LeaveError("it asked for an export that is not there")
        if offer.blocks.minimum > BLOCK_BYTES_ASSUMED_MAX:
            raise _LeaveError("it cannot know the block sizes of the export")
        padding = bytes(124) if self._zeroes else b""
        flags = offer.flags(self._mode)
        events.append(Send(struct.pack(">QH", offer.size, flags) + padding))
        return self._choose(offer, events)

    def _choose(self, offer: Offer, events: list[Event]) -> Step:
        allocation = self._allocation_of == offer.name
        events.append(Serve(offer, self._mode, allocation, bytes(self._buffer)))
        return Step.CHOSEN

    def _abort(self, _data: bytes, events: list[Event]) -> Step:
        events += [_reply(Option.ABORT, Rep.ACK), Close("it asked to be let go")]
        return Step.LEFT

    def _list(self, data: bytes, events: list[Event]) -> Step:
        Fields(data).end()
        for offer in self._offers.all():
            name = offer.name.encode()
            told = struct.pack(">I", len(name)) + name + offer.description.encode()
            events.append(_reply(Option.LIST, Rep.SERVER, told))
        events.append(_reply(Option.LIST, Rep.ACK))
        return Step.ANSWERED

    def _starttls(self, data: bytes, events: list[Event]) -> Step:
        Fields(data).end()
        if self._secure:
            raise _RefusedError(Rep.ERR_INVALID, "TLS stands already")
        if self._tls is Tls.OFF:
            raise _RefusedError(Rep.ERR_POLICY, "TLS is not set up here")
        self._mode, self._allocation_of = Mode.SIMPLE, None
        self._buffer.clear()
        events += [_reply(Option.STARTTLS, Rep.ACK), StartTls()]
        return Step.TO_TLS

    def _info(self, data: bytes, events: list[Event]) -> Step:
        self._tell(Option.INFO, data, events)
        return Step.ANSWERED

    def _go(self, data: bytes, events: list[Event]) -> Step:
        return self._choose(self._tell(Option.GO, data, events), events)

    def _tell(self, option: Option, data: bytes, events: list[Event]) -> Offer:
        """Everything a client asks to know of an export, and always its size and block sizes."""
        fields = Fields(data)
        name = fields.string()
        wanted = {fields.number(2) for _ in range(fields.number(2))}
        fields.end()
        offer = self._find(name)
        if offer.blocks.minimum > BLOCK_BYTES_ASSUMED_MAX and Info.BLOCK_SIZE not in wanted:
            raise _RefusedError(Rep.ERR_BLOCK_SIZE_REQD, "ask for the block sizes of this export")
        blocks = offer.blocks
        told = [
            struct.pack(">HQH", Info.EXPORT, offer.size, offer.flags(self._mode)),
            struct.pack(">HIII", Info.BLOCK_SIZE, blocks.minimum, blocks.preferred, blocks.maximum),
        ]
        if Info.NAME in wanted:
            told.append(struct.pack(">H", Info.NAME) + offer.name.encode())
        if Info.DESCRIPTION in wanted and offer.description:
            told.append(struct.pack(">H", Info.DESCRIPTION) + offer.description.encode())
        events += [_reply(option, Rep.INFO, each) for each in told]
        events.append(_reply(option, Rep.ACK))
        return offer

    def _find(self, name: str) -> Offer:
        offer = self._offers.find(name)
        if offer is None:
            raise _RefusedError(Rep.ERR_UNKNOWN, "there is no such export")
        return offer

    def _structured(self, data: bytes, events: list[Event]) -> Step:
        return self._upgrade(Option.STRUCTURED_REPLY, data, events)

    def _extended(self, data: bytes, events: list[Event]) -> Step:
        return self._upgrade(Option.EXTENDED_HEADERS, data, events)

    def _upgrade(self, option: Option, data: bytes, events: list[Event]) -> Step:
        Fields(data).end()
        verdict = UPGRADES[self._mode, option]
        if isinstance(verdict, Rep):
            raise _RefusedError(verdict, "that has been negotiated already")
        self._mode = verdict
        events.append(_reply(option, Rep.ACK))
        return Step.ANSWERED

    def _list_contexts(self, data: bytes, events: list[Event]) -> Step:
        _, queries = self._contexts(data)
        if not queries or not {"base:", ALLOCATION}.isdisjoint(queries):
            told = struct.pack(">I", 0) + ALLOCATION.encode()
            events.append(_reply(Option.LIST_META_CONTEXT, Rep.META_CONTEXT, told))
        events.append(_reply(Option.LIST_META_CONTEXT, Rep.ACK))
        return Step.ANSWERED

    def _set_contexts(self, data: bytes, events: list[Event]) -> Step:
        self._allocation_of = None  # the last that a client sets counts, even one that fails
        offer, queries = self._contexts(data)
        if ALLOCATION in queries:
            self._allocation_of = offer.name
            told = struct.pack(">I", ALLOCATION_ID) + ALLOCATION.encode()
            events.append(_reply(Option.SET_META_CONTEXT, Rep.META_CONTEXT, told))
        events.append(_reply(Option.SET_META_CONTEXT, Rep.ACK))
        return Step.ANSWERED

    def _contexts(self, data: bytes) -> tuple[Offer, list[str]]:
        """The export and the queries of either option about contexts."""
        if self._mode is Mode.SIMPLE:
            raise _RefusedError(Rep.ERR_INVALID, "negotiate structured replies first")
        fields = Fields(data)
        name = fields.string()
        queries = [fields.string() for _ in range(fields.number(4))]
        fields.end()
        return self._find(name), queries


_Handler = Callable[[Handshake, bytes, list[Event]], Step]

_HANDLERS: Final[Mapping[Option, _Handler]] = {
    Option.EXPORT_NAME: Handshake._export_name,
    Option.ABORT: Handshake._abort,
    Option.LIST: Handshake._list,
    Option.STARTTLS: Handshake._starttls,
    Option.INFO: Handshake._info,
    Option.GO: Handshake._go,
    Option.STRUCTURED_REPLY: Handshake._structured,
    Option.LIST_META_CONTEXT: Handshake._list_contexts,
    Option.SET_META_CONTEXT: Handshake._set_contexts,
    Option.EXTENDED_HEADERS: Handshake._extended,
}


def _reply(option: int, kind: Rep, data: bytes = b"") -> Send:
    return Send(_REPLY.pack(OPTION_REPLY_MAGIC, option, kind, len(data)) + data)


def _error(option: int, kind: Rep, why: str) -> Send:
    return _reply(option, kind, why.encode())
