"""A copy with much that it has not applied is served at once, and is production in the end."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import settings

from core.driver import control
from tests.core.cli.test_copy import JOURNAL, Sites, sites
from tests.core.cli.test_failover import feeders, taken, written
from tests.core.cli.test_protect import Serving, isthmus, serving
from tests.core.cli.test_replicas import PIECE, SIZE
from tests.core.cli.test_schemas import check
from tests.core.driver.client import FLUSH, Client
from tests.core.driver.waiting import until

LONG = settings.default is settings.get_profile("long")
KILLS = 40


@contextmanager
def stalled(folder: Path) -> Iterator[list[int]]:
    """Whoever feeds the images does nothing, from the moment on that it is there."""
    found, over = list[int](), Event()

    def look() -> None:
        while not over.wait(0.005):
            for each in feeders(folder):
                if each not in found:
                    os.kill(each, signal.SIGSTOP)
                    found.append(each)

    thread = Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def behind(found: Sites, image: bytearray, count: int) -> list[bytes]:
    """Production is lost when the copy has applied nothing of so many writes."""
    found.until_alike()
    (feeder,) = feeders(found.folder)
    os.kill(feeder, signal.SIGSTOP)
    states = written(found, image, count, seed=7)
    assert found.production.end(signal.SIGKILL) == -signal.SIGKILL
    assert found.copy.end(signal.SIGKILL) == -signal.SIGKILL
    os.kill(feeder, signal.SIGKILL)
    return states


@contextmanager
def begun(folder: Path, size: str = JOURNAL, *more: str) -> Iterator[Serving]:
    words = ("protect", "copy.img", "--journal", "copied", "--journal-size", size, *more)
    found = Serving(folder, *words, "--listen", "unix:anew.sock")
    try:
        yield found
    finally:
        if found.process.poll() is None:
            found.end(signal.SIGKILL)


def lacking(folder: Path) -> Any:
    return control.ask(folder / "copied", "status").get("lacking")


def put(client: Client, image: bytearray, rng: Random, *, count: int) -> None:
    """Writes that begin and end anywhere; all are durable afterwards."""
    for _ in range(count):
        length = 512 * rng.randint(1, 40)
        offset = 512 * rng.randrange((SIZE - length) // 512)
        data = rng.randbytes(length)
        assert client.put(offset, data) == 0
        image[offset : offset + length] = data
    assert client.call(FLUSH).error == 0


def restored(folder: Path, point: int) -> bytes:
    words = ("restore", "copied", "--at", f"sequence:{point}", "--output", "x.img", "--force")
    done = isthmus(folder, "journal", *words)
    assert done.returncode == 0, done.stderr
    return (folder / "x.img").read_bytes()


def read(client: Client) -> bytes:
    return b"".join(client.get(at, 4 << 20) for at in range(0, SIZE, 4 << 20))


def test_of_a_copy_that_is_not_begun_the_line_says_so_as_its_schema_has_it(tmp_path: Path) -> None:
    with sites(tmp_path, mode="sync") as (found, image):
        behind(found, image, 20)
        taken(tmp_path)
        more = "--copy", "unix:far.sock"
        with stalled(tmp_path) as first, begun(tmp_path, JOURNAL, *more) as here:
            (copy,) = here.ready["copies"]
            assert "state" not in copy
            assert here.ready["copy"] == copy
            check("protect", here.ready)
            until(lambda: len(first) == 1)
            assert here.end(signal.SIGKILL) == -signal.SIGKILL
        os.kill(first[0], signal.SIGKILL)


def test_hosts_read_and_write_before_anything_is_applied(tmp_path: Path) -> None:
    with sites(tmp_path, mode="sync") as (found, image):
        states = behind(found, image, 60)
        told = taken(tmp_path)
        for words in (
            ("rewind", "copied", "--at", f"sequence:{told['point']}"),
            ("demote", "copied", "--point", "1", "--epoch", "2"),
        ):
            refused = isthmus(tmp_path, *words)
            assert refused.returncode == 2
            assert "--apply" in refused.stderr
        base, rng = told["point"] - 60, Random(1)
        assert told["to_apply"] >= 60
        assert taken(tmp_path)["point"] == told["point"]
        with stalled(tmp_path) as first, begun(tmp_path) as here:
            with Client.to(tmp_path / "anew.sock").go("disk") as client:
                assert read(client) == states[-1]
                put(client, image, rng, count=30)
                assert read(client) == image
            assert lacking(tmp_path)["writes"] >= 90
            refused = isthmus(tmp_path, "rewind", "copied", "--at", f"sequence:{base}")
            assert refused.returncode == 2
            assert "lack" in refused.stderr
            for nth in (0, 30, 60):
                assert restored(tmp_path, base + nth) == states[nth]
            assert restored(tmp_path, base + 90) == image
            until(lambda: len(first) == 1)
            assert here.end(signal.SIGKILL) == -signal.SIGKILL
        os.kill(first[0], signal.SIGKILL)
        until(lambda: first[0] not in feeders(tmp_path))

        with ExitStack() as stack:
            with stalled(tmp_path) as second:
                here = stack.enter_context(begun(tmp_path))
                assert here.ready["recovered"]
                until(lambda: len(second) == 1)
            caught_up(tmp_path, here, second[0], image, states, base)
        for begin in (found.begin_copy, found.begin_production):
            begin()


def caught_up(
    folder: Path, here: Serving, feeder: int, image: bytearray, states: list[bytes], base: int
) -> None:
    """The images get everything while a host reads and writes, and are production then."""
    rng = Random(2)
    with Client.to(folder / "anew.sock").go("disk") as client:
        assert read(client) == image  # what was acknowledged, whoever was killed
        put(client, image, rng, count=30)
        words = ("image", "open", "copied", "--at", f"sequence:{base + 30}")
        with (
            serving(folder, *words, "--listen", "unix:then.sock"),
            Client.to(folder / "then.sock").go("disk") as then,
        ):
            assert then.get(0, PIECE) == states[30][:PIECE]
            os.kill(feeder, signal.SIGCONT)
            while lacking(folder) is not None:
                put(client, image, rng, count=1)
                assert client.get(0, PIECE) == image[:PIECE]
            put(client, image, rng, count=10)
            assert read(client) == image
            assert read(then) == states[30]  # who had opened a point goes on
    end = control.ask(folder / "copied", "status")["end"]
    for nth in (0, 1, 59, 60):
        assert restored(folder, base + nth) == states[nth]
    assert restored(folder, end) == image
    assert here.end() == 0
    assert (folder / "copy.img").read_bytes() == image
    verified = isthmus(folder, "journal", "verify", "copied")
    assert verified.returncode == 0, verified.stdout
    identity = json.loads((folder / "copied" / "journal.json").read_text())
    assert [each["replica"] for each in identity["volumes"]] == [""]


@pytest.mark.skipif(not LONG, reason="kills again and again: in the long mode")
@pytest.mark.slow
def test_what_was_acknowledged_is_there_whoever_is_killed(tmp_path: Path) -> None:
    rng = Random(11)
    with sites(tmp_path, mode="sync") as (found, image):
        states = behind(found, image, 100)
        base = taken(tmp_path)["point"] - 100
        for _ in range(KILLS):
            with begun(tmp_path, "4GiB") as here:
                with Client.to(tmp_path / "anew.sock").go("disk") as client:
                    assert read(client) == image
                    put(client, image, rng, count=rng.randrange(40))
                Event().wait(rng.random())
                victims = [here.process.pid, *feeders(tmp_path)]
                for each in rng.sample(victims, rng.randint(1, len(victims))):
                    os.kill(each, signal.SIGKILL)
            for nth in (0, 50, 100):
                assert restored(tmp_path, base + nth) == states[nth]
        applied = isthmus(tmp_path, "failover", "copied", "--apply")
        assert applied.returncode == 0, applied.stderr
        assert (tmp_path / "copy.img").read_bytes() == image
        for begin in (found.begin_copy, found.begin_production):
            begin()
