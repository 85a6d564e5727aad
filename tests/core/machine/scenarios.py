"""What a journal does, for crashes and errors to interrupt: one function for each operation."""

from core.wire.segment import Stream
from tests.core.recorder import TRIM, ZEROES, Request
from tests.core.world import SIZES, Scenario, World


def append(world: World) -> None:
    """A run over blocks that this epoch has captured."""
    world.write(0, world.data(1024, 1536), world.data(2048, 512))


def row(world: World) -> None:
    """A run of writes of one length, of blocks that are captured now and of some that were."""
    world.write(0, *[world.data(4096 * at, 512) for at in (1, 3, 1, 5, 0)])
    world.write(0, *[world.data(4096 * at, 512) for at in (5, 7, 3, 9)])


def first_touch(world: World) -> None:
    """A run over blocks that are captured now, twice in one, at the end of the volume too."""
    world.write(1, world.data(12_800, 1024), world.data(13_312, 512), world.data(24_576, 512))


def wide_capture(world: World) -> None:
    """More pre-images than one batch holds, of blocks with holes between them."""
    for at in range(0, SIZES[0], 20 << 10):
        world.write(0, world.data(at, 512))
    world.begin_epoch()
    world.write(0, Request(ZEROES, 512, SIZES[0] - 1024))
    world.write(0, world.data(56 << 10, 8192))


def epoch_roll(world: World) -> None:
    """Runs until the DO segment is full, and one in the next."""
    for _ in range(6):
        world.write(0, world.data(16 << 10, 12 << 10))


def epoch_begun(world: World) -> None:
    """An epoch that is begun because it is asked for."""
    world.begin_epoch()
    world.write(0, world.data(512, 512))


def spared(world: World) -> None:
    """Files are made ready, and used, and made again."""
    for _ in range(2):
        world.spare()
        world.begin_epoch()
        world.write(0, world.data(512, 512))


def undo_roll(world: World) -> None:
    """First touches until the UNDO segment is full."""
    for at in range(40 << 10, 120 << 10, 16 << 10):
        world.write(0, world.data(at, 1024), Request(ZEROES, at + 4096, 10 << 10))


def flush(world: World) -> None:
    world.write(0, world.data(4096, 1024))
    world.flush()
    world.write(0, world.data(4096, 1024))


def forced(world: World) -> None:
    """Writes that each are flushed before they are acknowledged."""
    for at in (0, 512, 1024):
        world.write(1, world.data(at, 512))
        world.flush()


def note(world: World) -> None:
    world.note(b'{"kind":"bookmark"}')
    world.write(0, world.data(0, 512))
    world.note(b'{"kind":"end"}')


def grow(world: World) -> None:
    world.resize(1, 40 << 10)
    world.write(1, world.data(24 << 10, 4096))


def shrink(world: World) -> None:
    world.write(1, world.data(20 << 10, 2048))
    world.resize(1, (10 << 10) + 512)
    world.write(1, world.data(8192, 2048))


def shrink_and_grow(world: World) -> None:
    world.write(1, world.data(20 << 10, 2048))
    world.resize(1, 9 << 10)
    world.resize(1, 30 << 10)
    world.write(1, world.data(22 << 10, 4096))
    world.resize(1, 24 << 10)


def zeroes(world: World) -> None:
    world.write(0, Request(ZEROES, 256, 4096), world.data(512, 512), Request(ZEROES, 0, 512))


def trim(world: World) -> None:
    world.write(0, Request(TRIM, 0, 12 << 10))
    world.write(0, Request(TRIM, 4096, 512))


def close(world: World) -> None:
    world.close()


def open_again(world: World) -> None:
    """Nothing is to be recovered."""
    world.close()
    world.open()
    world.write(0, world.data(512, 512))


def opened(world: World) -> None:
    """It is opened, and a block is written for the first time."""
    world.open()
    world.write(0, world.data(512, 512))


def recover(world: World) -> None:
    """The process was killed, its disks were not."""
    world.write(1, world.data(12_800, 1024))
    world.open()
    world.write(0, world.data(512, 512))


def recover_twice(world: World) -> None:
    """Killed again before much was written."""
    for _ in range(2):
        world.open()
        world.write(0, world.data(1024, 3072))


def empty_epochs(world: World) -> None:
    """Epochs in which nothing is written, before one that captures."""
    world.begin_epoch()
    world.begin_epoch()
    world.open()
    world.write(0, world.data(512, 512))


def long_run(world: World) -> None:
    """A run that is cut: by its requests, by its bytes, and by what it zeroes."""
    world.write(0, *[world.data(512 * nth, 512) for nth in range(100, 230)])
    world.write(0, world.data(512, 70 << 10), Request(ZEROES, 0, 48 << 10), world.data(0, 512))


def rolls(world: World) -> None:
    """Epochs that each end, with something in them."""
    for at in range(4):
        world.write(at % 2, world.data(2048 * at, 2560))
        world.begin_epoch()
    world.write(0, world.data(0, 8192))
    world.flush()


def rewind(world: World) -> None:
    """Back to where the epoch began, and to a point in it."""
    world.rewind(max(0, world.journal.end - 2))
    world.journal.flush()
    world.rewind(world.journal.end - 1)


def rewind_sizes(world: World) -> None:
    """Back over sizes that changed, and forth again."""
    before = world.journal.end
    world.resize(1, 9 << 10)
    world.resize(1, 30 << 10)
    world.write(1, world.data(22 << 10, 4096))
    after = world.journal.end
    world.rewind(before)
    world.rewind(after)


def restarts(world: World) -> None:
    """Started again and again, with nothing written meanwhile, in good order or killed."""
    for nth in range(4):
        if nth % 2:
            world.close()
        world.open()
    world.write(0, world.data(512, 512))


def fold(world: World) -> None:
    """Some epochs are made one, those and others one again, and it goes on."""
    for at in range(5):
        world.write(0, world.data(1024 * at, 1536), Request(ZEROES, 8192, 1024))
        world.write(0, world.data(2048 * at, 1024), world.data(512, 4096))
        world.begin_epoch()
    world.fold(1, 4)
    world.write(0, world.data(512, 512))
    world.fold(0, 3)
    world.write(0, world.data(1024, 512))


def fold_sizes(world: World) -> None:
    """Epochs in which a volume changed its size, and was noted of, are made one."""
    shrink_and_grow(world)
    world.note(b'{"kind":"between"}')
    world.write(1, world.data(0, 4096))
    world.begin_epoch()
    world.write(1, world.data(0, 4096))
    world.begin_epoch()
    world.fold(0, len(world.journal.shelf.heads(Stream.DO)) - 1)
    world.rewind(world.journal.end - 1)


def folds_pass(world: World) -> None:
    """What was folded goes, as the oldest epoch, with nothing of what it stood for left."""
    world.write(0, world.data(0, 2048))
    world.fold(0, len(world.journal.shelf.heads(Stream.DO)) - 1)
    for at in range(3):
        world.write(0, world.data(1024 * at, 1536))
        world.begin_epoch()


BASIC: tuple[Scenario, ...] = (
    *(append, row, first_touch, wide_capture, epoch_roll, epoch_begun, undo_roll, spared),
    *(flush, forced, note, grow, shrink, shrink_and_grow, zeroes, trim),
    *(close, open_again, recover, recover_twice, empty_epochs),
    *(long_run, rewind, rewind_sizes, restarts, fold, fold_sizes),
)
KEEPING_LITTLE: tuple[Scenario, ...] = (
    *(rolls, epoch_roll, undo_roll, spared, shrink_and_grow, long_run),
    *(rewind, recover, restarts, close, folds_pass),
)


def caught_up(world: World) -> None:
    """Hosts rest until a replica has everything, then begin an epoch, and all that again."""
    for at in (0, 2048):
        world.write(0, world.data(at, 4096), Request(ZEROES, 32 << 10, 4096))
        for _ in range(12):
            world.passing()
        world.begin_epoch()
    world.write(1, world.data(0, 1024))


def entered(world: World) -> None:
    """A replica enters an epoch that is there, after one that wrote a block again and again."""
    for _ in range(5):
        world.write(0, world.data(8192, 512))
    world.begin_epoch()
    world.write(1, world.data(512, 512))
    for _ in range(8):
        world.passing()
    world.write(1, world.data(1024, 512))


def unflushed(world: World) -> None:
    """A replica is given what no flush has made durable, of blocks that are written but once."""
    for at in range(3):
        world.write(0, world.data((40 << 10) + 8192 * at, 1024))
        world.passing()
        world.passing()


def rewind_behind(world: World) -> None:
    """Back to a point before much that a replica is given meanwhile."""
    point = world.journal.end
    for at in range(0, 40 << 10, 4 << 10):
        world.write(0, world.data(at, 1024))
    world.rewind(point)
    world.journal.flush()


FEEDING: tuple[Scenario, ...] = (
    row,
    *(
        caught_up,
        unflushed,
        entered,
        append,
        first_touch,
        epoch_roll,
        epoch_begun,
        undo_roll,
        flush,
    ),
    *(grow, shrink_and_grow, trim, long_run, close, open_again, recover, recover_twice),
    *(rewind, rewind_sizes, rewind_behind, restarts),
)
FEEDING_LITTLE: tuple[Scenario, ...] = (caught_up, rolls, epoch_roll, recover, restarts, rewind)
