"""Finding out what a bridge would have to do where none is made."""

from collections.abc import Callable, Sequence

from compat.intent.model import NO_INTENT
from compat.lens.ops import Flow
from compat.model.role import Role
from compat.plan.bridge import Difference, Verdict
from compat.plan.ledger import Ledger
from compat.plan.spot import Side, role
from compat.plan.values.walker import Walker
from compat.plan.walk import Walk

_SHOWN_MAX = 3


def rehearsed(walk: Walk, bridge: Callable[[Walker], object]) -> Sequence[Difference]:
    """The differences that bridging meets, with a book of its own and no intent."""
    ledger = Ledger(intent=NO_INTENT, today=walk.ledger.today, roles=walk.ledger.roles)
    walker = Walker(ledger=ledger, old=walk.old, new=walk.new)
    walker.root("rehearsal")
    bridge(walker)
    walker.finish()
    return ledger.differences()


def troubled(differences: Sequence[Difference], who: Role) -> bool:
    """Is there any that something would have to be done about?"""
    return any(each.judgements[who].verdict > Verdict.NONE for each in differences)


def troubled_flows(differences: Sequence[Difference], side: Side) -> frozenset[Flow]:
    return frozenset(flow for flow in Flow if troubled(differences, role(side, flow)))


def summary(differences: Sequence[Difference]) -> str:
    """The first few in words, the worst first."""
    worst = sorted(differences, key=lambda each: -each.verdict)
    more = f"; and {len(worst) - _SHOWN_MAX} more" if len(worst) > _SHOWN_MAX else ""
    return "; ".join(f"{each.kind} {each.subject}" for each in worst[:_SHOWN_MAX]) + more
