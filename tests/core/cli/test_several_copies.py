"""Several copies of one group, of real processes: each by its own mode, none hurt by another."""

import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from core.driver import control
from core.driver.folder import DiskFolder
from core.stream.standing import read_standing
from tests.core.cli.test_copy import JOURNAL
from tests.core.cli.test_protect import Serving, isthmus
from tests.core.cli.test_replicas import PIECE, SIZE, Host, made
from tests.core.driver.client import Client
from tests.core.driver.relay import Relay
from tests.core.driver.waiting import until

LONG = settings.default is settings.get_profile("long")
NAMES = "near", "far"


class Copy:
    """A process that receives, and the way to it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.image = folder, name, folder / f"{name}.img"
        self.process = self._receive("127.0.0.1:0")
        self.address = self.process.ready["listen"][0]
        self.relay = Relay(int(self.address.rpartition(":")[2]))
        self.place = f"127.0.0.1:{self.relay.port}"

    def _receive(self, address: str) -> Serving:
        words = ("receive", f"{self.name}.img", "--journal", self.name, "--journal-size", JOURNAL)
        return Serving(self.folder, *words, "--listen", address)

    def kill(self) -> None:
        assert self.process.end(signal.SIGKILL) == -signal.SIGKILL

    def begin(self) -> None:
        self.process = self._receive(self.address)

    @property
    def there(self) -> Mapping[str, Any]:
        """What it says of itself."""
        return control.ask(self.folder / self.name, "status")


class Several:
    """Production, and a copy for each of the names."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.image = folder, made(folder)
        self.copies = [Copy(folder, each) for each in NAMES]
        self.near, self.far = self.copies
        self.production: Serving | None = None

    def protect(self, *words: str, journal: str = "journal", image: str = "disk.img") -> Serving:
        self.production = Serving(
            self.folder,
            *("protect", image, "--journal", journal, "--journal-size", JOURNAL),
            *("--listen", "unix:disk.sock", *words),
        )
        return self.production

    def both(self, mode: str = "sync") -> Serving:
        """Protect with both, the first in sync."""
        words = ("--copy", self.near.place, "--mode", "sync")
        return self.protect(*words, "--copy", self.far.place, "--mode", mode)

    def kill(self) -> None:
        assert self.production is not None
        assert self.production.end(signal.SIGKILL) == -signal.SIGKILL

    def end(self) -> None:
        assert self.production is not None
        assert self.production.end() == 0

    def here(self, copy: Copy) -> Mapping[str, Any]:
        """What production says of a copy."""
        told = control.ask(self.folder / "journal", "status")["copies"]
        found: Mapping[str, Any] = next(each for each in told if each["place"] == copy.place)
        return found

    def until_alike(self, *copies: Copy) -> None:
        for copy in copies or self.copies:
            self._until_alike(copy)

    def _until_alike(self, copy: Copy) -> None:
        until(lambda: self.here(copy)["state"] == "shipping", lambda: self.here(copy))
        until(lambda: copy.there["state"] == "distributing", lambda: copy.there)
        end = self.here(copy)["end"]
        until(lambda: copy.there["applied"] >= end, lambda: copy.there)

    def settled(self, *copies: Copy) -> None:
        """Production is what hosts wrote, and copies come to be the same."""
        self.until_alike(*copies)
        assert (self.folder / "disk.img").read_bytes() == self.image
        for copy in copies or self.copies:
            assert copy.image.read_bytes() == self.image

    @contextmanager
    def hosted(self, seed: int) -> Iterator[Host]:
        host = Host(self.folder / "disk.sock", seed, self.image)
        try:
            yield host
        finally:
            host.stop()

    @property
    def generations(self) -> list[int]:
        """That of each copy is another when its history has begun anew."""
        return [*map(self._generation, self.copies)]

    def _generation(self, copy: Copy) -> int:
        with closing(DiskFolder(self.folder / copy.name)) as folder:
            standing = read_standing(folder, where=copy.name)
        assert standing is not None
        return standing.course.generation


@pytest.fixture
def several(tmp_path: Path) -> Iterator[Several]:
    found = Several(tmp_path)
    try:
        yield found
    finally:
        for copy in found.copies:
            copy.relay.close()
        for each in (found.production, *(copy.process for copy in found.copies)):
            if each is not None and each.process.poll() is None:
                each.end(signal.SIGKILL)


def test_a_copy_that_is_killed_hurts_no_host_and_no_other_copy(several: Several) -> None:
    """The other is in sync all the time: a write is acknowledged once that has it."""
    several.both()
    with several.hosted(1) as host:
        host.until(40)
    several.settled()
    far, before = several.far, several.generations
    with several.hosted(2) as host:
        host.until(20)
        far.kill()
        until(lambda: not several.here(far)["connected"], lambda: several.here(far))
        host.until(host.writes + 20)
        assert several.here(several.near)["in_sync"]
        assert not several.here(far)["in_sync"]
        written = several.here(several.near)["received"]
        assert written > several.here(far)["received"]
        far.begin()
        host.until(host.writes + 20)
    until(lambda: several.here(far)["in_sync"], lambda: several.here(far))
    several.settled()
    assert several.generations == before


@pytest.mark.skipif(not LONG, reason="fills a journal: in the long mode")
def test_what_an_absent_copy_lacks_is_put_down_where_the_journal_is_full(several: Several) -> None:
    """The other is in sync all the time, and has every point."""
    several.both()
    several.until_alike()
    near, far = several.copies
    until(lambda: all(several.here(each)["in_sync"] for each in several.copies))
    before = several.generations
    far.relay.cut()
    with several.hosted(1) as host:
        until(lambda: several.here(far)["state"] == "resyncing", lambda: several.here(far))
        host.until(host.writes + 20)
        assert several.here(near)["in_sync"]
        far.relay.heal()
        host.until(host.writes + 20)
    several.settled()
    after = several.generations
    assert (after[0] == before[0], after[1] > before[1]) == (True, True)


@pytest.mark.skipif(not LONG, reason="a link is slow: in the long mode")
def test_hosts_are_slowed_down_for_the_copy_that_asks_for_it(several: Several) -> None:
    near, far = several.copies
    words = ("--copy", near.place, "--copy", far.place, "--copy-lag", "8MiB")
    several.protect(*words)
    several.until_alike()
    assert [several.here(each)["policy"] for each in several.copies] == ["none", "regulate"]
    far.relay.rate = 1 << 20
    with several.hosted(1):
        until(lambda: several.here(far)["longest_delay_s"] > 0, lambda: several.here(far))
        assert several.here(near)["longest_delay_s"] == 0
    assert several.here(far)["worst"]["lag"]["value"] <= 8 << 20
    far.relay.rate = 0
    several.settled()


@pytest.mark.skipif(not LONG, reason="fills both copies twice: in the long mode")
def test_production_that_is_killed_goes_on_with_each_copy_where_it_was(several: Several) -> None:
    several.both("async")
    several.until_alike()
    before = several.generations
    with several.hosted(1) as host:
        host.until(20)
        several.far.relay.cut()
        host.until(host.writes + 30)
    several.kill()
    several.far.relay.heal()
    several.both("async")
    with several.hosted(2) as host:
        host.until(20)
    several.settled()
    assert several.generations == before
    several.kill()
    (several.folder / "journal" / "boot").write_text("another")
    carried = [copy.relay.carried[0] for copy in several.copies]
    several.both("async")
    several.settled()
    for copy, sent in zip(several.copies, carried, strict=True):
        assert copy.relay.carried[0] - sent < SIZE // 2


@pytest.mark.parametrize("late", [0, 1] if LONG else [1])
def test_a_write_waits_for_each_copy_that_is_in_sync(several: Several, late: int) -> None:
    several.both()
    several.until_alike()
    until(lambda: all(several.here(each)["in_sync"] for each in several.copies))
    relay = several.copies[late].relay
    with several.hosted(1) as host:
        host.until(5)
        relay.stalled.update((0, 1))
        time.sleep(0.2)
        writes = host.writes
        time.sleep(0.5)
        assert host.writes == writes, "a write was acknowledged that a copy has not"
        relay.heal()
        host.until(writes + 5)
    several.settled()


@pytest.mark.long
def test_each_copy_has_a_mode_of_its_own_which_is_switched_by_its_place(several: Several) -> None:
    several.both("async")
    several.until_alike()
    near, far = several.copies
    until(lambda: several.here(near)["in_sync"], lambda: several.here(near))
    assert [several.here(each)["mode"] for each in several.copies] == ["sync", "async"]
    done = isthmus(several.folder, "copy", "mode", "journal", "async")
    assert (done.returncode, "say which is meant by --copy" in done.stderr) == (2, True)
    done = isthmus(several.folder, "copy", "mode", "journal", "sync", "--copy", "127.0.0.1:1")
    assert (done.returncode, "there is no copy at 127.0.0.1:1" in done.stderr) == (2, True)
    for copy, mode in ((near, "async"), (far, "sync")):
        done = isthmus(several.folder, "copy", "mode", "journal", mode, "--copy", copy.place)
        assert (done.returncode, done.stderr.startswith(mode)) == (0, True), done.stderr
    until(lambda: several.here(far)["in_sync"], lambda: several.here(far))
    near.relay.stalled.update((0, 1))
    client = Client.to(several.folder / "disk.sock").go("disk")
    for nth in range(8):
        data = bytes([nth + 1]) * PIECE
        assert client.put(nth * PIECE, data) == 0
        several.image[nth * PIECE : (nth + 1) * PIECE] = data
        assert several.here(far)["received"] >= nth + 1
    assert several.here(near)["received"] < several.here(far)["received"]
    near.relay.heal()
    client.sock.close()
    done = isthmus(several.folder, "copy", "bandwidth", "journal", "8MiB", "--copy", far.place)
    assert done.returncode == 0, done.stderr
    assert [several.here(each)["bandwidth"] for each in several.copies] == ["none", "8MiB"]
    several.settled()
    listed = isthmus(several.folder, "journal", "list", "journal")
    for copy in several.copies:
        assert f"copy      {copy.place}: " in listed.stdout
        verified = isthmus(several.folder, "verify", "journal", "--copy", copy.place)
        assert verified.returncode == 0, verified.stderr


@pytest.mark.skipif(not LONG, reason="fills and ends again and again: in the long mode")
def test_a_journal_of_one_copy_is_given_another(several: Several) -> None:
    """The first goes on where it was; and without it, the second does."""
    near, far = several.copies
    several.protect("--copy", near.place)
    with several.hosted(1) as host:
        host.until(20)
    several.settled(near)
    several.end()
    several.both()
    with several.hosted(2) as host:
        host.until(20)
    several.settled()
    several.end()
    carried, before = near.relay.carried[0], several.generations
    several.protect("--copy", far.place)
    with several.hosted(3) as host:
        host.until(20)
    several.settled(far)
    assert near.relay.carried[0] == carried
    several.end()
    several.both()
    several.settled()
    assert several.generations == before
    refused = isthmus(
        several.folder,
        *("protect", "disk.img", "--journal", "journal", "--listen", "unix:other.sock"),
        *("--copy", "unix:elsewhere.sock"),
    )
    assert (refused.returncode, "this is the journal of" in refused.stderr) == (2, True)


def test_a_copy_that_is_taken_over_leaves_the_other_with_production_of_before(
    several: Several,
) -> None:
    """That can be made a copy of the one that has taken over, and then is of no other."""
    near, far = several.copies
    several.both()
    with several.hosted(1) as host:
        host.until(20)
    several.settled()
    assert near.process.end() == 0
    done = isthmus(several.folder, "failover", "near")
    assert done.returncode == 0, done.stderr
    with several.hosted(2) as host:
        host.until(20)
    several.settled(far)
    assert several.here(near)["connected"] is False
    several.end()
    several.protect("--copy", far.place, "--mode", "sync", journal="near", image="near.img")
    told = control.ask(several.folder / "near", "status")
    until(
        lambda: control.ask(several.folder / "near", "status")["copy"]["in_sync"],
        lambda: (told, far.there),
    )
    several.kill()
    until(lambda: far.there["applied"] == far.there["end"])
    assert far.image.read_bytes() == near.image.read_bytes() != several.image
    several.protect("--copy", far.place)
    until(lambda: "another site has taken over since" in several.here(far)["failure"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--copy", "unix:a.sock", "--copy", "unix:a.sock"), "this copy is given twice"),
        (tuple(f"--copy=unix:{n}.sock" for n in range(5)), "5 copies: a group has 4 at most"),
        (
            (
                *("--copy", "unix:a.sock", "--mode", "semi-sync", "--copy-within", "1MiB"),
                *("--copy", "unix:b.sock", "--copy-within", "1MiB"),
            ),
            "about the mode semi-sync",
        ),
        (("--copy", "unix:a.sock", "--copy", "unix:b.sock", "--replica", "r.img"), "give either"),
    ],
)
def test_what_copies_cannot_be_together_is_refused(
    tmp_path: Path, words: Sequence[str], told: str
) -> None:
    image = ("disk.img", "--create", "1MiB", "--journal", "journal")
    done = isthmus(tmp_path, "protect", *image, "--listen", "unix:disk.sock", *words)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "disk.img").exists()
