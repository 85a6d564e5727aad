"""Documents as clients see them: with their revision, and without what is the node's own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from core.site import replication
from core.site.copying import settings_of
from core.site.group import COPY, copies_of, epoch_of, is_left_over, role_of
from core.site.replication import Told
from core.site.standing import Seen, Standing, State
from core.site.store import Document, Kept, name_in

_OWN: Final = frozenset({"created_ns", "deadline_ns"})


def seen(kept: Kept) -> dict[str, Any]:
    """An image or an operation."""
    shown = {name: value for name, value in kept.document.items() if name not in _OWN}
    return {**shown, "revision": kept.revision}


def group_view(
    kept: Kept, *, journal: str, uris: Mapping[str, str], sizes: Mapping[str, int], link: str | None
) -> dict[str, Any]:
    """A group; `uris` has where each volume is served, and `link` where production finds a copy.

    `sizes` are those of volumes whose images are of another size than they were made with.
    """
    document = kept.document
    is_copy = role_of(document) == COPY
    volumes = [
        {
            **each,
            "size": sizes.get(each["name"], each["size"]),
            "uris": [] if is_copy else [uris[each["name"]]],
        }
        for each in document["volumes"]
    ]
    copies = [
        {"site": each["site"], "url": each["url"], "role": COPY, **settings_of(each)}
        for each in copies_of(document)
    ]
    return {
        **{name: document[name] for name in ("id", "name", "created", "retention")},
        "volumes": volumes,
        "revision": kept.revision,
        "journal": journal,
        "role": role_of(document),
        "epoch": epoch_of(document),
        "copies": copies,
        "production": document["production"]["site"] if is_copy else None,
        "link": link if is_copy else None,
        "left_over": is_left_over(document),
    }


def status_view(
    group: Document,
    seen: Seen,
    standing: Standing,
    since: str,
    told: Sequence[Told],
    time_text: Callable[[int], str],
) -> dict[str, Any]:
    """How a group is; `time_text` writes nanoseconds since 1970."""
    lacking = (seen.heard or {}).get("lacking")
    to_apply = {name: lacking[name] for name in ("writes", "bytes")} if lacking else None
    worker = None
    if seen.pid is not None:
        worker = {"pid": seen.pid, "restarts": seen.restarts, "adopted": seen.is_adopted}
    return {
        "group": group["id"],
        "name": group["name"],
        "state": standing.state.value,
        "protected": standing.state is State.PROTECTED,
        "reasons": [*standing.reasons],
        "since": since,
        "worker": worker,
        "end": standing.end,
        "role": role_of(group),
        "epoch": epoch_of(group),
        **({} if to_apply is None else {"to_apply": to_apply}),
        **replication.summary(replication.peers(group, seen, told, time_text)),
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
