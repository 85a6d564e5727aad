"""What one line of block YAML says by itself, whatever stands around it.

Specs repeat their lines (`type: string`), and two versions of a spec have most lines in common. So
what a line says is remembered, and is a plain tuple.
"""

import re
from functools import lru_cache
from typing import Any, Final, TypeAlias

from compat.load.block_scalars import KEY_CHARS_MAX, unescaped
from compat.load.yaml_scalars import resolve

LEAF: Final = 0
"""A key and its value."""
KEY: Final = 1
"""A key whose value, if it has one, is or ends on the lines below; and the rest of the line."""
DASH: Final = 2
"""An item of a list, and the rest of the line."""
LAST_CHILD: Final = DASH
"""The kinds up to it begin a child of an object or of a list, those after it do not."""
SCALAR: Final = 3
"""A scalar without a key."""
BEGIN: Final = 4
"""The begin of what may go on below, as source text."""
NOTHING: Final = 5
"""Spaces, a comment, or nothing."""
OTHER: Final = 6
"""Everything else; it may still be part of a scalar that began above."""
END: Final = 7
"""The mark `...` after a document."""

Line: TypeAlias = tuple[int, int, str, Any]
"""Its kind, the column of what it says (from 0), the key or "", and the value; the rest of a line
is a line whose begin is blank."""

END_LINE: Final = "..."

_LINES_KEPT: Final = 1 << 14
_DASHES_MAX: Final = 8

# A plain scalar: no indicator at its begin; in it no colon before a space, no # after one.
_PLAIN: Final = r"""
    (?:[^\ \-?:,\[\]{}\#&*!|>'"%@`]|-(?=[^\ \-]))
    [^\ :\#]*+ (?:(?::(?=[^\ ])|(?<=[^\ ])\#|\ ++(?=[^\ :\#]|:[^\ ]))[^\ :\#]*+)*
"""
_LINE: Final = re.compile(
    rf"""
    (?!---|\.\.\.)(?P<indent>\ *+)
    (?:
        -(?P<dash>\ .*|\Z)
    |
        (?:
            (?:(?P<key>{_PLAIN})|"(?P<key_2>[^"\\]*+)"|'(?P<key_1>[^']*+)')
            (?P<colon>:)(?:\ ++|\Z)
        )?
        (?:
            (?P<plain>{_PLAIN})
        |   "(?P<quoted_2>(?:[^"\\]++|\\.)*)"
        |   '(?P<quoted_1>(?:[^']++|'')*)'
        |   (?P<begin>
                [|>](?:[-+]?[1-9]?|[1-9][-+])(?=\ *\Z|\ +\#)
            |   "(?:[^"\\]++|\\.)*\\?\Z
            |   '(?:[^']++|'')*\Z
            |   [\[{{].*
            )
        )?
        (?P<rest>\ *+(?:\Z|(?<![^\ ])\#.*))
    )
    """,
    re.VERBOSE,
)


@lru_cache(maxsize=_LINES_KEPT)
def said(line: str) -> Line:
    """What a line without its end says; its characters are all printable."""
    return _said(line, 0)


def _said(line: str, dashes: int) -> Line:
    found = _LINE.match(line)
    if found is None or dashes > _DASHES_MAX:
        return _other(line)
    spaces, dash, plain_key, key_2, key_1, colon, plain, value_2, value_1, begin, _ = found.groups()
    indent = len(spaces)
    if dash is not None:
        return DASH, indent, "", _said(f"{spaces} {dash}", dashes + 1)
    if plain_key == "<<" or (len(line) > KEY_CHARS_MAX and found.end("colon") > KEY_CHARS_MAX):
        return _other(line)
    key = plain_key or key_2 or key_1 or ""
    if plain:
        value = resolve(plain)
    elif value_2 is not None:
        value = unescaped(value_2)
        if value is None:
            return _other(line)
    elif value_1 is not None:
        value = value_1.replace("''", "'")
    else:
        rest: Line = (
            (BEGIN, found.start("begin"), "", begin) if begin else (NOTHING, indent, "", None)
        )
        return (KEY, indent, key, rest) if colon else rest
    return LEAF if colon else SCALAR, indent, key, value


def _other(line: str) -> Line:
    if line == END_LINE:
        return END, -1, "", None
    return OTHER, len(line) - len(line.lstrip(" ")), "", None


def plain_text(line: str, column: int) -> str:
    """The source of the plain scalar that is, or is under, what begins in `column` (from 1)."""
    return _plain(line, column)[0]


def plain_begin(line: str, column: int) -> str:
    """The same where the next lines may be part of it, so that no comment is behind it; else ""."""
    text, rest = _plain(line, column)
    return "" if "#" in rest else text


def _plain(line: str, column: int) -> tuple[str, str]:
    found = _LINE.match(" " * (column - 1) + line[column - 1 :])
    return (found["plain"] or "", found["rest"] or "") if found is not None else ("", "")
