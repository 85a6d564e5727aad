"""Having a group protected without one of its copies, as a step of an operation.

The order is of one epoch of the role, and is refused in any other. Who serves the group ends, so
that the copy has all that it can have, and begins again without it: nothing waits for it any more.
Where no other copy keeps the history of the group, and this site does not either, history begins
here. The node of the copy is told last, so that what is there says that it is left over; where it
is not reached, it says that production is not connected, and nothing else becomes of it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.driver.node.groups import Groups
from core.driver.node.operations import Step
from core.driver.node.places import Places
from core.driver.node.process import Bell
from core.driver.node.renewing import is_kept_elsewhere, refuse_interrupted
from core.driver.node.sites import Sites
from core.errors import CoreError
from core.site import group
from core.site.replication import link_of
from core.site.store import Document


def removing_copy(groups: Groups, places: Places, sites: Sites) -> Step:
    """The step; its result is what the copy had, and whether its node knows."""

    def step(
        document: Document, within_s: float, bell: Bell, progress: Callable[[int, int], object]
    ) -> Mapping[str, Any]:
        del within_s, bell, progress
        number, asked = document["group"], document["request"]
        kept = groups.get(number).document
        copy = {"site": asked["name"], "node": asked["node"], "url": asked["site"]}
        told = {"epoch": asked["epoch"], "dry_run": asked["dry_run"], "site": asked["name"]}
        told |= {"begins_anew": False, "end": None, "received": None}
        if asked["node"] in [each["node"] for each in group.copies_of(kept)]:
            group.refuse_copy(kept)
            group.refuse_epoch(kept, asked["epoch"])
            journal = places.journal(number)
            begins = len(group.copies_of(kept)) == 1 and is_kept_elsewhere(journal)
            told |= {"begins_anew": begins, **_lacks(groups, number, copy["node"])}
            if asked["dry_run"]:
                return {**told, "told": None, "failure": None}
            _leave(groups, number, journal, copy["node"], asked["epoch"], is_last=begins)
        failure = _release(sites, kept, copy, asked["epoch"])
        return {**told, "told": failure is None, "failure": failure}

    return step


def _lacks(groups: Groups, number: str, node: str) -> Mapping[str, int | None]:
    """The last write of production, and of the copy; None where that is not known."""
    kept = groups.get(number).document
    link = link_of(group.copy_at(kept, "node", node), groups.look(number).heard or {}) or {}
    return {"end": link.get("end"), "received": link.get("received")}


def _leave(
    groups: Groups, number: str, journal: Path, node: str, epoch: int, *, is_last: bool
) -> None:
    with groups.released(number, with_images=True):
        if is_last:
            refuse_interrupted(journal)
        groups.copies.leave(number, node, epoch, begins_anew=is_last)


def _release(sites: Sites, kept: Document, copy: Document, epoch: int) -> str | None:
    """Tell the node of the copy; why that could not be done, if it could not."""
    try:
        sites.release(kept["id"], copy, epoch)
    except (CoreError, OSError) as error:
        return str(error).partition("\n")[0]
    return None
