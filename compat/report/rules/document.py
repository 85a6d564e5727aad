"""Rules as JSON, for programs; `rules.schema.json` of the folder above describes it."""

from collections.abc import Mapping
from typing import Final

from compat.model.role import Role
from compat.model.schema import Json
from compat.report.rules.rule import Rule

PAGE_FORMAT: Final = 1


def entry_document(rule: Rule) -> Mapping[str, Json]:
    """A rule as a list of them has it."""
    levels = {role.value: rule.level(role).name for role in Role}
    return {"id": rule.id, "meaning": rule.meaning, **levels}


def rule_document(rule: Rule) -> Mapping[str, Json]:
    """All of it."""
    return {
        "page_format": PAGE_FORMAT,
        "id": rule.id,
        "meaning": rule.meaning,
        "levels": {
            role.value: {"level": rule.level(role).name, "reason": rule.reason(role)}
            for role in Role
        },
        "example": {
            "old": rule.example.old,
            "new": rule.example.new,
            "settings": list(rule.settings),
            "beside": [*sorted(rule.example.beside)],
            "intent": rule.example.intent,
        },
        "bridge": [
            {
                "kind": difference.kind,
                "subject": difference.subject,
                **{
                    role.value: {"verdict": found.verdict.label, "treatment": found.treatment}
                    for role, found in sorted(difference.judgements.items())
                },
            }
            for difference in rule.differences
        ],
    }
