"""Several copies of one group: each is exact, whatever befalls production, it, or another."""

import pytest
from hypothesis import settings

from core.stream.phases import State
from tests.core.machine.several_sites import Several

LONG = settings.default is settings.get_profile("long")
SEEDS = 1200 if LONG else 8
STEPS = (100, 400, 800) if LONG else (100, 300)


@pytest.mark.parametrize("is_local", [True, False])
@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS // 4))
def test_each_copy_is_exact_whatever_befalls_any_site(first: int, *, is_local: bool) -> None:
    checked = 0
    for seed in range(first, first + SEEDS // 4):
        several = Several(seed, is_local=is_local, count=2 + seed % 2)
        for nth in range(several.rng.choice(STEPS)):
            several.step()
            if nth % 60 == 0:
                several.check()
        several.settle()
        checked += sum(each.checked for each in several.legs)
    assert checked


@pytest.mark.parametrize("is_local", [True, False])
def test_a_copy_that_is_not_there_ends_no_other(*, is_local: bool) -> None:
    """What it lacks is put down once there is no room; the other has each point, from the first."""
    several = Several(5, is_local=is_local)
    several.settle()
    there, gone = several.legs
    gone.unlink()
    generation = there.production and there.production.standing.course.generation
    while not several.given_up:
        several.write()
        for _ in range(20):
            there.ship()
            there.distribute()
    assert several.states() == [State.SHIPPING, State.RESYNCING]
    assert there.production is not None
    assert there.production.standing.course.generation == generation
    several.settle()
    assert several.states() == [State.SHIPPING, State.SHIPPING]
    assert several.given_up == 1
