"""A draft of the intent as JSON, for programs; `suggest.schema.json` describes it."""

from collections.abc import Mapping
from typing import Final

from compat.model.schema import Json
from compat.plan.drafting.draft import Certain, Draft
from compat.report.document import difference_document
from compat.report.gaps import entries_text, settled
from compat.suggest.candidate import Candidate

DRAFT_FORMAT: Final = 1


def draft_document(draft: Draft) -> Mapping[str, Json]:
    """All that a draft says; the entries to write are YAML, as in the file."""
    return {
        "suggest": DRAFT_FORMAT,
        "old": draft.plan.old_version,
        "new": draft.plan.new_version,
        "gaps": [difference_document(each) for each in draft.plan.open_gaps],
        "gaps_left_with_best": draft.left_with_best,
        "certain": [_certain(each) for each in draft.certain],
        "candidates": [_candidate(each, draft) for each in draft.candidates],
        "open": [each.id for each in draft.open],
    }


def _candidate(candidate: Candidate, draft: Draft) -> Json:
    return {
        "sort": candidate.sort.value,
        "score": candidate.score,
        "best": candidate.best,
        "evidence": [{"weight": each.weight, "reason": each.reason} for each in candidate.evidence],
        "gaps": settled(candidate, draft.plan.open_gaps),
        "intent": entries_text(candidate.entries),
    }


def _certain(certain: Certain) -> Json:
    return {"reason": certain.reason, "intent": entries_text((certain.entry,))}
