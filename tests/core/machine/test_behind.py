"""Hosts go on at once where a copy is taken over; nothing of what came, or they wrote, is lost."""

import pytest
from hypothesis import settings

from tests.core.machine.succession import taken_over
from tests.core.machine.two_sites import Two

LONG = settings.default is settings.get_profile("long")
SEEDS = 2400 if LONG else 18


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS // 6))
def test_hosts_have_what_was_acknowledged_whatever_befalls_the_site(first: int) -> None:
    found = lacking = checked = 0
    for seed in range(first, first + SEEDS // 6):
        two = Two(seed)
        for _ in range(two.rng.choice((0, 100, 400))):
            two.step()
        if two.rng.random() < 0.7:
            two.heal()
        two.fed = two.rng.choice((1, 3, 20))
        for _ in range(two.rng.choice((60, 200))):
            two.step()
        after = taken_over(two)
        if after is None:
            continue
        after.open()
        for nth in range(two.rng.choice((20, 150))):
            after.step()
            if nth % 30 == 0:
                after.check()
        after.settle()
        found, lacking, checked = found + 1, lacking + after.lacking, checked + after.checked
    assert found > SEEDS // 18
    assert lacking > SEEDS // 18
    assert checked


@pytest.mark.parametrize("seed", range(200 if LONG else 6))
def test_what_a_loss_of_power_takes_from_the_stream_is_in_no_image(seed: int) -> None:
    """Whoever feeds the images does not wait for hosts to flush."""
    two = Two(seed)
    two.heal()
    after = taken_over(two)
    assert after is not None
    for _ in range(8):
        after.open()
        after.feed()
        for _ in range(3):
            after.write()
        while after.distribute():
            pass
        after.fall(power=True)
    after.settle()
