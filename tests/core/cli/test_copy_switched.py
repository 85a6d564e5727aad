"""What is said of a copy while hosts write: when they wait for it, and how much it is sent."""

import time
from pathlib import Path

import pytest

from core.driver import control
from core.driver.control import ControlError
from tests.core.cli.test_copy import sites
from tests.core.cli.test_protect import MIB, isthmus
from tests.core.cli.test_regulated import AS_IT_IS, listed, loaded
from tests.core.cli.test_replicas import PIECE
from tests.core.driver.client import Client
from tests.core.driver.waiting import until


def test_hosts_wait_for_a_copy_from_one_write_to_the_next(tmp_path: Path) -> None:
    with sites(tmp_path) as (found, image):
        found.until_alike()
        with loaded(found, 1, image, pause_s=0.002) as loader:
            until(lambda: loader.written > 4 * PIECE)
            assert not found.here["in_sync"]
            done = isthmus(tmp_path, "copy", "mode", "journal", "sync")
            assert (done.returncode, done.stderr.startswith("sync")) == (0, True), done.stderr
            until(lambda: found.here["in_sync"], lambda: found.here)
            found.relay.stalled.update((0, 1))
            time.sleep(0.2)
            written = loader.written
            time.sleep(0.5)
            assert loader.written == written, "a write was acknowledged that the copy has not"
            found.relay.heal()
            until(lambda: loader.written > written, lambda: found.here)
            assert isthmus(tmp_path, "copy", "mode", "journal", "async").returncode == 0
            assert (found.here["mode"], found.here["in_sync"]) == ("async", False)
            written = loader.written
            until(lambda: loader.written > written + 4 * PIECE)
        found.settled(image)


def test_hosts_are_ahead_of_a_copy_by_a_window(tmp_path: Path) -> None:
    words = ("copy", "mode", "journal", "semi-sync", "--within", "1MiB")
    with sites(tmp_path, mode="semi-sync") as (found, image):
        found.until_alike()
        assert found.here["within"] == 4 * MIB
        done = isthmus(tmp_path, *words)
        assert (done.returncode, done.stderr) == (0, "semi-sync within 1MiB\n"), done.stderr
        with loaded(found, 1, image, pause_s=0.002) as loader:
            until(lambda: loader.written > 4 * MIB)
            found.relay.stalled.update((0, 1))
            had = found.here["received"]
            until(lambda: found.here["end"] > had + MIB // PIECE // 2)
            time.sleep(0.5)
            told = found.here
            assert told["lag"]["bytes"] >= MIB // 2
            ahead = loader.written - told["received"] * PIECE
            assert ahead <= MIB, "more was acknowledged than the window has"
            found.relay.heal()
            written = loader.written
            until(lambda: loader.written > written + 4 * MIB)
            told = listed(tmp_path)
            assert (told["mode"], told["within"], told["in_sync"]) == ("semi-sync", MIB, False)
        found.settled(image)


def test_what_was_acknowledged_within_a_window_is_owed_before_a_copy_is_in_sync(
    tmp_path: Path,
) -> None:
    with sites(tmp_path, mode="semi-sync") as (found, image):
        found.until_alike()
        found.relay.stalled.update((0, 1))
        with Client.to(tmp_path / "disk.sock").go("disk") as client:
            assert client.put(0, b"a" * MIB) == 0
            image[:MIB] = b"a" * MIB
            control.ask(tmp_path / "journal", "copy mode", mode="sync")
            assert (found.here["mode"], found.here["in_sync"]) == ("sync", False)
            found.relay.heal()
            until(lambda: found.here["in_sync"], lambda: found.here)
            assert found.here["received"] == found.here["end"]
        found.settled(image)


def test_a_copy_is_sent_no_more_than_its_bandwidth_and_its_lag_tells_where_it_waits(
    tmp_path: Path,
) -> None:
    with sites(tmp_path, production=("--copy-bandwidth", "4MiB", *AS_IT_IS)) as (found, image):
        found.until_alike()
        begun, before = time.monotonic(), found.relay.carried[0]
        with loaded(found, 1, image) as loader:
            until(lambda: loader.written > 24 * MIB)
            told = listed(tmp_path)
            carried = found.relay.carried[0] - before
            passed_s = time.monotonic() - begun
        assert carried <= 4 * MIB * (passed_s + 0.1) + 2 * MIB
        assert told["bandwidth"] == "4MiB"
        lag, parts = told["lag"], told["lag"]["parts"]
        assert parts["queue_bytes"] > 8 * MIB > parts["wire_bytes"]
        assert parts["queue_bytes"] + parts["wire_bytes"] == lag["bytes"]
        assert parts["queue_seconds"] + parts["wire_seconds"] == pytest.approx(
            lag["seconds"], abs=0.002
        )
        done = isthmus(tmp_path, "copy", "bandwidth", "journal", "20MB")
        assert (done.returncode, done.stderr) == (0, "19.1MiB\n")
        done = isthmus(tmp_path, "copy", "bandwidth", "journal", "none")
        assert (done.returncode, done.stderr) == (0, "none\n")
        found.settled(image)


def test_what_repeats_is_packed_where_the_link_is_slow(tmp_path: Path) -> None:
    with sites(tmp_path) as (found, image):
        found.until_alike()
        found.relay.rate, before = 4 * MIB, found.relay.carried[0]
        with Client.to(tmp_path / "disk.sock").go("disk") as client:
            for nth in range(20):
                data = bytes([nth + 1]) * MIB
                assert client.put(nth * MIB, data) == 0
                image[nth * MIB : (nth + 1) * MIB] = data
        end = found.here["end"]
        until(lambda: found.here["received"] >= end, lambda: found.here)
        assert found.relay.carried[0] - before < 10 * MIB
        packed = listed(tmp_path)["compression"]
        assert packed["sent"] < packed["frames"] - 10 * MIB
        assert packed["frames"] > 20 * MIB
        found.relay.rate = 0
        found.settled(image)


def test_what_cannot_be_asked_of_a_copy_is_refused(tmp_path: Path) -> None:
    with sites(tmp_path) as (found, _):
        found.until_alike()
        for function, asked in (
            ("copy mode", {"mode": "often"}),
            ("copy mode", {"mode": ["sync"]}),
            ("copy mode", {"mode": "semi-sync", "within": "1MiB"}),
            ("copy mode", {"mode": "semi-sync", "within": 1}),
            ("copy bandwidth", {"bandwidth": "1"}),
            ("copy bandwidth", {}),
        ):
            with pytest.raises(ControlError):
                control.ask(tmp_path / "journal", function, **asked)
        assert (found.here["mode"], found.here["bandwidth"]) == ("async", "none")
    done = isthmus(tmp_path, "copy", "mode", "journal", "sync")
    assert (done.returncode, "nobody serves this group" in done.stderr) == (2, True)
    assert "as --mode" in done.stderr
    done = isthmus(tmp_path, "copy", "mode", "journal", "sync", "--within", "1MiB")
    assert (done.returncode, "leave --within out" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("192.0.2.1:7400", "a link without TLS is for this machine alone"),
        (f"{'x' * 70}.example:7400", "no name of a host"),
    ],
)
def test_a_copy_that_cannot_be_reached_so_is_refused_at_once(
    tmp_path: Path, place: str, words: str
) -> None:
    image = ("disk.img", "--create", "1MiB", "--journal", "journal")
    done = isthmus(tmp_path, "protect", *image, "--listen", "unix:disk.sock", "--copy", place)
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "disk.img").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--mode", "sync"), "say where that is with --copy"),
        (("--copy-bandwidth", "1MiB"), "say where that is with --copy"),
        (("--copy", "unix:far.sock", "--copy-within", "1MiB"), "about the mode semi-sync"),
        (("--copy", "unix:far.sock", "--copy-bandwidth", "1KiB"), "a link cannot be kept"),
    ],
)
def test_what_is_said_of_a_copy_is_held_against_all_else(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    image = ("disk.img", "--create", "1MiB", "--journal", "journal")
    done = isthmus(tmp_path, "protect", *image, "--listen", "unix:disk.sock", *words)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "disk.img").exists()
