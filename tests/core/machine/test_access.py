"""Replicas that are given to somebody: what is written on them touches no other point."""

from collections.abc import Callable
from errno import ENOSPC
from random import Random
from typing import cast

import pytest

from core.errors import CoreError
from core.sim.medium import MemoryVolume
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.names import data_name, meta_name, numbers
from core.stream.view import PointView
from core.wire import preimage
from core.wire.segment import HEAD_BYTES, Stream, parse_head
from tests.core.accessed import ACCESSING, AccessedWorld, lent, narrow
from tests.core.recorder import random_request
from tests.core.world import Scenario, check_points, held


def given() -> AccessedWorld:
    return cast("AccessedWorld", lent())


@pytest.mark.parametrize("scenario", ACCESSING, ids=lambda each: each.__name__)
def test_points_are_what_they_were_and_the_replica_catches_up(scenario: Scenario) -> None:
    world = given()
    scenario(world)
    if world.given is not None:
        check_points(world)
        world.take_back()
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


class Meddled:
    """An image of which somebody makes something else while it is read."""

    def __init__(self, image: MemoryVolume, meddle: Callable[[], None]) -> None:
        self._image, self._meddle = image, meddle
        self.size, self.data = image.size, image.data

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        self._image.read_into(buffer, offset)
        self._meddle()


def meddle(world: AccessedWorld, rng: Random) -> None:
    """Give the replicas, write on them, give them back, or feed them."""
    if world.given is None:
        number = rng.randrange(2)
        size = len(world.recorder.states[-1][number])
        choice = rng.randrange(4)
        if choice == 0:
            world.give(rng.randint(0, world.journal.end), roll=rng.random() < 0.5)
        elif choice == 1:
            world.write(number, random_request(rng, size))
        else:
            world.step()
    elif rng.random() < 0.3:
        world.take_back()
    else:
        number = rng.randrange(2)
        world.write_given(number, random_request(rng, world.access.volumes[number].size))


@pytest.mark.parametrize("seed", range(12))
def test_a_point_that_is_open_stays_what_it_was(seed: int) -> None:
    rng, world = Random(seed), given()
    opened: list[tuple[int, int, PointView]] = []
    history = History(world.machine.folder, where="journal", live=True)
    for _ in range(60):
        if len(opened) < 6:
            number, point = rng.randrange(2), rng.randint(0, world.journal.end)
            image = Meddled(world.images[number], lambda: meddle(world, rng))
            view = PointView(history, image, volume=number, point=point)
            opened.append((number, point, view))
        meddle(world, rng)
        number, point, view = rng.choice(opened)
        expected = world.recorder.states[point][number]
        assert view.size == len(expected)
        offset = rng.randrange(view.size)
        whole = bytearray(rng.randint(1, view.size - offset))
        view.read_into(whole, offset)
        assert whole == expected[offset : offset + len(whole)], point
        held = bytearray(view.size)
        for at, length in view.data(0, view.size):
            held[at : at + length] = expected[at : at + length]
        assert held == expected


def test_records_are_not_believed_of_what_a_loss_of_power_took() -> None:
    """Of their file some words may be durable, though nothing of what they are records of is."""
    world = given()
    world.flush()
    world.give(1, roll=False)
    (number,) = numbers(world.machine.folder.names(), Stream.ACCESS)
    blobs = world.machine.folder.blobs
    del blobs[data_name(Stream.ACCESS, number)].content[HEAD_BYTES:]
    blobs[data_name(Stream.ACCESS, number)].change((SEGMENT_BYTES_MIN, None))
    length_of_first = slice(HEAD_BYTES + 8, HEAD_BYTES + 16)
    blobs[meta_name(Stream.ACCESS, number)].content[length_of_first] = bytes(8)
    again = world.again(world.machine)
    again.open()
    check_points(again)
    again.settle()


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


@pytest.mark.parametrize("has_hole", [False, True])
def test_what_an_older_segment_may_lack_is_not_guessed(has_hole: bool) -> None:
    """Its records' file is gone: what it holds says all, unless some of that is gone as well."""
    world = given()
    world.flush()
    world.give(1, roll=False)
    for at in range(0, 120 << 10, 4096):
        world.write_given(0, world.data(at, 512))
    blobs = world.machine.folder.blobs
    older, *_, newest = sorted(numbers(world.machine.folder.names(), Stream.ACCESS))
    assert older != newest
    del blobs[meta_name(Stream.ACCESS, older)]
    if has_hole:
        data = blobs[data_name(Stream.ACCESS, older)].content
        *_, (at, _) = preimage.batches(
            memoryview(bytes(data)),
            seed=parse_head(bytes(data[:HEAD_BYTES]), where="x").seed,
            begin=HEAD_BYTES,
        )
        data[at : at + 16] = bytes(16)
    again = world.again(world.machine)
    if has_hole:
        with pytest.raises(CoreError, match="is lost"):
            again.open()
        return
    again.open()
    check_points(again)
    again.settle()
