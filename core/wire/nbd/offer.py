"""What a server says of an export before anybody uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import CoreError
from core.wire.nbd.constants import (
    EXPORT_BYTES_MAX,
    PAYLOAD_BYTES_MAX,
    STRING_BYTES_MAX,
    Mode,
    TransmissionFlag,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSizes:
    """The units an export is used in: offsets and lengths are multiples of `minimum`."""

    minimum: int = 1
    preferred: int = 4096
    maximum: int = PAYLOAD_BYTES_MAX

    def __post_init__(self) -> None:
        powers = all(size > 0 and size & (size - 1) == 0 for size in (self.minimum, self.preferred))
        if not powers or not self.minimum <= self.preferred <= self.maximum:
            raise ValueError(f"no block sizes: {self}")
        if self.minimum > 1 << 16 or self.maximum > PAYLOAD_BYTES_MAX:
            raise ValueError(f"block sizes beyond the protocol's: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An export as clients see it: nothing of it is opened yet.

    The name is a key of a table and never a path. Features are what the export can do; some are
    told to a client only where it negotiated what they need.
    """

    name: str
    size: int
    description: str = ""
    features: TransmissionFlag
    blocks: BlockSizes = BlockSizes()

    def __post_init__(self) -> None:
        for what, text in (("name", self.name), ("description", self.description)):
            if "\0" in text or len(text.encode("utf-8")) > STRING_BYTES_MAX:
                raise CoreError(f"the {what} of an export is too long or has a NUL in it")
        if not 0 <= self.size <= EXPORT_BYTES_MAX or self.size % self.blocks.minimum:
            raise CoreError(
                f"an export cannot have {self.size} bytes",
                where=self.name,
                hint=f"make it a multiple of {self.blocks.minimum}",
            )

    def flags(self, mode: Mode) -> TransmissionFlag:
        """What a client is told that it may do."""
        extra = TransmissionFlag.SEND_DF if mode >= Mode.STRUCTURED else TransmissionFlag(0)
        return self.features | TransmissionFlag.HAS_FLAGS | extra


class Offers(Protocol):
    """What one peer may know of."""

    def all(self) -> Sequence[Offer]:
        """Every export that the peer may use, in order."""

    def find(self, name: str) -> Offer | None:
        """The export of this name; the empty name is that of the default one."""
