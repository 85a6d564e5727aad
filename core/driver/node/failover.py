"""Taking over a copy, as a step of an operation.

Each part of it may be done again: another life of the node goes on with it. The receiver is ended;
the command says in the folder at which write the copy was taken over, after which nothing is
received there; then the store says that the group is production, in the next epoch of its role.
Whoever serves it gives the images what they lack, however much that is: it is not waited for.

Where it is planned, production is there, and is told to stand by before. It goes on by itself where
this ends without having taken over. All that hosts wrote there is here, or nothing is done: so it
becomes the copy of this one with nothing to copy. Where it is not reached for that, or this node
ends before, hosts are served here, and it is asked again; until then the group is not protected.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from core.driver.asking import RefusedError
from core.driver.node import errand
from core.driver.node.groups import Groups
from core.driver.node.operations import Step
from core.driver.node.places import Places
from core.driver.node.process import Bell
from core.driver.node.sites import Sites
from core.errors import CoreError
from core.site import group
from core.site.problem import Problem
from core.site.store import Document
from core.stream.taken import TAKEN

FINISH_S: Final = 600.0
COPY_S: Final = 60.0

_LOG: Final = logging.getLogger("isthmus.node")
_AGAIN_S: Final = 2.0

Progress = Callable[[int, int], object]


def failing_over(groups: Groups, places: Places, sites: Sites) -> Step:
    """The step; its result is what it came to, or with `dry_run` what it would come to."""

    def step(
        document: Document, within_s: float, bell: Bell, progress: Progress
    ) -> Mapping[str, Any]:
        number, asked = document["group"], document["request"]
        kept = groups.get(number).document
        if kept.get("taken_over") == document["id"]:  # an earlier life has come so far
            _await_copy(groups, sites, number, within_s, bell)
            return {"epoch": group.epoch_of(kept), "dry_run": False}
        group.refuse_production(kept)
        group.refuse_epoch(kept, asked.get("epoch", group.epoch_of(kept)))
        words = ["failover", str(places.journal(number)), "--format", "json"]
        is_planned, url = asked.get("planned", False), ""
        if is_planned:
            url = sites.url_of(kept["production"]["node"])
        epoch = group.epoch_of(kept) + 1
        is_taken = (places.journal(number) / TAKEN).exists()
        if not is_taken:
            groups.refuse_open_images(number)  # before production lets go of its hosts
        if is_planned and not asked["dry_run"]:
            is_planned = _stands_by(sites, url, number, epoch, is_taken=is_taken)
        told = _heard(groups, number)
        if is_planned or asked["dry_run"]:
            told = errand.run([*words, "--dry-run"], within_s=within_s, cancelled=bell)
            told.pop("sizes")
        if is_planned:
            _refuse_lacking(sites, url, number, told["point"], epoch, is_rough=asked["dry_run"])
        if asked["dry_run"]:
            return {**told, "epoch": epoch}
        with groups.released(number):
            try:
                done = errand.run(words, within_s=within_s, cancelled=bell, progress=progress)
            except CoreError:
                if not (places.journal(number) / TAKEN).exists():
                    raise
                done = errand.run(words, within_s=FINISH_S)  # it is none that receives any more
            sizes = dict(zip(_names(kept), done.pop("sizes"), strict=True))
            groups.become_production(
                *(number, document["id"], done["point"], sizes), is_planned=is_planned
            )
            if is_planned:
                _make_copy(groups.promise_copy, groups, sites, number)
        _await_copy(groups, sites, number, within_s, bell)
        return {**done, **told, "dry_run": False, "point": done["point"], "epoch": epoch}

    return step


def _heard(groups: Groups, number: str) -> dict[str, Any]:
    """What is known of production by who receives, which nobody knows any more afterwards."""
    heard = groups.look(number).heard or {}
    end, there = heard.get("end"), heard.get("production_end")
    lost = None if end is None or there is None else max(0, there - end)
    return {"lost": lost, "connected": heard.get("connected") is True}


def _names(kept: Document) -> Sequence[str]:
    return [each["name"] for each in kept["volumes"]]


def _stands_by(sites: Sites, url: str, number: str, epoch: int, *, is_taken: bool) -> bool:
    """Have production serve nobody; False where it does not answer, and did before `is_taken`."""
    try:
        sites.stand_by(url, number, epoch)
    except RefusedError:
        raise  # it serves hosts, who may have written since
    except (CoreError, OSError):
        if not is_taken:
            raise
        return False
    return True


def _refuse_lacking(
    sites: Sites, url: str, number: str, point: int, epoch: int, *, is_rough: bool
) -> None:
    """Raises Problem where production has something that is not here; `is_rough`: it goes on."""
    found = sites.divergence(url, number, point=point, epoch=epoch)
    if is_rough or (found["end"] == point and not found["unnumbered"]):
        return
    raise Problem(
        "conflict",
        f"production has come to write {found['end']}, and what is here to {point}",
        hint="nothing was changed; ask again once its status says that it is protected",
    )


def _make_copy(
    promise: Callable[[str, Document, Document], object], groups: Groups, sites: Sites, number: str
) -> str:
    """Have production of before keep the copy; says why where it cannot now, and stands by."""
    kept = groups.get(number).document
    before = group.awaited(kept)
    if before is None:
        return ""
    try:
        copy, _ = sites.met(sites.url_of(before["node"]), number, before["mode"])
        rejoin = {"point": kept["taken_at"], "discard": False}
        promise(number, group.fed_as(kept, copy), rejoin)
    except (CoreError, OSError) as error:
        _LOG.warning("production of before is no copy yet: %s", error)
        return str(error).partition("\n")[0]
    return ""


def _await_copy(groups: Groups, sites: Sites, number: str, within_s: float, bell: Bell) -> None:
    """Hosts are served; raises Problem where production of before is still no copy in the end."""
    deadline = time.monotonic() + min(within_s, COPY_S)
    while why := _make_copy(groups.add_copy, groups, sites, number):
        kept = groups.get(number).document
        if time.monotonic() > deadline:
            raise Problem(
                "late",
                f"{kept['name']} is production here, in epoch {group.epoch_of(kept)}, and what was "
                f"production before is no copy of it yet: {why}",
                hint="it stands by there; once it answers, `isthmus --site URL copy add` makes it "
                "the copy",
            )
        if bell.rings(_AGAIN_S):
            raise errand.Cancelled
