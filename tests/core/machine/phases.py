"""What may happen to replicas, for crashes to interrupt."""

from core.sim.faults import SYNC, Operation
from core.stream.phases import State
from tests.core.phased import PhasedWorld
from tests.core.world import World


def of(world: World) -> PhasedWorld:
    assert isinstance(world, PhasedWorld)
    return world


def passed(world: World) -> None:
    """All that is to be done is done, and hosts go on."""
    of(world).passed()
    world.write(0, world.data(3072, 2048))


def written_meanwhile(world: World) -> None:
    """Hosts write and flush while regions are copied and what waits is carried out."""
    for at in range(5):
        world.write(0, world.data(24 << 10 | 512 * at, 1024), world.data(at << 14, 512))
        if at % 2:
            world.flush()
    of(world).passed()
    world.write(1, world.data(512, 512))


def resized(world: World) -> None:
    """Sizes change while regions are copied."""
    world.resize(1, 40 << 10)
    world.write(1, world.data(30 << 10, 4096))
    world.resize(1, 10 << 10)
    world.write(1, world.data(8192, 512))
    world.resize(1, 20 << 10)
    of(world).passed()
    world.write(1, world.data(18 << 10, 512))


def marked(world: World) -> None:
    """The journal takes nothing for a time, and is marked once more before it is resynced."""
    for at in range(2):
        of(world).mark()
        world.write(0, world.data(20 << 10, 1024), world.data(80 << 10, 512))
        world.flush()
        world.write(1, world.data(1024 * at, 512))
        of(world).resume()
        world.write(0, world.data(22 << 10, 512))
        of(world).step()
    passed(world)


def marked_and_resized(world: World) -> None:
    """Sizes change while the journal takes nothing, of which the replicas lacked nothing."""
    world.write(1, world.data(8 << 10, 8 << 10))
    world.begin_epoch()
    of(world).passed()
    of(world).mark()
    world.write(1, world.data(20 << 10, 512))
    world.resize(1, 8 << 10)
    world.resize(1, 36 << 10)
    world.write(1, world.data(34 << 10, 512))
    of(world).resume()
    world.resize(1, 30 << 10)
    passed(world)


def resized_and_fed_again(world: World) -> None:
    """Whoever feeds is killed when a replica has its new size, and history has not begun."""
    here = of(world)
    here.idle = True
    world.resize(1, 40 << 10)
    for at in range(2):
        world.begin_epoch()
        world.write(0, world.data(2048 * at, 512))
    here.idle = False
    before = here.feeding.applied
    while here.feeding.applied == before:
        assert here.step()
    here.feed_again()
    passed(world)


def resumed(world: World) -> None:
    """The replicas can be fed again."""
    of(world).resume()
    world.write(0, world.data(2048, 512))
    passed(world)


def fed_again(world: World) -> None:
    """Whoever feeds is killed again and again."""
    for at in range(4):
        world.write(0, world.data(4096 * at, 1024))
        of(world).step()
        of(world).feed_again()
    passed(world)


def behind(world: World) -> None:
    """So much waits that points are given up, until little does."""
    of(world).idle = True
    for at in range(4):
        world.write(0, world.data(4096 * at, 1024))
        world.begin_epoch()
    of(world).idle = False
    world.write(1, world.data(512, 512))
    passed(world)


def killed(world: World) -> None:
    """Whoever serves is killed, and another one begins."""
    for _ in range(2):
        world.open()
        world.write(0, world.data(1024, 3072))
    passed(world)


def ended(world: World) -> None:
    """It is ended in good order, and goes on."""
    world.close()
    world.open()
    passed(world)


def flushed(world: World) -> None:
    """What is flushed while the journal takes nothing is there, and so it is once it does."""
    world.write(0, world.data(16 << 10, 512))
    world.flush()
    world.write(0, world.data(17 << 10, 512))
    resumed(world)


def begun(world: World) -> None:
    """The first regions are copied."""
    world.open()
    while of(world).step():
        pass


def marks_made(world: World) -> None:
    """Regions are written for the first time while the journal takes nothing."""
    for at in (16, 32, 112):
        world.write(0, world.data(at << 10, 512))


def overtaken(world: World) -> None:
    """A replica is given a write before the region of that is marked, and without pre-images."""
    here = of(world)
    while here.step():
        pass
    assert here.state is not State.DISTRIBUTING
    watch = world.watch

    def step_first(operation: Operation) -> None:
        world.watch = watch
        if operation.kind == SYNC and operation.target.startswith("touched"):
            here.step()
        else:
            world.watch = step_first
        watch(operation)

    world.watch = step_first
    here.idle = True
    world.write(0, world.data(120 << 10, 512))
