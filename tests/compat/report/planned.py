"""Plans for reports: the appliance's, and differences made by hand."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from compat.intent.model import NO_INTENT
from compat.intent.read import read_intent
from compat.model.place import Place, Source
from compat.model.role import Role
from compat.plan.bridge import Acceptance, BridgePlan, Difference, Judgement, Verdict
from compat.plan.ledger import fingerprint
from compat.plan.planner import plan
from compat.source import load_interface

ROOT = Path(__file__).resolve().parents[3]
APPLIANCE = ROOT / "tests" / "data" / "appliance"
TODAY = "2026-01-01"
SPEC = Source("spec.yaml", lambda pointer: (len(pointer), 1))


@cache
def appliance(*, with_intent: bool = True) -> BridgePlan:
    """The plan between the two versions of the appliance."""
    name = str(APPLIANCE / "intent.yaml")
    intent = read_intent(name, Path(name).read_bytes()) if with_intent else NO_INTENT
    old, new = (load_interface(str(APPLIANCE / f"{each}.yaml")).interface for each in ("v1", "v2"))
    return plan(old, new, intent, today=TODAY, versions=("v1", "v2"))


def difference(
    subject: str,
    kind: str = "field-removed",
    *,
    old_client: tuple[Verdict, str] = (Verdict.NONE, "nothing to do"),
    new_client: tuple[Verdict, str] = (Verdict.NONE, "nothing to do"),
    message: str = "",
    operations: tuple[str, ...] = (),
    acceptance: Acceptance | None = None,
    stub: str = "",
) -> Difference:
    """One that stands in the old spec."""
    judged: Mapping[Role, tuple[Verdict, str]] = {
        Role.OLD_CLIENT: old_client,
        Role.NEW_CLIENT: new_client,
    }
    return Difference(
        id=fingerprint(kind, subject),
        kind=kind,
        subject=subject,
        message=message or f"{kind} of {subject}",
        old=Place(SPEC, "/" * len(subject)),
        new=None,
        judgements={
            role: Judgement(verdict=verdict, treatment=treatment)
            for role, (verdict, treatment) in judged.items()
        },
        operations=operations,
        acceptance=acceptance,
        stub=stub,
    )
