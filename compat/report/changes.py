"""The changes between two specs as JSON, for programs; `changes.schema.json` describes it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.load import Problem
from compat.model.interface import Interface
from compat.model.schema import ABSENT, Absent, Json
from compat.report.places import place_document, problem_documents

CHANGES_FORMAT: Final = 1
_VALUE_MAX: Final = 60


def changes_document(
    old: Interface, new: Interface, found: Sequence[Change], problems: Iterable[Problem] = ()
) -> Mapping[str, Json]:
    """All changes in the order that they were found in."""
    counts = Counter(change.level for change in found)
    return {
        "changes_format": CHANGES_FORMAT,
        "old": _interface(old),
        "new": _interface(new),
        "summary": {level.name: counts[level] for level in reversed(Level)},
        "changes": [change_document(each) for each in found],
        "problems": problem_documents(problems),
    }


def sentence(change: Change) -> str:
    """What happened, in words: the rule's, with what it was and what it is."""
    words = change.id.replace("-", " ")
    before, after = _shown(change.before), _shown(change.after)
    if before and after:
        return f"{words}: {before} became {after}"
    return f"{words}: {before or after}" if before or after else words


def subject(change: Change) -> str:
    """What it happened to, from the message's part down to the field."""
    return " ".join(each for each in (change.part, "/".join(change.path)) if each)


def _shown(value: Json | Absent) -> str:
    if value is ABSENT:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _VALUE_MAX else f"{text[:_VALUE_MAX]}…"


def _interface(interface: Interface) -> Json:
    return {
        "file": interface.place.file,
        "title": interface.title,
        "version": interface.version,
        "dialect": interface.dialect,
        "digest": interface.digest,
    }


def change_document(change: Change) -> Json:
    """One change."""
    values = {"before": change.before, "after": change.after}
    return {
        "id": change.id,
        "level": change.level.name,
        "operation": change.operation,
        "subject": subject(change),
        "message": sentence(change),
        "fingerprint": change.fingerprint,
        "effect": change.effect,
        "direction": change.direction,
        "old_client": change.level.name,
        "new_client": change.level_for_new_client.name,
        "old": place_document(change.old),
        "new": place_document(change.new),
        **{name: value for name, value in values.items() if not isinstance(value, Absent)},
    }
