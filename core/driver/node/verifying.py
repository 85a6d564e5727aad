"""Comparing a copy with production, as a step of an operation.

What was found to be alike is kept by the process that serves the group. So a step that is done once
more, by another life of the node, goes on where it was.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from core.driver.node import errand
from core.driver.node.clock import time_text
from core.driver.node.groups import Groups
from core.driver.node.operations import Step
from core.driver.node.process import Bell
from core.errors import CoreError
from core.site import group, operation
from core.site.problem import Problem
from core.site.store import Document

DIFFERENCES_MAX: Final = 1000
_AGAIN_S: Final = 60.0
_LOOK_S: Final = 0.5


def verify_request(kept: Document, word: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is kept of an order to compare a copy of a group; raises Problem."""
    group.refuse_copy(kept)
    copy = group.copy_of(kept, word)
    return {"copy": copy["url"], "rate": asked.get("rate"), "anew": asked.get("anew", False)}


def verifying(groups: Groups) -> Step:
    """The step; its result is what differs."""

    def step(
        document: Document, within_s: float, bell: Bell, progress: Callable[[int, int], object]
    ) -> Mapping[str, Any]:
        begun_s = time.monotonic()
        is_again = operation.state_of(document) is operation.State.RUNNING
        while True:
            gone_s = time.monotonic() - begun_s
            try:
                return _compared(groups, document, within_s - gone_s, bell, progress)
            except CoreError:
                # The group may not be served yet, and who asked for the last life may not be gone.
                if not is_again or gone_s > min(_AGAIN_S, within_s):
                    raise
                if bell.rings(_LOOK_S):
                    raise errand.Cancelled from None

    return step


def _compared(
    groups: Groups,
    document: Document,
    within_s: float,
    bell: Bell,
    progress: Callable[[int, int], object],
) -> Mapping[str, Any]:
    number, asked = document["group"], document["request"]
    copy = group.copy_at(groups.get(number).document, "url", asked["copy"])
    if copy["link"] is None:
        raise Problem(
            "conflict",
            f"{copy['site']} does not keep the copy yet",
            hint="the group's status says more",
        )
    words = ["verify", str(groups.serving(number).journal), f"--copy={copy['link']}"]
    words += [f"--rate={asked['rate']}"] if asked["rate"] else []
    words += ["--anew"] if asked["anew"] and not document["progress"]["done"] else []
    told = errand.run(
        [*words, "--format", "json"],
        within_s=within_s,
        cancelled=bell,
        progress=progress,
        has_findings=True,
    )
    return {
        "copy": copy["site"],
        "compared": told["compared"],
        "differing": len(told["differences"]),
        "differences": [_range(each) for each in told["differences"][:DIFFERENCES_MAX]],
        "unsettled": told["unsettled"],
    }


def _range(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A range that differs, with the span of time in which it came to that."""
    alike_ns = told["alike_ns"]
    return {
        "volume": told["volume"],
        "offset": told["offset"],
        "length": told["length"],
        "since": None if alike_ns is None else time_text(alike_ns),
        "until": time_text(told["found_ns"]),
    }
