"""Worlds to begin with: that keep everything, or little, or feed replicas."""

from random import Random

from core.machine.journal.shelf import SEGMENTS_MIN, Retention
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.segment import file_bytes
from tests.core.world import World, bare_machine, begun, written_world

BUDGET = Retention(size=SEGMENTS_MIN * file_bytes(SEGMENT_BYTES_MIN), window_ns=1 << 62)
NO_WINDOW = Retention(size=1 << 62, window_ns=0)


def everything() -> World:
    """A world that keeps all it ever wrote."""
    return written_world()


def rested() -> World:
    """A journal that was opened and closed with nothing between."""
    world = written_world()
    for _ in range(2):
        world.close()
        world.open()
    world.close()
    return world


def full() -> World:
    """A journal at its budget: each segment takes the files of another."""
    world = begun(World(bare_machine(), Random(7), retention=BUDGET))
    return filled(world)


def passing() -> World:
    """An epoch goes as soon as it has ended, and there are files to be used again."""
    world = begun(World(bare_machine(), Random(7), retention=NO_WINDOW))
    for at in range(3):
        world.write(0, world.data(4096 * at, 512))
        world.begin_epoch()
    world.write(1, world.data(0, 2048))
    return world


def filled(world: World) -> World:
    """The world with epochs until the first of them has gone."""
    for at in range(SEGMENTS_MIN + 2):
        world.write(0, world.data(1024 * at, 1536))
        world.write(1, world.data(512 * at, 512))
        world.begin_epoch()
    world.write(0, world.data(0, 8192))
    world.flush()
    world.write(1, world.data(1024, 512))
    return world
