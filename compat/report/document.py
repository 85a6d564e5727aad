"""The plan as JSON, for programs; `plan.schema.json` beside this module describes it."""

from collections.abc import Iterable, Mapping
from typing import Final

from compat.load import Problem
from compat.model.interface import Interface
from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.bridge import Acceptance, BridgePlan, Difference, Exchange, HookNeed
from compat.report.places import place_document, problem_documents
from compat.report.summary import Crossing, Summary, summary

PLAN_FORMAT: Final = 1


def plan_document(plan: BridgePlan, problems: Iterable[Problem] = ()) -> Mapping[str, Json]:
    """Everything that a plan says, in the plan's order; `problems` are those of its two specs."""
    return {
        "plan": PLAN_FORMAT,
        "old": interface_document(plan.old, plan.old_version),
        "new": interface_document(plan.new, plan.new_version),
        "intent": plan.intent_digest or None,
        "summary": summary_document(summary(plan)),
        "differences": [difference_document(each) for each in plan.differences],
        "exchanges": {
            role: [_exchange(each) for each in plan.exchanges.get(role, ())] for role in Role
        },
        "hooks": [_hook(each) for each in plan.hooks],
        "problems": problem_documents(problems),
    }


def summary_document(counts: Summary) -> Json:
    """The figures of a plan."""
    return {
        "differences": counts.differences,
        "open_gaps": counts.open_gaps,
        "accepted": counts.accepted,
        "verdicts": {
            role: {verdict.label: number for verdict, number in found.items()}
            for role, found in counts.verdicts.items()
        },
        "operations": {
            role: crossing_document(crossing) for role, crossing in counts.crossings.items()
        },
    }


def crossing_document(crossing: Crossing) -> Json:
    """How many operations of one client cross in which way."""
    return {
        "unchanged": crossing.unchanged,
        "translated": crossing.translated,
        "hooked": crossing.hooked,
        "refused": crossing.refused,
    }


def difference_document(difference: Difference) -> Json:
    """One difference; `verdict` is the worse of the two roles'."""
    return {
        "id": difference.id,
        "kind": difference.kind,
        "subject": difference.subject,
        "message": difference.message,
        "verdict": difference.verdict.label,
        "open": difference.is_open_gap,
        "old": place_document(difference.old),
        "new": place_document(difference.new),
        "roles": {
            role: {
                "verdict": difference.judgements[role].verdict.label,
                "treatment": difference.judgements[role].treatment,
            }
            for role in Role
        },
        "operations": list(difference.operations),
        "acceptance": _acceptance(difference.acceptance),
        "stub": difference.stub or None,
    }


def interface_document(interface: Interface, name: str) -> Json:
    """One version: the spec, and what it is called."""
    return {
        "name": name,
        "file": interface.place.file,
        "title": interface.title,
        "version": interface.version,
        "dialect": interface.dialect,
        "sha256": interface.digest,
        "operations": len(interface.operations),
    }


def _acceptance(acceptance: Acceptance | None) -> Json:
    if acceptance is None:
        return None
    return {
        "reason": acceptance.reason,
        "owner": acceptance.owner,
        "until": acceptance.until,
    }


def _exchange(exchange: Exchange) -> Json:
    return {
        "operation": str(exchange.operation),
        "unchanged": exchange.is_identity,
        "calls": [str(call.operation) for call in exchange.calls],
        "hook": exchange.hook,
        "gap": exchange.gap,
    }


def _hook(need: HookNeed) -> Json:
    return {
        "name": need.name,
        "kind": need.kind.value,
        "difference": need.difference,
        "purpose": need.purpose,
    }
