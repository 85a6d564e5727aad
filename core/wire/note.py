"""Notes of a journal: what people and machines say about a point, as small JSON objects.

    {"note": "bookmark", "name": "before the upgrade", "consistency": "application"}
    {"note": "gap", "reason": "resync", "first": 1201, "last": 4000}

A note of another kind, or one that is not as it should be, is of a later release or damaged. It is
shown as it is, and never the reason to refuse a journal.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from core.errors import CoreError

NOTE_BYTES_MAX: Final = 1 << 16
NAME_BYTES_MAX: Final = 255
REASON_BYTES_MAX: Final = 1024


class Consistency(StrEnum):
    """What a bookmark promises of the point that it names."""

    CRASH = "crash"  # as after a loss of power
    APPLICATION = "application"  # whoever set it had brought the application to rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """The point has a name."""

    name: str
    consistency: Consistency = Consistency.CRASH

    def __post_init__(self) -> None:
        size = len(self.name.encode(errors="surrogatepass"))
        if not 0 < size <= NAME_BYTES_MAX or not self.name.isprintable():
            raise CoreError(
                f"{self.name!r} is no name of a bookmark",
                hint=f"it has 1 to {NAME_BYTES_MAX} bytes, all of them printable characters",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The points `first` to `last` were given up, for that reason."""

    reason: str
    first: int
    last: int

    def __post_init__(self) -> None:
        if len(self.reason.encode(errors="surrogatepass")) > REASON_BYTES_MAX:
            raise CoreError(f"a reason of more than {REASON_BYTES_MAX} bytes")
        if not 0 <= self.first <= self.last:
            raise CoreError(f"no gap: from {self.first} to {self.last}")

    def after(self, before: "Gap | None") -> "Gap":
        """This one, with the one `before` where nothing is between them and the reason is one.

        So the last of several says all, however long the notes of the others are kept.
        """
        if before is None or before.reason != self.reason:
            return self
        if not before.first <= self.first <= before.last + 1:
            return self
        last = max(before.last, self.last)
        return Gap(reason=self.reason, first=before.first, last=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A note that this release does not know; `text` is all of it."""

    text: str


Note = Bookmark | Gap | Remark


def pack_note(note: Bookmark | Gap) -> bytes:
    """The note as it is journaled."""
    document: dict[str, str | int]
    match note:
        case Bookmark(name=name, consistency=consistency):
            document = {"note": "bookmark", "name": name, "consistency": consistency.value}
        case Gap(reason=reason, first=first, last=last):
            document = {"note": "gap", "reason": reason, "first": first, "last": last}
    return json.dumps(document, ensure_ascii=False).encode(errors="backslashreplace")


def parse_note(text: bytes) -> Note:
    """What a note of a journal says."""
    unknown = Remark(text=text[:NOTE_BYTES_MAX].decode(errors="backslashreplace"))
    if len(text) > NOTE_BYTES_MAX:
        return unknown
    try:
        document = json.loads(text)
        return _known(document) if isinstance(document, dict) else unknown
    except (CoreError, KeyError, TypeError, ValueError, RecursionError):
        return unknown


def _known(document: dict[str, Any]) -> Note:
    match document["note"]:
        case "bookmark":
            return Bookmark(
                name=_text(document["name"]), consistency=Consistency(document["consistency"])
            )
        case "gap":
            return Gap(
                reason=_text(document["reason"]),
                first=_number(document["first"]),
                last=_number(document["last"]),
            )
        case other:
            raise ValueError(f"no kind of note: {other!r}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value
