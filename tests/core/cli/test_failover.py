"""A copy is taken over: it has what was promised, whoever is killed, and receives nothing more."""

import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import settings

from core.driver import control
from tests.core.cli.test_copy import JOURNAL, Sites, sites
from tests.core.cli.test_protect import ISTHMUS, Serving, environment, isthmus
from tests.core.cli.test_replicas import PIECE, SIZE
from tests.core.cli.test_schemas import check
from tests.core.driver.client import Client
from tests.core.driver.waiting import until
from tests.core.node.running import words_of

LONG = settings.default is settings.get_profile("long")
KILLS = 30


def taken(folder: Path, *words: str) -> Any:
    done = isthmus(folder, "failover", "copied", *words, "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    check("failover", document)
    return document


def written(found: Sites, image: bytearray, count: int, seed: int) -> list[bytes]:
    """What the volume held before so many writes, all acknowledged, and after each of them."""
    rng, states = Random(seed), [bytes(image)]
    client = Client.to(found.folder / "disk.sock").go("disk")
    for _ in range(count):
        offset, data = rng.randrange(SIZE // PIECE) * PIECE, rng.randbytes(PIECE)
        assert client.put(offset, data) == 0
        image[offset : offset + PIECE] = data
        states.append(bytes(image))
    client.sock.close()
    return states


def feeders(folder: Path, journal: str = "copied") -> list[int]:
    """Who feeds the images of the copy, begun in a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            words = words_of(path)
            is_feeder = b"core.driver.group.feeding" in words and journal.encode() in words
            if is_feeder and (path.parent / "cwd").readlink() == folder:
                found.append(int(path.parent.name))
    return found


def feeder(folder: Path) -> int:
    (found,) = feeders(folder)
    return found


@pytest.mark.parametrize("mode", ["sync", "async"] if LONG else ["sync"])
def test_a_copy_that_is_behind_has_what_was_promised_and_is_production_then(
    tmp_path: Path, mode: str
) -> None:
    with sites(tmp_path, mode=mode) as (found, image):
        found.until_alike()
        base = found.here["end"]
        os.kill(feeder(tmp_path), signal.SIGSTOP)
        states = written(found, image, 40, seed=1)
        assert found.production.end(signal.SIGKILL) == -signal.SIGKILL
        until(lambda: not found.there["connected"])
        busy = isthmus(tmp_path, "failover", "copied")
        assert busy.returncode == 2
        assert "process" in busy.stderr
        assert found.copy.end(signal.SIGKILL) == -signal.SIGKILL
        os.kill(feeder(tmp_path), signal.SIGKILL)

        outlook = taken(tmp_path, "--dry-run")
        assert outlook["dry_run"]
        if mode == "sync":
            assert outlook["point"] == base + 40
            assert outlook["to_apply"] > 0
        assert not (tmp_path / "copied" / "taken").exists()
        told = taken(tmp_path)
        assert told["point"] == outlook["point"]
        assert taken(tmp_path)["point"] == told["point"]  # asked again, nothing is done

        restore = ("journal", "restore", "copied", "--at", f"sequence:{base}", "--output", "x.img")
        words = ("protect", "copy.img", "--journal", "copied", "--journal-size", JOURNAL)
        here = Serving(tmp_path, *words, "--listen", "unix:anew.sock")
        client = Client.to(tmp_path / "anew.sock").go("disk")
        assert client.get(0, PIECE) == states[told["point"] - base][:PIECE]
        assert client.put(0, b"n" * PIECE) == 0
        client.sock.close()
        until(lambda: "lacking" not in control.ask(tmp_path / "copied", "status"))
        assert here.end() == 0
        now = b"n" * PIECE + states[told["point"] - base][PIECE:]
        assert (tmp_path / "copy.img").read_bytes() == now
        opened = isthmus(tmp_path, *restore)
        assert opened.returncode == 0, opened.stderr
        assert (tmp_path / "x.img").read_bytes() == states[0]
        refused(found)


def refused(found: Sites) -> None:
    """Production of before, which comes back, hears that it is none any more."""
    found.begin_copy()
    found.begin_production()
    until(lambda: "was taken over at write" in str(found.here["failure"]), lambda: found.here)
    assert not found.here["connected"]
    assert "was taken over" in found.there["failed"]
    assert found.here["state"] != "initialising"


@pytest.mark.skipif(not LONG, reason="kills again and again: in the long mode")
@pytest.mark.slow
def test_a_take_over_that_is_killed_is_done_by_the_next(tmp_path: Path) -> None:
    rng = Random(3)
    with sites(tmp_path, mode="sync") as (found, image):
        found.until_alike()
        base = found.here["end"]
        os.kill(feeder(tmp_path), signal.SIGSTOP)
        states = written(found, image, 60, seed=2)
        assert found.production.end(signal.SIGKILL) == -signal.SIGKILL
        assert found.copy.end(signal.SIGKILL) == -signal.SIGKILL
        os.kill(feeder(tmp_path), signal.SIGKILL)
        for _ in range(KILLS):
            process = subprocess.Popen(
                [*ISTHMUS, "failover", "copied", "--apply"],
                cwd=tmp_path,
                env=environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(rng.random() * 2.5)
            process.kill()
            process.wait()
        assert taken(tmp_path, "--apply")["point"] == base + 60
        assert (tmp_path / "copy.img").read_bytes() == states[60]
        found.begin_copy()
        found.begin_production()


def test_what_was_never_complete_is_not_taken_over(tmp_path: Path) -> None:
    with sites(tmp_path) as (found, _):
        found.until_alike()
        assert found.production.end() == 0
        assert found.copy.end() == 0
        shutil.rmtree(tmp_path / "copied")
        found.begin_copy()
        found.relay.stalled.add(1)  # production is met, and does not hear of it
        found.begin_production()
        until(lambda: (tmp_path / "copied" / "course").exists())
        assert found.copy.end(signal.SIGKILL) == -signal.SIGKILL
        for words in ((), ("--dry-run",)):
            told = isthmus(tmp_path, "failover", "copied", *words)
            assert told.returncode == 2
            assert "not what production was at any point" in told.stderr
        own = isthmus(tmp_path, "failover", "journal")
        assert own.returncode == 2
        assert "no copy of a group" in own.stderr
        found.relay.heal()
        found.begin_copy()
