"""Having another site keep a copy of a group, as a step of an operation.

Where the group was production there before, it is asked first what it has that is not here: that is
given up there only if the order says so; so is a copy that is left over there. The order is of one
epoch of the role, and is refused in any other. Each part may be done again: another life of the
node goes on with it.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from core.driver.node import errand
from core.driver.node.groups import Groups
from core.driver.node.operations import Step
from core.driver.node.process import Bell
from core.driver.node.sites import Sites
from core.site import group
from core.site.problem import Problem
from core.site.replication import SHIPPING, link_of
from core.site.store import Document
from core.units import count_text, size_text

_LOOK_S: Final = 0.5


def adding_copy(groups: Groups, sites: Sites) -> Step:
    """The step; its result is what differed, and how much was copied."""

    def step(
        document: Document, within_s: float, bell: Bell, progress: Callable[[int, int], object]
    ) -> Mapping[str, Any]:
        number, asked = document["group"], document["request"]
        kept = groups.get(number).document
        group.refuse_copy(kept)
        group.refuse_epoch(kept, asked["epoch"])
        told = {"dry_run": asked["dry_run"], "epoch": asked["epoch"], "divergence": None}
        told["left_over"] = None
        if asked["site"] not in [each["url"] for each in group.copies_of(kept)]:
            copy, theirs = sites.met(asked["site"], number, asked["mode"])
            group.refuse_more_copies(kept, copy)
            rejoin, copy = None, group.fed_as(kept, copy)
            if theirs is not None and theirs["role"] == group.PRODUCTION:
                rejoin = {"point": _taken_at(kept), "discard": asked["discard"]}
                found = sites.divergence(
                    asked["site"], number, point=rejoin["point"], epoch=asked["epoch"]
                )
                told["divergence"] = found
                if not (asked["dry_run"] or asked["discard"]):
                    _refuse_different(found, copy)
            if theirs is not None and theirs["role"] == group.COPY:
                told["left_over"] = _left_over(sites, asked["site"], kept, theirs)
                if told["left_over"] and not (asked["dry_run"] or asked["discard"]):
                    _refuse_left_over(told["left_over"], copy)
            if not asked["dry_run"]:
                if told["left_over"] and group.began_anew(kept):
                    sites.discard(kept, copy)  # what it was shipped is no journal of now
                groups.add_copy(number, copy, rejoin)
        if asked["dry_run"]:
            return told
        return {**told, "copied": _copied(groups, number, asked["site"], within_s, bell, progress)}

    return step


def _left_over(sites: Sites, url: str, kept: Document, theirs: Document) -> Document | None:
    """What is there of another production, or of this one before it let that go."""
    is_fed = theirs["production"] == sites.name and not theirs.get("left_over")
    if is_fed and not group.began_anew(kept):
        return None
    return {
        "production": theirs["production"],
        "epoch": theirs["epoch"],
        "end": sites.end_of(url, kept["id"]),
    }


def _refuse_left_over(found: Document, copy: Document) -> None:
    end = "" if found["end"] is None else f", up to write {found['end']}"
    raise Problem(
        "conflict",
        f"{copy['site']} has a copy that is left over, of production at {found['production']} in "
        f"epoch {found['epoch']}{end}: it would be made equal to this one, and its points would go",
        hint="open what is wanted of it before; it is made over if `discard` says so",
    )


def _taken_at(kept: Document) -> int:
    """The write at which this site took over."""
    if "taken_at" not in kept:
        raise Problem(
            "conflict",
            f"{kept['name']} is production here, and there, too, and none has taken over",
            hint="delete the group at the site that is not to keep it",
        )
    return int(kept["taken_at"])


def _refuse_different(found: Document, copy: Document) -> None:
    if not (found["writes"] or found["unnumbered"]):
        return
    more = f", and {size_text(found['unnumbered'])} may hold more" if found["unnumbered"] else ""
    raise Problem(
        "conflict",
        f"{count_text(found['writes'], 'write')} of {size_text(found['bytes'])} that hosts made at "
        f"{copy['site']} behind write {found['point']} are not here{more}",
        hint="a dry run tells where; they are given up there if `discard` says so",
    )


def _copied(
    groups: Groups,
    number: str,
    url: str,
    within_s: float,
    bell: Bell,
    progress: Callable[[int, int], object],
) -> int:
    """Return once every write is at the copy as it comes; how many bytes of regions were copied."""
    deadline = time.monotonic() + within_s
    while True:
        copy = group.copy_at(groups.get(number).document, "url", url)
        link = link_of(copy, groups.look(number).heard or {}) or {}
        if "to_copy" in link:
            progress(link["copied"], link["to_copy"])
        if link.get("connected") and link.get("state") == SHIPPING:
            return int(link["resynced"])
        _refuse_taken_over(groups, number, copy)
        if time.monotonic() > deadline:
            raise Problem(
                "late",
                f"the copy is not complete in time: {link.get('failure') or link.get('state')}",
                hint="it goes on by itself; its status says how far it is",
            )
        if bell.rings(_LOOK_S):
            raise errand.Cancelled


def _refuse_taken_over(groups: Groups, number: str, copy: Document) -> None:
    """Raises Problem where that site has no copy any more, and never will by itself."""
    kept = groups.get(number)
    found = zip(group.copies_of(kept.document), groups.status(kept)["peers"], strict=True)
    if any(each == copy and peer["role"] == group.PRODUCTION for each, peer in found):
        raise Problem(
            "conflict",
            f"{copy['site']} has taken over {kept.document['name']}, and keeps no copy of it",
            hint="have one kept here by the site that is to stay production",
        )
