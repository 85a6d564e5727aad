"""How the parts of a form are written (OpenAPI 3.1, 4.8.15; 2.0's collectionFormat)."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from compat.load.dialect import Dialect
from compat.load.documents import Documents
from compat.load.node import Node
from compat.model.media_type import canonical, essence

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
_USUAL: Final = "form*"
_OF_20: Final = {
    "csv": "form",
    "ssv": "spaceDelimited",
    "tsv": "tabDelimited",
    "pipes": "pipeDelimited",
    "multi": _USUAL,
}


def encodings(
    documents: Documents, dialect: Dialect, media_type: str, entry: Node
) -> Mapping[str, str]:
    """What the media type's `encoding` says of each part, where it is not what goes unsaid."""
    told = {
        name: " ".join(
            _told(
                documents, dialect, essence(media_type), node, _usual_type(documents, entry, name)
            )
        )
        for name, node in entry.members("encoding")
    }
    return MappingProxyType({name: words for name, words in told.items() if words})


def header_nodes(media_type: str, node: Node) -> Iterator[tuple[str, Node]]:
    """The headers of a part, which count in multipart forms alone."""
    return iter(()) if essence(media_type) == URLENCODED else node.members("headers")


def _usual_type(documents: Documents, entry: Node, name: str) -> str:
    """The media type that a part has by its schema, "" where that does not tell."""
    node: Node | None = entry
    for keyword in ("schema", "properties", name):
        below = node.get(keyword) if node is not None else None
        node = documents.follow(below) if below is not None else None
    if node is not None and _stated(node, "type") == "array":
        below = node.get("items")
        node = documents.follow(below) if below is not None else None
    if node is None:
        return ""
    is_binary = node.has("contentEncoding") or _stated(node, "format") in ("binary", "byte")
    match _stated(node, "type"):
        case "object":
            return "application/json"
        case "string":
            return "application/octet-stream" if is_binary else "text/plain"
        case "integer" | "number" | "boolean":
            return "text/plain"
        case _:
            return ""


def _stated(node: Node, keyword: str) -> object:
    below = node.get(keyword)
    return None if below is None else below.value


def _told(
    documents: Documents, dialect: Dialect, media_type: str, node: Node, usual: str
) -> Iterator[str]:
    """A style counts in URL-encoded forms, since 3.1 in multipart ones that state it."""
    is_styled = media_type == URLENCODED
    if media_type == MULTIPART and dialect.styles_parts:
        is_styled = node.has("style") or node.has("explode")
    stated = ", ".join(sorted(map(canonical, node.text("contentType").split(","))))
    if stated and not (media_type == MULTIPART and stated == usual):
        yield stated
    if is_styled:
        style = node.text("style") or "form"
        explode = node.flag("explode") if node.has("explode") else style == "form"
        written = f"{style}*" if explode else style
        if media_type == MULTIPART or written != _USUAL:
            yield written
    for name, below in sorted(header_nodes(media_type, node)):
        header = documents.follow(below)
        is_required = header is not None and header.flag("required")
        yield f"{name.lower()} (required)" if is_required else name.lower()


def encoding_of_20(field: Node) -> str:
    """The same of a form's field of 2.0, which writes a list with commas unless it says more."""
    words = []
    if field.text("type") == "array":
        written = [_OF_20.get(each, "form") for each in list_formats(field)]
        words += [" of ".join(written)] if written != [_USUAL] else []
    return " ".join((*words, "or empty") if field.flag("allowEmptyValue") else words)


def nested_formats(node: Node) -> str:
    """How a list of lists is written, "" for another value."""
    formats = list(list_formats(node))
    return " of ".join(formats) if len(formats) > 1 else ""


def list_formats(node: Node) -> Iterator[str]:
    """The collectionFormat of a list, and of the lists in it."""
    below: Node | None = node
    while below is not None and below.text("type") == "array":
        yield below.text("collectionFormat") or "csv"
        below = below.get("items")
