"""What nothing bridges, and the hook a person can put there instead."""

from compat.intent.model import Then, UseHook
from compat.lens.ops import Flow, Gap, Hook, Lens
from compat.model.schema import Schema
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gate.stubs import hook_stub
from compat.plan.ledger import Finding, value_hook_needs
from compat.plan.spot import Spot
from compat.plan.walk import Walk
from compat.suggest.leftovers import Retyped


def incompatible(walk: Walk, old: Schema, new: Schema, spot: Spot, why: str) -> Lens:
    """The value has another nature in each version: refused, unless a person lets it pass."""
    kind = "type-changed"
    accepted = walk.ledger.accepted(kind, spot.subject)
    retyped = Retyped(subject=spot.subject, addresses=(spot.old, spot.new), schemas=(old, new))
    walk.ledger.leftovers.append(retyped)
    passes = accepted is not None and accepted.then is not Then.REFUSE
    judgement = Judgement(
        verdict=Verdict.UNBRIDGEABLE,
        treatment="passes as it is, as accepted" if passes else "is refused",
    )
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=why,
            old=old.place,
            new=new.place,
            side=spot.side,
            up=judgement,
            down=judgement,
            stub=hook_stub(spot.old),
        )
    )
    return () if passes else (Gap(forward=True, back=True, difference=found),)


def stated_hook(walk: Walk, old: Schema, new: Schema, spot: Spot) -> Lens | None:
    """A person's function decides all there is below this spot, which are not two objects."""
    action = walk.ledger.action(spot, UseHook)
    if action is None:
        return None
    done = Judgement(verdict=Verdict.LOSSLESS, treatment=f"the hook {action.name} converts it")
    found = walk.ledger.enter(
        Finding(
            kind="hooked",
            subject=spot.subject,
            message=f"converted by the hook {action.name}",
            old=old.place,
            new=new.place,
            side=spot.side,
            up=done,
            down=done,
        )
    )
    for need in value_hook_needs(action.name, found, f"{spot.subject} between the versions"):
        walk.ledger.hook(need)
    return (Hook(name=action.name, flow=Flow.UP, difference=found),)
