"""The changes between two specs for programs; `changes.schema.json` of the folder above describes
them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.model.interface import Interface
from compat.model.role import Role
from compat.model.schema import ABSENT, Absent, Json
from compat.report.changes.listing import Listing
from compat.report.changes.words import sentence, subject
from compat.report.places import place_document, problem_documents

if TYPE_CHECKING:
    from compat.bridging.bridging import Bridging

CHANGES_FORMAT: Final = 1


def changes_document(listing: Listing) -> Mapping[str, Json]:
    """Everything that is listed, in its order."""
    return {
        "changes_format": CHANGES_FORMAT,
        **_specs(listing),
        "role": listing.role.value,
        "summary": {level.name: count for level, count in listing.counts.items()},
        "changes": [
            {**change_document(change, level), **_beside(listing, change)}
            for change, level in listing.changes
        ],
        "problems": problem_documents(listing.problems),
    }


def _beside(listing: Listing, change: Change) -> Mapping[str, Json]:
    """What is told of a change where it was asked for."""
    told: dict[str, Json] = {}
    if listing.bridging is not None:
        told["bridge"] = bridge_document(listing.bridging, change)
    if witness := listing.witness(change):
        told["witness"] = {
            "value": witness.value,
            "pointer": witness.pointer,
            "shows": witness.shows,
        }
    elif listing.is_exhausted(change):
        told["witness_search"] = "exhausted"
    return told


def bridge_document(bridging: "Bridging", change: Change) -> Json:
    """What a shim does about it, None where the plan has nothing to do with it."""
    differences = bridging.differences(change)
    if not differences:
        return None
    crossings = {role: bridging.crossing(change, role) for role in Role}
    return {
        "differences": [each.id for each in differences],
        **{
            role.value: {"verdict": crossing.verdict.label, "treatment": crossing.treatment}
            for role, crossing in crossings.items()
            if crossing is not None
        },
    }


def _specs(listing: Listing) -> dict[str, Json]:
    """The two specs, or the two folders with the specs in them."""
    if listing.folders is None:
        [document] = listing.documents
        return {"old": _interface(document.old), "new": _interface(document.new)}
    old, new = listing.folders
    documents: list[Json] = [
        {"name": each.name, "old": _interface(each.old), "new": _interface(each.new)}
        for each in listing.documents
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


def change_document(change: Change, level: Level) -> dict[str, Json]:
    """One change, at the level of the role that is asked about."""
    values = {
        "before": change.before,
        "after": change.after,
        "remedy": change.remedy or ABSENT,
    }
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
        **({"parts": [_part(part) for part in change.parts]} if change.parts else {}),
    }


def _part(change: Change) -> Json:
    return {
        "id": change.id,
        "subject": subject(change),
        "message": sentence(change),
        "fingerprint": change.fingerprint,
    }
