"""What a journal has to hold, and what one that is there holds too little of."""

from dataclasses import replace
from random import Random

import pytest

from core.plan.config.behaviour import Behaviour
from core.plan.config.setting import Access, Sending, Setting
from core.plan.config.storage import Keeper
from core.plan.goals.goal import HOUR_NS
from tests.core.plan.config.drawn import GIB, drawn_goal, drawn_system

GOAL = replace(
    drawn_goal(Random(0), 0),
    window_ns=24 * HOUR_NS,
    every_write_ns=2 * HOUR_NS,
    spacing_ns=HOUR_NS,
    test_ns=4 * HOUR_NS,
)
KEPT = Setting(
    sending=Sending.ASYNC,
    interval_ns=0,
    level="none",
    share=1000,
    regulated=False,
    within_ns=0,
    access=Access.LOGGED,
    journal_bytes=1000 * GIB,
    log_percent=20,
    journal_compression=False,
    spacing_ns=HOUR_NS,
    phases=5,
    appliance="a0",
    standby="",
)


def missed(kept: Setting, window_ns: int = 24 * HOUR_NS) -> int:
    """By how much what is there keeps too little."""
    _, state = drawn_system(0, 1, samples=12)
    pool = replace(state.pools[0], bytes=2000 * GIB)
    goal = replace(GOAL, window_ns=window_ns)
    ways = Keeper(goal, Behaviour(state.groups[0]), pool, state).storages("write", kept)
    return next(each for each in ways if each.journal_bytes == kept.journal_bytes).missed


def test_a_journal_that_has_room_is_kept() -> None:
    assert missed(KEPT) == 0


@pytest.mark.parametrize(
    "kept",
    [
        replace(KEPT, journal_bytes=GIB),
        replace(KEPT, journal_bytes=100 * GIB, log_percent=5, spacing_ns=0),
        replace(KEPT, spacing_ns=2 * HOUR_NS),
        replace(KEPT, phases=3),
    ],
    ids=["too small", "no room for a test", "points too far apart", "no history"],
)
def test_what_a_journal_keeps_too_little_of_is_missed(kept: Setting) -> None:
    assert missed(kept) > 0


def test_only_the_test_is_missed_where_the_access_log_alone_is_too_small() -> None:
    kept = replace(KEPT, journal_bytes=100 * GIB, log_percent=5, spacing_ns=0)
    assert 0 < missed(kept, HOUR_NS) < 1000
