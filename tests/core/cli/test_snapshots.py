"""A copy behind a slow link that is shipped snapshots, of real processes."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import settings

from tests.core.cli.test_copy import Sites, sites
from tests.core.cli.test_protect import MIB, isthmus
from tests.core.cli.test_regulated import AS_IT_IS, listed
from tests.core.driver.client import Client
from tests.core.driver.waiting import until

LONG = settings.default is settings.get_profile("long")
RATE = MIB
BOUND = ("--copy-lag", "4MiB", "--copy-policy", "snapshot", *AS_IT_IS)
PIECE = 64 << 10
HOT = 24


class Counting:
    """Writes the same few places again and again; each round has a number, in every place.

    Rounds are in order: a point of the copy has places of one round, and of the next one alone.
    """

    def __init__(self, folder: Path, rate: int) -> None:
        self._client = Client.to(folder / "disk.sock").go("disk")
        self._pause_s, self._over = PIECE / rate, Event()
        self.rounds = 0
        self.longest_s = 0.0
        self._thread = Thread(target=self._run)
        self._thread.start()

    @property
    def written(self) -> int:
        return self.rounds * HOT * PIECE

    def stop(self, image: bytearray) -> None:
        self._over.set()
        self._thread.join()
        self._client.sock.close()
        image[: HOT * PIECE] = _piece(self.rounds) * HOT

    def _run(self) -> None:
        while not self._over.is_set():
            data = _piece(self.rounds + 1)
            for nth in range(HOT):
                begun = time.monotonic()
                self._client.sock.sendall(self._client.write(nth * PIECE, data))
                assert self._client.reply().error == 0
                took = time.monotonic() - begun
                self.longest_s = max(self.longest_s, took)
                time.sleep(max(0.0, self._pause_s - took))
            self.rounds += 1


def _piece(number: int) -> bytes:
    return number.to_bytes(8, "little") * (PIECE // 8)


def rounds_in(image: bytes) -> list[int]:
    """Of each place the round that it is of; raises AssertionError where one is torn."""
    found = []
    for at in range(0, HOT * PIECE, PIECE):
        piece = image[at : at + PIECE]
        found.append(int.from_bytes(piece[:8], "little"))
        assert piece == _piece(found[-1])
    return found


@contextmanager
def hot(found: Sites, image: bytearray, rate: int) -> Iterator[Counting]:
    host = Counting(found.folder, rate)
    try:
        yield host
    finally:
        host.stop(image)


def is_a_point(image: bytes) -> bool:
    """Does it have the first places of one round, and the others of the round before?"""
    rounds = rounds_in(image)
    return rounds == sorted(rounds, reverse=True) and rounds[0] - rounds[-1] in (0, 1)


def is_within_one(found: Sites) -> bool:
    """Is something of a snapshot there?"""
    return bool(found.here["snapshots"]["came"])


def has_more(found: Sites, before: int) -> bool:
    return bool(found.here["snapshots"]["count"] > before)


@pytest.mark.long
def test_a_copy_that_is_too_slow_goes_from_one_point_to_the_next_and_back(tmp_path: Path) -> None:
    with sites(tmp_path, production=BOUND) as (found, image):
        found.until_alike()
        found.relay.rate = RATE
        with hot(found, image, 4 * RATE) as host:
            until(lambda: found.here["snapshots"]["shipping"], lambda: found.here)
            until(lambda: found.here["snapshots"]["count"] > 1, lambda: found.here)
            told = found.here
            assert told["snapshots"]["sent"] < told["snapshots"]["written"] / 2
            assert (told["state"], told["longest_delay_s"]) == ("shipping", 0)
            assert is_a_point(found.restored("latest"))
            assert host.longest_s < 1.0
        found.relay.rate = 0
        until(lambda: not found.here["snapshots"]["shipping"], lambda: found.here)
        found.settled(image)
        assert (
            "each write is shipped again" in isthmus(tmp_path, "journal", "list", "journal").stdout
        )
        assert listed(tmp_path)["snapshots"]["count"] == found.here["snapshots"]["count"]
        assert "resync" not in found.listed()


@pytest.mark.skipif(not LONG, reason="takes a minute: in the long mode")
def test_links_and_processes_that_break_leave_it_at_a_point(tmp_path: Path) -> None:
    with sites(tmp_path, production=BOUND) as (found, image):
        found.until_alike()
        found.relay.rate = RATE
        with hot(found, image, 4 * RATE):
            for is_killed in (False, True, False):
                until(lambda: is_within_one(found), lambda: found.here)
                if is_killed:
                    found.copy.end(signal.SIGKILL)
                    found.begin_copy()
                else:
                    found.relay.cut()
                assert is_a_point(found.restored("latest"))
                found.relay.heal()
                came = found.here["snapshots"]["count"]
                until(partial(has_more, found, came), lambda: found.here)
        found.relay.rate = 0
        found.settled(image)
        assert "resync" not in found.listed()


@pytest.mark.skipif(not LONG, reason="takes half a minute: in the long mode")
def test_the_policy_is_switched_while_hosts_write(tmp_path: Path) -> None:
    with sites(tmp_path, production=AS_IT_IS) as (found, image):
        found.until_alike()
        found.relay.rate = RATE
        with hot(found, image, 4 * RATE):
            until(lambda: found.here["lag"]["bytes"] > 8 * MIB, lambda: found.here)
            assert not found.here["snapshots"]["shipping"]
            words = ("copy", "policy", "journal", "snapshot", "--lag", "4MiB")
            assert isthmus(tmp_path, *words).returncode == 0
            until(lambda: found.here["snapshots"]["count"] > 1, lambda: found.here)
            assert found.here["lag"]["bytes"] < 64 * MIB
            assert isthmus(tmp_path, "copy", "policy", "journal", "none").returncode == 0
            assert not found.here["snapshots"]["shipping"]
        found.relay.rate = 0
        found.settled(image)
