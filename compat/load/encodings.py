"""How the parts of a form are written (OpenAPI 3.1, 4.8.15; 2.0's collectionFormat)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from compat.load.node import Node
from compat.model.media_type import canonical, essence

URLENCODED: Final = "application/x-www-form-urlencoded"
_USUAL: Final = "form*"
_OF_20: Final = {"csv": "form", "ssv": "spaceDelimited", "pipes": "pipeDelimited", "multi": _USUAL}


def encodings(media_type: str, entry: Node) -> Mapping[str, str]:
    """What the media type's `encoding` says of each part, where it is not what goes unsaid."""
    told = {name: _told(essence(media_type), node) for name, node in entry.members("encoding")}
    return MappingProxyType({name: words for name, words in told.items() if words})


def _told(media_type: str, node: Node) -> str:
    """A style counts in URL-encoded forms alone, headers in multipart ones."""
    words = []
    if node.has("contentType"):
        words.append(", ".join(sorted(map(canonical, node.text("contentType").split(",")))))
    if media_type == URLENCODED:
        style = node.text("style") or "form"
        explode = node.flag("explode") if node.has("explode") else style == "form"
        written = f"{style}*" if explode else style
        words += [written] if written != _USUAL else []
    else:
        words += sorted(name.lower() for name, _ in node.members("headers"))
    return " ".join(words)


def encoding_of_20(media_type: str, field: Node) -> str:
    """The same of a form's field of 2.0, which writes a list with commas unless it says more."""
    if media_type != URLENCODED or field.text("type") != "array":
        return ""
    written = _OF_20.get(field.text("collectionFormat") or "csv", "form")
    return "" if written == _USUAL else written
