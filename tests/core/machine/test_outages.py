"""A copy that is away, again and again: all that differs is marked, and little else is moved."""

from random import Random

import pytest
from hypothesis import settings

from core.machine.link.shipper import Shipper
from core.sim.sites import marks
from core.stream import regions
from core.stream.phases import Event, State
from core.structure.medium import Buffer
from tests.core.machine import two_sites
from tests.core.machine.two_sites import Two
from tests.core.world import held

LONG = settings.default is settings.get_profile("long")
RUNS, OUTAGES = (34, 9) if LONG else (1, 3)
SIZES = ((6 << 20) + 4096, 24 << 10)
HEADS = 16 << 10
"""What greets, asks and answers, where nearly nothing is marked."""


def marked_bytes(two: Two) -> int:
    assert two.production is not None
    generation, total = two.production.standing.course.generation, 0
    for number, volume in enumerate(two.here.machine.volumes):
        left = regions.left(two.here.machine.folder, generation, number)
        total += sum(min(length, volume.size() - offset) for offset, length in regions.runs(left))
    return total


def away(two: Two, rng: Random) -> None:
    """Hosts write while there is no copy; production may be killed, or lose its power."""
    assert two.production is not None
    two.unlink()
    if two.production.standing.state is not State.MARKING:
        two.production.mark(Event.BEHIND)
        two._generation()
    for _ in range(rng.randint(1, 6)):
        two.write()
    if rng.random() < 0.5:
        two.fall(two.here, power=rng.random() < 0.5)
        two.open()


@pytest.mark.parametrize("seed", range(RUNS))
def test_what_differs_after_an_outage_is_marked_and_no_more_than_a_tenth_more_is_moved(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(two_sites, "SIZES", SIZES)
    moved, frames = [0], Shipper.frames

    def counted(shipper: Shipper) -> tuple[Buffer, ...]:
        found = tuple(frames(shipper))
        moved[0] += sum(map(len, found))
        return found

    monkeypatch.setattr(Shipper, "frames", counted)
    two, rng = Two(seed), Random(seed)
    two.open()
    two.open_copy()
    two.connect()
    two.settle()
    for _ in range(OUTAGES):
        away(two, rng)
        assert two.production is not None
        generation = two.production.standing.course.generation
        marks.check(two.here.machine, generation, held(two.there.machine.volumes))
        marked, moved[0] = marked_bytes(two), 0
        two.heal()
        assert moved[0] <= 1.1 * marked + HEADS
        if rng.random() < 0.2:
            two.write()
            two.settle()


def test_a_copy_is_made_equal_however_often_hosts_wrote_only_while_it_was_away() -> None:
    """Each time leaves segments without a write in production's journal, which has few."""
    two, rng = Two(0), Random(0)
    two.open()
    two.open_copy()
    two.connect()
    two.settle()
    for _ in range(9):
        away(two, rng)
        two.heal()
