"""The figures of a plan: how much differs, and how it is crossed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from compat.model.role import Role
from compat.plan.bridge import BridgePlan, Exchange, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """How many of one role's operations cross in which way."""

    unchanged: int
    translated: int
    hooked: int
    refused: int

    @property
    def total(self) -> int:
        return self.unchanged + self.translated + self.hooked + self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts of a plan; `verdicts` has every verdict of both roles, in the verdicts' order."""

    differences: int
    open_gaps: int
    accepted: int
    verdicts: Mapping[Role, Mapping[Verdict, int]]
    crossings: Mapping[Role, Crossing]


def summary(plan: BridgePlan) -> Summary:
    """Count everything once."""
    return Summary(
        differences=len(plan.differences),
        open_gaps=len(plan.open_gaps),
        accepted=sum(each.acceptance is not None for each in plan.differences),
        verdicts={role: _verdicts(plan, role) for role in Role},
        crossings={role: crossing(plan.exchanges.get(role, ())) for role in Role},
    )


def _verdicts(plan: BridgePlan, role: Role) -> Mapping[Verdict, int]:
    counts = Counter(each.judgements[role].verdict for each in plan.differences)
    return {verdict: counts[verdict] for verdict in Verdict}


def crossing(exchanges: tuple[Exchange, ...]) -> Crossing:
    """Count one role's operations by how they cross."""
    unchanged = sum(each.is_identity for each in exchanges)
    hooked = sum(each.hook is not None for each in exchanges)
    refused = sum(each.hook is None and not each.calls for each in exchanges)
    return Crossing(
        unchanged=unchanged,
        hooked=hooked,
        refused=refused,
        translated=len(exchanges) - unchanged - hooked - refused,
    )
