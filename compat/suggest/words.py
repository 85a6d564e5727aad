"""Names as words: how alike two of them are, and whether they say opposite things."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from compat.suggest.vocabulary import COMMON, LONG, OPPOSITES

_JOINTS: Final = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NAME_CHARS_MAX: Final = 200  # longer ones are compared by their beginnings

_UNIT: Final = re.compile(r"([KMGTP]i?B|[kMG]Hz)(?![a-z])")  # one word, unlike other capitals
_COMMON_WEIGHT: Final = 0.4
_RATIO_MIN: Final = 0.85  # color and colour are nearer than that, weight and height are not


@lru_cache(maxsize=1 << 16)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in any style, in the singular and written out."""
    name = name[:_NAME_CHARS_MAX].replace("IPv", "Ipv")
    parts = _JOINTS.split(_UNIT.sub(lambda found: f"_{found[0].lower()}", name))
    return tuple(LONG.get(word, word) for word in (singular(p.lower()) for p in parts if p))


def singular(word: str) -> str:
    """English plurals, roughly: two words are treated alike, so a wrong one does no harm."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=1 << 16)
def likeness(one: str, other: str) -> float:
    """0 (no word in common) to 1 (the same words)."""
    ours, theirs = words(one), words(other)
    if not ours or not theirs:
        return 0.0
    if "".join(ours) == "".join(theirs):
        return 1.0
    weights = sum(map(_weight, (*ours, *theirs)))
    shared = sum(_weight(word) * _best(word, theirs) for word in ours)
    shared += sum(_weight(word) * _best(word, ours) for word in theirs)
    return shared / weights


def shared_words(one: str, other: str) -> tuple[str, ...]:
    """The words that both names have, in the order of the first."""
    theirs = words(other)
    return tuple(dict.fromkeys(word for word in words(one) if word in theirs))


def opposites(one: str, other: str) -> tuple[str, str] | None:
    """The two words with which the names say opposite things, if they do."""
    ours = [word for word in words(one) if word not in words(other)]
    theirs = [word for word in words(other) if word not in words(one)]
    return next(
        (
            (word, against)
            for word in ours
            for against in theirs
            if frozenset((word, against)) in OPPOSITES
        ),
        None,
    )


def _weight(word: str) -> float:
    return _COMMON_WEIGHT if word in COMMON else 1.0


def _best(word: str, others: Sequence[str]) -> float:
    return max(_close(word, other) for other in others)


@lru_cache(maxsize=1 << 16)
def _close(one: str, other: str) -> float:
    """The same word, one the beginning of the other, or a few letters apart."""
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) > 2 and long.startswith(short):
        return 0.8 if len(short) > 3 else 0.5
    if len(short) > 4:
        ratio = SequenceMatcher(None, one, other, autojunk=False).ratio()
        return 0.8 * ratio if ratio >= _RATIO_MIN else 0.0
    return 0.0
