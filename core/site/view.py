"""Documents as clients see them: with their revision, and without what is the node's own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.site.standing import Seen, Standing, State
from core.site.store import Document, Kept, name_in

_OWN: Final = frozenset({"created_ns", "deadline_ns"})


def seen(kept: Kept) -> dict[str, Any]:
    """An image or an operation."""
    shown = {name: value for name, value in kept.document.items() if name not in _OWN}
    return {**shown, "revision": kept.revision}


def group_view(kept: Kept, *, journal: str, uris: Mapping[str, str]) -> dict[str, Any]:
    """A group; `uris` has where each volume is served."""
    volumes = [{**each, "uris": [uris[each["name"]]]} for each in kept.document["volumes"]]
    return {**kept.document, "volumes": volumes, "revision": kept.revision, "journal": journal}


def status_view(group: Document, told: Seen, standing: Standing, since: str) -> dict[str, Any]:
    """How a group is."""
    worker = None
    if told.pid is not None:
        worker = {"pid": told.pid, "restarts": told.restarts, "adopted": told.is_adopted}
    return {
        "group": group["id"],
        "name": group["name"],
        "state": standing.state.value,
        "protected": standing.state is State.PROTECTED,
        "reasons": [*standing.reasons],
        "since": since,
        "worker": worker,
        "end": standing.end,
    }


def page_view(
    what: str, shown: Sequence[Mapping[str, Any]], kept: Sequence[Kept], limit: int
) -> Any:
    """A page of documents: those of `kept`, of which there is one more where a page follows."""
    following = name_in(kept[limit - 1].key) if len(kept) > limit else None
    return {what: [*shown[:limit]], "next": following}


def etag(revision: int) -> str:
    """The tag of a revision."""
    return f'"{revision}"'


def revision_in(tag: str | None) -> int | None:
    """The revision of a tag; None where none is meant."""
    return None if tag is None else int(tag.strip('"'))
