"""The parts of a message as emitted lenses work on them, and back.

A part maps names to lists of texts, for the path to one text. What a lens left alone goes out as it
came, letter by letter and in its place; what it changed is written behind that, headers in lower
case. Refused, with no difference to name, is what would be read as something else.
"""

from __future__ import annotations

from .codecs import text_of
from .message import GapError, Json, Request
from .values import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from .message import Pairs

    Part: TypeAlias = dict[str, Json]
    Captured: TypeAlias = dict[str, str]

_LINE_ENDS = frozenset("\r\n\0")  # never in a header (RFC 9110, 5.5)


def path_of(captured: Captured) -> Part:
    """The path's parameters, decoded."""
    return {name: _decoded(text) for name, text in captured.items()}


def segment(path: Part, name: str, captured: Captured) -> str:
    """What stands for a parameter in the path; a text that came in goes out as it came."""
    if name not in path:
        raise GapError("", f"nothing gives the path parameter {name} a value")
    texts = _texts(path[name])
    if len(texts) != 1:
        raise GapError("", f"the path parameter {name} is not one text")
    for came in (captured.get(name), *captured.values()):
        if came is not None and _decoded(came) == texts[0]:
            return came
    if texts[0] in ("", ".", ".."):
        raise GapError("", f"{texts[0]!r} is no segment of a path")
    from urllib.parse import quote  # costs more than all else here, and is seldom needed

    return quote(texts[0], safe="")


def query_of(pairs: Pairs) -> Part:
    """The query's parameters."""
    return _grouped(pairs)


def query_pairs(query: Part, pairs: Pairs) -> Pairs:
    """The query again, made of the pairs that it was made from."""
    return _closed(pairs, [name for name, _ in pairs], _grouped(pairs), query)


def header_of(pairs: Pairs) -> Part:
    """The headers but for cookies."""
    return _grouped([(name.lower(), text) for name, text in pairs if name.lower() != "cookie"])


def header_pairs(header: Part, pairs: Pairs) -> Pairs:
    """The headers again; cookies stay as they are."""
    names = [name.lower() for name, _ in pairs]
    before = header_of(pairs)
    for name, value in header.items():
        if not same(before.get(name), value):
            _check_sendable(name, value)
    cookies: Part = {"cookie": None} if "cookie" in names else {}
    return _closed(pairs, names, {**before, **cookies}, {**header, **cookies})


def cookie_of(pairs: Pairs) -> Part:
    """The cookies of all Cookie headers."""
    return _grouped(_cookies(pairs))


def cookie_pairs(cookie: Part, pairs: Pairs) -> Pairs:
    """The headers with these cookies, in one header if they are others than before."""
    if same(_grouped(_cookies(pairs)), cookie):
        return pairs
    others = [(name, text) for name, text in pairs if name.lower() != "cookie"]
    wanted = [(name, text) for name, value in cookie.items() for text in _texts(value)]
    if not wanted:
        return others
    line = "; ".join([f"{name}={text}" if name or "=" in text else text for name, text in wanted])
    if not _LINE_ENDS.isdisjoint(line) or _cookies([("cookie", line)]) != wanted:
        raise GapError("", "a cookie cannot hold what it should")
    return [*others, ("cookie", line)]


def has_any(request: Request, captured: Captured, paths: Iterable[tuple[str, ...]]) -> bool:
    """Whether the request has a value at one of these paths of its parts."""
    return any(_has(request, captured, path) for path in paths)


def _has(request: Request, captured: Captured, path: tuple[str, ...]) -> bool:
    value = _part(path[0], request, captured)
    for name in path[1:]:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return len(path) > 1 or bool(value) or (path[0] == "body" and value is not None)


def _part(name: str, request: Request, captured: Captured) -> object:
    if name == "query":
        return query_of(request.query)
    if name == "header":
        return header_of(request.headers)
    if name == "cookie":
        return cookie_of(request.headers)
    return captured if name == "path" else request.body


def _grouped(pairs: Pairs) -> Part:
    grouped: Part = {}
    for name, text in pairs:
        texts = grouped.setdefault(name, [])
        if isinstance(texts, list):
            texts.append(text)
    return grouped


def _closed(pairs: Pairs, names: list[str], before: Part, after: Part) -> Pairs:
    """The pairs whose names have the same texts as before, then what is new."""
    kept = {name for name in after if name in before and same(before[name], after[name])}
    stay = [pair for pair, name in zip(pairs, names, strict=True) if name in kept]
    changed = [(name, value) for name, value in after.items() if name not in kept]
    return [*stay, *[(name, text) for name, value in changed for text in _texts(value)]]


def _texts(value: Json) -> list[str]:
    """The texts of a parameter that holds a scalar, a list of scalars, or nothing (null)."""
    if value is None:
        return []
    return [text_of(item) for item in (value if isinstance(value, list) else [value])]


def _check_sendable(name: str, value: Json) -> None:
    if any(not _LINE_ENDS.isdisjoint(text) for text in _texts(value)):
        raise GapError("", f"the header {name} cannot hold a line break")


def _cookies(pairs: Pairs) -> Pairs:
    """(name, value) of each cookie; leniently, and quotes are part of it (RFC 6265, 5.2)."""
    found: Pairs = []
    for header, line in pairs:
        if header.lower() == "cookie":
            for piece in line.split(";"):
                name, equals, text = piece.partition("=")
                pair = (name.strip(), text.strip()) if equals else ("", name.strip())
                if any(pair):
                    found.append(pair)
    return found


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote  # costs more than all else here, and is seldom needed

    return unquote(text)
