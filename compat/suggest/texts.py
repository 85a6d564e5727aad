"""Descriptions: how alike two of them are, and which other field one of them names."""

import re
from functools import lru_cache
from typing import Final

from compat.suggest.vocabulary import FILLERS
from compat.suggest.words import singular, words

_CHARS_MAX: Final = 2_000
_WORD: Final = re.compile(r"[^\W_]{2,}")
_MARKUP: Final = re.compile(r"<[^<>]{0,200}>|[`*_]")
# What stands before the name of a field that says the same, or stands in for this one.
_CUES: Final = (
    r"equal to|equals|equivalent (?:of|to)|same as|identical to|alias (?:of|for)|synonym (?:of|for)"
    r"|copy of|duplicate of|renamed(?: to)?|replaced by|superseded by|succeeded by|in favou?r of"
    r"|moved to|migrate to|replacement for|replaces|use|see|instead of|known as|was called"
)


@lru_cache(maxsize=1 << 14)
def content_words(text: str) -> frozenset[str]:
    """The words of a description that say something, in the singular and without endings."""
    found = _WORD.findall(_MARKUP.sub(" ", text[:_CHARS_MAX]).lower())
    return frozenset(_stem(word) for word in found if word not in FILLERS)


@lru_cache(maxsize=1 << 14)
def likeness(one: str, other: str) -> float | None:
    """0 to 1: the share of words in common; None where either says nothing."""
    ours, theirs = content_words(one), content_words(other)
    if not ours or not theirs:
        return None
    common = len(ours & theirs)
    if common < 2 and len(ours | theirs) > 2:
        return 0.0
    return common / len(ours | theirs)


def names(text: str, name: str) -> str:
    """How the description speaks of the field `name`: the words before it, "" if it does not.

    A name that is an ordinary word counts only with quotes around it, or with a cue before it.
    """
    if not name or len(name) > 100 or name not in text:
        return ""
    quoted = rf"[`'\"“‘*]{{0,3}}{re.escape(name)}(?![\w-])"
    cued = re.search(rf"\b((?i:{_CUES}))\s+(?:the |of )?{quoted}", text[:_CHARS_MAX])
    if cued is not None:
        return cued[1].lower()
    marked = re.search(rf"[`'\"“‘]{re.escape(name)}[`'\"”’]", text[:_CHARS_MAX])
    bare = re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text[:_CHARS_MAX])
    is_word = len(words(name)) == 1 and name.isalpha()
    return "names" if marked is not None or (bare is not None and not is_word) else ""


def _stem(word: str) -> str:
    word = singular(word)
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word.removesuffix(ending)
    return word
