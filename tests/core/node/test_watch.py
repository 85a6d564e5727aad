"""A status that is watched: by events, on a terminal, and while the site is away."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings

from compat.errors import Exit
from core.cli.site import status as watched
from core.cli.site.changes import Changes
from core.cli.site.client import Client
from core.driver.asking import Asking, RefusedError, http_client
from tests.compat.cli.running import environment
from tests.core.driver.waiting import PATIENCE_S, until
from tests.core.node.running import made, new_group, node, status
from tests.core.node.test_links import free_port
from tests.core.node.test_way import io
from tests.core.node.two import sites

LONG = settings.default is settings.get_profile("long")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LACKING = re.compile(r"1 writes, 512[.0]*KiB, .* (queue|wire) 512[.0]*KiB \d+\.\d s")


class Terminal:
    """Runs a command on a terminal that is wide enough, and reads what it shows."""

    def __init__(self, *words: str) -> None:
        self._master, slave = pty.openpty()
        more = {"TERM": "xterm-256color", "COLUMNS": "300", "LINES": "40"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core", *words],
            env=environment(**more),
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        self.shown = ""

    def until(self, what: Callable[[str], bool]) -> None:
        """Return once what was shown since the last time is so."""
        deadline, self.shown = time.monotonic() + PATIENCE_S, ""
        while not what(self.shown):
            assert time.monotonic() < deadline, self.shown
            if select.select([self._master], [], [], 0.1)[0]:
                self.shown += ESCAPE.sub("", os.read(self._master, 65536).decode())

    def end(self) -> int:
        """Interrupt it."""
        self.process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline
            with suppress(OSError):  # nobody has the other end any more
                if select.select([self._master], [], [], 0.1)[0]:
                    os.read(self._master, 65536)
        os.close(self._master)
        return self.process.returncode


@contextmanager
def on_terminal(*words: str) -> Iterator[Terminal]:
    found = Terminal(*words)
    try:
        yield found
    finally:
        found.process.kill()
        found.process.wait()


def test_a_terminal_shows_how_a_group_and_its_copy_are_as_they_change() -> None:
    with sites() as both, both.there() as there:
        group = both.made("db", mode="sync")
        words = ("--site", both.left.url, "status", "db", "--watch")
        with on_terminal(*words) as terminal:
            told = ("in sync", "where", "writes wait", "production (sync right)", "yes")
            terminal.until(lambda shown: all(each in shown for each in told))
            assert both.command("copy", "set", "db", "right", "--mode", "async").code == 0
            then = ("production (async right)", "not promised")
            terminal.until(lambda shown: all(each in shown for each in then))
            pid = status(there, group["id"])["worker"]["pid"]
            os.kill(pid, signal.SIGSTOP)
            io(group["volumes"][0]["uris"][0], "write -P 0xaa 0 512k")
            terminal.until(lambda shown: LACKING.search(shown) is not None)
            os.kill(pid, signal.SIGCONT)
            terminal.until(lambda shown: "0 writes, 0B, 0.0 s" in shown)
            both.left.end()
            terminal.until(lambda shown: "was not reached" in shown)
            assert terminal.process.poll() is None
            assert terminal.end() == Exit.INTERRUPTED


@pytest.fixture
def port() -> str:
    return f"127.0.0.1:{free_port()}"


def test_changes_are_heard_when_they_come_and_again_after_the_site_was_away(port: str) -> None:
    with (
        node(listen=port) as found,
        http_client(found.url, token="", patience_s=PATIENCE_S) as http,
        found.client() as client,
        Changes(Client(http)) as changes,
    ):
        assert changes.wait(PATIENCE_S)  # it is heard from now on
        group = made(found, client, "db")
        assert changes.wait(PATIENCE_S)
        until(lambda: not changes.wait(0.5))
        found.kill()
        found.start()
        assert changes.wait(PATIENCE_S)
        until(lambda: not changes.wait(0.5))
        asked = new_group(found, "other", "data")
        assert client.post("/v1/groups", json=asked).status_code == 201
        assert changes.wait(PATIENCE_S)
        assert status(client, group["id"])["name"] == "db"


def test_what_has_changed_is_shown_at_once_and_not_when_the_next_look_is_due(
    port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "_PAUSE_S", 10 * PATIENCE_S)
    with (
        node(listen=port) as found,
        http_client(found.url, token="", patience_s=PATIENCE_S) as http,
        found.client() as client,
        Changes(Client(http)) as changes,
    ):
        seen = watched._seen(Client(http), "", changes)
        assert next(seen) == ([], "")
        assert changes.wait(PATIENCE_S)
        until(lambda: not changes.wait(0.5))
        answer = client.post("/v1/groups", json=new_group(found, "db", "data"))
        assert answer.status_code == 201
        ((shown,), why) = next(seen)
        assert (shown["name"], why) == ("db", "")


@pytest.mark.skipif(not LONG, reason="begins a node again: in the long mode")
def test_elsewhere_than_on_a_terminal_it_is_told_once_that_the_site_is_away(
    port: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with node(listen=port) as found, found.client() as client, log.open("wb") as err:
        made(found, client, "db")
        process = subprocess.Popen(
            [sys.executable, "-m", "core", "--site", found.url, "status", "--watch"],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline().split() == [
            *("group", "role", "state", "since", "latest", "images", "why"),
        ]
        assert process.stdout.readline().startswith("db")
        found.kill()
        until(lambda: "was not reached" in log.read_text("utf-8"))
        found.start()
        until(lambda: client.get("/v1/node").status_code == 200)
        assert process.stdout.readline().startswith("group")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == Exit.INTERRUPTED
        assert log.read_text("utf-8").count("was not reached") == 1


def test_a_group_that_is_deleted_as_all_are_looked_at_ends_no_watch() -> None:
    class Vanishing(Asking):
        def all(self, path: str, what: str, **query: object) -> Iterator[Any]:
            del what, query
            yield from [{"id": "1"}, {"id": "2"}] if path == "/v1/groups" else []

        def get(self, path: str, **query: object) -> Any:
            del query
            if "/1/" in path:
                raise RefusedError("there is no such group", status=404, where=path)
            return {"group": "2"}

        def group(self, word: str) -> Any:
            return {"id": word}

    with httpx.Client() as http:
        client: Any = Vanishing(http)
        assert watched._statuses(client, "") == [{"group": "2", "images": []}]
        with pytest.raises(RefusedError):
            watched._statuses(client, "1")
