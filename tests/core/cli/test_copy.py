"""A copy at another site, of real processes: filled under load, cut off, killed; never wrong."""

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import settings

from core.driver import control
from tests.core.cli.test_protect import MIB, Serving, isthmus
from tests.core.cli.test_replicas import PIECE, SIZE, Host, made
from tests.core.driver.client import Client
from tests.core.driver.relay import Relay
from tests.core.driver.waiting import until

LONG = settings.default is settings.get_profile("long")
LOSSES = 100 if LONG else 1
KILLS = 20 if LONG else 2
JOURNAL = "96MiB"


class Sites:
    """Production and a copy, each a process that may be killed and begun again."""

    def __init__(
        self,
        folder: Path,
        *,
        mode: str = "async",
        copy: Sequence[str] = (),
        production: Sequence[str] = (),
    ) -> None:
        """With more words for the command of each."""
        self.folder, self._mode = folder, mode
        self._copy_words, self._production_words = copy, production
        self.copy = self._receive("127.0.0.1:0")
        address = self.copy.ready["listen"][0]
        self._address = address
        self.relay = Relay(int(address.rpartition(":")[2]))
        self.production = self._protect()

    def _receive(self, address: str) -> Serving:
        words = ("receive", "copy.img", "--journal", "copied", "--journal-size", JOURNAL)
        return Serving(self.folder, *words, "--listen", address, *self._copy_words)

    def _protect(self) -> Serving:
        return Serving(
            self.folder,
            *("protect", "disk.img", "--journal", "journal", "--journal-size", JOURNAL),
            *("--listen", "unix:disk.sock", "--copy", f"127.0.0.1:{self.relay.port}"),
            *("--mode", self._mode, *self._production_words),
        )

    def begin_copy(self) -> None:
        self.copy = self._receive(self._address)

    def begin_production(self) -> None:
        self.production = self._protect()

    @property
    def here(self) -> Mapping[str, Any]:
        """What production says of the copy."""
        found: Mapping[str, Any] = control.ask(self.folder / "journal", "status")["copy"]
        return found

    @property
    def there(self) -> Mapping[str, Any]:
        """What the copy says of itself."""
        return control.ask(self.folder / "copied", "status")

    def until_alike(self) -> None:
        until(lambda: self.here["state"] == "shipping", lambda: self.here)
        until(lambda: self.there["state"] == "distributing", lambda: self.there)
        end = self.here["end"]
        until(lambda: self.there["applied"] >= end, lambda: self.there)
        until(lambda: self.here["in_sync"] or self._mode != "sync", lambda: self.here)

    def settled(self, image: bytearray) -> None:
        """Production is what hosts wrote, and the copy comes to be the same."""
        self.until_alike()
        assert (self.folder / "disk.img").read_bytes() == image
        assert (self.folder / "copy.img").read_bytes() == image

    @contextmanager
    def hosted(self, seed: int, image: bytearray) -> Iterator[Host]:
        host = Host(self.folder / "disk.sock", seed, image)
        try:
            yield host
        finally:
            host.stop()

    def restored(self, at: str) -> bytes:
        words = ("journal", "restore", "copied", "--at", at, "--output", "then.img", "--force")
        done = isthmus(self.folder, *words)
        assert done.returncode == 0, done.stderr
        return (self.folder / "then.img").read_bytes()

    def listed(self) -> str:
        done = isthmus(self.folder, "timeline", "copied")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def close(self) -> None:
        for each in (self.production, self.copy):
            if each.process.poll() is None:
                assert each.end() == 0
        self.relay.close()


@contextmanager
def sites(
    folder: Path, *, mode: str = "async", copy: Sequence[str] = (), production: Sequence[str] = ()
) -> Iterator[tuple[Sites, bytearray]]:
    image = made(folder)
    found = Sites(folder, mode=mode, copy=copy, production=production)
    try:
        yield found, image
        found.close()
    finally:
        for each in (found.production, found.copy):
            each.process.kill()


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_a_copy_is_filled_under_a_host_and_has_every_point(tmp_path: Path, mode: str) -> None:
    with sites(tmp_path, mode=mode) as (found, image):
        with found.hosted(1, image) as host:
            host.until(60)
        found.settled(image)
        point, before = found.here["end"], bytes(image)
        with found.hosted(2, image) as host:
            host.until(40)
        found.settled(image)
        assert found.restored(f"sequence:{point}") == before
        marked = isthmus(tmp_path, "bookmark", "add", "journal", "good")
        assert marked.returncode == 0, marked.stderr
        until(lambda: found.there["end"] == found.here["end"])
        assert found.restored("bookmark:good") == image
        verified = isthmus(tmp_path, "journal", "verify", "copied")
        assert verified.returncode == 0, verified.stdout


def test_a_link_that_is_cut_hurts_no_host_and_goes_on_where_it_was(tmp_path: Path) -> None:
    with sites(tmp_path) as (found, image):
        found.until_alike()
        for seed in range(3):
            with found.hosted(seed, image) as host:
                host.until(20)
                found.relay.cut()
                host.until(60)
                found.relay.heal()
                host.until(80)
        found.settled(image)
        assert found.here["connected"]
        assert "resync" not in found.listed()


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("way", [0, 1] if LONG else [1])
def test_a_link_that_stands_still_is_given_up(tmp_path: Path, way: int) -> None:
    with sites(tmp_path, mode="sync") as (found, image):
        found.until_alike()
        with found.hosted(1, image) as host:
            host.until(20)
            found.relay.stalled.add(way)
            host.until(host.writes + 20)
            assert not found.here["in_sync"] or found.relay.stalled
            found.relay.heal()
        found.settled(image)


@pytest.mark.slow
def test_a_copy_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with sites(tmp_path) as (found, image):
        for seed in range(KILLS):
            with found.hosted(seed, image) as host:
                host.until(30)
                assert found.copy.end(signal.SIGKILL) == -signal.SIGKILL
                found.begin_copy()
                host.until(60)
        found.settled(image)
        assert "resync" not in found.listed()


@pytest.mark.slow
def test_production_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with sites(tmp_path) as (found, image):
        for seed in range(KILLS):
            host = Host(tmp_path / "disk.sock", seed, image)
            host.until(30)
            host.stop()
            assert found.production.end(signal.SIGKILL) == -signal.SIGKILL
            found.begin_production()
        found.settled(image)
        assert "resync" not in found.listed()


@pytest.mark.slow
def test_after_a_loss_of_memory_what_may_differ_is_copied(tmp_path: Path) -> None:
    """Another boot is told by its identity, which is made another one here."""
    with sites(tmp_path) as (found, image):
        with found.hosted(1, image) as host:
            host.until(30)
        found.settled(image)
        assert found.production.end(signal.SIGKILL) == -signal.SIGKILL
        (tmp_path / "journal" / "boot").write_text("another")
        carried = found.relay.carried[0]
        found.begin_production()
        until(lambda: found.there["end"] > 0 or found.here["state"] == "shipping")
        with found.hosted(2, image) as host:
            host.until(30)
        found.settled(image)
        assert found.relay.carried[0] - carried < SIZE


@pytest.mark.slow
def test_what_has_no_room_is_marked_and_copied_and_the_gap_is_told(tmp_path: Path) -> None:
    with sites(tmp_path) as (found, image):
        with found.hosted(1, image) as host:
            host.until(30)
        found.settled(image)
        found.relay.cut()
        with found.hosted(2, image):
            until(lambda: found.here["state"] == "marking", lambda: found.here)
        assert (tmp_path / "disk.img").read_bytes() == image
        found.relay.heal()
        with found.hosted(3, image) as host:
            host.until(30)
        found.settled(image)
        until(lambda: "resync" in found.listed(), found.listed)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_after_the_loss_of_a_site_the_copy_has_what_was_promised(tmp_path: Path, mode: str) -> None:
    """Killed at any moment, production comes never back: a prefix is there, in sync all of it."""
    rng = Random(7)
    with sites(tmp_path, mode=mode) as (found, image):
        found.until_alike()
        for _ in range(LOSSES):
            states = [bytes(image)]
            base = found.here["end"]
            client = Client.to(tmp_path / "disk.sock").go("disk")
            for _ in range(rng.randrange(5, 40)):
                offset, data = rng.randrange(SIZE // PIECE) * PIECE, rng.randbytes(PIECE)
                assert client.put(offset, data) == 0
                image[offset : offset + PIECE] = data
                states.append(bytes(image))
            assert found.production.end(signal.SIGKILL) == -signal.SIGKILL
            client.sock.close()
            until(lambda: not found.there["connected"])
            end = found.there["end"]
            assert base <= end <= base + len(states) - 1
            if mode == "sync":
                assert end == base + len(states) - 1
            assert found.restored(f"sequence:{end}") == states[end - base]
            found.begin_production()
            found.until_alike()
            assert found.here["end"] == base + len(states) - 1


def test_a_copy_of_another_group_is_refused(tmp_path: Path) -> None:
    with sites(tmp_path) as (found, _):
        found.until_alike()
        assert found.production.end() == 0
        (tmp_path / "other.img").write_bytes(bytes(MIB))
        words = ("protect", "other.img", "--journal", "other", "--journal-size", JOURNAL)
        listen = ("--listen", "unix:other.sock", "--copy", f"127.0.0.1:{found.relay.port}")
        other = Serving(tmp_path, *words, *listen)
        try:

            def told() -> str:
                return str(control.ask(tmp_path / "other", "status")["copy"]["failure"])

            until(lambda: "of another group" in told(), told)
        finally:
            assert other.end() == 0
        found.begin_production()
        found.until_alike()
