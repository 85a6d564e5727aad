"""Production of before becomes a copy of the site that took over, and takes over again."""

import json
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from core.driver import control
from tests.core.cli.test_copy import JOURNAL, Sites, sites
from tests.core.cli.test_failover import taken
from tests.core.cli.test_protect import MIB, Serving, isthmus
from tests.core.cli.test_replicas import PIECE, SIZE
from tests.core.cli.test_schemas import check
from tests.core.driver.client import Client
from tests.core.driver.relay import Relay
from tests.core.driver.waiting import until


def put(folder: Path, socket: str, pieces: dict[int, bytes]) -> None:
    client = Client.to(folder / socket).go("disk")
    for place, data in pieces.items():
        assert client.put(place, data * PIECE) == 0
    client.sock.close()


def demoted(folder: Path, journal: str, *words: str) -> Any:
    return isthmus(folder, "demote", journal, *words, "--format", "json")


def role_of(folder: Path, journal: str) -> str:
    done = isthmus(folder, "journal", "list", journal, "--format", "json")
    document = json.loads(done.stdout)
    check("journal-list", document)
    role = document["role"]
    assert isinstance(role, str)
    return role


def check_aside(folder: Path, port: int) -> None:
    """What was put aside can be read, and is served to nobody."""
    assert role_of(folder, "journal.before-2") == "aside"
    kept = isthmus(folder, "journal", "show", "journal.before-2", "--range", f"{5 * MIB}+1")
    assert kept.returncode == 0, kept.stderr
    assert len(kept.stdout.splitlines()) == 2, "a heading and the write"
    for copy in ((), ("--copy", f"127.0.0.1:{port}")):
        over = ("disk.img", "--journal", "journal.before-2", "--listen", "unix:old.sock", *copy)
        refused = isthmus(folder, "protect", *over)
        assert (refused.returncode, refused.stdout) == (2, ""), refused.stderr


def lost(found: Sites) -> int:
    """Production is gone, and the copy takes over; returns the write at which it did."""
    assert found.production.end(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: not found.there["connected"])
    assert found.copy.end() == 0
    point = taken(found.folder)["point"]
    assert isinstance(point, int)
    return point


def restored(folder: Path, journal: str, point: int) -> bytes:
    words = ("restore", journal, "--at", f"sequence:{point}", "--output", "x.img", "--force")
    done = isthmus(folder, "journal", *words)
    assert done.returncode == 0, done.stderr
    return (folder / "x.img").read_bytes()


def test_what_differs_is_copied_and_what_hosts_wrote_apart_is_not_lost_silently(
    tmp_path: Path,
) -> None:
    with sites(tmp_path, mode="sync") as (found, _), ExitStack() as stack:
        found.until_alike()
        put(tmp_path, "disk.sock", {0: b"a", 3 * MIB: b"b"})
        oldest = found.here["end"]
        before = (tmp_path / "disk.img").read_bytes()
        point = lost(found)
        assert point == oldest
        found.begin_production()  # it is refused, and serves hosts that do not know
        put(tmp_path, "disk.sock", {5 * MIB: b"x", SIZE - PIECE: b"y"})
        words = ("--point", str(point), "--epoch", "2")
        dry = demoted(tmp_path, "journal", *words, "--dry-run")
        assert dry.returncode == 0, dry.stderr
        report = json.loads(dry.stdout)
        check("demote", report)
        assert (report["writes"], report["bytes"], report["unnumbered"]) == (2, 2 * PIECE, 0)
        places = [(each["offset"], each["length"]) for each in report["ranges"]]
        assert places == [(5 * MIB, PIECE), (SIZE - PIECE, PIECE)]
        assert demoted(tmp_path, "journal", *words, "--discard").returncode == 2  # it is served
        assert found.production.end() == 0
        refused = demoted(tmp_path, "journal", *words)
        assert refused.returncode == 2
        assert "2 writes of 128KiB" in refused.stderr
        assert "given up" in refused.stderr

        new = ("protect", "copy.img", "--journal", "copied", "--journal-size", JOURNAL)
        here = Serving(tmp_path, *new, "--listen", "unix:new.sock")
        put(tmp_path, "new.sock", {9 * MIB: b"n"})
        assert here.end() == 0
        done = demoted(tmp_path, "journal", *words, "--discard")
        assert done.returncode == 0, done.stderr
        again = json.loads(demoted(tmp_path, "journal", *words).stdout)
        check("demote", again)
        assert again["done"]
        check_aside(tmp_path, found.relay.port)
        assert role_of(tmp_path, "copied") == "production"
        stack.callback(here.process.kill)
        back = Serving(
            *(tmp_path, "receive", "disk.img", "--journal", "journal", "--journal-size", JOURNAL),
            *("--listen", "127.0.0.1:0"),
        )
        stack.callback(back.process.kill)
        check("receive", back.ready)
        relay = Relay(int(back.ready["listen"][0].rpartition(":")[2]))
        here = Serving(
            *(tmp_path, *new, "--listen", "unix:new.sock", "--mode", "sync"),
            *("--copy", f"127.0.0.1:{relay.port}"),
        )
        stack.callback(here.process.kill)
        until(lambda: status(tmp_path, "copied")["copy"]["in_sync"])
        until(lambda: status(tmp_path, "journal")["state"] == "distributing")
        assert relay.carried[0] < 4 * MIB  # three regions of 32
        assert (tmp_path / "disk.img").read_bytes() == (tmp_path / "copy.img").read_bytes()
        put(tmp_path, "new.sock", {0: b"z"})
        end = status(tmp_path, "copied")["end"]
        until(lambda: status(tmp_path, "journal")["applied"] == end)
        assert (tmp_path / "disk.img").read_bytes() == (tmp_path / "copy.img").read_bytes()
        assert restored(tmp_path, "copied", oldest) == before  # it has kept its history
        here.end(signal.SIGKILL)
        expected = (tmp_path / "copy.img").read_bytes()
        assert back.end() == 0
        relay.close()
        again = isthmus(tmp_path, "failover", "journal", "--format", "json")
        assert json.loads(again.stdout)["point"] == end
        assert (tmp_path / "disk.img").read_bytes() == expected
        taken = json.loads((tmp_path / "journal" / "taken").read_text().split("\n")[0])
        assert taken == {"point": end, "epoch": 3}


def status(folder: Path, journal: str) -> Any:
    return control.ask(folder / journal, "status")
