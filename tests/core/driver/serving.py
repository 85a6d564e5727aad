"""A server for one test, and exports that remember what was asked of them."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from core.driver.backend.file import FileBackend
from core.driver.nbd.export import Export, Exports, Hold
from core.driver.nbd.server import Server
from core.driver.nbd.volume import VolumeExport
from core.wire.nbd.constants import StatusFlag
from core.wire.nbd.offer import Offer
from core.wire.nbd.replies import Extent
from core.wire.nbd.requests import Run
from tests.core.driver.client import Client
from tests.core.wire.nbd.speech import offer

SIZE = 4 << 20


class MemoryExport:
    """Bytes in memory; what a run holds is read here by other code than ours."""

    def __init__(self, name: str = "vol1", size: int = SIZE, **more: Any) -> None:
        self.offer: Offer = offer(name, size, **more)
        self.bytes = bytearray(size)
        self.chunks: list[bytes] = []
        self.flushes = self.attached = self.detached = 0
        self.errors: dict[str, Exception] = {}
        self.lock = Lock()
        self.holds: Callable[[int], Hold | None] = lambda _: None

    def attach(self) -> None:
        self.attached += 1
        self._fail("attach")

    def detach(self) -> None:
        self.detached += 1

    def write_run(self, run: Run) -> Mapping[int, int]:
        self._fail("write")
        with self.lock:
            self.chunks.append(bytes(run.received))
            at = 0
            for head, _, offset, length in run.requests:
                at += run.header_bytes
                kind = head & 0xFFFF
                if kind == 1:
                    self.bytes[offset : offset + length] = run.received[at : at + length]
                    at += length
                elif kind:
                    self.bytes[offset : offset + length] = bytes(length)
        return {}

    def hold(self, size: int) -> Hold | None:
        return self.holds(size)

    def read(self, target: memoryview, offset: int) -> None:
        self._fail("read")
        target[:] = self.bytes[offset : offset + len(target)]

    def flush(self) -> None:
        self.flushes += 1
        self._fail("flush")

    def extents(self, offset: int, length: int, most: int) -> list[Extent]:
        self._fail("extents")
        assert offset + length <= len(self.bytes)
        return [(length, StatusFlag(0))][:most]

    def cache(self, offset: int, length: int) -> None:
        assert offset + length <= len(self.bytes)
        self._fail("cache")

    def _fail(self, what: str) -> None:
        if what in self.errors:
            raise self.errors[what]


@dataclass
class Served:
    """A running server and its socket."""

    server: Server
    path: Path
    file: Path

    def client(self) -> Client:
        return Client.to(self.path)

    def uri(self, name: str = "vol1") -> str:
        return f"nbd+unix:///{name}?socket={self.path}"


@contextmanager
def serving(folder: Path, *exports: Export, **options: Any) -> Iterator[Served]:
    """Serve on a unix socket in a folder until the test is done with it."""
    table = Exports()
    for each in exports:
        table.add(each)
    server = Server(table, **options)
    try:
        server.listen_unix(folder / "s")
        yield Served(server, folder / "s", folder / "volume")
    finally:
        assert server.stop() == 0


def filled(path: Path, size: int = SIZE, seed: int = 1) -> bytes:
    """A file of bytes that look like chance, the same for one seed."""
    data = random.Random(seed).randbytes(size)
    path.write_bytes(data)
    return data


@contextmanager
def serving_file(folder: Path, size: int = SIZE, **options: Any) -> Iterator[Served]:
    """Serve a file of such bytes as vol1."""
    filled(folder / "volume", size)
    backend = FileBackend(folder / "volume")
    with serving(folder, VolumeExport("vol1", backend), **options) as served:
        yield served
    backend.close()
