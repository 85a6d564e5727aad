"""`isthmus protect` and `isthmus image`, as processes that others talk to."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.core.driver.client import DISC, FLUSH, Client
from tests.core.driver.waiting import until_state

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60.0
MIB = 1 << 20
ISTHMUS = (sys.executable, "-W", "error", "-c", "from core.cli import main; main()")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def isthmus(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ISTHMUS, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


class Serving:
    """A process that says in one line that it is ready."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [*ISTHMUS, *words],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate(timeout=PATIENCE_S)[1])
        self.ready: dict[str, Any] = json.loads(line)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[Serving]:
    found = Serving(folder, *words)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            assert found.end() == 0


PROTECT = ("protect", "disk.img", "--create", "1MiB", "--journal", "journal")
LISTEN = ("--listen", "unix:disk.sock", "--journal-size", "64MiB")


@contextmanager
def connected(socket: Path) -> Iterator[Client]:
    with Client.to(socket).go("disk") as client:
        yield client
        client.sock.sendall(client.packed(DISC, 0, 0))
        assert client.ends()


def test_what_was_protected_is_opened_written_over_and_closed(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN) as group:
        assert group.ready["ready"] is True
        assert group.ready["exports"] == ["disk"]
        assert group.ready["uris"] == [f"nbd+unix:///disk?socket={tmp_path}/disk.sock"]
        with connected(tmp_path / "disk.sock") as client:
            assert client.put(0, b"a" * 8192) == 0
            assert isthmus(tmp_path, "bookmark", "add", "journal", "good").returncode == 0
            assert client.put(4096, b"b" * 8192) == 0
            words = ("image", "open", "journal", "--at", "bookmark:good", "--writable")
            with serving(tmp_path, *words, "--listen", "unix:then.sock") as image:
                assert image.ready["point"] == 1
                with connected(tmp_path / "then.sock") as then:
                    assert client.put(0, b"c" * 4096) == 0
                    assert then.get(0, 16384) == b"a" * 8192 + bytes(8192)
                    assert then.put(100, b"x" * 5000) == 0
                    assert then.get(0, 8192) == b"a" * 100 + b"x" * 5000 + b"a" * 3092
                closed = isthmus(tmp_path, "image", "close", "unix:then.sock")
                assert closed.returncode == 0, closed.stderr
                assert image.process.wait(PATIENCE_S) == 0
                image.process.communicate()
            assert client.get(0, 12288) == b"c" * 4096 + b"b" * 8192
    done = isthmus(tmp_path, "journal", "restore", "journal", "--at", "sequence:2", "--output", "x")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x").read_bytes() == (b"a" * 4096 + b"b" * 8192).ljust(MIB, b"\0")


def test_a_process_that_is_killed_leaves_what_was_acknowledged(tmp_path: Path) -> None:
    group = Serving(tmp_path, *PROTECT, *LISTEN)
    with Client.to(tmp_path / "disk.sock").go("disk") as client:
        assert client.put(0, b"a" * 8192) == 0
        assert client.call(FLUSH).error == 0
        assert client.put(4096, b"b" * 4096) == 0
        assert group.end(signal.SIGKILL) == -signal.SIGKILL
    with serving(tmp_path, *PROTECT, *LISTEN) as again:
        assert again.ready["recovered"] is True
        assert again.ready["point"] == 2
        with connected(tmp_path / "disk.sock") as client:
            assert client.get(0, 8192) == b"a" * 4096 + b"b" * 4096


@pytest.mark.parametrize("is_served", [True, False])
def test_volumes_are_taken_back_in_place_and_forward_again(tmp_path: Path, is_served: bool) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN, "--replica", "copy.img") as group:
        until_state(tmp_path / "journal", "distributing")
        with connected(tmp_path / "disk.sock") as client:
            for each in b"abc":
                assert client.put(0, bytes([each]) * 4096) == 0
            refused = isthmus(tmp_path, "rewind", "journal", "--at", "sequence:1")
            assert refused.returncode == 2
            assert "1 clients use the volumes" in refused.stderr
        if not is_served:
            assert group.end() == 0
        for point, expected in ((1, b"a"), (3, b"c"), (0, b"\0")):
            words = ("rewind", "journal", "--at", f"sequence:{point}", "--format", "json")
            done = isthmus(tmp_path, *words)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["point"] == point
            assert (tmp_path / "disk.img").read_bytes()[:4096] == expected * 4096


def test_what_cannot_be_served_is_told_before_anything_is_made(tmp_path: Path) -> None:
    for words, told in (
        (("protect", "no.img", "--journal", "j", *LISTEN), "there is no such image"),
        ((*PROTECT, "--listen", "nowhere"), "cannot listen on 'nowhere'"),
        ((*PROTECT, *LISTEN, "--journal-size", "1MiB"), "too small"),
        ((*PROTECT, *LISTEN, "--window", "long"), "'long' is no duration"),
        ((*PROTECT, *LISTEN, "--certificate", "c.pem"), "give --certificate and --key"),
        ((*PROTECT, "a/disk.img", *LISTEN), "two images would be exported as disk"),
        ((*PROTECT, *LISTEN, "--replica", "a", "--replica", "b"), "1 images and 2 replicas"),
    ):
        done = isthmus(tmp_path, *words)
        assert done.returncode == 2, (words, done.stderr)
        assert told in done.stderr
        assert done.stdout == ""
    assert not (tmp_path / "journal").exists()
