"""Names and prose of emitted code: nothing of a spec becomes source unless it went through here."""

import keyword
import re
import sys
import unicodedata
from collections.abc import Iterable
from typing import Final

from compat.errors import CompatError
from compat.intent.read import BUILTINS
from compat.lens.ops import Flow

# What emitted modules import, and the variables that emitters give a fixed type.
IMPORTED: Final = frozenset(
    {
        *("ABSENT", "Absent", "Flow", "GapError", "HOOKS", "Joined", "Json", "Request", "Response"),
        "annotations",
        *("own", "same", "is_json", "present", "texts_at", "stash", "restore", "move"),
        *("turned", "passed", "revised", "refusal", "refuse", "pages", "sliced"),
        *("adder", "counter"),
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
    {
        *keyword.kwlist,
        *(name for name in (*keyword.softkwlist, *BUILTINS) if name.islower()),
    }
)
_AMBIGUOUS: Final = frozenset({"l", "o", "i"})  # read as digits in many typefaces
_PIECES: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_DIRECTIONS: Final = ("_up", "_down")
_DIRECTED: Final = re.compile(r".*_(?:up|down)(?:_[0-9]+)?(?:_count|_each)?")
_MEANINGFUL: Final = ("_", "count_", "test")  # private functions, counters, what pytest looks for
_MESSAGES: Final = frozenset({"Flow", "Json", "Request"})  # what hooks take and give
_DEVICES: Final = re.compile(r"aux|con|nul|prn|(?:com|lpt)[0-9]")  # no files on Windows
_OTHERS: Final = frozenset(
    {
        *("compat", "core"),  # the toolkit itself
        *("httpx", "httpcore", "h11", "anyio", "sniffio", "certifi", "idna"),
        *("starlette", "uvicorn", "pytest"),
        *("click", "hypothesis", "jsonschema", "libcst", "openapi_spec_validator"),
        *("orjson", "referencing", "rich", "yaml"),
    }
)


def package_name(name: str) -> str:
    """The name of a package; CompatError where importing it would fail or hide another."""
    hint = "choose another name with --package: letters, digits and _, such as lamps_v1_v2"
    identifier(name, "the package", hint)
    if name.startswith("__") or name in _HIDDEN:
        raise CompatError(f"the package {name!r} hides a name of Python", hint=hint)
    if name in sys.stdlib_module_names:
        raise CompatError(f"the package {name!r} hides one of the standard library", hint=hint)
    if name in _OTHERS:
        reason = "which the generated package or Isthmus imports"
        raise CompatError(f"the package {name!r} hides another, {reason}", hint=hint)
    return name


def hook_name(name: str) -> str:
    """The name of a person's function; CompatError where it cannot be one, or hides another."""
    hint = "choose another name in the intent file"
    identifier(name, "the hook", hint)
    if name.startswith("__") or name in _HIDDEN | _MESSAGES:
        raise CompatError(f"the hook {name[:60]!r} hides a name of Python", hint=hint)
    return name


def identifier(name: str, what: str, hint: str = "") -> str:
    """The name as it is, if it could be one but for what Python keeps for itself."""
    if not name.isascii() or not name.isidentifier():
        raise CompatError(f"{what} {name[:60]!r} is no Python name", hint=hint)
    return name


def slug(text: str, *, limit: int) -> str:
    """A lower-case identifier that reminds of the text, at most `limit` characters long.

    It is no keyword, hides no builtin, and cannot be the name of a function or of a count for one
    direction.
    """
    pieces = _PIECES.findall(_ascii(text[: 8 * limit]))
    short = "_".join(piece.lower() for piece in pieces)[:limit].rstrip("_")
    if not short:
        return "field"
    if short[0].isdigit():
        short = f"n{short}"
    awkward = short in _HIDDEN | IMPORTED | _VARIABLES | _AMBIGUOUS
    return f"{short}_" if awkward or _DIRECTED.fullmatch(short) else short


def exchange_name(name: str) -> str:
    """What the function of an exchange is called, other than all that its module knows by name."""
    identifier(name, "the exchange")
    taken = name in _HIDDEN | IMPORTED | _AMBIGUOUS or name.endswith(_DIRECTIONS)
    return f"exchange_{name}" if taken or name.startswith(_MEANINGFUL) else name


def lens_function(name: str, flow: Flow) -> str:
    """What a named lens's function for one direction is called; no two lenses' are the same."""
    identifier(name, "the lens")
    function = f"{name}_{flow}"
    taken = function in IMPORTED or name.startswith(("lens_", *_MEANINGFUL))
    return f"lens_{function}" if taken else function


def list_function(name: str, flow: Flow) -> str:
    """What the same lens's function for the items of a list is called."""
    return f"{lens_function(name, flow)}_each"


def module_name(words: str) -> str:
    """A file's name without its ending, which every file system and test runner leaves alone.

    It is in lower case, because some file systems do not tell that from upper case.
    """
    name = words.lower()
    if name.startswith("test_") or name.endswith("_test"):
        return f"of_{name}"
    return f"{name}_" if keyword.iskeyword(name) or _DEVICES.fullmatch(name) else name


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
