"""Levels of published rules that the law does not give, each with its reason."""

from collections.abc import Mapping
from typing import Final

from compat.differ.effect import Direction, Level

_PATTERN: Final = "clients seldom check the pattern of what they receive"
_NOT_WRITE_ONLY: Final = "a required field appears in answers, which is worth a look"
_TYPE_OF_FIELD: Final = "the text of a parameter's field may be read all the same"

_STATUS: Final = "a client that waits for this success gets another answer"
_NEW_STATUS: Final = "clients have to expect statuses that they do not know (RFC 9110, 15)"
_MEDIA_TYPE: Final = "who asks for the type is not answered in it any more"
_NEW_MEDIA_TYPE: Final = "who does not ask for the type does not get it"

LEDGER: Final[Mapping[str, tuple[Level, str]]] = {
    "response-property-pattern-removed": (Level.INFO, _PATTERN),
    "response-property-pattern-changed": (Level.INFO, _PATTERN),
    "response-body-pattern-removed": (Level.INFO, _PATTERN),
    "response-body-pattern-changed": (Level.INFO, _PATTERN),
    "response-required-property-became-not-write-only": (Level.WARN, _NOT_WRITE_ONLY),
    "request-parameter-property-type-changed": (Level.WARN, _TYPE_OF_FIELD),
    "response-success-status-removed": (Level.ERR, _STATUS),
    "response-success-status-added": (Level.INFO, _NEW_STATUS),
    "response-non-success-status-added": (Level.INFO, _NEW_STATUS),
    "response-media-type-removed": (Level.ERR, _MEDIA_TYPE),
    "response-media-type-added": (Level.INFO, _NEW_MEDIA_TYPE),
    "response-property-enum-value-added": (
        Level.WARN,
        "clients have to expect values that they do not know",
    ),
}


def exception(rule: str, direction: Direction) -> Level | None:
    """The level that stands against the law's, None where the law holds.

    The reasons are about messages of a direction: where the server calls they go the other way.
    """
    found = LEDGER.get(rule) if rule.startswith(direction) else None
    return None if found is None else found[0]
