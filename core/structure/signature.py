"""What a signature is: by which algorithm, of which bytes.

In front of all that is signed stands what it is, and for how many bytes of a medium it stands. So
no chunk passes for a node of the tree over chunks, and no short chunk for a longer one that ends in
zeroes.

| signature of | what is hashed |
| --- | --- |
| a chunk | 0, its length, its bytes |
| a node of the tree | 1, how many bytes lie below it, the signatures of its children |
| all | 2, how many bytes it is, the granularity, the algorithm's name behind its length, the top |
| a key | 3, no bytes |

Numbers have eight bytes, the highest first; what it is, and the length of a name, have one. With a
key the hash is a keyed one: who lacks it cannot find out whether a chunk holds what they guess.
"""

import hashlib
import hmac
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Protocol

from core.errors import CoreError
from core.structure.medium import Buffer
from core.units import size_text

SIGNATURE_BYTES: Final = 32
GRANULARITY_MIN, GRANULARITY_MAX = 4 << 10, 16 << 20
GRANULARITY_DEFAULT: Final = 64 << 10
KEY_BYTES_MIN, KEY_BYTES_MAX = 16, 64  # of BLAKE2b at most that

_HEAD: Final = struct.Struct(">BQ")
_GRANULARITY: Final = struct.Struct(">QB")


class _Of(IntEnum):
    CHUNK = 0
    NODE = 1
    ALL = 2
    KEY = 3


class _Hash(Protocol):
    def update(self, data: Buffer, /) -> None: ...

    def digest(self) -> bytes: ...


def _blake2b(key: bytes) -> _Hash:
    return hashlib.blake2b(key=key, digest_size=SIGNATURE_BYTES)


def _sha256(key: bytes) -> _Hash:
    return hmac.new(key, digestmod="sha256") if key else hashlib.sha256()


ALGORITHMS: Final[Mapping[str, Callable[[bytes], _Hash]]] = {
    "blake2b-256": _blake2b,
    "sha256": _sha256,
}
ALGORITHM_DEFAULT: Final = "blake2b-256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How a medium is signed: two sides compare only what both signed in the same way.

    Raises CoreError where nothing can be signed so.
    """

    algorithm: str = ALGORITHM_DEFAULT
    granularity: int = GRANULARITY_DEFAULT
    key: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise CoreError(
                f"there is no algorithm {self.algorithm!r:.80}",
                hint=f"there are {', '.join(ALGORITHMS)}",
            )
        grain = self.granularity
        if not GRANULARITY_MIN <= grain <= GRANULARITY_MAX or grain & grain - 1:
            raise CoreError(
                f"{grain} is no granularity",
                hint=f"it is a power of two from {size_text(GRANULARITY_MIN)} to "
                f"{size_text(GRANULARITY_MAX)}",
            )
        if self.key and not KEY_BYTES_MIN <= len(self.key) <= KEY_BYTES_MAX:
            raise CoreError(
                f"a key has {KEY_BYTES_MIN} to {KEY_BYTES_MAX} bytes",
                hint="`head -c 32 /dev/urandom` makes a good one",
            )

    def chunk(self, data: Buffer) -> bytes:
        """The signature of a chunk."""
        return self._signed(_Of.CHUNK, len(data), data)

    def node(self, length: int, children: Buffer) -> bytes:
        """The signature of a node that stands for so many bytes."""
        return self._signed(_Of.NODE, length, children)

    def all(self, length: int, top: Buffer) -> bytes:
        """The signature of all; `top` is empty where it is of nothing."""
        name = self.algorithm.encode()
        return self._signed(
            _Of.ALL, length, b"".join((_GRANULARITY.pack(self.granularity, len(name)), name, top))
        )

    def key_mark(self) -> bytes:
        """By which two sides see that they have the same key; empty without one."""
        return self._signed(_Of.KEY, 0, b"")[:8] if self.key else b""

    def _signed(self, of: _Of, length: int, data: Buffer) -> bytes:
        found = ALGORITHMS[self.algorithm](self.key)
        found.update(_HEAD.pack(of, length))
        found.update(data)
        return found.digest()
