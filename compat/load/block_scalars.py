"""Scalars of block YAML that take several lines, or escapes."""

import re
from collections.abc import Sequence
from typing import Final

KEY_CHARS_MAX: Final = 1000  # libyaml: 1024 from its begin to the colon
_INSIDE: Final = {
    "'": re.compile(r"(?:[^']++|'')*"),
    '"': re.compile(r'(?:[^"\\]++|\\.)*\\?'),
}
_NOTHING: Final = re.compile(r" *+(?:\Z|(?<= )#.*)")
# Runs of spaces are taken whole, so that a long one is looked at once.
_BREAKS: Final = r"(\n[ \n]*+)| ++(\n[ \n]*+)?"
_FOLD: Final = re.compile(_BREAKS)
_ESCAPE: Final = r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(\n[ \n]*+)|(.))"
_ESCAPE_OR_FOLD: Final = f"{_ESCAPE}|{_BREAKS}"
_ESCAPED: Final = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip


class BeyondError(Exception):
    """The text is beyond what is read here."""


def folded(text: str) -> str:
    """A break is a space, a break and n empty lines are n breaks; spaces around them go."""
    return _FOLD.sub(_fold, text) if "\n" in text else text


def _fold(found: re.Match[str]) -> str:
    breaks = found[found.lastindex] if found.lastindex else ""
    return "\n" * (breaks.count("\n") - 1) or " " if breaks else found[0]


def unescaped(text: str) -> str | None:
    """What stands between double quotes; None for an escape that YAML does not know."""
    if "\\" not in text:
        return folded(text)
    try:
        return re.sub(_ESCAPE_OR_FOLD if "\n" in text else _ESCAPE, _unescape, text)
    except (KeyError, ValueError):
        return None


def _unescape(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits:
        code = int(digits, 16)
        if 0xD800 <= code < 0xE000:
            raise ValueError("half of a character")
        return chr(code)
    if found[4]:
        return "\n" * (found[4].count("\n") - 1)
    return _ESCAPED[found[5]] if found[5] else _fold(found)


def plain(begin: str, lines: Sequence[str], number: int, at: int) -> tuple[str, int]:
    """The plain scalar that begins with `begin` in the line `number`, counted from 1, and the
    number of its last line; it goes on in what is further to the right than column `at`."""
    found, end = [begin], number
    while number < len(lines):
        line = lines[number]
        number += 1
        text = line.strip(" ")
        if text:
            if _width(line) <= at or text[0] == "#":
                break
            if ": " in text or " #" in text or text[-1] == ":":
                raise BeyondError
            found += [""] * (number - end - 1)
            found.append(text)
            end = number
    return folded("\n".join(found)), end


def quoted(begin: str, lines: Sequence[str], number: int) -> tuple[str, int]:
    """The same for a scalar whose quote is not closed in its first line."""
    quote = begin[0]
    found = [begin[1:]]
    while number < len(lines):
        line = lines[number]
        number += 1
        if line[:1] not in ("", " "):
            break
        inside = _INSIDE[quote].match(line)
        assert inside is not None
        end = inside.end()
        found.append(line[:end])
        if end < len(line):
            if not _NOTHING.match(line, end + 1):
                break
            text = "\n".join(found)
            value = unescaped(text) if quote == '"' else folded(text).replace("''", "'")
            if value is None:
                break
            return value, number
    raise BeyondError


def block(header: str, lines: Sequence[str], number: int, at: int) -> tuple[str, int]:
    """The same for a literal or folded scalar whose indicators are `header`."""
    first = end = number
    while first < len(lines) - 1 and not lines[first].strip(" "):
        first += 1
    digits = header.strip("|>+-")
    indent = at + int(digits) if digits else _width(lines[first])
    if indent <= at:
        raise BeyondError
    if first > number and not digits and max(map(len, lines[number:first])) > indent:
        raise BeyondError
    margin = " " * indent
    while end < len(lines) and (lines[end].startswith(margin) or not lines[end].strip(" ")):
        end += 1
    if end == len(lines) - 1:
        end -= 1
        if lines[end]:
            raise BeyondError
    if end <= first:
        raise BeyondError
    return _chomped(header, [line[indent:] for line in lines[number:end]]), end


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _chomped(header: str, lines: Sequence[str]) -> str:
    """The value of a literal or folded scalar; its lines are without their indent."""
    text = "\n".join(lines) if header[0] == "|" else _block_folded(lines)
    if "+" in header:
        return f"{text}\n"
    text = text.rstrip("\n")
    return text if "-" in header else f"{text}\n"


def _block_folded(lines: Sequence[str]) -> str:
    """Lines that begin with a space keep their breaks, and those around them."""
    folded, before, blank = "", "", True
    breaks = 0
    for line in lines:
        if not line:
            breaks += 1
            continue
        if before and not blank and line[0] != " ":
            folded += "\n" * breaks or " "
        else:
            folded += before + "\n" * breaks
        folded += line
        before, blank, breaks = "\n", line[0] == " ", 0
    return folded + "\n" * breaks
