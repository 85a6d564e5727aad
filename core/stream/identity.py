"""`journal.json`: what a journal is of. It is written once, and never changed."""

import json
from dataclasses import dataclass
from typing import Any, Final

import xxhash

from core.errors import CoreError
from core.stream.anew import write_anew
from core.stream.names import IDENTITY
from core.structure.medium import Folder
from core.wire.chunk import OFFSET_MAX

FORMAT: Final = 1
SEGMENT_BYTES_MIN: Final = 1 << 16
SEGMENT_BYTES_MAX: Final = 1 << 30
SEGMENT_BYTES: Final = 64 << 20
VOLUMES_MAX: Final = 1024
NAME_LENGTH_MAX: Final = 255
LINK: Final = "link:"
"""How the place of a copy at another site begins."""
NOWHERE: Final = f"{LINK}nowhere"
"""The copy of a journal that was put aside: nobody is to serve it any more."""
_IDENTITY_BYTES_MAX: Final = 1 << 20


class NotAJournalError(CoreError):
    """A folder holds no journal, or one that this release cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A volume of the group: its name, and where its image was found when the journal began.

    `path` is absolute, or a URL; the size is in bytes, of that moment, and later ones are in the
    streams. Where there is a `replica`, history is that of its image, and not of the volume's. One
    that is a link is at another site, with its history; there, no path is known of the volume.
    """

    name: str
    path: str
    size: int
    replica: str = ""

    @property
    def image(self) -> str:
        """The path of what history is of."""
        return self.replica or self.path

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= NAME_LENGTH_MAX or not 0 <= self.size <= OFFSET_MAX:
            raise ValueError(f"not a volume of a group: {self.name!r}, {self.size} bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`group` is 16 bytes; a volume's number is its place in `volumes`.

    `segment_bytes` is the size of a data segment's file.
    """

    group: bytes
    volumes: tuple[Member, ...]
    segment_bytes: int = SEGMENT_BYTES

    @property
    def is_copy(self) -> bool:
        """Is production at another site, whose stream this is?"""
        return not all(each.path for each in self.volumes)

    @property
    def is_shipped(self) -> bool:
        """Is the copy at another site, with all history?"""
        return any(each.replica.startswith(LINK) for each in self.volumes)

    @property
    def names(self) -> tuple[str, ...]:
        """What the volumes are called, by their numbers."""
        return tuple(each.name for each in self.volumes)

    def __post_init__(self) -> None:
        if len(self.group) != 16:
            raise ValueError(f"not an identity of a group: {len(self.group)} bytes")
        if not 0 < len(self.volumes) <= VOLUMES_MAX or len(set(self.names)) < len(self.volumes):
            raise ValueError(f"not the volumes of a group: {self.names}")
        if not SEGMENT_BYTES_MIN <= self.segment_bytes <= SEGMENT_BYTES_MAX:
            raise ValueError(f"not a size of segments: {self.segment_bytes}")


def write_identity(folder: Folder, identity: Identity) -> None:
    """Make a folder a journal. It is one from the moment on that the file has its name."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "group": identity.group.hex(),
        "volumes": [
            {"name": each.name, "path": each.path, "size": each.size, "replica": each.replica}
            for each in identity.volumes
        ],
        "segment_bytes": identity.segment_bytes,
    }
    document["checksum"] = _checksum(document)
    write_anew(folder, IDENTITY, json.dumps(document, indent=2).encode() + b"\n")


def read_identity(folder: Folder, *, where: str) -> Identity:
    """What the journal in a folder is of; `where` names the folder in errors."""
    if IDENTITY not in folder.names():
        raise NotAJournalError(
            f"no journal: there is no {IDENTITY} in it",
            where=where,
            hint="name the folder that was given to `isthmus protect --journal`",
        )
    place = f"{where}/{IDENTITY}"
    document = _document(folder, place)
    version = document.get("format")
    if type(version) is int and version > FORMAT:
        raise NotAJournalError(
            f"written in format {version}, and this release reads up to {FORMAT}",
            where=place,
            hint="use the release that wrote it, or a newer one",
        )
    try:
        if document.pop("checksum") != _checksum(document) or _number(version) != FORMAT:
            raise ValueError("it is not what was written")
        return Identity(
            group=bytes.fromhex(_text(document["group"])),
            volumes=tuple(
                Member(
                    name=_text(each["name"]),
                    path=_text(each["path"]),
                    size=_number(each["size"]),
                    replica=_text(each["replica"]),
                )
                for each in document["volumes"]
            ),
            segment_bytes=_number(document["segment_bytes"]),
        )
    except KeyError as error:
        raise _damaged(f"it has no {error}", place) from error
    except (TypeError, ValueError) as error:
        raise _damaged(str(error), place) from error


def _damaged(why: str, place: str) -> NotAJournalError:
    return NotAJournalError(
        f"damaged: {why}",
        where=place,
        hint="nothing was changed; bring the file back as it was, or begin a new journal",
    )


def _checksum(document: dict[str, Any]) -> str:
    """Of all that the document says, however it is laid out."""
    packed = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    return xxhash.xxh3_64_hexdigest(packed)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r:.40} is no whole number")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of which no name is said twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is said twice")
    return found


def _document(folder: Folder, place: str) -> dict[str, Any]:
    file = folder.open(IDENTITY, writable=False)
    try:
        size = file.size()
        if size > _IDENTITY_BYTES_MAX:
            raise _damaged(f"{size} bytes", place)
        data = bytearray(size)
        file.read_into(data, 0)
    finally:
        file.close()
    try:
        document = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _damaged(str(error), place) from error
    if not isinstance(document, dict):
        raise _damaged("not an object", place)
    return document
