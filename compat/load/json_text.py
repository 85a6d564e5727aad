"""JSON text as values; the places of its nodes are looked for only when someone asks."""

import re
from typing import Final

import orjson

from compat.load.extent import check, measure, too_deep, too_many
from compat.load.json_marks import STRING, Text
from compat.load.limits import NODES_MAX
from compat.load.parsed import Complaints, Parsed
from compat.load.problem import SpecError
from compat.model.schema import Json

_STRINGS: Final = re.compile(STRING, re.DOTALL)
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
    marks = Text(text)
    # orjson keeps the last of two equal keys without a word. Counting finds out that there are any.
    repeated = sum(1 for _ in _KEY_END.finditer(text)) != extent.members
    return Parsed(
        value=value,
        extent=extent,
        marks=lambda: marks.root,
        complaints=marks.complaints() if repeated else Complaints(),
        has_plain_text=False,
    )


def _check_nodes(name: str, text: str) -> None:
    """Refuses a text of too many nodes before orjson makes gigabytes of it."""
    if _openers(text) >= NODES_MAX and _openers(_STRINGS.sub("", text)) >= NODES_MAX:
        raise too_many(name)


def _openers(text: str) -> int:
    """About as many as there are nodes; what stands in strings counts too."""
    return sum(map(text.count, "[{,"))
