"""Replicas that are given to somebody: what is written on them touches no other point."""

from errno import ENOSPC
from random import Random
from typing import cast

import pytest

from tests.core.accessed import ACCESSING, AccessedWorld, lent, narrow
from tests.core.recorder import random_request
from tests.core.world import Scenario, check_points, held


def given() -> AccessedWorld:
    return cast("AccessedWorld", lent())


@pytest.mark.parametrize("scenario", ACCESSING, ids=lambda each: each.__name__)
def test_points_are_what_they_were_and_the_replica_catches_up(scenario: Scenario) -> None:
    world = lent()
    scenario(world)
    world.settle()


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_written_where(seed: int) -> None:
    rng, world = Random(seed), given()
    for _ in range(3):
        for _ in range(12):
            number = rng.randrange(2)
            size = len(world.recorder.states[-1][number])
            world.write(number, random_request(rng, size))
        for _ in range(rng.randrange(30)):
            world.passing()
        world.give(rng.randint(0, world.journal.end), roll=False)
        rolling = (step for each in world.access.volumes for step in each.roll())
        for _ in range(10):
            number = rng.randrange(2)
            world.write_given(number, random_request(rng, world.access.volumes[number].size))
            if rng.random() < 0.5:
                next(rolling, None)
                world.check_given()
        check_points(world, every=3)
        world.take_back()
    world.settle()


def test_what_there_is_no_room_for_is_refused_and_the_rest_goes_on() -> None:
    world = cast("AccessedWorld", narrow())
    world.give(world.journal.end)
    wanted = [world.data(at, 512) for at in range(0, 128 << 10, 4096)]
    for each in wanted[:8]:
        assert world.write_given(0, each) == {}
    errors = world.write_given(0, *wanted)
    assert set(errors.values()) == {ENOSPC}
    assert set(errors).isdisjoint(range(8))
    check_points(world)
    world.take_back()
    world.settle()
    assert held(world.images) == world.recorder.states[-1]
