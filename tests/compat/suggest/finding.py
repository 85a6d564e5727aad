"""Candidates for two small specs in the short form of `tests.compat.plan.making`."""

from collections.abc import Mapping
from typing import Final

from compat.intent.model import NO_INTENT
from compat.model.interface import Interface
from compat.model.shape import Shapes
from compat.plan.planner import survey
from compat.suggest.candidate import Candidate, Sort
from compat.suggest.suggest import suggest
from tests.compat.plan.making import TODAY, interface

BOTH_SIDES: Final = {"PUT /things": "{body!: Thing, 200: Thing}"}
"""The operations where nothing else is said: `Thing` travels both ways."""


def specs(
    old: str,
    new: str,
    old_operations: Mapping[str, str] = BOTH_SIDES,
    new_operations: Mapping[str, str] | None = None,
) -> tuple[Interface, Interface]:
    """Two versions, by their components and operations."""
    theirs = old_operations if new_operations is None else new_operations
    return (
        interface(old_operations, old, name="old.yaml"),
        interface(theirs, new, name="new.yaml"),
    )


def found(old: Interface, new: Interface) -> tuple[Candidate, ...]:
    """All candidates for what a plan without an intent leaves open."""
    plan, ledger = survey(old, new, NO_INTENT, today=TODAY, versions=("", ""))
    gaps = frozenset(f"{gap.kind} {gap.subject}" for gap in plan.open_gaps)
    return suggest(ledger.leftovers, Shapes(old), Shapes(new), gaps)


def things(old: str, new: str) -> tuple[Candidate, ...]:
    """Candidates for one component `Thing`, given as the text of its schema."""
    return found(*specs(f"Thing: {old}", f"Thing: {new}"))


def words(candidate: Candidate) -> list[dict[str, object]]:
    return [dict(entry.words) for entry in candidate.entries]


def best(candidates: tuple[Candidate, ...], sort: Sort) -> list[list[dict[str, object]]]:
    """The words of the best candidates of one sort."""
    return [words(one) for one in candidates if one.best and one.sort is sort]


def the(candidates: tuple[Candidate, ...], sort: Sort, **action: object) -> Candidate:
    """The candidate of the sort whose first entry says this."""
    (one,) = (
        candidate
        for candidate in candidates
        if candidate.sort is sort and action.items() <= words(candidate)[0].items()
    )
    return one


def reasons(candidate: Candidate) -> str:
    return "; ".join(evidence.reason for evidence in candidate.evidence)
