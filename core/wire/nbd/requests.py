"""Requests of the transmission phase: how they lie in a buffer, and which of them are plain.

# Theory of operation
#
# A buffer of received bytes is cut into runs. A run is the longest row of whole requests that can
# be executed together: reads, writes, trims and zeroes that are valid. Its bytes are exactly those
# that were received, so that they can be journaled as they are. Anything else (flush, cache, block
# status, disconnect, and everything invalid) ends the run and is handled by itself.
#
# This is walked for every request, so a request is the bare tuple that `struct` gives, and the
# usual one is recognised by comparing one number: magic, flags and type are the first eight bytes.
# Usual, too, are many writes of one length behind each other: these are found without a loop.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from itertools import repeat
from typing import Final

from core.wire.nbd.constants import (
    REQUEST_EXTENDED_MAGIC,
    REQUEST_MAGIC,
    Command,
    CommandFlag,
    Error,
    Mode,
    TransmissionFlag,
)
from core.wire.nbd.offer import Offer

Request = tuple[int, bytes, int, int]  # magic, flags and type as one number; cookie; offset; length

RUN_REQUESTS_MAX: Final = 1024
ROW_REQUESTS_MIN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How request headers lie in bytes."""

    struct: struct.Struct
    magic: int

    def head(self, command: int, flags: int = 0) -> int:
        """The first eight bytes of a request as a number."""
        return self.magic << 32 | flags << 16 | command


COMPACT: Final = Layout(struct=struct.Struct(">Q8sQI"), magic=REQUEST_MAGIC)
EXTENDED: Final = Layout(struct=struct.Struct(">Q8sQQ"), magic=REQUEST_EXTENDED_MAGIC)
assert (COMPACT.struct.size, EXTENDED.struct.size) == (28, 32)

LAYOUTS: Final = {Mode.SIMPLE: COMPACT, Mode.STRUCTURED: COMPACT, Mode.EXTENDED: EXTENDED}

# Numbers and not flags: flags take long, and their complement leaves out what has no name.
_FUA: Final = int(CommandFlag.FUA)
_NO_HOLE: Final = int(CommandFlag.NO_HOLE)
_DF: Final = int(CommandFlag.DF)
_REQ_ONE: Final = int(CommandFlag.REQ_ONE)
_FAST_ZERO: Final = int(CommandFlag.FAST_ZERO)
_PAYLOAD: Final = int(CommandFlag.PAYLOAD_LEN)

READ_HEADS: Final = frozenset(
    layout.head(Command.READ, flags)
    for layout in (COMPACT, EXTENDED)
    for flags in (0, _FUA, _DF, _DF | _FUA)
)
WRITE_HEADS: Final = frozenset(
    [COMPACT.head(Command.WRITE, flags) for flags in (0, _FUA)]
    + [EXTENDED.head(Command.WRITE, flags | more) for flags in (0, _FUA) for more in (0, _PAYLOAD)]
)
_DURABLE: Final = _FUA << 16
_ROW_LENGTH_MAX: Final = 1 << 18
_SEND_FAST_ZERO: Final = int(TransmissionFlag.SEND_FAST_ZERO)
MUTATIONS: Final[frozenset[int]] = frozenset({Command.WRITE, Command.TRIM, Command.WRITE_ZEROES})

# The flags that each command may carry. FUA is heard, and heeded where something is written.
_FLAGS: Final[Mapping[int, int]] = {
    Command.READ: _FUA | _DF,
    Command.WRITE: _FUA,
    Command.DISC: _FUA,
    Command.FLUSH: _FUA,
    Command.TRIM: _FUA,
    Command.CACHE: _FUA,
    Command.WRITE_ZEROES: _FUA | _NO_HOLE | _FAST_ZERO,
    Command.BLOCK_STATUS: _FUA | _REQ_ONE,
}
_FEATURES: Final[Mapping[int, int]] = {
    Command.FLUSH: int(TransmissionFlag.SEND_FLUSH),
    Command.TRIM: int(TransmissionFlag.SEND_TRIM),
    Command.CACHE: int(TransmissionFlag.SEND_CACHE),
    Command.WRITE_ZEROES: int(TransmissionFlag.SEND_WRITE_ZEROES),
}


class Ending(Enum):
    """Why a run ends where it does."""

    SHORT = auto()  # the rest of the next request has not arrived
    ODD = auto()  # the next request is to be handled by itself
    FULL = auto()  # there are as many requests in it as a run takes


class Rules:
    """What an export accepts, as its peer negotiated it. Numbers, for they are asked often."""

    __slots__ = (
        *("allocation", "block_bits", "features", "layout", "mode", "payload_max"),
        *("plain_write", "read_heads", "row_bytes_min", "row_length_max", "size", "writable"),
        "write_heads",
    )

    def __init__(self, offer: Offer, mode: Mode, allocation: bool) -> None:
        self.mode, self.allocation, self.layout = mode, allocation, LAYOUTS[mode]
        self.size, self.block_bits = offer.size, offer.blocks.minimum - 1
        self.payload_max = offer.blocks.maximum
        self.features = int(offer.features)
        self.writable = not offer.features & TransmissionFlag.READ_ONLY
        own = self.layout.magic
        self.read_heads = frozenset(
            head
            for head in READ_HEADS
            if head >> 32 == own and not (mode is Mode.SIMPLE and head >> 16 & _DF)
        )
        self.write_heads = frozenset(
            head for head in WRITE_HEADS if self.writable and head >> 32 == own
        )
        self.plain_write = self.layout.head(Command.WRITE)
        if mode is Mode.EXTENDED:
            self.plain_write = self.layout.head(Command.WRITE, _PAYLOAD)
        rowed = self.writable and not self.block_bits
        self.row_length_max = min(_ROW_LENGTH_MAX, self.payload_max) if rowed else 0
        self.row_bytes_min = ROW_REQUESTS_MIN * (self.layout.struct.size + 1)


@dataclass(slots=True)
class Run:
    """Whole, valid requests in the order in which they came.

    `received` are their bytes exactly as they arrived: of a write its header and its data, of all
    others the header. `mutations` counts writes, trims and zeroes; `durable` says that one of
    these asks to be on stable storage before it is answered. `hollow_bytes` is what its trims and
    zeroes cover together. `row` has the offsets where all are writes of one length.
    """

    received: memoryview
    requests: list[Request]
    header_bytes: int
    mutations: int
    reads: int
    durable: bool
    hollow_bytes: int
    ending: Ending
    row: tuple[int, ...] = ()


def cut_run(view: memoryview, start: int, stop: int, rules: Rules) -> Run:
    """The longest run from `start` on, perhaps of no request at all.

    Writes of one length end a run where other requests follow them.
    """
    if stop - start >= rules.row_bytes_min:
        row = _row(view, start, stop, rules)
        if row is not None:
            return row
    size, odd_bits, payload_max = rules.size, rules.block_bits, rules.payload_max
    layout, writes, reading = rules.layout, rules.write_heads, rules.read_heads
    header, unpack = layout.struct.size, layout.struct.unpack_from
    requests: list[Request] = []
    hollow_bytes = 0
    append = requests.append
    at, reads, durable, ending = start, 0, False, Ending.SHORT
    last_header = stop - header
    for _ in repeat(None, RUN_REQUESTS_MAX):
        if at > last_header:
            break
        request: Request = unpack(view, at)
        head, _, offset, length = request
        after = at + header
        if offset + length > size or (offset | length) & odd_bits or not length:
            ending = Ending.ODD
            break
        if head in writes:
            after += length
            if after > stop:
                ending = Ending.SHORT if length <= payload_max else Ending.ODD
                break
            if length > payload_max:
                ending = Ending.ODD
                break
            if head & _DURABLE:
                durable = True
        elif head in reading and length <= payload_max:
            reads += 1
        elif _is_hollow_mutation(request, rules):
            durable = durable or bool(head & _DURABLE)
            hollow_bytes += length
        else:
            ending = Ending.ODD
            break
        append(request)
        at = after
    else:
        ending = Ending.FULL
    mutations = len(requests) - reads
    return Run(view[start:at], requests, header, mutations, reads, durable, hollow_bytes, ending)


@lru_cache(maxsize=64)
def _strided(layout: Layout, length: int) -> struct.Struct:
    """A request with that many bytes behind it, which are skipped."""
    return struct.Struct(f"{layout.struct.format}{length}x")


def _row(view: memoryview, start: int, stop: int, rules: Rules) -> Run | None:
    """The run at `start`, where it begins with enough writes of one length."""
    layout = rules.layout
    head, _, _, length = layout.struct.unpack_from(view, start)
    if head != rules.plain_write or not 0 < length <= rules.row_length_max:
        return None
    count = min((stop - start) // (layout.struct.size + length), RUN_REQUESTS_MAX)
    if count < ROW_REQUESTS_MIN:
        return None
    strided = _strided(layout, length)
    end = start + count * strided.size
    requests = list(strided.iter_unpack(view[start:end]))
    heads, _, offsets, lengths = zip(*requests, strict=True)
    if heads.count(head) != count or lengths.count(length) != count:
        return None
    if max(offsets) + length > rules.size:
        return None
    ending = Ending.SHORT if stop - end < layout.struct.size else Ending.FULL
    return Run(
        view[start:end], requests, layout.struct.size, count, 0, False, 0, ending, row=offsets
    )


def _is_hollow_mutation(request: Request, rules: Rules) -> bool:
    """Is this a valid trim or zeroes, which carry no data?"""
    kind, magic = request[0] & 0xFFFF, request[0] >> 32
    is_hollow = kind in (Command.TRIM, Command.WRITE_ZEROES) and magic == rules.layout.magic
    return is_hollow and refusal(request, rules) == 0


def payload_bytes(request: Request, mode: Mode) -> int:
    """How many bytes follow the header."""
    head, _, _, length = request
    carries = head & 0xFFFF == Command.WRITE
    if mode is Mode.EXTENDED:
        carries = carries or bool(head >> 16 & _PAYLOAD)
    return length if carries else 0


def refusal(request: Request, rules: Rules) -> int:
    """The error that a request earns by what it says, 0 where it can be tried."""
    head, _, offset, length = request
    command, flags, features = head & 0xFFFF, head >> 16 & 0xFFFF, rules.features
    if command not in _FLAGS:
        return Error.EINVAL
    if command in MUTATIONS and not rules.writable:
        return Error.EPERM
    known = _FLAGS[command]
    if command == Command.WRITE and rules.mode is Mode.EXTENDED:
        known |= _PAYLOAD
    if flags & ~known or _FEATURES.get(command, 0) & ~features:
        return Error.EINVAL
    if flags & _DF and rules.mode is Mode.SIMPLE:
        return Error.EINVAL
    if flags & _FAST_ZERO and not features & _SEND_FAST_ZERO:
        return Error.EINVAL
    if command in (Command.FLUSH, Command.DISC):
        return Error.EINVAL if offset or length else 0
    if command == Command.BLOCK_STATUS and not rules.allocation:
        return Error.EINVAL
    return _range_refusal(command, offset, length, rules)


def _range_refusal(command: int, offset: int, length: int, rules: Rules) -> int:
    if offset + length > rules.size:
        grows = command in (Command.WRITE, Command.WRITE_ZEROES)
        return Error.ENOSPC if grows else Error.EINVAL
    if length == 0 or (offset | length) & rules.block_bits:
        return Error.EINVAL
    if command in (Command.READ, Command.WRITE) and length > rules.payload_max:
        return Error.EINVAL
    return 0
