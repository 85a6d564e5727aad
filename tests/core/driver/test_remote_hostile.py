"""Servers that lie: a volume of theirs is an error, and never a crash or a wait without end."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from threading import Thread

from hypothesis import settings

from core.driver.backend.link import Patience
from core.driver.backend.remote import RemoteVolume
from core.errors import CoreError
from tests.core.driver.elsewhere import nbdkit
from tests.core.recorder import Request, run_of

LONG = settings.default is settings.get_profile("long")
LIES = 2000 if LONG else 25
IMPATIENT = Patience(connect_s=0.2, answer_s=0.2)
SIZE = 1 << 18


class Liar:
    """Passes on what a client says, and what the server says with some bytes changed, or none."""

    def __init__(self, at: Path, server: Path) -> None:
        self._server = server
        self.changes: dict[int, int] = {}
        self.ends_at = 1 << 30
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(at))
        self._listener.listen(16)
        self._threads = [Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._threads:
            each.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server))
            for target, ends in ((self._listen, (client, server)), (self._lie, (server, client))):
                self._threads.append(Thread(target=target, args=ends, daemon=True))
                self._threads[-1].start()

    def _listen(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _lie(self, server: socket.socket, client: socket.socket) -> None:
        said = 0
        with server, client, suppress(OSError):
            while said < self.ends_at and (data := bytearray(server.recv(1 << 16))):
                for at, value in self.changes.items():
                    if said <= at < said + len(data):
                        data[at - said] = value
                client.sendall(data[: self.ends_at - said])
                said += len(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def lying(folder: Path) -> Iterator[tuple[Liar, str]]:
    with nbdkit(folder / "true", "memory", str(SIZE)):
        liar = Liar(folder / "s", folder / "true")
        try:
            yield liar, f"nbd+unix:///?socket={folder}/s"
        finally:
            liar.close()


def used(uri: str) -> None:
    """Everything that is asked of a volume."""
    volume = RemoteVolume(uri, patience=IMPATIENT)
    try:
        volume.write_run(run_of([Request(1, 0, 512, b"a" * 512), Request(6, 4096, 512)]))
        assert len(list(volume.data(0, 1 << 12))) <= 1 << 12
        volume.read_into(bytearray(4096), 0)
        volume.sync()
    finally:
        volume.close()


def test_what_is_passed_on_as_it_is_is_a_volume(tmp_path: Path) -> None:
    with lying(tmp_path) as (_, uri):
        used(uri)


def test_a_server_may_end_at_any_byte(tmp_path: Path) -> None:
    with lying(tmp_path) as (liar, uri):
        for liar.ends_at in range(0, 400, 1 if LONG else 23):
            with suppress(CoreError, OSError):
                used(uri)


def test_a_server_may_say_anything(tmp_path: Path) -> None:
    rng = Random(5)
    refused = 0
    with lying(tmp_path) as (liar, uri):
        for _ in range(LIES):
            places = [rng.randrange(400) for _ in range(rng.choice((1, 1, 2, 8)))]
            liar.changes = {at: rng.choice((0, 1, 0x7F, 0x80, 0xFF)) for at in places}
            try:
                used(uri)
            except (CoreError, OSError):
                refused += 1
    assert refused > LIES // 4
