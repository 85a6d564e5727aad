"""Which candidates are best together, and which of the others are worth showing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from compat.suggest.candidate import Candidate, Matter

SHOWN_MIN = 0.1
BEST_MIN = 0.25
"""What scores less is shown, with its evidence, but not held to be meant."""

OTHERS_MAX = 2
"""So many others are shown for one matter."""


def ranked(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The best ones marked, the strongest first in each place; poor ones left out.

    The strongest takes what it explains out of the running, then the next, so that each matter is
    explained once. A matter that begins with another is the same one, looked at more closely.
    """
    taken: set[Matter] = set()
    begun: set[Matter] = set()
    shown: Counter[Matter] = Counter()
    found = []
    for candidate in sorted(_unique(candidates), key=_strength):
        is_free = not _touches(candidate, taken, begun)
        if candidate.score >= BEST_MIN and is_free:
            taken |= candidate.explains
            begun.update(part for matter in candidate.explains for part in _beginnings(matter))
            found.append(replace(candidate, best=True))
        elif candidate.score >= (SHOWN_MIN if is_free else BEST_MIN) and all(
            shown[matter] < OTHERS_MAX for matter in candidate.explains
        ):
            shown.update(candidate.explains)
            found.append(candidate)
    return tuple(sorted(found, key=lambda one: (_place(one), *_strength(one))))


def _unique(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """The strongest of those with the same entries."""
    known: dict[str, Candidate] = {}
    for candidate in candidates:
        key = repr([entry.words for entry in candidate.entries])
        if key not in known or known[key].score < candidate.score:
            known[key] = candidate
    yield from known.values()


def _strength(candidate: Candidate) -> tuple[float, str, str]:
    words = repr([entry.words for entry in candidate.entries])
    return -candidate.score, candidate.sort, words


def _touches(candidate: Candidate, taken: set[Matter], begun: set[Matter]) -> bool:
    """Does it explain, in part or whole, what is explained already?"""
    return any(
        matter in begun or any(part in taken for part in _beginnings(matter))
        for matter in candidate.explains
    )


def _beginnings(matter: Matter) -> Iterator[Matter]:
    """The matter and what it lies within, down to an address and one name."""
    yield from (matter[:length] for length in range(3, len(matter) + 1))


def _place(candidate: Candidate) -> tuple[str, ...]:
    """Candidates that explain the same old thing, or else the same new one, stand together."""
    removed = sorted(matter for matter in candidate.explains if matter[0] == "old")
    return (removed or sorted(candidate.explains))[0]
