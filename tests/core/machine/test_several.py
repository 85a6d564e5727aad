"""Several copies of one group: each is exact, whatever befalls production, it, or another."""

from contextlib import suppress
from random import Random

import pytest
from hypothesis import settings

from core.machine.journal.shelf import JournalFullError
from core.machine.journal.stale import make_stale
from core.sim.faults import Nth, PowerLostError, WatchedFolder, power_off
from core.sim.medium import MemoryFolder
from core.stream.copies import COPIES_MAX, files_of, known_places, last_generation, numbered
from core.stream.phases import Event, State
from core.stream.regions import MARKED
from core.stream.standing import Course, write_standing
from tests.core.machine.several_sites import Leg, Several

LONG = settings.default is settings.get_profile("long")
SEEDS = 1200 if LONG else 4
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
    for _ in range(400):
        several.write()
        while there.ship() | (there.distribute() > 0):
            pass
        if several.given_up:
            break
    assert several.states() == [State.SHIPPING, State.RESYNCING]
    assert there.production is not None
    assert there.production.standing.course.generation == generation
    several.settle()
    assert several.states() == [State.SHIPPING, State.SHIPPING]
    assert several.given_up == 1


@pytest.mark.parametrize("is_local", [True, False])
def test_a_copy_that_is_begun_anew_in_the_place_of_another_is_filled(*, is_local: bool) -> None:
    """Its images are not what those were, whatever production knows of the place."""
    several = Several(5, is_local=is_local)
    several.settle()
    for _ in range(5):
        several.write()
    several.settle()
    fresh = Leg(several, 2)
    fresh.production = several.legs[1].production
    several.legs[1].unlink()
    several.legs[1] = fresh
    several.settle()
    assert several.states() == [State.SHIPPING, State.SHIPPING]


@pytest.mark.parametrize("is_local", [True, False])
def test_epochs_without_a_write_wait_for_a_copy_that_has_all_before(*, is_local: bool) -> None:
    """It is shipped one segment after the other, and could not go on behind one that is gone."""
    several = Several(5, is_local=is_local, count=1)
    several.settle()
    (leg,) = several.legs
    assert several.journal is not None
    assert leg.production is not None
    generation = leg.production.standing.course.generation
    leg.unlink()
    with suppress(JournalFullError):
        for _ in range(64):
            several.journal.begin_epoch()
    leg.connect()
    several.settle()
    assert leg.production.standing.course.generation == generation


def test_no_two_copies_are_in_one_generation() -> None:
    several = Several(5, is_local=True, count=3)
    several.settle()
    rng, seen = Random(1), dict[int, int]()
    for _ in range(12):
        for leg in several.fed:
            generation = leg.production.standing.course.generation
            assert seen.setdefault(generation, leg.number) == leg.number
        several.write()
        several.mark(rng.choice(several.fed), rng.choice((Event.FULL, Event.GONE, Event.BEHIND)))
    assert len(seen) > 8


def test_a_loss_of_power_is_put_down_for_a_copy_that_is_not_fed_now() -> None:
    """The volumes may have what the stream has lost; a copy is given that when it is fed again."""
    several = Several(5, is_local=False)
    several.risk = 0.0
    several.settle()
    for _ in range(40 if LONG else 6):
        for _ in range(4):
            several.write()
        several.fall(power=True)
        several.open([1])
        several.write()
        several.settle()


def test_the_places_of_copies_are_remembered_by_their_numbers() -> None:
    folder = MemoryFolder()
    assert numbered(folder, ["a"], where="") == (1,)
    assert numbered(folder, ["b"], where="") == (1,)  # it has moved
    assert numbered(folder, ["c", "b"], where="") == (2, 1)
    assert numbered(folder, ["d"], where="") == (3,)
    assert numbered(folder, ["d", "c"], where="") == (3, 2)
    assert known_places(folder, where="") == ("b", "c", "d")


def test_a_journal_of_one_copy_is_of_the_first_that_it_is_given() -> None:
    folder = MemoryFolder()
    _stand(folder, 1, 7)
    assert known_places(folder, where="", first="a") == ("a",)
    assert numbered(folder, ["b", "a"], where="", first="a") == (2, 1)
    other = MemoryFolder()
    _stand(other, 1, 7)
    assert numbered(other, ["b", "a"], where="") == (1, 2)


def test_of_more_copies_than_there_can_be_one_is_forgotten_that_is_not_given() -> None:
    """Its generations are no other's; what is known of those that are given stays."""
    folder = MemoryFolder()
    places = [f"p{nth}" for nth in range(COPIES_MAX)]
    for number, generation in zip(numbered(folder, places, where=""), (3, 9, 5, 4), strict=True):
        _stand(folder, number, generation)
    assert numbered(folder, ["p0", "new"], where="") == (1, 2)
    assert last_generation(folder, where="") == 9
    assert "course" not in files_of(folder, 2).names()
    assert "course" in files_of(folder, 3).names()
    assert known_places(folder, where="") == ("p0", "new", "p2", "p3")


class Backwards(MemoryFolder):
    """A folder whose names come in another order: disks have none."""

    def names(self) -> tuple[str, ...]:
        return super().names()[::-1]


def test_how_a_copy_stood_is_forgotten_before_its_marks_are() -> None:
    """A crash leaves no course whose marks are gone: by that the copy would lack nothing."""
    for nth in range(12):
        folder = Backwards()
        places = [f"p{number}" for number in range(COPIES_MAX)]
        for number in numbered(folder, places, where=""):
            make_stale(files_of(folder, number), number, [bytearray((MARKED,))])
            _stand(folder, number, number)
        with suppress(PowerLostError):
            numbered(WatchedFolder(folder, Nth(nth, power_off())), ["p0", "new"], where="")
        for naming in folder.namings():
            names = files_of(MemoryFolder(naming), 2).names()
            assert "stale-2-0" in names or "course" not in names


def _stand(folder: MemoryFolder, number: int, generation: int) -> None:
    course = Course(generation=generation, state=State.RESYNCING, since=0, sizes=(4096,))
    write_standing(files_of(folder, number), course)
