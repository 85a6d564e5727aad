"""Patterns of specs, which are searched for only where that cannot take long.

Python's `re` tries every way in which a text may be shared out among the parts of a pattern. Here
is a bound on how many there are, found without trying one. Two things make ways: pieces of no fixed
length in a row, and repetitions of a group that leaves a choice in each of its turns, or where
nothing tells the turns apart. Those, and what is not looked into (flags, back references,
conditions), have no bound.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import comb, inf
from typing import Final

from compat.model.record import record

EFFORT_MAX: Final = 1_000_000  # ways that may have to be tried in one text
_PATTERN_CHARS_MAX: Final = 1_000
_DEPTH_MAX: Final = 20  # of groups in each other
_CHARACTERS: Final = "".join(map(chr, range(128))) + "éß✓"
_OPENING: Final = re.compile(r"\((?:\?(?::|<?[=!]|P?<[A-Za-z_]\w*>)|(?!\?))")
_QUANTIFIER: Final = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d*\})[?+]?")
_ATOM: Final = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^xuU1-9])"
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]"
    r"|[^\\\[()|*+?]",
    re.DOTALL,
)
_WIDTHLESS: Final = frozenset((*"^$", *(r"\b", r"\B", r"\A", r"\Z")))


class _UnboundedError(Exception):
    """There is no saying how many ways there are."""


@record(kw_only=True)
class _Piece:
    """Characters of `matched`. `freedom` is how many lengths may be chosen in it.

    `firsts` are what it may begin with. With `is_sure` it is one character that has to be there.
    """

    matched: frozenset[str]
    firsts: frozenset[str]
    may_be_empty: bool
    is_sure: bool = False
    freedom: int = 0


_Sequence = tuple[_Piece, ...]


def searched(pattern: str, text: str) -> bool | None:
    """Does the text hold what the pattern says? None where that cannot be told, or takes long."""
    if effort(pattern, len(text)) > EFFORT_MAX:
        return None
    return re.search(pattern, text) is not None


def effort(pattern: str, length: int) -> float:
    """At most how many ways are tried in a text of that length; infinite where nothing tells."""
    freedom = _freedom(pattern)
    return inf if freedom is None else comb(length + freedom + 1, freedom + 1)


@lru_cache(maxsize=1_000)
def _freedom(pattern: str) -> int | None:
    if len(pattern) > _PATTERN_CHARS_MAX:
        return None
    try:
        re.compile(pattern)
        reader = _Reader(pattern)
        alternatives = reader.alternatives(0)
    except (re.error, OverflowError, RecursionError, _UnboundedError):
        return None
    if reader.at < len(pattern):
        return None
    return max(map(_freedom_in_a_row, alternatives)) + _overlap(alternatives)


@dataclass(slots=True)
class _Reader:
    """Reads a pattern from left to right."""

    pattern: str
    at: int = 0

    def alternatives(self, depth: int) -> tuple[_Sequence, ...]:
        """Up to the end of a group, or of all."""
        if depth > _DEPTH_MAX:
            raise _UnboundedError
        found = [self._sequence(depth)]
        while self.pattern.startswith("|", self.at):
            self.at += 1
            found.append(self._sequence(depth))
        return tuple(found)

    def _sequence(self, depth: int) -> _Sequence:
        found = list[_Piece]()
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            found += self._pieces(depth)
        return tuple(found)

    def _pieces(self, depth: int) -> _Sequence:
        """A character or a group, with how often it is there."""
        if opening := _OPENING.match(self.pattern, self.at):
            self.at = opening.end()
            body = self.alternatives(depth + 1)
            self.at += 1
            least, most = self._times()
            piece = _repeated(body, least, most)
            looks = opening[0].endswith(("=", "!"))  # ahead or back, and takes nothing
            return (replace(piece, may_be_empty=True) if looks else piece,)
        atom = _ATOM.match(self.pattern, self.at)
        if atom is None:
            raise _UnboundedError
        self.at = atom.end()
        least, most = self._times()
        if atom[0] in _WIDTHLESS:
            return ()
        matches = re.compile(atom[0], re.DOTALL).fullmatch
        matched = frozenset(filter(matches, _CHARACTERS + self.pattern))
        return (
            _Piece(
                matched=matched,
                firsts=matched,
                may_be_empty=not least,
                is_sure=least == most == 1,
                freedom=int(least != most),
            ),
        )

    def _times(self) -> tuple[int, float]:
        found = _QUANTIFIER.match(self.pattern, self.at)
        if found is None:
            return 1, 1
        self.at = found.end()
        sign = found[0][0]
        if sign != "{":
            return int(sign == "+"), 1 if sign == "?" else inf
        least, comma, most = found[0].rstrip("?+")[1:-1].partition(",")
        unlimited = inf if comma else int(least)
        return int(least or 0), int(most) if most else unlimited


def _repeated(body: tuple[_Sequence, ...], least: int, most: float) -> _Piece:
    """A group of these alternatives, so many times."""
    whole = _joined(body)
    if most <= 1:
        freedom = whole.freedom
        if least != most:
            freedom = max(freedom, 1) + int(whole.may_be_empty)
    elif most < inf:
        freedom = int(most) * whole.freedom + int(least != most)
    elif _has_one_way(body, whole):
        freedom = 1
    else:
        raise _UnboundedError
    return replace(whole, may_be_empty=whole.may_be_empty or not least, freedom=freedom)


def _joined(body: tuple[_Sequence, ...]) -> _Piece:
    return _Piece(
        matched=frozenset().union(*(piece.matched for each in body for piece in each)),
        firsts=frozenset().union(*map(_firsts, body)),
        may_be_empty=any(map(_may_be_empty, body)),
        freedom=max(map(_freedom_of, body)) + _overlap(body),
    )


def _firsts(sequence: _Sequence) -> frozenset[str]:
    found = frozenset[str]()
    for piece in sequence:
        found |= piece.firsts
        if not piece.may_be_empty:
            break
    return found


def _may_be_empty(sequence: _Sequence) -> bool:
    return all(piece.may_be_empty for piece in sequence)


def _has_one_way(body: tuple[_Sequence, ...], whole: _Piece) -> bool:
    """Is there but one way to share out a text among any number of turns?"""
    if whole.may_be_empty or whole.freedom > 1:
        return False
    return all(not _freedom_of(each) or _is_told_apart(each, body) for each in body)


def _is_told_apart(sequence: _Sequence, body: tuple[_Sequence, ...]) -> bool:
    """Does it begin or end with a character that is nowhere else in the group?"""
    pieces = [piece for each in body for piece in each]
    return any(
        end.is_sure and not any(end.matched & each.matched for each in pieces if each is not end)
        for end in (sequence[0], sequence[-1])
    )


def _freedom_of(sequence: _Sequence) -> int:
    return sum(piece.freedom for piece in sequence)


def _freedom_in_a_row(sequence: _Sequence) -> int:
    """The most between characters that no piece of any length matches."""
    loose = frozenset[str]().union(*(piece.matched for piece in sequence if piece.freedom))
    most = row = 0
    for piece in sequence:
        row = 0 if piece.is_sure and not piece.matched & loose else row + piece.freedom
        most = max(most, row)
    return most


def _overlap(body: Sequence[_Sequence]) -> int:
    """What is added where the first character does not tell which alternative it is."""
    if len(body) < 2:
        return 0
    seen = set[str]()
    for sequence in body:
        firsts = _firsts(sequence)
        if _may_be_empty(sequence) or firsts & seen:
            return len(body)
        seen |= firsts
    return 0
