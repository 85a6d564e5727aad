"""A point on the replicas without history: written without bound, and resynced from production."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
import pytest

from core.driver.control import ask
from tests.core.cli.test_access import OPEN, PROTECT, begun, connected, fed, feeders, soon, written
from tests.core.cli.test_protect import MIB, PATIENCE_S, Serving, isthmus, serving
from tests.core.driver.client import ENOSPC, FLUSH, Client
from tests.core.driver.waiting import until_state

SMALL = (*PROTECT, "--create", "16MiB", "--journal-size", "16MiB", "--listen", "unix:disk.sock")
AGAIN = (*PROTECT, "--journal-size", "64MiB", "--listen", "unix:disk.sock")
DIRECT = ("--at", "sequence:1", "--access", "direct")


def is_resynced(folder: Path) -> bool:
    return (folder / "copy.img").read_bytes() == (folder / "disk.img").read_bytes()


def gaps(folder: Path) -> Sequence[str]:
    listed = isthmus(folder, "journal", "list", "journal", "--format", "json")
    assert listed.returncode == 0, listed.stderr
    return [each["reason"] for each in orjson.loads(listed.stdout)["gaps"]]


def check_begins_anew(folder: Path) -> None:
    """Both sides are one, every write is a point again, and what was lost is told."""
    until_state(folder / "journal", "distributing")
    soon(lambda: is_resynced(folder))
    soon(lambda: any(each.startswith("direct access: ") for each in gaps(folder)))
    with connected(folder) as client:
        held = client.get(0, 4096)
        assert client.put(0, b"n" * 4096) == 0
        point = ask(folder / "journal", "status")["end"]
    fed(folder, point)
    words = ("journal", "restore", "journal", "--output", "x", "--at")
    restored = isthmus(folder, *words, f"sequence:{point - 1}")
    assert restored.returncode == 0, restored.stderr
    assert (folder / "x").read_bytes()[:4096] == held
    assert "not in the history" in isthmus(folder, *words, "sequence:0", "--force").stderr
    verified = isthmus(folder, "journal", "verify", "journal")
    assert verified.returncode == 0, verified.stdout


def test_it_is_written_without_bound_while_hosts_go_on(tmp_path: Path) -> None:
    with serving(tmp_path, *SMALL):
        until_state(tmp_path / "journal", "distributing")
        with connected(tmp_path) as client:
            assert client.put(0, b"a" * 65_536) == 0
            assert client.put(MIB, b"b" * 65_536) == 0
            assert client.call(FLUSH).error == 0
        fed(tmp_path, 2)
        with begun(tmp_path, *OPEN, *DIRECT) as image:
            assert image.ready["access"] == "direct"
            with connected(tmp_path, "then.sock") as then:
                assert then.get(0, 2 * MIB) == (b"a" * 65_536).ljust(2 * MIB, b"\0")
                for nth in range(32):
                    assert then.put(nth % 16 * MIB, bytes([nth + 1]) * MIB) == 0
                assert then.call(FLUSH).error == 0
                assert then.get(3 * MIB, 4) == bytes([20]) * 4
            with connected(tmp_path) as client:
                for nth in range(24):
                    assert client.put(nth % 16 * MIB, bytes([nth + 100]) * (MIB // 2)) == 0
                assert client.get(0, 8) == bytes([116]) * 8
            told = isthmus(tmp_path, "journal", "list", "journal").stdout
            assert "open at sequence 1, and written without history" in told
            refused = isthmus(tmp_path, *OPEN[:-1], "--at", "latest")
            assert refused.returncode == 2
            assert "there is no point yet" in refused.stderr
            assert isthmus(tmp_path, "image", "close", "unix:then.sock").returncode == 0
            assert image.process.wait(PATIENCE_S) == 0
            assert image.process.stderr is not None
            assert "history was given up" in image.process.stderr.read()
        check_begins_anew(tmp_path)


def _opener(group: Serving, image: Serving) -> None:
    _kill(image)
    assert group.process.poll() is None


def _server(group: Serving, image: Serving) -> None:
    _kill(group)
    assert image.process.wait(PATIENCE_S) == 2
    assert image.process.stderr is not None
    assert "the process that serves the group is gone" in image.process.stderr.read()


def _both(group: Serving, image: Serving) -> None:
    _kill(group)
    _kill(image)


def _silent_opener(group: Serving, image: Serving) -> None:
    image.process.send_signal(signal.SIGSTOP)
    _both(group, image)


def _kill(one: Serving) -> None:
    one.process.kill()
    one.process.wait(PATIENCE_S)


@pytest.mark.parametrize(
    "kill",
    [
        pytest.param(_opener, marks=pytest.mark.long),
        _server,
        pytest.param(_both, marks=pytest.mark.long),
        pytest.param(_silent_opener, marks=pytest.mark.long),
    ],
)
def test_whoever_is_killed_both_sides_become_one(
    tmp_path: Path, kill: Callable[[Serving, Serving], None]
) -> None:
    with written(tmp_path) as first:
        assert first.end() == 0
    with begun(tmp_path, *AGAIN) as group, begun(tmp_path, *OPEN, *DIRECT) as image:
        with connected(tmp_path, "then.sock") as then:
            assert then.put(2 * MIB, b"x" * 4096) == 0
            assert then.put(8192, b"y" * 4096) == 0
        with connected(tmp_path) as client:
            assert client.put(3 * MIB, b"z" * 4096) == 0
        kill(group, image)
        if group.process.poll() is None:
            check_begins_anew(tmp_path)
            return
    with serving(tmp_path, *AGAIN):
        check_begins_anew(tmp_path)
        with connected(tmp_path) as client:
            assert client.get(2 * MIB, 4096) == bytes(4096)
            assert client.get(3 * MIB, 4096) == b"z" * 4096


@pytest.mark.long
def test_whoever_feeds_is_killed_while_both_sides_become_one(tmp_path: Path) -> None:
    words = (*PROTECT, "--create", "256MiB", "--journal-size", "64MiB")
    with serving(tmp_path, *words, "--listen", "unix:disk.sock") as group:
        until_state(tmp_path / "journal", "distributing")
        with connected(tmp_path) as client:
            assert client.put(0, b"a" * 4096) == 0
        fed(tmp_path, 1)
        with serving(tmp_path, *OPEN, *DIRECT), connected(tmp_path, "then.sock") as then:
            for at in range(256):
                assert then.put(at * MIB, b"x" * MIB) == 0
        for _ in range(3):
            soon(lambda: bool(feeders(group)))
            for each in feeders(group):
                os.kill(each, signal.SIGKILL)
            time.sleep(0.3)
        check_begins_anew(tmp_path)


def test_it_can_be_had_of_a_group_that_nobody_serves(tmp_path: Path) -> None:
    with written(tmp_path):
        pass
    with serving(tmp_path, *OPEN, *DIRECT), connected(tmp_path, "then.sock") as then:
        assert then.get(0, MIB) == b"a" * MIB
        assert then.put(2 * MIB, b"x" * MIB) == 0
    refused = isthmus(tmp_path, *OPEN, *DIRECT)
    assert refused.returncode == 2
    assert "there is no point yet: the replicas are not fed" in refused.stderr
    for words in (("journal", "list"), ("timeline",)):
        told = isthmus(tmp_path, *words, "journal").stdout
        assert "no point can be had yet" in told
        assert "written yet" not in told
        assert "no write yet" not in told
    with serving(tmp_path, *AGAIN):
        check_begins_anew(tmp_path)


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param("refuse", marks=pytest.mark.long),
        pytest.param("end", marks=pytest.mark.long),
        "direct",
    ],
)
def test_an_image_that_is_full_does_as_it_was_told(tmp_path: Path, policy: str) -> None:
    with serving(tmp_path, *SMALL):
        until_state(tmp_path / "journal", "distributing")
        with connected(tmp_path) as client:
            assert client.put(0, b"a" * 4096) == 0
        fed(tmp_path, 1)
        words = ("--at", "latest", "--access", "logged", "--when-full", policy)
        with begun(tmp_path, *OPEN, *words) as image:
            if policy == "end":
                _fill(tmp_path)
                assert image.process.wait(PATIENCE_S) == 2
                assert image.process.stderr is not None
                told = image.process.stderr.read()
                assert "the image was ended: as much was written as the journal may keep" in told
                assert "--when-full direct" in told
            else:
                with connected(tmp_path, "then.sock") as then:
                    errors = {then.put(nth * MIB, b"x" * MIB) for nth in range(16)}
                    assert errors == ({0} if policy == "direct" else {0, ENOSPC})
                assert isthmus(tmp_path, "image", "close", "unix:then.sock").returncode == 0
                assert image.process.wait(PATIENCE_S) == 0
        soon(lambda: is_resynced(tmp_path))
        if policy == "direct":
            check_begins_anew(tmp_path)
        else:
            assert gaps(tmp_path) == []


def _fill(folder: Path) -> None:
    """Write until it is over."""
    with Client.to(folder / "then.sock").go("disk") as then:
        try:
            for nth in range(16):
                then.put(nth * MIB, b"x" * MIB)
        except (AssertionError, OSError):
            return


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--access", "direct"), "nobody may write"),
        (("--access", "direct", "--writable", "--when-full", "end"), "never full"),
        (("--when-full", "end"), "about replicas that are written on"),
        (("--access", "rolled", "--when-full", "direct"), "--access logged --when-full direct"),
    ],
)
def test_what_makes_no_sense_together_is_refused(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    with written(tmp_path):
        pass
    refused = isthmus(tmp_path, *OPEN[:-1], "--at", "sequence:1", *words)
    assert refused.returncode == 2
    assert told in refused.stderr
    assert gaps(tmp_path) == []


def test_no_history_is_given_up_where_nobody_can_listen(tmp_path: Path) -> None:
    with written(tmp_path):
        (tmp_path / "then.sock").write_text("precious")
        refused = isthmus(tmp_path, *OPEN, *DIRECT)
        assert refused.returncode == 2
        assert "no socket" in refused.stderr
        assert ask(tmp_path / "journal", "status")["state"] == "distributing"
    assert gaps(tmp_path) == []
