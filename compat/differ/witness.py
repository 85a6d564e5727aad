"""What shows that a change breaks a client."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from compat.model.record import record
from compat.model.schema import Json


@record(kw_only=True)
class Witness:
    """A value of the message's part as its sender may send it, which the receiver's spec forbids.

    `pointer` (RFC 6901) leads to what is wrong in it, and `shows` says what that is.
    """

    value: Json
    pointer: str
    shows: str


K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses(Generic[K]):
    """What was found, and for which changes the search ended before everything was tried."""

    found: Mapping[K, Witness] = field(default_factory=lambda: MappingProxyType({}))
    exhausted: frozenset[K] = frozenset()


NO_WITNESSES: Final[Witnesses[tuple[str, str]]] = Witnesses()
"""By the documents and the fingerprints of changes."""
