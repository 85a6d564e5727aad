"""Folders that were damaged: a clear error or a finding, and never wrong bytes."""

from random import Random

import pytest
from hypothesis import settings

from core.errors import CoreError
from core.sim.faults import (
    WRITE,
    ZERO,
    Fault,
    Late,
    Nth,
    Watch,
    flipped,
    lost,
    misdirected,
    torn,
)
from core.sim.medium import Blob, MemoryFolder, MemoryVolume
from core.sim.power import Machine
from core.stream.finding import Finding
from core.stream.history import History
from core.stream.verify import Progress, verify
from core.wire import preimage
from core.wire.segment import HEAD_BYTES, parse_head
from tests.core.machine import scenarios
from tests.core.world import World, bare, opened, state_at, volumes_of, written_world

LONG = settings.default is settings.get_profile("long")


def closed_world() -> World:
    """Three epochs, two UNDO segments, a note and a resize; nothing is left to recover."""
    world = written_world()
    scenarios.undo_roll(world)
    world.note(b'{"kind":"bookmark"}')
    world.begin_epoch()
    world.resize(1, 20 << 10)
    world.write(1, world.data(4096, 1024))
    world.close()
    return world


WORLD = closed_world()
FILES = {name: bytes(blob.content) for name, blob in WORLD.machine.folder.blobs.items()}
IMAGES = tuple(volumes_of(WORLD.machine))
SEGMENTS = tuple(name for name in FILES if name != "journal.json")


def machine_of(files: dict[str, bytes]) -> Machine:
    folder = MemoryFolder({name: Blob(data) for name, data in files.items()})
    return Machine(folder, tuple(MemoryVolume(Blob(each)) for each in IMAGES))


def complaints(machine: Machine) -> list[Finding]:
    return [each for each in verify(machine.folder, where="j") if isinstance(each, Finding)]


def readable(machine: Machine, every: int = 1) -> int:
    """How many points can be read; all that can be are right, and nothing is changed by it."""
    before = {name: bytes(blob.content) for name, blob in machine.folder.blobs.items()}
    count = 0
    try:
        history = History(machine.folder, where="j")
        list(history.notes())
    except CoreError:
        history = None
    if history is not None and history.do:
        for point in range(history.first, history.end + 1, every):
            try:
                found = state_at(history, machine.volumes, point)
            except CoreError:
                continue
            assert found == WORLD.recorder.states[point], point
            count += 1
    after = {name: bytes(blob.content) for name, blob in machine.folder.blobs.items()}
    assert after == before
    return count


def test_a_journal_that_is_whole_has_no_findings() -> None:
    machine = machine_of(FILES)
    told = list(verify(machine.folder, where="j"))
    assert [each for each in told if isinstance(each, Finding)] == []
    last = told[-1]
    assert isinstance(last, Progress)
    assert last.done == last.total > 0
    assert readable(machine) == len(WORLD.recorder.states)


@pytest.mark.parametrize("name", SEGMENTS)
def test_a_flipped_bit_is_found_or_changes_nothing(name: str) -> None:
    data = FILES[name]
    held = len(data.rstrip(b"\0"))
    step = 1 if LONG else max(1, held // 60)
    for at in sorted({*range(0, held, step), *range(0, 96, 1 if LONG else 5), len(data) - 1}):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        machine = machine_of({**FILES, name: bytes(changed)})
        if not complaints(machine):
            assert readable(machine) == len(WORLD.recorder.states), at
        elif at % (step * 7) == 0:
            readable(machine, every=3)


@pytest.mark.parametrize("name", SEGMENTS)
def test_a_file_cut_off_anywhere_is_found(name: str) -> None:
    data = FILES[name]
    borders = {0, 1, 8, 255, 263, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 20, len(data) - 1}
    for size in sorted(borders | {*range(0, len(data), 1 if LONG else 9001)}):
        machine = machine_of({**FILES, name: data[:size]})
        if not complaints(machine):
            assert readable(machine) == len(WORLD.recorder.states), size
        else:
            readable(machine, every=3)


@pytest.mark.parametrize("name", SEGMENTS)
def test_a_file_that_is_missing_is_found(name: str) -> None:
    machine = machine_of({key: value for key, value in FILES.items() if key != name})
    assert complaints(machine)
    # Records are in two places: without the meta file everything can still be had.
    assert readable(machine) == len(WORLD.recorder.states) or name.endswith(".data")


def test_a_segment_that_is_missing_takes_what_needs_it_and_nothing_else() -> None:
    gone = {"do-00000002.data", "do-00000002.meta"}
    machine = machine_of({key: value for key, value in FILES.items() if key not in gone})
    (named,) = [each.what for each in History(machine.folder, where="j").findings]
    assert "do-00000002.data is lost" in named
    assert readable(machine) == 3
    data_alone = machine_of({k: v for k, v in FILES.items() if k != "do-00000002.data"})
    assert 3 < readable(data_alone) < len(WORLD.recorder.states)


def test_pre_images_that_are_missing_take_the_epochs_that_need_them() -> None:
    for number in (1, 2):
        gone = {f"undo-0000000{number}.data", f"undo-0000000{number}.meta"}
        machine = machine_of({key: value for key, value in FILES.items() if key not in gone})
        assert complaints(machine)
        readable(machine)


def test_segments_of_another_journal_are_told() -> None:
    for name in SEGMENTS:
        for other in SEGMENTS:
            if other[-4:] == name[-4:] and other != name:
                machine = machine_of({**FILES, name: FILES[other]})
                told = complaints(machine)
                count = readable(machine, every=1 if not told else 3)
                assert told or count == len(WORLD.recorder.states), (name, other)


@pytest.mark.parametrize("name", [each for each in SEGMENTS if each.endswith(".data")])
def test_a_newer_format_is_told(name: str) -> None:
    changed = bytearray(FILES[name])
    changed[8:12] = (2).to_bytes(4, "little")
    machine = machine_of({**FILES, name: bytes(changed)})
    assert any("format 2" in each.what for each in complaints(machine))
    readable(machine)


def test_an_end_that_is_lost_is_not_written_behind() -> None:
    for gone in ({"do-00000003.data", "do-00000003.meta"}, {"do-00000003.meta"}):
        files = {key: value for key, value in FILES.items() if key not in gone}
        if len(gone) == 1:
            files["do-00000003.data"] = bytes(len(FILES["do-00000003.data"]))
        machine = machine_of(files)
        with pytest.raises(CoreError):
            opened(machine)
        assert {name: bytes(each.content) for name, each in machine.folder.blobs.items()} == files


@pytest.mark.parametrize("is_closed", [False, True])
def test_an_older_segment_with_a_hole_is_not_sealed_for_good(is_closed: bool) -> None:
    """Its records' file is gone, and of what it held a part: what is left is not all there was."""
    world = written_world()
    scenarios.undo_roll(world)
    if is_closed:
        world.close()
    files = {name: bytes(blob.content) for name, blob in world.machine.folder.blobs.items()}
    name, meta = "undo-00000001.data", "undo-00000001.meta"
    head = parse_head(files[name][:HEAD_BYTES], where=name)
    batches = list(preimage.batches(memoryview(files[name]), seed=head.seed, begin=HEAD_BYTES))
    assert len(batches) > 2
    refused = 0
    for at, _ in batches:
        data = bytearray(files[name])
        data[at : at + 16] = bytes(16)
        kept = {key: value for key, value in files.items() if key != meta}
        machine = Machine(
            MemoryFolder({key: Blob(value) for key, value in {**kept, name: bytes(data)}.items()}),
            tuple(MemoryVolume(Blob(each)) for each in volumes_of(world.machine)),
        )
        try:
            opened(machine)[0].close()
        except CoreError:
            refused += 1
            continue
        history = History(machine.folder, where="j")
        assert history.end == len(world.recorder.states) - 1
        refused += history.first
        for point in range(history.first, history.end + 1):
            assert state_at(history, machine.volumes, point) == world.recorder.states[point], point
    assert refused >= len(batches)


def planted(watch: Watch) -> World:
    """A world whose disks do other than they are told, somewhere."""
    world = written_world()
    world.watch = watch
    scenarios.undo_roll(world)
    scenarios.zeroes(world)
    world.resize(1, 20 << 10)
    world.write(1, world.data(4096, 1024), world.data(8192, 2048))
    if isinstance(watch, Late):
        watch.release()
    world.watch = lambda operation: operation.carry_out()
    world.close()
    return world


def disks(world: World) -> tuple[object, ...]:
    folder = world.machine.folder
    data = {
        name: bytes(blob.content) for name, blob in folder.blobs.items() if name.endswith(".data")
    }
    return data, volumes_of(world.machine)


def test_planted_faults_of_writes_are_caught() -> None:
    counted = Nth(-1, lost, kinds=(WRITE, ZERO))
    good = planted(counted)
    expected = disks(good)
    rng = Random(11)
    changing = missed = 0
    for nth, operation in enumerate(counted.seen):
        size = max(1, len(operation.data))
        faults: list[Fault] = [lost, misdirected(512), misdirected(-512), torn(size // 2)]
        faults += [flipped(rng.randrange(1 << 20)) for _ in range(6 if LONG else 1)] if size else []
        watches: list[Watch] = [Nth(nth, each, kinds=(WRITE, ZERO)) for each in faults]
        watches += [Late(nth, 1), Late(nth, 3)]
        for watch in watches:
            try:
                world = planted(watch)
            except CoreError:
                continue
            if disks(world) == expected:
                continue
            changing += 1
            differs = volumes_of(world.machine) != good.recorder.states[-1]
            missed += not (differs or complaints(bare(world.machine)))
    assert changing > 100
    assert missed * 100 <= changing
