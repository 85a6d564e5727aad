"""Where an image is: a path, or an NBD server's URI."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from core.errors import CoreError

_SCHEMES: Final = ("nbd", "nbds", "nbd+unix", "nbds+unix")


@dataclass(frozen=True, slots=True)
class Uri:
    """An export of an NBD server."""

    text: str

    @property
    def name(self) -> str:
        """The export's name; where that is empty, the socket's or the host's."""
        parts = urlsplit(self.text)
        socket = Path(dict(parse_qsl(parts.query)).get("socket", "")).stem
        return unquote(parts.path).removeprefix("/") or socket or parts.hostname or "disk"


Place = Path | Uri


def place_of(word: str) -> Place:
    """What a person wrote: a URI where it has `://`, else a path."""
    scheme, separator, rest = word.partition("://")
    if not separator:
        return Path(word)
    if scheme not in _SCHEMES:
        raise CoreError(
            f"images are files, devices and exports of NBD servers, not {scheme}://",
            where=word,
            hint="write nbd://HOST:PORT/NAME, nbds://... with TLS, or nbd+unix:///NAME?socket=PATH",
        )
    if not scheme.endswith("+unix"):
        return Uri(word)
    query = dict(parse_qsl(rest.partition("?")[2]))
    if not query.get("socket"):
        raise CoreError("the URI names no socket", where=word, hint="end it with ?socket=PATH")
    path = Path(query["socket"])
    if path.is_absolute():
        return Uri(word)
    query["socket"] = str(path.absolute())
    return Uri(f"{scheme}://{rest.partition('?')[0]}?{urlencode(query, safe='/')}")


def export_name(place: Place) -> str:
    """What a volume is called: its file without the suffix, or the export it is elsewhere."""
    return place.stem if isinstance(place, Path) else place.name


def recorded(place: Place) -> str:
    """How a journal remembers it; `place_of` reads it."""
    return str(place.resolve()) if isinstance(place, Path) else place.text
