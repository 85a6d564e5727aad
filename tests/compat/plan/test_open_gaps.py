"""Every open gap has something in the lenses of its role that refuses what it is about."""

from collections.abc import Iterator

import pytest

from compat.lens.ops import (
    Apply,
    Case,
    Default,
    DifferenceId,
    Disclose,
    Drop,
    Flow,
    Focus,
    Forget,
    Gap,
    Lens,
    Limit,
    Loss,
    MapValues,
    Op,
    Unwrap,
    invert,
)
from compat.model.role import Role
from compat.model.schema import ABSENT
from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from compat.source import load_interface
from tests.compat.plan.making import TODAY
from tests.shared import spec as published

PAIRS = (
    ("firecracker/v0.25.0.yaml", "firecracker/v1.0.0.yaml"),
    ("mayastor/v1.0.0.yaml", "mayastor/v2.0.0.yaml"),
    ("moby/v1.25.yaml", "moby/v1.52.yaml"),
    ("airflow/2.10.0-v1.yaml", "airflow/3.2.1-v2.yaml"),
)
UNSEEN = {
    "answer-type-removed": "what a client asks for is not in the answer it gets",
    "media-type-changed": "likewise, of a type that its answers came in",
    "other-json-changed": "an answer's type does not tell which of two schemas it has",
    "security-changed": "whoever has no other credentials is told so by the server",
}
"""Kinds of which no message shows what is beyond."""

WHOLE = ("became-stream", "variants-indistinct")
"""Kinds that refuse all there is, so that nothing in it comes to its own lens."""


def refusals(made: BridgePlan, role: Role) -> set[DifferenceId]:
    """The differences that something in the role refuses a message for."""
    found: set[DifferenceId] = set()
    seen: set[tuple[str, Flow]] = set()

    def look(lens: Lens) -> Iterator[Op]:
        for op in lens:
            yield op
            match op:
                case Focus(lens=inner):
                    yield from look(inner)
                case Case(branches=branches):
                    for branch in branches:
                        yield from look(branch.lens)
                case Apply(name=name, flow=flow) if (name, flow) not in seen:
                    seen.add((name, flow))
                    up = made.lenses[name].up
                    yield from look(up if flow is Flow.UP else invert(up))

    for exchange in made.exchanges[role]:
        found |= {exchange.gap} if exchange.gap is not None else set()
        for call in exchange.calls:
            for lens in (call.request, *(answer.lens for answer in call.answers)):
                found |= {op.difference for op in look(lens) if refuses(op)}  # type: ignore[union-attr]
    return found


def refuses(op: Op) -> bool:
    match op:
        case Gap(forward=forward):
            return forward
        case Limit(admits=admits):
            return admits is not None
        case MapValues(refused=refused):
            return bool(refused)
        case Default(value=value, demand=demand):
            return value is ABSENT and demand
        case Drop(loss=loss) | Forget(loss=loss) | Unwrap(loss=loss) | Disclose(loss=loss):
            return loss is Loss.REFUSE
        case _:
            return False


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_what_is_an_open_gap_is_refused(old: str, new: str) -> None:
    ours, theirs = (
        load_interface(str(published(name)), validate=False).interface for name in (old, new)
    )
    made = plan(ours, theirs, today=TODAY)
    for role in Role:
        refused = refusals(made, role)
        covered = {
            operation
            for one in made.open_gaps
            if one.kind in WHOLE and one.id in refused
            for operation in one.operations
        }
        silent = [
            f"{one.kind} {one.subject}"
            for one in made.open_gaps
            if one.judgements[role].verdict.is_gap
            and one.id not in refused
            and one.kind not in UNSEEN
            and not covered & set(one.operations)
        ]
        assert silent == []
