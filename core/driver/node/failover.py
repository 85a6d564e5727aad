"""Taking over a copy whose production is gone, as a step of an operation.

Each part of it may be done again: another life of the node goes on with it. The receiver is ended;
the command brings the images to the last point and says so in the folder, after which nothing is
received there; then the store says that the group is production, in the next epoch of its role.
"""

from collections.abc import Callable, Mapping
from typing import Any

from core.driver.node import errand
from core.driver.node.groups import Groups
from core.driver.node.operations import Step
from core.driver.node.places import Places
from core.driver.node.process import Bell
from core.site import group
from core.site.store import Document


def failing_over(groups: Groups, places: Places) -> Step:
    """The step; its result is what it came to, or with `dry_run` what it would come to."""

    def step(
        document: Document, within_s: float, bell: Bell, progress: Callable[[int, int], object]
    ) -> Mapping[str, Any]:
        number, is_dry = document["group"], document["request"]["dry_run"]
        kept = groups.get(number).document
        if kept.get("taken_over") == document["id"]:  # an earlier life has come so far
            return {"epoch": group.epoch_of(kept), "dry_run": False}
        group.refuse_production(kept)
        words = ["failover", str(places.journal(number)), "--format", "json"]
        told: dict[str, Any] = errand.run([*words, "--dry-run"], within_s=within_s, cancelled=bell)
        if is_dry:
            return {**told, "epoch": group.epoch_of(kept) + 1}
        with groups.released(number):
            done = errand.run(words, within_s=within_s, cancelled=bell, progress=progress)
            taken = groups.become_production(number, document["id"], done["point"])
        return {
            **told,
            "dry_run": False,
            "point": done["point"],
            "epoch": group.epoch_of(taken),
        }

    return step
