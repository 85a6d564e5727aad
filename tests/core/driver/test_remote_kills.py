"""Servers of others, killed while their volumes are written: all that was promised is there."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random
from threading import Timer

import pytest
from hypothesis import settings

from core.driver.backend.place import Uri
from core.driver.group.wanted import Wanted
from tests.core.driver.client import FLUSH, TRIM, WRITE, ZEROES, Client
from tests.core.driver.elsewhere import Elsewhere, nbdkit, qemu_nbd
from tests.core.driver.test_protection import KEEP, served, states
from tests.core.recorder import Recorder, random_request

LONG = settings.default is settings.get_profile("long")
KILLS = 20 if LONG else 2
SIZE = 1 << 20
KINDS = {1: WRITE, 4: TRIM, 6: ZEROES}


def written_until_it_fails(
    socket: Path, recorder: Recorder, rng: Random, elsewhere: Elsewhere
) -> int:
    """The last write that was acknowledged before the server was killed."""
    killer = Timer(rng.random() * 0.2, elsewhere.process.kill)
    began = time.monotonic()
    with Client.to(socket).go("s") as client:
        killer.start()
        while time.monotonic() - began < 30:
            acknowledged = len(recorder.states) - 1
            request = random_request(rng, SIZE)
            recorder.write(0, request)
            kind = KINDS[request.command]
            if client.call(kind, request.offset, request.length, data=request.data).error:
                assert client.call(FLUSH).error
                killer.join()
                return acknowledged
    raise AssertionError("the server was not killed")


def nbdkit_that_forgets(socket: Path, image: Path) -> AbstractContextManager[Elsewhere]:
    """What was not flushed is lost with it, as with the power of a machine."""
    return nbdkit(socket, "file", image, options=("--filter=cache",))


SERVERS: dict[str, Callable[[Path, Path], AbstractContextManager[Elsewhere]]] = {
    "nbdkit": lambda socket, image: nbdkit(socket, "file", image),
    "nbdkit that forgets": nbdkit_that_forgets,
    "qemu-nbd": lambda socket, image: qemu_nbd(socket, image, name="s"),
}


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS)
def test_what_was_acknowledged_outlives_the_server_that_held_it(
    tmp_path: Path, server: str
) -> None:
    image = tmp_path / "elsewhere.img"
    with image.open("wb") as file:
        file.truncate(SIZE)
    wanted = Wanted(
        images=(Uri(f"nbd+unix:///s?socket={tmp_path}/q"),),
        journal=tmp_path / "journal",
        retention=KEEP,
    )
    rng, recorder = Random(8), Recorder.of((SIZE,))
    for _ in range(KILLS):
        with SERVERS[server](tmp_path / "q", image) as elsewhere, served(wanted) as (_, socket):
            acknowledged = written_until_it_fails(socket, recorder, rng, elsewhere)
        with SERVERS[server](tmp_path / "q", image), served(wanted) as (group, socket):
            end = group.group.journal.end
            assert acknowledged <= end < len(recorder.states)
            with Client.to(socket).go("s") as client:
                assert client.get(0, SIZE) == recorder.states[end][0]
            for point, found in states(group):
                assert found == recorder.states[point], point
            recorder = Recorder(recorder.states[: end + 1])
