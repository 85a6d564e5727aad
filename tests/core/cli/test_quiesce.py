"""A bookmark with an application at rest: what its commands do, and what becomes of it."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from compat.errors import Exit
from tests.core.cli.running import Here
from tests.core.cli.test_access import soon
from tests.core.cli.test_protect import ISTHMUS, PATIENCE_S, environment
from tests.core.journals import Made, loaded


@pytest.fixture
def journal(tmp_path: Path) -> Made:
    return loaded(tmp_path, (64 << 10,), seed=2, runs=5)


def marks(here: Here, journal: Made) -> list[tuple[str, str]]:
    found = here.json("bookmark", "list", journal.folder)["bookmarks"]
    return [(each["name"], each["consistency"]) for each in found]


def test_an_application_is_at_rest_while_its_point_gets_the_name(
    here: Here, journal: Made, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    words = ("--quiesce", f"echo rest >> {log}", "--resume", f"echo on >> {log}")
    ended = here("bookmark", "add", journal.folder, "a", *words)
    assert (ended.code, ended.out) == (Exit.OK, "")
    assert marks(here, journal) == [("a", "application")]
    assert log.read_text() == "rest\non\n"
    assert here("bookmark", "add", journal.folder, "b").code == Exit.OK
    assert marks(here, journal)[1] == ("b", "crash")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("echo no such database >&2; exit 3", "ended with 3; it said: no such database"),
        ("kill -9 $$", "was ended by signal 9; it said nothing"),
        ("echo halfway; sleep 100", "took longer than 0.3 s; it said: halfway"),
        ("/no/such/program", "ended with 127; it said: /bin/sh"),
    ],
)
def test_where_it_does_not_come_to_rest_there_is_no_bookmark_and_it_goes_on(
    here: Here, journal: Made, tmp_path: Path, command: str, told: str
) -> None:
    log = tmp_path / "log"
    words = ("--quiesce", command, "--resume", f"echo on > {log}", "--timeout", "0.3")
    ended = here("bookmark", "add", journal.folder, "a", *words)
    assert ended.code == Exit.BAD_INPUT
    assert f"the quiesce command {told}" in ended.err
    assert "no bookmark was placed" in ended.err
    assert marks(here, journal) == []
    assert log.read_text() == "on\n"


def test_it_goes_on_where_the_bookmark_cannot_be_placed(
    here: Here, journal: Made, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    assert here("bookmark", "add", journal.folder, "a").code == Exit.OK
    words = ("--quiesce", "true", "--resume", f"echo on > {log}")
    ended = here("bookmark", "add", journal.folder, "a", *words)
    assert "there is a bookmark that is called 'a'" in ended.err
    assert log.read_text() == "on\n"
    assert marks(here, journal) == [("a", "crash")]


def test_a_resume_that_fails_is_told_and_the_bookmark_stays(here: Here, journal: Made) -> None:
    words = ("--quiesce", "true", "--resume", "echo stuck; exit 1")
    ended = here("bookmark", "add", journal.folder, "a", *words)
    assert ended.code == Exit.BAD_INPUT
    assert "the resume command ended with 1; it said: stuck" in ended.err
    assert "a bookmark that was placed stays" in ended.err
    assert marks(here, journal) == [("a", "application")]
    words = ("--quiesce", "exit 7", "--resume", "exit 8")
    ended = here("bookmark", "add", journal.folder, "b", *words)
    assert "quiesce command ended with 7; it said nothing; and the resume" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_lets_it_go_on(journal: Made, tmp_path: Path, number: int) -> None:
    rest, resuming, log = (tmp_path / name for name in ("rest", "resuming", "log"))
    process = subprocess.Popen(
        [
            *(*ISTHMUS, "bookmark", "add", str(journal.folder), "a"),
            *("--quiesce", f"echo $$ > {rest}.new; mv {rest}.new {rest}; exec sleep 100"),
            *("--resume", f"touch {resuming}; sleep 0.3; echo on > {log}"),
        ],
        env=environment(),
        stderr=subprocess.PIPE,
    )
    try:
        soon(rest.exists)
        process.send_signal(number)
        soon(resuming.exists)
        process.send_signal(number)  # which does not cut the second command short
        process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 128 + number
    assert log.read_text() == "on\n"
    with pytest.raises(ProcessLookupError):
        os.killpg(int(rest.read_text()), 0)


def test_what_the_command_left_running_keeps_nobody_waiting(
    here: Here, journal: Made, tmp_path: Path
) -> None:
    left = tmp_path / "left"
    words = ("--quiesce", f"sleep 100 & echo $! > {left}", "--timeout", "30")
    assert here("bookmark", "add", journal.folder, "a", *words).code == Exit.OK
    os.kill(int(left.read_text()), signal.SIGKILL)  # it is there still


def test_a_resume_alone_is_refused(here: Here, journal: Made) -> None:
    ended = here("bookmark", "add", journal.folder, "a", "--resume", "true")
    assert "--resume needs --quiesce" in ended.err
