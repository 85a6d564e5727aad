"""Where the nodes of a JSON text stand: each object or list is gone through when it is asked for.

What is inside of its members is passed over in one match, so that finding one place costs the
reading of what stands around it, and not a mark for every node of the text.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, cached_property
from itertools import accumulate
from typing import Final, NamedTuple

import orjson

from compat.load.marks import Below, Mark
from compat.load.parsed import Complaints
from compat.load.pointer import join

# Possessive: a long text would otherwise be remembered character by character, to go back over.
# Groups are not: before Python 3.11.5 one whose last round fails leaves off in its midst.
STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*"'
_LEVELS: Final = 24  # of objects and lists in each other that are passed over in one match
_REST: Final = r'[^\[\]{}"]*+'
_BLANK: Final = re.compile(r"[\s,]*+")
_KEY: Final = re.compile(rf"({STRING})\s*+:\s*+", re.DOTALL)
_SCALAR: Final = re.compile(rf"{STRING}|[^\s\[\]{{}},\"]++", re.DOTALL)
_BRACES: Final = re.compile(rf"{STRING}|[\[\]{{}}]", re.DOTALL)


def _held(levels: int) -> str:
    """What may stand in an object or a list."""
    below = rf"|[\[{{]{_held(levels - 1)}[\]}}]" if levels else ""
    return rf"{_REST}(?:(?:{STRING}{below}){_REST})*"


@cache
def _nested() -> re.Pattern[str]:
    return re.compile(rf"[\[{{]{_held(_LEVELS)}[\]}}]", re.DOTALL)


class _Member(NamedTuple):
    """`token` is its key or index; `at` where that stands, `value_at` where the value does."""

    token: str
    at: int
    value_at: int


class Text:
    """Valid JSON, and the lines of it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def root(self) -> Mark:
        start = _after_blank(self.text, 0)
        return self.mark(_Member("", start, start))

    @cached_property
    def _lines(self) -> list[int]:
        """Where each line ends, its break included."""
        return [*accumulate(len(line) + 1 for line in self.text.split("\n"))]

    def mark(self, member: _Member) -> Mark:
        line = bisect_right(self._lines, member.at)
        column = member.at - (self._lines[line - 1] if line else 0) + 1
        if self.text[member.value_at] in "[{":
            return Mark(line + 1, column, Below(lambda: self._below(member.value_at)))
        return Mark(line + 1, column)

    def _below(self, start: int) -> dict[str, Mark]:
        """The marks in the object or list that begins there; of two with one key the later one."""
        return {member.token: self.mark(member) for member in _members(self.text, start)}

    def complaints(self) -> Complaints:
        """Of keys that stand twice in one object."""
        found = Complaints()
        waiting = [("", self._inside(_after_blank(self.text, 0)), set[str]())]
        while waiting:
            pointer, members, seen = waiting[-1]
            member = next(members, None)
            if member is None:
                waiting.pop()
                continue
            below = join(pointer, member.token)
            if member.token in seen:
                found.repeated_key(below, member.token)
            seen.add(member.token)
            waiting.append((below, self._inside(member.value_at), set()))
        return found

    def _inside(self, start: int) -> Iterator[_Member]:
        """Of the value that begins there, none of a scalar."""
        return _members(self.text, start) if self.text[start] in "[{" else iter(())


def _members(text: str, start: int) -> Iterator[_Member]:
    """Of the object or the list that begins there."""
    is_object = text[start] == "{"
    at, index = _after_blank(text, start + 1), 0
    while text[at] not in "]}":
        token, value_at = str(index), at
        if is_object:
            key = _KEY.match(text, at)
            assert key is not None
            token, value_at = orjson.loads(key[1]), key.end()
        yield _Member(token, at, value_at)
        at, index = _after_blank(text, _end(text, value_at)), index + 1


def _after_blank(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    assert blank is not None
    return blank.end()


def _end(text: str, start: int) -> int:
    """Where the value ends that begins there."""
    if text[start] not in "[{":
        scalar = _SCALAR.match(text, start)
        assert scalar is not None
        return scalar.end()
    if nested := _nested().match(text, start):
        return nested.end()
    return _end_of_deep(text, start)


def _end_of_deep(text: str, start: int) -> int:
    level = 0
    for found in _BRACES.finditer(text, start):
        level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if not level:
            return found.end()
    raise AssertionError("the text is no JSON")
