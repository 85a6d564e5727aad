"""Words that became others all over an interface: `dataset_id` -> `asset_id`, `/datasets` -> ...

One name with another word in it is weak evidence; the same two words in several names are not.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from compat.suggest.leftovers import Leftover, Lone, Table
from compat.suggest.reading import Shifts, Version
from compat.suggest.words import words

_PAIRS_MAX = 200_000


def shifts(leftovers: Iterable[Leftover], old: Version, new: Version) -> Shifts:
    """What is witnessed by removed and added names that have other words in common.

    Of several words that may have taken a word's place, the one with the most witnesses did.
    """
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for count, (one, other) in enumerate(_pairs(leftovers, old, new)):
        if count == _PAIRS_MAX:
            break
        shift = replaced(words(one), words(other))
        if shift is not None and len(words(one)) > 1:
            seen[one, other] = shift
    counted = Counter(seen.values())
    most: Counter[str] = Counter()
    for (word, _), times in counted.items():
        most[word] = max(most[word], times)
    return {shift: times for shift, times in counted.items() if times == most[shift[0]]}


def replaced(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, str] | None:
    """The one word of the old name that is another in the new."""
    if len(old) != len(new):
        return None
    found = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    return found[0] if len(found) == 1 else None


def _pairs(leftovers: Iterable[Leftover], old: Version, new: Version) -> Iterator[tuple[str, str]]:
    for left in leftovers:
        if isinstance(left, Table):
            yield from ((one, other) for one in left.removed for other in left.added)
        elif isinstance(left, Lone):
            theirs = [new.path(operation) for operation in left.added]
            for operation in left.removed:
                one = old.path(operation)
                yield from ((one, other) for other in theirs)
