"""JSON text as values; the places of its nodes are looked for only when someone asks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, reduce
from typing import Final

import orjson

from compat.load.extent import check, measure, too_deep, too_many
from compat.load.limits import NODES_MAX
from compat.load.marks import Mark
from compat.load.parsed import Complaints, Parsed
from compat.load.pointer import join
from compat.load.problem import SpecError
from compat.model.schema import Json

# Possessive: a long text would otherwise be remembered character by character, to go back over.
_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_STRINGS: Final = re.compile(_STRING, re.DOTALL)
_TOKEN: Final = re.compile(rf'[{{}}\[\],:\n]|{_STRING}|[^\s{{}}\[\],:"]+', re.DOTALL)
_KEY_END: Final = re.compile(r'[^\\]"[ \t\r\n]*:')


class JsonSyntaxError(SpecError):
    """The text breaks JSON's grammar; it may still be YAML."""


def parse(name: str, text: str) -> Parsed:
    """Raises JsonSyntaxError for what is no JSON (RFC 8259), SpecError beyond the limits."""
    _check_nodes(name, text)
    try:
        value: Json = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "limit exceeded" in error.msg:
            raise too_deep(f"{name}:{error.lineno}:{error.colno}") from None
        raise JsonSyntaxError(
            f"not JSON: {error.msg}",
            where=f"{name}:{error.lineno}:{error.colno}",
            hint="correct the JSON at that place",
        ) from None
    extent = measure(value)
    check(extent, f"{name}:1:1")
    scanned = cache(lambda: _scan(text))
    # orjson keeps the last of two equal keys without a word. Counting finds out that there are any.
    repeated = sum(1 for _ in _KEY_END.finditer(text)) != extent.members
    return Parsed(
        value=value,
        extent=extent,
        marks=lambda: scanned().root,
        complaints=scanned().complaints if repeated else Complaints(),
        has_plain_text=False,
    )


def _check_nodes(name: str, text: str) -> None:
    """Refuses a text of too many nodes before orjson makes gigabytes of it."""
    if _openers(text) >= NODES_MAX and _openers(_STRINGS.sub("", text)) >= NODES_MAX:
        raise too_many(name)


def _openers(text: str) -> int:
    """About as many as there are nodes; what stands in strings counts too."""
    return sum(map(text.count, "[{,"))


@dataclass(frozen=True, slots=True, eq=False)
class _Scanned:
    root: Mark
    complaints: Complaints


@dataclass(slots=True, eq=False)
class _Open:
    """An object or list being scanned; `token` names its newest child."""

    children: dict[str, Mark]
    is_object: bool
    awaits_key: bool
    token: str = ""
    key_at: tuple[int, int] = (1, 1)


def _scan(text: str) -> _Scanned:
    """Walks over the tokens of valid JSON."""
    top = _Open({}, is_object=False, awaits_key=False)
    stack = [top]
    complaints = Complaints()
    for token, line, column in _tokens(text):
        if token in "]}":
            stack.pop()
            top = stack[-1]
        elif token == ",":
            top.awaits_key = top.is_object
        elif top.awaits_key:
            top.awaits_key, top.token, top.key_at = False, orjson.loads(token), (line, column)
            if top.token in top.children:
                complaints.repeated_key(_pointer(stack), top.token)
        elif token != ":":
            mark = _add(top, line, column)
            if token in "[{":
                top = _open(mark, is_object=token == "{")
                stack.append(top)
    return _Scanned(stack[0].children["0"], complaints)


def _open(mark: Mark, *, is_object: bool) -> _Open:
    children: dict[str, Mark] = {}
    mark.children = children
    return _Open(children, is_object=is_object, awaits_key=is_object)


def _add(top: _Open, line: int, column: int) -> Mark:
    if top.is_object:
        line, column = top.key_at
    else:
        top.token = str(len(top.children))
    mark = top.children[top.token] = Mark(line, column)
    return mark


def _pointer(stack: list[_Open]) -> str:
    """The child at which the scan stands; the outermost list is no part of the document."""
    return reduce(join, (node.token for node in stack[1:]), "")


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    line, line_start = 1, 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == "\n":
            line, line_start = line + 1, match.end()
        else:
            yield token, line, match.start() - line_start + 1
