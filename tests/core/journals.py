"""Journals in real folders, with an outside recorder beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from core.driver.backend.file import FileBackend
from core.driver.folder import DiskFolder
from core.driver.group.volume import BackendVolume
from core.driver.lock import WriterLock
from core.machine.journal.recovery import open_journal
from core.machine.journal.shelf import KEEP_ALL, Retention
from core.machine.journal.writer import Journal
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from tests.core.recorder import WRITE, Recorder, Request, random_request, run_of

START_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
STEP_NS = 1_000_000_000


@dataclass
class Clock:
    """A second for each write."""

    now: int = START_NS - STEP_NS

    def __call__(self) -> int:
        self.now += STEP_NS
        return self.now


@dataclass
class Made:
    """A journal, the images of its volumes, and all their states."""

    folder: Path
    images: tuple[Path, ...]
    recorder: Recorder
    clock: Clock = field(default_factory=Clock)

    def opened(self, retention: Retention = KEEP_ALL) -> Journal:
        volumes = [BackendVolume(FileBackend(path)) for path in self.images]
        journal, _ = open_journal(
            DiskFolder(self.folder),
            volumes,
            where=str(self.folder),
            clock=self.clock,
            retention=retention,
        )
        return journal

    def write(
        self, journal: Journal, volume: int, offset: int, data: bytes, client: int = 1
    ) -> None:
        request = Request(WRITE, offset, len(data), data)
        journal.write(volume, run_of([request]), client=client)
        self.recorder.write(volume, request)

    def load(self, journal: Journal, rng: Random, *, runs: int, resizes: bool = False) -> None:
        for _ in range(runs):
            number = rng.randrange(len(self.images))
            held = len(self.recorder.states[-1][number])
            if resizes and rng.random() < 0.1:
                size = 512 * rng.randint(40, 250)
                journal.resize(number, size)
                self.recorder.resize(number, size)
                continue
            request = random_request(rng, held)
            journal.write(number, run_of([request]), client=rng.randint(1, 3))
            self.recorder.write(number, request)


def made(top: Path, sizes: Sequence[int], *, segment_bytes: int = SEGMENT_BYTES_MIN) -> Made:
    """A new journal of volumes that are zero, `disk0`, `disk1` and so on."""
    images = tuple(top / f"disk{nth}.img" for nth in range(len(sizes)))
    for path, size in zip(images, sizes, strict=True):
        path.write_bytes(bytes(size))
    members = tuple(
        Member(name=path.stem, path=str(path), size=size)
        for path, size in zip(images, sizes, strict=True)
    )
    folder = top / "journal"
    write_identity(
        DiskFolder(folder, make=True),
        Identity(group=bytes(16), volumes=members, segment_bytes=segment_bytes),
    )
    return Made(folder, images, Recorder.of(sizes))


def loaded(top: Path, sizes: Sequence[int], *, seed: int, runs: int, resizes: bool = False) -> Made:
    """A journal that was written and closed."""
    found = made(top, sizes)
    with WriterLock(found.folder):
        journal = found.opened()
        found.load(journal, Random(seed), runs=runs, resizes=resizes)
        journal.close()
    return found
