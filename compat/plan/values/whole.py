"""Null for a value that is no field: an item of a list, a value of a map, a body."""

from compat.intent.model import Then
from compat.lens.ops import Flow, Lens, MapValues, invert
from compat.model.schema import Schema
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.gate.stance import only_passes
from compat.plan.ledger import NOTHING, Finding
from compat.plan.spot import Spot
from compat.plan.walk import Walk, declared


def bridge_whole(
    walk: Walk, old: Schema, new: Schema, spot: Spot, claims: Claims = NO_CLAIMS
) -> Lens:
    """Lead the value, null too."""
    before, after = _bridge_null(walk, old, new, spot)
    return (*before, *walk.value(old, new, spot, claims), *after)


def _bridge_null(walk: Walk, old: Schema, new: Schema, spot: Spot) -> tuple[Lens, Lens]:
    """Where one version alone admits null it is refused there, before anything else is done."""
    ours = declared(walk.old, old, spot.side).nullable
    theirs = declared(walk.new, new, spot.side).nullable
    if None in (ours, theirs) or ours == theirs:
        return (), ()
    flow = Flow.DOWN if theirs else Flow.UP
    kind = "null-admitted" if theirs else "null-excluded"
    accepted = walk.ledger.accepted(kind, spot.subject)
    refuses = accepted is None or accepted.then is Then.REFUSE
    treatment = "null is refused: say what it becomes"
    if accepted is not None:
        treatment = f"null {'is refused' if refuses else 'passes'}, as accepted"
        if not refuses:
            only_passes(accepted, "null has no field here that could go")
    judgement = Judgement(
        verdict=Verdict.LOSSY if accepted is not None else Verdict.NEEDS_INTENT,
        treatment=treatment,
    )
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=f"null may stand there in the {'new' if theirs else 'old'} version alone",
            old=old.place,
            new=new.place,
            side=spot.side,
            up=judgement if flow is Flow.UP else NOTHING,
            down=judgement if flow is Flow.DOWN else NOTHING,
        )
    )
    if not refuses:
        return (), ()
    lens: Lens = (MapValues(pairs=(), back=(), refused=(None,), difference=found),)
    return (lens, ()) if flow is Flow.UP else ((), invert(lens))
