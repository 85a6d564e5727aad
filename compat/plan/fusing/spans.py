"""The ways from older to newer versions of a row, for every two of them.

Two neighbours have the plan of their step. From there on the steps' plans are fused, or follow one
another in a chain where they cannot be one. As long as nobody decided anything about the steps, the
two specs are planned by themselves, too: what came and went between them is no difference then.
With decisions they are not, for what the steps say of a field is lost where only its ends are seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from compat.intent.model import Intent
from compat.model.interface import Interface
from compat.plan.bridge import BridgePlan
from compat.plan.fusing.fuse import FuseError, fuse
from compat.plan.planner import plan


class Route(StrEnum):
    """How the plan, or the plans, between two versions came about."""

    DIRECT = "direct"  # from the two specs
    FUSED = "fused"  # the plans of several steps as one
    CHAINED = "chained"  # the plans of several steps, which cannot be one, in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way between two versions; `legs` are several plans in a row only where it is a chain."""

    route: Route
    legs: tuple[BridgePlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Two versions by their numbers in the row, and the ways between them; there is one at least.

    The first is that of the steps.
    """

    older: int
    newer: int
    ways: tuple[Way, ...]


def spans(
    row: Sequence[Interface], intents: Sequence[Intent], names: Sequence[str], *, today: str
) -> Iterator[Span]:
    """Every two of a row of versions, each planned as soon as it is asked for.

    `intents` has one for each step. Raises IntentError for one that does not fit its step.
    """
    steps: list[BridgePlan] = []
    for at, intent in enumerate(intents):
        step = plan(row[at], row[at + 1], intent, today=today, versions=(names[at], names[at + 1]))
        steps.append(step)
        yield Span(older=at, newer=at + 1, ways=(Way(route=Route.DIRECT, legs=(step,)),))
    for older, first in enumerate(steps):
        so_far = Way(route=Route.FUSED, legs=(first,))
        for newer in range(older + 2, len(row)):
            so_far = _further(so_far, steps[newer - 1])
            ways = [so_far]
            if _is_open(steps[older:newer]):
                versions = names[older], names[newer]
                alone = plan(row[older], row[newer], today=today, versions=versions)
                ways.append(Way(route=Route.DIRECT, legs=(alone,)))
            yield Span(older=older, newer=newer, ways=tuple(ways))


def _further(way: Way, step: BridgePlan) -> Way:
    if way.route is Route.CHAINED:
        return Way(route=Route.CHAINED, legs=(*way.legs, step))
    [so_far] = way.legs
    try:
        return Way(route=Route.FUSED, legs=(fuse(so_far, step),))
    except FuseError:
        return Way(route=Route.CHAINED, legs=(so_far, step))


def _is_open(steps: Sequence[BridgePlan]) -> bool:
    """Nobody decided anything, or all that was done is undone."""
    is_back = steps[0].old.digest == steps[-1].new.digest
    return is_back or not any(step.intent_digest for step in steps)
