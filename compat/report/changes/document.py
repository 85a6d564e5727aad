"""The changes between two specs for programs; `changes.schema.json` of the folder above describes
them.
"""

from collections.abc import Mapping
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.model.interface import Interface
from compat.model.schema import ABSENT, Absent, Json
from compat.report.changes.listing import Listing
from compat.report.changes.words import sentence, subject
from compat.report.places import place_document, problem_documents

CHANGES_FORMAT: Final = 1


def changes_document(listing: Listing) -> Mapping[str, Json]:
    """Everything that is listed, in its order."""
    return {
        "changes_format": CHANGES_FORMAT,
        "old": _interface(listing.old),
        "new": _interface(listing.new),
        "role": listing.role.value,
        "summary": {level.name: count for level, count in listing.counts.items()},
        "changes": [change_document(change, level) for change, level in listing.changes],
        "problems": problem_documents(listing.problems),
    }


def _interface(interface: Interface) -> Json:
    return {
        "file": interface.place.file,
        "title": interface.title,
        "version": interface.version,
        "dialect": interface.dialect,
        "digest": interface.digest,
    }


def change_document(change: Change, level: Level) -> Json:
    """One change, at the level of the role that is asked about."""
    values = {
        "before": change.before,
        "after": change.after,
        "remedy": change.remedy or ABSENT,
    }
    return {
        "id": change.id,
        "level": level.name,
        "operation": change.operation,
        "subject": subject(change),
        "message": sentence(change),
        "fingerprint": change.fingerprint,
        "effect": change.effect.value,
        "direction": change.direction.value,
        "old_client": change.level.name,
        "new_client": change.level_for_new_client.name,
        "old": place_document(change.old),
        "new": place_document(change.new),
        **{name: value for name, value in values.items() if not isinstance(value, Absent)},
    }
