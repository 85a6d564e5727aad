"""Requests and responses as the documents that message lenses work on, and back.

Opening decodes; closing encodes again only what the lens has changed. Query and header names whose
texts are what they were keep their pairs, letter by letter and in their place; what has changed is
written anew behind them, in the document's order, headers in lower case. A part that is gone from
the document is like an empty one. A parameter's value is written as texts by the rules of
`compat.lens.codecs.ParameterCodec` without a style, though a list may stand for several texts.

Refused, with no difference to name, is what would be read as something else: a value without a
text; CR, LF or NUL in a header (RFC 9110, 5.5); a cookie that would be cut elsewhere; a new path
value that is empty, "." or ".." (RFC 3986, 5.2.4), or more than one text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias, cast
from urllib.parse import quote, unquote

from compat.lens.edits import Object
from compat.lens.encode import UnwritableError, texts_of
from compat.lens.interpret import Context, apply_to_message
from compat.lens.ops import Lens
from compat.lens.refusal import Path, Refused
from compat.lens.value import same
from compat.model.schema import ABSENT, Absent, Json

Body: TypeAlias = Json | Absent | bytes  # ABSENT where there is none, bytes for what is no JSON
Pairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request whose operation is known.

    `path` are the values of the template's parameters, percent-encoded; `query` and `headers` are
    in order and may repeat names; the texts of `query` are decoded.
    """

    path: Mapping[str, str]
    query: Pairs = ()
    headers: Pairs = ()
    body: Body = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer; `headers` as a request's."""

    status: int
    headers: Pairs = ()
    body: Body = ABSENT


def translate_request(lens: Lens, request: Request, context: Context) -> Request:
    """The callee's request for the caller's. Raises what `apply` and `close_request` raise."""
    return close_request(request, apply_to_message(lens, open_request(request), context))


def translate_response(lens: Lens, response: Response, context: Context) -> Response:
    """The caller's answer for the callee's. Raises what `apply` and `close_response` raise."""
    return close_response(response, apply_to_message(lens, open_response(response), context))


def open_request(request: Request) -> Object:
    """The document of a request, as `compat.lens.ops` describes it."""
    headers = [(name.lower(), text) for name, text in request.headers]
    cookies = (parse_cookies(text) for name, text in headers if name == "cookie")
    document: Object = {
        "path": {name: unquote(text) for name, text in request.path.items()},
        "query": _grouped(request.query),
        "header": _grouped((name, text) for name, text in headers if name != "cookie"),
        "cookie": _grouped(chain.from_iterable(cookies)),
    }
    return document | _bodied(request.body)


def open_response(response: Response) -> Object:
    """The document of a response, as `compat.lens.ops` describes it."""
    headers = _grouped((name.lower(), text) for name, text in response.headers)
    document: Object = {"status": response.status, "header": headers}
    return document | _bodied(response.body)


def close_request(original: Request, document: Object) -> Request:
    """The request that `document` describes, made of `original` where nothing has changed.

    A path value whose text came in with `original` goes out as it came, under whatever name; any
    other has all but RFC 3986's unreserved characters encoded. Raises Refused.
    """
    before = open_request(original)
    path = _part(document, "path")
    return Request(
        path={name: _path_value(original.path, name, value) for name, value in path.items()},
        query=_closed(original.query, _part(before, "query"), _part(document, "query"), "query"),
        headers=_closed(original.headers, _lines(before), _lines(document), "header"),
        body=_body(document),
    )


def close_response(original: Response, document: Object) -> Response:
    """The response that `document` describes, made of `original` where nothing has changed.

    Raises Refused.
    """
    before = open_response(original)
    status = document["status"]
    assert isinstance(status, int), f"a lens made {status!r} of a status"
    lines = _closed(original.headers, _part(before, "header"), _part(document, "header"), "header")
    return Response(status=status, headers=lines, body=_body(document))


def parse_cookies(text: str) -> Pairs:
    """The (name, value) pairs of a Cookie header, quotes and all (RFC 6265, 4.2.1 and 5.2).

    Lenient: spaces around a pair, a name or a value go, an empty pair is skipped, and one without
    "=" is a value without a name.
    """
    pieces = (piece if "=" in piece else f"={piece}" for piece in text.split(";"))
    halves = (piece.partition("=") for piece in pieces)
    pairs = ((name.strip(), value.strip()) for name, _, value in halves)
    return tuple(pair for pair in pairs if any(pair))


def print_cookies(pairs: Pairs) -> str:
    """The Cookie header of these pairs; ValueError where they would not be read from it again."""
    text = "; ".join(f"{name}={value}" if name or "=" in value else value for name, value in pairs)
    if parse_cookies(text) != pairs:
        raise ValueError("a cookie cannot hold it")
    return text


def _grouped(pairs: Iterable[tuple[str, str]]) -> Object:
    grouped: dict[str, list[Json]] = {}
    for name, text in pairs:
        grouped.setdefault(name, []).append(text)
    return {**grouped}


def _bodied(body: Body) -> Object:
    # An opaque body travels in the document untouched, see compat.lens.ops.
    return {} if body is ABSENT else {"body": cast("Json", body)}


def _body(document: Object) -> Body:
    return document.get("body", ABSENT)


def _part(document: Object, name: str) -> Object:
    part = document.get(name)
    return part if isinstance(part, dict) else {}


def _lines(document: Object) -> Object:
    """The header part, with all cookies as one header again."""
    return _part(document, "header") | {"cookie": _part(document, "cookie")}


def _closed(pairs: Pairs, before: Object, after: Object, part: str) -> Pairs:
    """The pairs of the names that are in both with the same texts, then what is new."""
    kept = {name for name in after if name in before and same(before[name], after[name])}
    stay = (pair for pair in pairs if (pair[0].lower() if part == "header" else pair[0]) in kept)
    written = (
        (name, text)
        for name, value in after.items()
        if name not in kept
        for text in _texts((part, name), value)
    )
    return (*stay, *written)


def _texts(path: tuple[str, str], value: Json) -> list[str]:
    """What goes out for the value at that path of the query or the header."""
    match path, value:
        case ("header", "cookie"), dict():
            return _cookie_texts(value)
        case _:
            return _sendable(path, _plain_texts(path, value))


def _cookie_texts(cookies: Object) -> list[str]:
    pairs = tuple(
        (name, text)
        for name, value in cookies.items()
        for text in _sendable(("cookie", name), _plain_texts(("cookie", name), value))
    )
    try:
        return [print_cookies(pairs)] if pairs else []
    except ValueError as error:
        raise _refused(("cookie",), str(error)) from error


def _plain_texts(path: tuple[str, str], value: Json) -> list[str]:
    try:
        return texts_of(value)
    except UnwritableError as error:
        raise _refused(path, error.what) from error


def _sendable(path: tuple[str, str], texts: list[str]) -> list[str]:
    if path[0] != "query" and any(end in text for text in texts for end in "\r\n\0"):
        raise _refused(path, "a header cannot hold a line break")
    return texts


def _path_value(raw: Mapping[str, str], name: str, value: Json) -> str:
    texts = _plain_texts(("path", name), value)
    if len(texts) != 1:
        raise _refused(("path", name), "a path parameter is exactly one text")
    text = texts[0]
    for came in (raw.get(name), *raw.values()):
        if came is not None and unquote(came) == text:
            return came
    if text in ("", ".", ".."):
        raise _refused(("path", name), f"{text!r} is no segment of a path")
    return quote(text, safe="")


def _refused(path: Path, reason: str) -> Refused:
    return Refused(difference="", path=path, reason=reason)
