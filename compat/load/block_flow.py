"""Flow collections inside block YAML, as far as they are JSON but for their quotes.

Each line is rewritten as JSON, whose grammar then judges the whole: it knows no empty items, no
pairs outside of objects and no keys that are not text.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from compat.load.block_scalars import KEY_CHARS_MAX, BeyondError
from compat.load.limits import NODES_MAX
from compat.load.yaml_scalars import resolve
from compat.model.schema import Json

_LINES_KEPT: Final = 1 << 12
_DEPTH_MAX: Final = 16
_LINE_CHARS_MAX: Final = 1 << 16
_TOKEN: Final = re.compile(
    r"""
    \ *+ (?:
        ([\[\]{},])
    |   ("[^"\\]*+" | '[^']*+') (?![^\ ,:\]}])
    |   ((?:[\w/$]|[-.](?=\d)) [\w/$.+*()=;<>^~-]*+ (?:\ ++[\w/$.+*()=;<>^~-]++)*)
        (?!\ ++[\w/$.+*()=;<>^~-] | [^\ ,:\]}])
    |   (:) (?:(?<=["']:)|(?=\ |\Z))
    |   (?<![^\ ]) \#.*
    |   \Z
    )
    """,
    re.VERBOSE,
)


def collection(begin: str, lines: Sequence[str], number: int) -> tuple[Json, int]:
    """The collection that begins with `begin` at the end of the line `number`, counted from 1, and
    the number of its last line. Raises BeyondError for what is no such collection."""
    texts: list[str] = []
    depth = members = tokens = 0
    line = begin
    while True:
        text, opened, pairs, found = _as_json(line)
        tokens += found
        depth, members = depth + opened, members + pairs
        if text[:1] == ":" or tokens > NODES_MAX or depth > _DEPTH_MAX:
            raise BeyondError
        texts.append(text)
        if depth <= 0:
            return _loaded("\n".join(texts), members), number
        if number == len(lines):
            raise BeyondError
        line = lines[number]
        number += 1


def _loaded(text: str, members: int) -> Json:
    found = 0

    def counted(pairs: list[tuple[str, Json]]) -> Json:
        nonlocal found
        value = dict(pairs)
        found += len(value)
        return value

    try:
        value: Json = json.loads(text, object_pairs_hook=counted if members else None)
    except (json.JSONDecodeError, RecursionError):
        raise BeyondError from None
    if found != members:
        raise BeyondError
    return value


@lru_cache(maxsize=_LINES_KEPT)
def _as_json(line: str) -> tuple[str, int, int, int]:
    """The line as JSON; how many brackets stay open, how many colons and tokens there are."""
    if len(line) > _LINE_CHARS_MAX:
        raise BeyondError
    tokens: list[str] = []
    depth = end = begin = 0
    while end < len(line):
        found = _TOKEN.match(line, end)
        if found is None:
            raise BeyondError
        begin, before, end = end, begin, found.end()
        mark, quoted, plain, colon = found.groups()
        if mark:
            depth += (mark in "[{") - (mark in "]}")
            if depth > _DEPTH_MAX:
                raise BeyondError
        elif quoted:
            quoted = json.dumps(quoted[1:-1])
        elif plain:
            plain = json.dumps(plain if line.startswith(":", end) else resolve(plain))
        elif colon and end - before > KEY_CHARS_MAX:
            raise BeyondError
        tokens.append(mark or quoted or plain or colon or "")
    return "".join(tokens), depth, tokens.count(":"), len(tokens)
