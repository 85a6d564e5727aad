"""What changes, as server-sent events."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from core.site import group, image, operation, standing
from core.site.store import Changed, kind_of, name_in

TOLD: Final = frozenset({group.KIND, image.KIND, operation.KIND, standing.KIND})
HEARTBEAT: Final = ": still there\n\n"


def event_of(change: Changed, document: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The event of a change, with the document as clients see it."""
    return {
        "kind": kind_of(change.key),
        "id": name_in(change.key),
        "revision": change.revision,
        "document": document,
    }


def reset(revision: int) -> Mapping[str, Any]:
    """Tells that changes were missed, and everything is to be read again."""
    return {"kind": "reset", "id": None, "revision": revision, "document": None}


def is_told(change: Changed) -> bool:
    """Whether clients are told of it."""
    return kind_of(change.key) in TOLD


def stream_text(events: Iterable[Mapping[str, Any]]) -> str:
    """Events as they are sent."""
    return "".join(
        f"id: {each['revision']}\nevent: {each['kind']}\ndata: {json.dumps(each)}\n\n"
        for each in events
    )
