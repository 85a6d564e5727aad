"""What shows that a change breaks a client."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

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


NO_WITNESSES: Final[Mapping[tuple[str, str], Witness]] = MappingProxyType({})
"""By the documents and the fingerprints of changes."""
