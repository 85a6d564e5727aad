"""A journal with writes behind it, made without a server: a full volume, and its replica."""

import os
import secrets
import shutil
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from core.driver.backend.file import FileBackend
from core.driver.folder import DiskFolder
from core.driver.group.volume import BackendVolume
from core.driver.nbd.volume import FEATURES
from core.machine.journal.recovery import open_journal
from core.machine.journal.reopening import open_production
from core.machine.journal.shelf import KEEP_ALL
from core.machine.journal.writer import Journal
from core.stream.identity import Identity, Member, write_identity
from core.stream.phases import State
from core.stream.standing import Course, Distributed, write_standing
from core.wire.nbd.constants import REQUEST_MAGIC, Command, Mode
from core.wire.nbd.offer import Offer
from core.wire.nbd.requests import Rules, Run, cut_run

RUN_WRITES: Final = 256
_REQUEST: Final = struct.Struct(">IHHQQI")
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """So many writes of a size, all over a volume that is full.

    A replica has got nothing of them.
    """

    volume_bytes: int
    write_bytes: int
    writes: int
    with_replica: bool

    def make(self, folder: Path) -> None:
        """The files `disk.img` and `copy.img`, and the folder `journal`."""
        image = folder / "disk.img"
        with image.open("wb") as file:
            for _ in range(self.volume_bytes // _MIB):
                file.write(os.urandom(_MIB))
        if self.with_replica:
            shutil.copyfile(image, folder / "copy.img")
        with self._journal(folder) as journal:
            rng = Random(1)
            for _ in range(self.writes // RUN_WRITES):
                journal.write(0, self._run(rng), client=1)

    @contextmanager
    def _journal(self, folder: Path) -> Iterator[Journal]:
        image, replica = folder / "disk.img", folder / "copy.img"
        with ExitStack() as stack:
            journal = DiskFolder(folder / "journal", make=True)
            stack.callback(journal.close)
            kept = str(replica) if self.with_replica else ""
            member = Member(name="disk", path=str(image), size=self.volume_bytes, replica=kept)
            write_identity(journal, Identity(group=secrets.token_bytes(16), volumes=(member,)))
            backends = [FileBackend(path) for path in (image, Path(kept)) if path.name]
            for backend in backends:
                stack.callback(backend.close)
            volume, *replicas = map(BackendVolume, backends)
            volume.sync = _nothing  # the backlog is of no use after a crash, and is made sooner so
            where = str(folder)
            if replicas:
                _begin_alike(journal, volume.size())
                writer = open_production(
                    journal, [volume], replicas, where=where, clock=time.time_ns, retention=KEEP_ALL
                ).journal
                assert isinstance(writer, Journal)
            else:
                writer, _ = open_journal(
                    journal, [volume], where=where, clock=time.time_ns, retention=KEEP_ALL
                )
            yield writer
            writer.close()

    def _run(self, rng: Random) -> Run:
        """Requests as a host sends them, side by side in one buffer."""
        received, size = bytearray(), self.write_bytes
        for _ in range(RUN_WRITES):
            offset = rng.randrange(self.volume_bytes // size) * size
            received += _REQUEST.pack(REQUEST_MAGIC, 0, Command.WRITE, 0, offset, size)
            received += rng.randbytes(size)
        offer = Offer(name="disk", size=self.volume_bytes, features=FEATURES)
        return cut_run(memoryview(received), 0, len(received), Rules(offer, Mode.SIMPLE, False))


def _begin_alike(journal: DiskFolder, size: int) -> None:
    """The replica is what production is, which was copied."""
    course = Course(generation=1, state=State.INITIALISING, since=0, sizes=(size,))
    write_standing(journal, course)
    alike = Distributed(generation=1, state=State.DISTRIBUTING, applied=0, begin=1)
    write_standing(journal, alike)


def _nothing() -> None: ...
