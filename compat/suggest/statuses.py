"""Statuses of errors that moved."""

from collections.abc import Iterator, Sequence

from compat.suggest import texts
from compat.suggest.candidate import Candidate, Evidence, Sort, bridge, weighed
from compat.suggest.leftovers import Leftover, Statuses
from compat.suggest.likeness import schemas_alike
from compat.suggest.reading import Versions, answer_body

_KIN = frozenset(
    frozenset(pair) for pair in (("400", "422"), ("404", "410"), ("401", "403"), ("500", "503"))
)


def statuses(versions: Versions, leftovers: Sequence[Leftover]) -> Iterator[Candidate]:
    for left in leftovers:
        if isinstance(left, Statuses):
            for old in left.removed:
                for new in left.added:
                    if old.isdigit() and new.isdigit() and old[0] == new[0]:
                        yield _status(versions, left, old, new)


def _status(versions: Versions, left: Statuses, old: str, new: str) -> Candidate:
    ours = next(answer for answer in left.old.answers if answer.status == old)
    theirs = next(answer for answer in left.new.answers if answer.status == new)
    evidence = [Evidence(0.2, f"both are {old[0]}XX")]
    same = [
        sum(status[0] == old[0] for status in statuses) for statuses in (left.removed, left.added)
    ]
    if same == [1, 1]:
        evidence.append(Evidence(0.15, "no other status of the class was removed or added"))
    if frozenset((old, new)) in _KIN:
        evidence.append(Evidence(0.25, f"{old} and {new} say nearly the same"))
    found = texts.likeness(ours.description, theirs.description)
    if found:
        reason = f"the descriptions share {found:.0%} of their words"
        evidence.append(Evidence(0.2 * found, reason))
    bodies = answer_body(left.old, old), answer_body(left.new, new)
    if bodies[0] is not None and bodies[1] is not None:
        evidence += schemas_alike(versions, bodies[0], bodies[1])
    subjects = f"{left.old.key} response {old}", f"{left.new.key} response {new}"
    return Candidate(
        sort=Sort.STATUS,
        evidence=weighed(evidence),
        entries=(bridge(f"{left.old.key} response", status={old: int(new)}),),
        explains=frozenset((("old", subjects[0], "status"), ("new", subjects[1], "status"))),
        answers=frozenset((f"status-removed {subjects[0]}", f"status-added {subjects[1]}")),
        old=ours.place,
        new=theirs.place,
    )
