"""Query strings and header fields on their way between a message and its text."""

from __future__ import annotations

from typing import Final, TypeAlias
from urllib.parse import quote, unquote_plus

from .reading import CODINGS, DIGESTS, FRAMING, is_json, without

Headers: TypeAlias = list[tuple[str, str]]

BODY_FIELDS: Final = FRAMING | DIGESTS | {"content-encoding"}
NONE: Final = frozenset[str]()
_CONTENT_TYPE: Final = frozenset({"content-type"})
_LINE_ENDS: Final = frozenset("\r\n\0")  # never in a field's value (RFC 9110, 5.5)


class FieldError(Exception):
    """A text that no header field can carry."""


class QueryText:
    """A query string, and the way back from its pairs that keeps the bytes of untouched ones."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts = [part for part in text.split("&") if part]
        self.pairs = [_decoded(part) for part in self._parts]

    def text(self, pairs: list[tuple[str, str]]) -> str:
        if pairs == self.pairs:
            return self._text
        parts = dict(zip(self.pairs, self._parts, strict=True))
        return "&".join(parts.get(pair) or _encoded(pair) for pair in pairs)


NO_QUERY: Final = QueryText("")


def _decoded(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return _query_text(name), _query_text(value)


def _query_text(text: str) -> str:
    return unquote_plus(text, errors="surrogateescape") if "%" in text or "+" in text else text


def _encoded(pair: tuple[str, str]) -> str:
    return "=".join(quote(text, safe="/:@,~", errors="surrogateescape") for text in pair)


def told_apart(headers: Headers) -> tuple[str, str, Headers]:
    """The first Content-Type and Content-Encoding, and the headers that are not of one body."""
    content_type = coding = None
    others = []
    for pair in headers:
        name = pair[0].lower()
        if name == "content-type" and content_type is None:
            content_type = pair[1]
        elif name == "content-encoding" and coding is None:
            coding = pair[1]
        if name not in BODY_FIELDS:
            others.append(pair)
    return content_type or "", coding or "", others


def framed(headers: Headers, length: int, *, json: bool) -> Headers:
    """The headers for a new body of that many bytes; with `json` they say that it is JSON."""
    kept = [pair for pair in headers if pair[0].lower() not in BODY_FIELDS]
    if json and not is_json(kept):
        kept = without(kept, _CONTENT_TYPE)
        kept.append(("content-type", "application/json"))
    kept.append(("content-length", str(length)))
    return kept


def fit_to_send(headers: Headers, known: Headers) -> Headers:
    """The headers, into which texts of a body may have moved, as fields can carry them.

    `known` came over the wire and is fine. Texts beyond Latin-1 travel as the bytes of their UTF-8
    (RFC 9110, 5.5 leaves such bytes to the peers). FieldError where a line end would be carried.
    """
    if headers == known:
        return known
    return [(name, _field_value(name, value)) for name, value in headers]


def _field_value(name: str, value: str) -> str:
    if not _LINE_ENDS.isdisjoint(value):
        raise FieldError(f"the header {name} cannot carry a line end")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode(errors="surrogateescape").decode("latin-1")
    return value


def with_codings(headers: Headers, *, plain: bool, dropped: frozenset[str] = NONE) -> Headers:
    """Ask only for content codings which can be undone here; with `plain` for none.

    The headers whose names, in lower case, are among `dropped` go.
    """
    asked: str | None = None
    kept = []
    for pair in headers:
        name = pair[0].lower()
        if name == "accept-encoding":
            asked = pair[1] if asked is None else asked
        elif name not in dropped:
            kept.append(pair)
    known = _codings(asked) if asked and not plain else []
    kept.append(("accept-encoding", ", ".join(known) or "identity"))
    return kept


def _codings(asked: str) -> list[str]:
    items = [item.strip() for item in asked.lower().split(",")]
    names = [item.partition(";")[0].rstrip() for item in items if not _is_refused(item)]
    return [name for name in names if name in CODINGS]


def _is_refused(item: str) -> bool:
    """Has this member of Accept-Encoding the weight nought (RFC 9110, 12.4.2)?"""
    weight = item.partition("q=")[2]
    return bool(weight) and not weight.strip("0. ")
