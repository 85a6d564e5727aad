"""The changes between two specs for programs; `changes.schema.json` of the folder above describes
them.
"""

from collections.abc import Mapping
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.model.interface import Interface
from compat.model.schema import Absent, Json
from compat.report.changes.listing import Listing
from compat.report.changes.words import sentence, subject
from compat.report.places import place_document, problem_documents

CHANGES_FORMAT: Final = 1


def changes_document(listing: Listing) -> Mapping[str, Json]:
    """Everything that is listed, in its order."""
    return {
        "changes_format": CHANGES_FORMAT,
        **_specs(listing),
        "role": listing.role.value,
        "summary": {level.name: count for level, count in listing.counts.items()},
        "changes": [change_document(change, level) for change, level in listing.changes],
        "problems": problem_documents(listing.problems),
    }


def _specs(listing: Listing) -> dict[str, Json]:
    """The two specs, or the two folders with the specs in them."""
    if listing.folders is None:
        [pair] = listing.pairs
        return {"old": _interface(pair.old), "new": _interface(pair.new)}
    old, new = listing.folders
    documents: list[Json] = [
        {"name": pair.name, "old": _interface(pair.old), "new": _interface(pair.new)}
        for pair in listing.pairs
    ]
    return {"old": {"folder": old}, "new": {"folder": new}, "documents": documents}


def _interface(interface: Interface | None) -> Json:
    if interface is None:
        return None
    return {
        "file": interface.place.file,
        "title": interface.title,
        "version": interface.version,
        "dialect": interface.dialect,
        "digest": interface.digest,
    }


def change_document(change: Change, level: Level) -> Json:
    """One change, at the level of the role that is asked about."""
    values = {"before": change.before, "after": change.after}
    return {
        "id": change.id,
        "level": level.name,
        **({"document": change.document} if change.document else {}),
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
