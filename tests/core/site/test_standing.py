"""A group is called protected only where that is known."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from core.site.standing import (
    PAUSE_MAX_S,
    SETTLED_NS,
    Seen,
    State,
    failures_after,
    judge,
    pause_s,
)
from core.site.view import status_view

WELL = {"end": 7, "failed": "", "not_folded": ""}
LACKING = {"applied": 3, "writes": 4, "bytes": 4096, "failure": "no space"}


def test_of_all_that_may_be_seen_one_kind_alone_is_protected() -> None:
    heards: tuple[Mapping[str, Any] | None, ...] = (
        None,
        {},
        WELL,
        {**WELL, "failed": "EIO"},
        {**WELL, "lacking": LACKING},
        {"end": 7},
        {**WELL, "end": None},
    )
    for is_ready, heard, failure, busy in product(
        (False, True), heards, ("", "died"), ("", "busy")
    ):
        seen = Seen(pid=1, is_ready=is_ready, heard=heard, failure=failure, busy=busy)
        assert (judge(seen).state is State.PROTECTED) is (is_ready and heard == WELL), seen


@pytest.mark.parametrize(
    ("seen", "state", "reasons"),
    [
        (Seen(), State.STARTING, ()),
        (Seen(pid=1), State.STARTING, ()),
        (Seen(failure="it died"), State.DOWN, ("it died",)),
        (
            Seen(is_ready=True),
            State.DEGRADED,
            ("the process that serves it does not answer",),
        ),
        (Seen(is_ready=True, busy="away"), State.DEGRADED, ("away",)),
        (
            Seen(is_ready=True, heard={**WELL, "lacking": LACKING}),
            State.DEGRADED,
            (
                "its images are given what they lacked when the copy was taken over",
                "its images are not given what they lack: no space",
            ),
        ),
        (
            Seen(is_ready=True, heard={**WELL, "not_folded": "no room"}),
            State.PROTECTED,
            ("its points are not thinned out: no room",),
        ),
    ],
)
def test_what_is_wrong_is_told(seen: Seen, state: State, reasons: tuple[str, ...]) -> None:
    told = judge(seen)
    assert (told.state, told.reasons) == (state, reasons)


def test_pauses_grow_to_a_bound_and_begin_anew_after_a_time_of_service() -> None:
    pauses = [pause_s(failures) for failures in range(1, 40)]
    assert pauses == sorted(pauses)
    assert pauses[:3] == [0.5, 1.0, 2.0]
    assert pauses[-1] == PAUSE_MAX_S
    assert failures_after(5, served_ns=SETTLED_NS - 1) == 6
    assert failures_after(5, served_ns=SETTLED_NS) == 1


def test_what_is_to_be_applied_yet_is_told_as_long_as_something_is() -> None:
    group = {"id": "1", "name": "db"}
    for heard, told in (
        ({**WELL, "lacking": LACKING}, {"writes": 4, "bytes": 4096}),
        (WELL, None),
        (None, None),
    ):
        seen = Seen(is_ready=True, heard=heard)
        assert status_view(group, seen, judge(seen), "now", (), str).get("to_apply") == told
