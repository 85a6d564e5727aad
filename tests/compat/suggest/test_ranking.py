"""One explanation for each matter, the strongest first, always in the same order."""

import random
from collections.abc import Iterable

from compat.suggest.candidate import Candidate, Evidence, Matter, Sort, bridge
from compat.suggest.ranking import BEST_MIN, OTHERS_MAX, SHOWN_MIN, ranked
from tests.compat.suggest.finding import things, words


def candidate(score: float, name: str, *explains: Matter) -> Candidate:
    return Candidate(
        sort=Sort.RENAME,
        evidence=(Evidence(score, "for the test"),),
        entries=(bridge("A", rename={name: name}),),
        explains=frozenset(explains),
        answers=frozenset(),
        old=None,
        new=None,
    )


def old(*path: str) -> Matter:
    return ("old", "A", *path)


def new(*path: str) -> Matter:
    return ("new", "A", *path)


def names(found: Iterable[Candidate]) -> list[str]:
    """The names, those of the best in capitals, in the order of their scores."""
    order = sorted(found, key=lambda one: -one.score)
    spelled = [("".join(one.entries[0].words["rename"]), one.best) for one in order]  # type: ignore[arg-type]
    return [name.upper() if is_best else name for name, is_best in spelled]


def test_a_matter_is_explained_once() -> None:
    found = ranked(
        [
            candidate(0.9, "a", old("x"), new("y")),
            candidate(0.8, "b", old("x"), new("z")),
            candidate(0.7, "c", old("w"), new("z")),
        ]
    )
    assert names(found) == ["A", "b", "C"]


def test_what_lies_in_another_matter_is_the_same_one() -> None:
    found = ranked(
        [
            candidate(0.9, "a", old("x"), new("holder", "x")),
            candidate(0.8, "b", old("y"), new("holder")),
            candidate(0.7, "c", old("z"), new("holder", "z")),
            candidate(0.6, "d", old("v"), new("holder", "x", "deeper")),
        ]
    )
    assert names(found) == ["A", "b", "C", "d"]


def test_what_is_weak_is_shown_and_not_held_to_be_meant() -> None:
    found = ranked(
        [
            candidate(BEST_MIN - 0.01, "a", old("x")),
            candidate(SHOWN_MIN - 0.01, "b", old("y")),
        ]
    )
    assert names(found) == ["a"]


def test_weak_ones_are_not_shown_beside_a_better_one() -> None:
    found = ranked([candidate(0.9, "a", old("x")), candidate(0.2, "b", old("x"))])
    assert names(found) == ["A"]


def test_only_so_many_others_are_shown() -> None:
    found = ranked(candidate(0.9 - index / 100, f"n{index}", old("x")) for index in range(9))
    assert names(found) == ["N0", *(f"n{index}" for index in range(1, OTHERS_MAX + 1))]


def test_the_same_entries_come_once_with_the_better_evidence() -> None:
    found = ranked([candidate(0.4, "a", old("x")), candidate(0.6, "a", old("x"))])
    assert [(one.score, one.best) for one in found] == [(0.6, True)]


def test_the_order_does_not_depend_on_how_they_were_found() -> None:
    every = [
        candidate(0.3 + (index % 4) / 10, f"n{index}", old(str(index % 5)), new(str(index % 3)))
        for index in range(20)
    ]
    first = ranked(every)
    for seed in range(5):
        random.Random(seed).shuffle(every)
        assert ranked(every) == first


def test_candidates_for_one_place_stand_together_the_best_first() -> None:
    found = things(
        "{log_fifo: string, other_fifo: string}", "{log_path: string, log_fifo_path: string}"
    )
    first, second, *_ = found
    assert (first.best, second.best) == (True, False)
    assert words(first)[0]["rename"] == {"log_fifo": "log_fifo_path"}
    assert words(second)[0]["rename"] == {"log_fifo": "log_path"}


def test_evidence_adds_up_and_never_to_certainty() -> None:
    every = candidate(0.9, "a", old("x"))
    parts = (Evidence(0.9, "a"), Evidence(0.9, "b"), Evidence(-0.1, "c"))
    sure = Candidate(
        sort=Sort.RENAME,
        evidence=parts,
        entries=every.entries,
        explains=every.explains,
        answers=every.answers,
        old=None,
        new=None,
    )
    assert sure.score == 0.99
