"""Names and prose of emitted code: nothing of a spec becomes source unless it went through here."""

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from compat.errors import CompatError

# What emitted modules import, and the variables that emitters give a fixed type.
IMPORTED: Final = frozenset(
    {
        *("ABSENT", "Absent", "Flow", "GapError", "HOOKS", "Joined", "Json", "Request", "Response"),
        *("own", "same", "is_json", "present", "texts_at", "stash", "restore", "move"),
        *("turned", "passed", "revised", "counter", "refusal", "refuse", "pages", "sliced"),
        *("path_of", "segment", "query_of", "query_pairs", "header_of", "header_pairs"),
        *("cookie_of", "cookie_pairs", "has_any", "text_of", "scaled", "scaled_down", "restyled"),
        *("text_of_boolean", "text_of_integer", "text_of_number", "bit_of_boolean"),
        *("boolean_of_text", "integer_of_text", "number_of_text", "boolean_of_bit"),
        *("read_parameter", "read_parameters", "write_parameter", "write_parameters"),
    }
)
_VARIABLES: Final = frozenset(
    {
        "answer",
        "captured",
        "changed",
        "converted",
        "each",
        "index",
        "joined",
        "key",
        "parts",
        "request",
        "tag",
    }
)
_HIDDEN: Final = frozenset(
    name for name in (*keyword.kwlist, *keyword.softkwlist, *dir(builtins)) if name.islower()
)
_AMBIGUOUS: Final = frozenset({"l", "o", "i"})  # read as digits in many typefaces
_PIECES: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_DIRECTIONS: Final = ("_up", "_down")
_MEANINGFUL: Final = ("_", "count_", "test")  # private functions, counters, what pytest looks for


def checked(name: str, what: str) -> str:
    """A name of the plan that becomes a name in the source; CompatError where it cannot."""
    if not name.isascii() or not name.isidentifier() or keyword.iskeyword(name):
        raise CompatError(f"{what} {name[:60]!r} is no Python name", hint="use letters, digits, _")
    if name.startswith("__") or name in _HIDDEN:
        raise CompatError(f"{what} {name[:60]!r} hides a name of Python", hint="choose another")
    return name


def slug(text: str, *, limit: int) -> str:
    """A lower-case identifier that reminds of the text, at most `limit` characters long.

    It is no keyword, hides no builtin, and cannot be the name of a function for one direction.
    """
    pieces = _PIECES.findall(_ascii(text[: 8 * limit]))
    short = "_".join(piece.lower() for piece in pieces)[:limit].rstrip("_")
    if not short:
        return "field"
    if short[0].isdigit():
        short = f"n{short}"
    awkward = short in _HIDDEN | IMPORTED | _VARIABLES | _AMBIGUOUS or short.endswith(_DIRECTIONS)
    return f"{short}_" if awkward else short


def exchange_name(name: str) -> str:
    """What the function of an exchange is called, other than all that its module imports."""
    checked(name, "the exchange")
    taken = name in IMPORTED or name.endswith(_DIRECTIONS) or name.startswith(_MEANINGFUL)
    return f"exchange_{name}" if taken else name


def unique(name: str, taken: Iterable[str]) -> str:
    """The name, or the first of name_2, name_3, ... that is not taken."""
    others = set(taken)
    if name not in others:
        return name
    stem = name.rstrip("_")
    number = 2
    while f"{stem}_{number}" in others:
        number += 1
    return f"{stem}_{number}"


def singular(name: str) -> str:
    """What one item of a list of that name is called."""
    if name.endswith("ies") and len(name) > 4:
        return f"{name[:-3]}y"
    if name.endswith("s") and not name.endswith("ss") and len(name) > 3:
        return name[:-1]
    return "item"


def prose(text: str, *, limit: int) -> str:
    """Text of a spec for a docstring: printable ASCII on one line that ends no literal."""
    plain = _ascii(text[: 4 * limit]).replace("\\", "/").replace('"', "'")
    line = " ".join("".join(c if c.isprintable() else " " for c in plain).split())
    return line if len(line) <= limit else f"{line[: limit - 3].rstrip()}..."


def _ascii(text: str) -> str:
    """Without accents; what has no ASCII form becomes a question mark."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return bare.encode("ascii", "replace").decode("ascii")
