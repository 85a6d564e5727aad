"""A copy behind a slow link, of real processes: hosts are slowed down as they are told to be."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import settings
from jsonschema import Draft202012Validator

from core.driver import control
from core.driver.control import ControlError
from tests.core.cli.test_copy import Sites, sites
from tests.core.cli.test_protect import MIB, isthmus
from tests.core.cli.test_replicas import PIECE, SIZE
from tests.core.cli.test_schemas import SCHEMAS
from tests.core.driver.client import FLUSH, READ, Client
from tests.core.driver.waiting import until

LONG = settings.default is settings.get_profile("long")
RATE = 6 * MIB
LAG = 12 * MIB
FRAME = MIB + PIECE
DEPTH = 8
AS_IT_IS = ("--copy-compression", "off")
REGULATED = ("--copy-lag", "12MiB", "--copy-unapplied", "64MiB", *AS_IT_IS)


class Loader:
    """Keeps writes on their way, and remembers how long each took."""

    def __init__(self, folder: Path, seed: int, image: bytearray, pause_s: float) -> None:
        self._pause_s = pause_s
        self._client = Client.to(folder / "disk.sock").go("disk")
        self._rng, self._image, self._over = Random(seed), image, Event()
        self.took: list[float] = []
        self.errors: list[int] = []
        self._thread = Thread(target=self._run)
        self._thread.start()

    @property
    def written(self) -> int:
        return len(self.took) * PIECE

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self._client.sock.close()
        assert self.errors == []

    def _run(self) -> None:
        sent: dict[int, float] = {}
        data = self._rng.randbytes(PIECE)
        cookie = 0
        while not self._over.is_set() or sent:
            while len(sent) < DEPTH and not self._over.is_set():
                # Each writes where no other on its way does.
                at = (self._rng.randrange(SIZE // PIECE // DEPTH) * DEPTH + cookie % DEPTH) * PIECE
                self._image[at : at + PIECE] = data
                cookie += 1
                sent[cookie] = time.monotonic()
                self._client.sock.sendall(self._client.write(at, data))
            reply = self._client.reply()
            self.took.append(time.monotonic() - sent.pop(reply.cookie))
            time.sleep(self._pause_s)
            if reply.error:
                self.errors.append(reply.error)


@contextmanager
def loaded(found: Sites, seed: int, image: bytearray, *, pause_s: float = 0.0) -> Iterator[Loader]:
    loader = Loader(found.folder, seed, image, pause_s)
    try:
        yield loader
    finally:
        loader.stop()


def listed(folder: Path) -> Mapping[str, Any]:
    done = isthmus(folder, "journal", "list", "journal", "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    Draft202012Validator(SCHEMAS["journal-list"]).validate(document)
    found: Mapping[str, Any] = document["copy"]
    return found


def test_a_slow_link_slows_hosts_down_and_the_bound_holds(tmp_path: Path) -> None:
    with sites(tmp_path, production=REGULATED) as (found, image):
        found.until_alike()
        found.relay.rate = RATE
        with loaded(found, 1, image) as loader:
            until(lambda: loader.written > 4 * LAG or bool(loader.errors))
            begun, written = time.monotonic(), loader.written
            until(lambda: loader.written > written + 2 * LAG)
            rate = (loader.written - written) / (time.monotonic() - begun)
            told = listed(tmp_path)
            assert told["connected"]
            assert 0 < told["longest_delay_s"] < 2.0
        assert rate < 2 * RATE
        assert max(loader.took) < 4.0
        worst = told["worst"]["lag"]
        assert LAG / 4 < worst["value"] <= LAG + 2 * FRAME
        assert worst["margin"] == LAG - worst["value"]
        assert "and the copy took" in worst["cause"]
        assert told["worst"]["unapplied"]["value"] <= 64 * MIB
        assert RATE / 3 < told["drain"] < 2 * RATE
        assert told["policy"] == "regulate"
        text = isthmus(tmp_path, "journal", "list", "journal").stdout
        assert "policy    regulate --lag 12MiB --unapplied 64MiB; writes wait" in text
        found.relay.rate = 0
        found.settled(image)


def test_reads_do_not_wait_and_flushes_wait_as_writes_do(tmp_path: Path) -> None:
    with sites(tmp_path, production=REGULATED) as (found, image):
        found.until_alike()
        found.relay.rate = MIB
        client = Client.to(tmp_path / "disk.sock").go("disk")
        with loaded(found, 1, image) as loader:
            until(lambda: found.here["delay_s"] > 0.2, lambda: found.here)
            writes = b"".join(client.write(at * 4096, b"r" * 4096) for at in range(8))
            flush = client.packed(FLUSH, 0, 0)
            begun = time.monotonic()
            client.sock.sendall(writes + client.packed(READ, SIZE // 2, 4096) + flush)
            assert len(client.reply().data) == 4096
            took = time.monotonic() - begun
            assert {client.reply().error for _ in range(9)} == {0}
            assert time.monotonic() - begun > took + 0.1
        image[: 8 * 4096] = b"r" * 8 * 4096
        assert loader.written
        client.sock.close()
        found.relay.rate = 0


@pytest.mark.skipif(not LONG, reason="takes 15 seconds: in the long mode")
def test_a_policy_is_switched_while_hosts_write(tmp_path: Path) -> None:
    with sites(tmp_path, production=AS_IT_IS) as (found, image):
        found.until_alike()
        found.relay.rate = RATE
        with loaded(found, 1, image) as loader:
            until(lambda: found.here["lag"]["bytes"] > 2 * LAG, lambda: found.here)
            assert (found.here["policy"], found.here["longest_delay_s"]) == ("none", 0)
            words = ("copy", "policy", "journal", "regulate", "--lag", "12MiB", "--lag-time", "30s")
            done = isthmus(tmp_path, *words)
            assert (done.returncode, done.stderr) == (0, "regulate --lag 12MiB --lag-time 30s\n")
            until(lambda: found.here["lag"]["bytes"] < LAG, lambda: found.here)
            assert found.here["longest_delay_s"] > 0
            assert isthmus(tmp_path, "copy", "policy", "journal", "none").returncode == 0
            assert found.here["bounds"]["lag"] == LAG
            assert found.here["delay_s"] == 0
            until(lambda: found.here["lag"]["bytes"] > 2 * LAG, lambda: found.here)
        assert loader.written
        found.relay.rate = 0
        found.settled(image)


@pytest.mark.skipif(not LONG, reason="takes 15 seconds: in the long mode")
def test_a_copy_that_is_too_slow_is_marked_and_made_equal_once_hosts_write_less(
    tmp_path: Path,
) -> None:
    words = ("--copy-lag", "4MiB", "--copy-policy", "mark", *AS_IT_IS)
    with sites(tmp_path, production=words) as (found, image):
        found.until_alike()
        found.relay.rate = MIB
        with loaded(found, 1, image, pause_s=PIECE / (4 * MIB)):
            until(lambda: found.here["state"] == "marking", lambda: found.here)
            assert found.here["longest_delay_s"] == 0
            time.sleep(1.0)
            assert found.here["state"] == "marking"
            assert "until they do not" in found.here["failure"]
            worst = found.here["worst"]["lag"]["value"]
            assert 4 * MIB < worst < 30 * MIB, "the journal was full before"
        found.relay.rate = 0
        found.settled(image)
        until(lambda: "resync" in found.listed(), found.listed)


def test_a_link_that_is_cut_lets_hosts_go_on_at_once(tmp_path: Path) -> None:
    with sites(tmp_path, production=REGULATED) as (found, image):
        found.until_alike()
        found.relay.rate = MIB
        with loaded(found, 1, image) as loader:
            until(lambda: found.here["delay_s"] > 0, lambda: found.here)
            found.relay.cut()
            until(lambda: not found.here["connected"], lambda: found.here)
            written = loader.written
            until(lambda: loader.written > written + 2 * LAG)
            assert found.here["delay_s"] == 0
            assert found.here["worst"]["lag"]["cause"] == "the copy was not connected"
        found.relay.rate = 0
        found.relay.heal()
        found.settled(image)


def test_what_is_no_policy_is_refused(tmp_path: Path) -> None:
    refused = (
        (("--lag", "1MiB"), "less than what is on its way"),
        (("--lag-time", "10ms"), "always up to 1s behind"),
        ((), "a copy that is to block has no bound"),
    )
    with sites(tmp_path) as (found, _):
        found.until_alike()
        for words, told in refused:
            done = isthmus(tmp_path, "copy", "policy", "journal", "block", *words)
            assert (done.returncode, told in done.stderr) == (2, True), done.stderr
        for asked in (
            {"policy": "often"},
            {"policy": "block", "bounds": {"lag": "8MiB"}},
            {"policy": "block", "bounds": {"lag": 1}},
            {"policy": "block", "bounds": {"speed": 8 << 20}},
            {"policy": "block", "bounds": [8 << 20]},
        ):
            with pytest.raises(ControlError):
                control.ask(tmp_path / "journal", "copy policy", **asked)
        assert found.here["policy"] == "none"


def test_a_group_that_has_no_copy_has_no_policy_of_one(tmp_path: Path) -> None:
    words = (
        "protect",
        "disk.img",
        "--create",
        "1MiB",
        "--journal",
        "journal",
        "--copy-lag",
        "8MiB",
    )
    done = isthmus(tmp_path, *words, "--listen", "unix:disk.sock")
    assert done.returncode == 2
    assert "are about a copy at another site" in done.stderr
    assert not (tmp_path / "disk.img").exists()
