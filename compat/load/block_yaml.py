"""Block YAML, as nearly all published specs are written, read line by line.

Theory of operation
-------------------
libyaml reads all of YAML, but hands on a Python object for every event. Most lines of a spec say
what they say by themselves (`type: string`), and a spec, like two versions of one, repeats them. So
`block_line` says what a line is, once for all lines that are the same, and here only the columns in
which lines begin are left to look at: one further to the right than its parent is a child.

The subset: one document of block mappings and sequences, `- ` in front of anything, scalars that
are plain, single- or double-quoted, literal or folded (`block_scalars`), collections in flow style
that are JSON but for their quotes (`block_flow`), comments, and a `---` before all. Outside are
anchors, aliases, tags, merge keys, directives, further documents, tabs, keys after `? `, keys that
stand twice, items without a value, lists whose items begin in different columns, characters that
YAML takes for line breaks or not at all, and all that is wrong. Whatever meets such a thing raises
`BeyondError`, and libyaml reads the document from its begin. So it has the last word: where this
module has an answer, value, marks and extent are those of libyaml's way.

Marks cost more than values, and few are asked for: so only lines are noted (`block_marks`).

Reading stands in the list `items`, or else in the object `members`. Its dashes or keys are `at`
columns from the left, `places` has those of its children, and its pointer has `length` characters.
While it `waits`, a dash, or the key `name` in the line `line`, has no value yet; that is what is
found further to the right, on the same line or below. At first, a list waits for the root.
"""

import re
from functools import cache
from itertools import islice
from typing import Any, Final, TypeAlias, cast

from compat.load.block_flow import collection
from compat.load.block_line import (
    BEGIN,
    DASH,
    END,
    END_LINE,
    KEY,
    LAST_CHILD,
    LEAF,
    NOTHING,
    SCALAR,
    plain_begin,
    said,
)
from compat.load.block_marks import CHILDREN_FROM, Flow, Place, marked
from compat.load.block_scalars import BeyondError, block, plain, quoted
from compat.load.extent import INDEX_CHARS, Held, held_in, total, within_limits
from compat.load.limits import NODES_MAX
from compat.load.parsed import Complaints, Parsed
from compat.model.schema import Json

_USUAL: Final = bytes(range(0x20, 0x7F)) + b"\n"
_ODD: Final = "[^ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
"""Compiled where it is needed, which is seldom."""
_NOWHERE: Final = -2

_Frame: TypeAlias = tuple[int, int, list[Json] | None, dict[str, Json], list[Place]]


def read(text: str) -> Parsed | None:
    """None for what is beyond the subset, or the limits."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    unusual = text.encode().translate(None, _USUAL).decode()
    if not unusual.isprintable() and re.search(_ODD, unusual):
        return None
    lines = text.split("\n")
    if len(lines) > NODES_MAX or f"\n{END_LINE}" in text:
        return None
    first = next((index for index, line in enumerate(lines) if said(line)[0] != NOTHING), 0)
    if lines[first] == "---":
        lines[first] = ""
    lines.append(END_LINE)
    held: list[Held] = []
    try:
        roots, places = _read(lines, held)
    except BeyondError:
        return None
    if not held or not within_limits(extent := total(held)):
        return None
    place, column = places[CHILDREN_FROM], cast("int", places[1])
    return Parsed(
        value=roots[0],
        extent=extent,
        marks=cache(lambda: marked(roots[0], place, column, lines)),
        complaints=Complaints(),
        has_plain_text=True,
    )


def _read(lines: list[str], held: list[Held]) -> tuple[list[Json], list[Place]]:
    """A list with the root in it, and its places; what is read is added to `held`."""
    at, leaves_at, length, waits, name, line = -1, _NOWHERE, -INDEX_CHARS, True, "", 0
    items: list[Json] | None = []
    members: dict[str, Json] = {}
    places: list[Place] = [0, 0]
    node = place = cast("Any", None)
    stack: list[_Frame] = []
    numbered = enumerate(lines, 1)
    for number, text in numbered:
        kind, indent, key, value = said(text)
        if indent == leaves_at and kind == LEAF:
            members[key] = value
            places.append(number)
            continue
        end = number
        while kind != NOTHING:  # again for what stands behind a dash or a key
            if waits and (indent > at or (indent == at and kind == DASH and items is None)):
                waits = False
                if items is None:
                    below = length + 1 + len(name)
                else:
                    below, line = length + INDEX_CHARS, number
                    if places[1] != indent + 1:
                        _align(places, indent)
                if kind <= LAST_CHILD:
                    node, place = ([], [line, 0]) if kind == DASH else ({}, [line, indent + 1])
                    held.append((node, below, len(stack) + 1))
                elif kind == SCALAR and items is not None:
                    node, place = value, number
                else:
                    node, place, end = _alone(kind, value, lines, number, at, line)
                    if not isinstance(node, str):
                        held.extend(held_in(node, below, len(stack) + 1))
                if items is None:
                    members[name] = node
                else:
                    items.append(node)
                places.append(place)
                if kind > LAST_CHILD:
                    break
                stack.append((at, length, items, members, places))
                at, length, places = indent, below, place
                items, members = (node, members) if kind == DASH else (None, node)
            elif waits:
                waits = False
                _leave_null(items, members, places, name, line)
            while indent < at or (indent == at and items is not None and kind not in (DASH, END)):
                if items is None and len(members) + CHILDREN_FROM != len(places):
                    raise BeyondError  # a key has stood twice
                at, length, items, members, places = stack.pop()
            if indent > at:
                end = _go_on(lines, number, at, items, members, places)
                break
            if kind == LEAF:
                members[key] = value
                places.append(number)
                break
            if kind == KEY:
                name, line = key, number
            elif kind == END:
                break
            elif items is None or kind != DASH:
                raise BeyondError
            waits = True
            kind, indent, key, value = value
        if end > number:
            next(islice(numbered, end - number, end - number), None)
        leaves_at = at if items is None and not waits else _NOWHERE
    return items or [], places


def _leave_null(
    items: list[Json] | None, members: dict[str, Json], places: list[Place], name: str, line: int
) -> None:
    """A key has no value; where the mark of an item without one is, libyaml knows."""
    if items is not None:
        raise BeyondError
    members[name] = None
    places.append(line)


def _align(places: list[Place], indent: int) -> None:
    """The first item of a list begins in this column; another than the first's is beyond us."""
    if places[1]:
        raise BeyondError
    places[1] = indent + 1


def _alone(
    kind: int, value: Any, lines: list[str], number: int, at: int, line: int
) -> tuple[Json, Place, int]:
    """What begins in this line without being an object or list of lines: its value, its place, and
    the number of its last line; its mark is in the line `line`."""
    if at < 0 or kind not in (SCALAR, BEGIN):
        raise BeyondError
    end = number
    if kind == SCALAR:
        text = lines[number - 1]
        column = len(text) - len(text.lstrip(" ")) + 1
        if begin := plain_begin(text, column):
            joined, end = plain(begin, lines, number, at)
            value = joined if end > number else value
        if not isinstance(value, str):
            raise BeyondError
    elif value[0] in "|>":
        value, end = block(value, lines, number, at)
    elif value[0] in "'\"":
        value, end = quoted(value, lines, number)
    else:
        column = len(lines[number - 1]) - len(value) + 1
        found, end = collection(value, lines, number)
        return found, Flow(line, number, column, "\n".join([value, *lines[number:end]])), end
    return value, line, end


def _go_on(
    lines: list[str],
    number: int,
    at: int,
    items: list[Json] | None,
    members: dict[str, Json],
    places: list[Place],
) -> int:
    """The last scalar goes on in this line: the number of its last line."""
    line, column = places[-1], places[1]
    if not isinstance(line, int) or not isinstance(column, int) or len(places) == CHILDREN_FROM:
        raise BeyondError
    begin = plain_begin(lines[line - 1], column)
    value, end = plain(begin, lines, line, at)
    if not begin or end < number:
        raise BeyondError
    if items is None:
        members[next(reversed(members))] = value
    else:
        items[-1] = value
    return end
