"""Claim: what a host has flushed survives a loss of power, on a real file system on a real disk.

The volume and its journal lie on ext4, on a disk whose writes and flushes somebody writes down. A
loss of power leaves all that was there before the disk's last flush, and of what came after it any
part. Of such states disks are made, and the group is protected again on each.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import pytest
from hypothesis import settings

from core.driver.folder import DiskFolder
from core.driver.group.protection import protected
from core.driver.group.wanted import Wanted
from core.driver.image import DiskImage
from core.errors import CoreError
from core.machine.journal.shelf import Retention
from core.stream.history import History
from core.stream.view import PointView
from tests.core.applications.mounts import exposed, mounted, needs_mounts, room
from tests.core.applications.processes import running, serving
from tests.core.applications.recording import Entry, entries, needs_recording, passing
from tests.core.driver.client import FLUSH, Client
from tests.core.driver.programs import needs, run

LONG = settings.default is settings.get_profile("long")
WRITES, LOSSES = (400, 60) if LONG else (100, 4)
DISK: Final = 48 << 20
SIZE: Final = 1 << 20
WRITE_BYTES: Final = 16 << 10
BUDGET: Final = 32 << 20


class Flushed(NamedTuple):
    """A write that the host was told is durable: what was on the disk's log before and after."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Written:
    """What a disk was asked for while a host wrote and flushed, one write after the other."""

    folder: Path
    log: Sequence[Entry]
    flushed: Sequence[Flushed]

    def loss_at(self, rng: Random, end: int) -> bytes:
        """A disk as a loss of power may leave it when its log had that size."""
        passed = [each for each in self.log if each.end <= end]
        synced = max((nth for nth, each in enumerate(passed) if each.is_flush), default=0)
        disk = bytearray(DISK)
        for nth, each in enumerate(passed):
            if nth < synced or rng.random() < 0.5:
                disk[each.offset : each.offset + len(each.data)] = each.data
        return bytes(disk)

    def lost_at(self, rng: Random, end: int) -> int:
        """How many writes are lost of those that had been flushed, on a disk like that."""
        promised = sum(each.after <= end for each in self.flushed)
        begun = sum(each.before < end for each in self.flushed)
        file = self.folder / "left.img"
        file.write_bytes(self.loss_at(rng, end))
        with mounted(file, self.folder / "mounted") as point:
            found = recovered(point)
        file.unlink()
        assert found <= begun, f"{found} writes are there when {begun} had begun"
        return max(0, promised - found)


def state(writes: int) -> bytes:
    """The volume after so many writes, the first of which goes to the second place."""
    held = bytearray(SIZE)
    for number in range(max(1, writes - SIZE // WRITE_BYTES), writes + 1):
        offset = number * WRITE_BYTES % SIZE
        held[offset : offset + WRITE_BYTES] = content(number)
    return bytes(held)


def content(number: int) -> bytes:
    return Random(number).randbytes(WRITE_BYTES)


def wanted(folder: Path) -> Wanted:
    return Wanted(
        images=(folder / "disk.img",),
        journal=folder / "journal",
        retention=Retention(size=BUDGET, window_ns=1 << 62),
        create=SIZE,
    )


def recovered(folder: Path) -> int:
    """How many writes there are after recovery: they are the volume's, and each is a point."""
    with protected(wanted(folder), lambda *_: None) as group:
        end = group.group.journal.end
    assert (folder / "disk.img").read_bytes() == state(end), end
    journal, image = DiskFolder(folder / "journal"), DiskImage(folder / "disk.img")
    history = History(journal, where="journal")
    for point in {history.first, (history.first + end) // 2, max(history.first, end - 1)}:
        view = PointView(history, image, volume=0, point=point)
        held = bytearray(SIZE)
        view.read_into(held, 0)
        assert bytes(held) == state(point), point
        view.close()
    for each in (history, journal, image):
        each.close()
    return end


@contextmanager
def written(folder: Path, *, under: Sequence[str] = ()) -> Iterator[Written]:
    """Have a host write to a group whose files lie on a disk that is watched."""
    base, log = folder / "base.sock", folder / "log"
    flushed = []
    with (
        running("nbdkit", "-f", "-U", base, "memory", str(DISK), until=base.exists),
        passing(folder, f"nbd+unix:///?socket={base}") as between,
        exposed(folder, between) as disk,
    ):
        run("mkfs.ext4", "-q", "-F", disk)
        with mounted(disk, folder / "mounted") as point:
            words = ("protect", "disk.img", "--create", str(SIZE), "--journal", "journal")
            listen = ("--journal-size", str(BUDGET), "--listen", f"unix:{folder / 'group.sock'}")
            with (
                serving(point, *words, *listen, under=under),
                Client.to(folder / "group.sock").go("disk") as client,
            ):
                for number in range(1, WRITES + 1):
                    before = log.stat().st_size
                    assert client.put(number * WRITE_BYTES % SIZE, content(number)) == 0
                    assert client.call(FLUSH).error == 0
                    flushed.append(Flushed(before, log.stat().st_size))
    yield Written(folder, list(entries(log)), flushed)


@pytest.fixture
def place() -> Iterator[Path]:
    needs_mounts()
    needs_recording()
    with room() as made:
        yield made


@pytest.mark.slow
def test_what_was_flushed_survives_a_loss_of_power(place: Path) -> None:
    rng = Random(81)
    with written(place) as disk:
        begin, end = disk.flushed[0].before, disk.flushed[-1].after
        for nth in range(LOSSES):
            # In the midst of something, and just after something was promised.
            at = rng.choice(disk.flushed).after if nth % 2 else rng.randint(begin, end)
            assert disk.lost_at(rng, at) == 0, at


@pytest.mark.slow
def test_what_is_never_synced_is_lost_with_the_power(place: Path) -> None:
    """The control of the test above: the product's syncs do nothing."""
    needs("eatmydata")
    with written(place, under=("eatmydata",)) as disk:  # noqa: SIM117 -- its errors are errors
        with pytest.raises((AssertionError, CoreError)):
            assert disk.lost_at(Random(82), disk.flushed[-1].after) == 0
