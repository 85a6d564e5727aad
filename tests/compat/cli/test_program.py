"""How runs end: streams, pipes, signals, our own mistakes."""

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from compat.errors import Exit
from tests.compat.cli.running import (
    INTENT,
    PROCESS_S,
    ROOT,
    V1,
    V2,
    Ended,
    Here,
    environment,
    isthmus,
    on_terminal,
)

COMMANDS = ("diff", "history", "staged", "plan", "suggest", "generate", "verify", "proxy", "matrix")
PLAN = ("compat", "plan", V1, V2)


def test_the_version_is_the_package_s() -> None:
    assert isthmus("--version") == Ended(code=0, out=f"isthmus {version('isthmus')}\n", err="")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(here: Here, command: str) -> None:
    ended = here(command, "--help")
    assert ended.code == Exit.OK
    assert f"isthmus compat {command} " in ended.out.partition("Example")[2]


def test_help_imports_nothing_heavy() -> None:
    """What takes long to import is for the commands that use it."""
    told = "import sys; from compat.cli.program import run; run(['compat', 'plan', '--help']);"
    told += "print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {
        "yaml",
        "rich",
        "jinja2",
        "httpx",
        "libcst",
        "jsonschema",
        "uvicorn",
        "starlette",
        "hypothesis",
    }
    assert heavy & {name.partition(".")[0] for name in done.stderr.split()} == set()


def test_results_go_to_standard_output_and_warnings_beside_it() -> None:
    ended = isthmus("compat", "plan", "-", V2, stdin=Path(V1).read_text())
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert ended.out.startswith("old  1.8  -: Block storage appliance")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a generated package."""
    folder = tmp_path_factory.mktemp("generated")
    words = (V1, V2, "--intent", INTENT, "--out", str(folder), "--package", "av")
    assert isthmus("compat", "generate", *words).code == Exit.OK
    return str(folder / "av")


PRINTING = (
    PLAN,
    ("compat", "matrix", V1, V2),
    ("compat", "suggest", V1, V2),
    ("compat", "generate", V1, V2, "--out", "x", "--package", "av"),
    ("compat", "generate", "PACKAGE", "--check"),
    ("compat", "verify", "PACKAGE", "--only", "GET /health", "--examples", "0"),
)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("words", PRINTING, ids=lambda words: " ".join(words[1:2]))
def test_every_command_that_prints_has_a_form_for_programs(
    package: str, words: tuple[str, ...], form: str
) -> None:
    """And ends quietly, in either form, where nobody reads it."""
    named = tuple(package if word == "PACKAGE" else word for word in words)
    ended = isthmus(*named, "--format", form)
    assert ended.code in (Exit.OK, Exit.FINDINGS)
    assert (ended.out[:1] == "{") is (form == "json")
    if form == "json":
        json.loads(ended.out)
    assert unread(*named, "--format", form) == (Exit.OUTPUT_CLOSED, b"")


def unread(*words: str) -> tuple[int, bytes]:
    """How a run ends whose output nobody reads, and what it says beside it."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "compat", *words],
            cwd=ROOT,
            env=environment(),
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            timeout=PROCESS_S,
        )
    finally:
        os.close(writer)
    return done.returncode, done.stderr


def test_help_that_nobody_reads_ends_quietly() -> None:
    assert unread("compat", "--help") == (Exit.OUTPUT_CLOSED, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [PLAN, (*PLAN, "--format", "json"), ("compat", "--help")])
def test_output_that_cannot_be_kept_is_told(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "compat", *words],
            cwd=ROOT,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=PROCESS_S,
        )
    assert (done.returncode, done.stderr) == (
        Exit.BAD_INPUT,
        "isthmus: No space left on device\n",
    )


def test_closed_streams_do_no_harm() -> None:
    line = f"exec {sys.executable} -m compat compat plan {V1} {V2} >&- 2>&-"
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, env=environment(), check=False, timeout=60)
    assert done.returncode == Exit.OK


def test_an_encoding_that_lacks_a_letter_gets_an_escape() -> None:
    ended = isthmus(*PLAN, PYTHONIOENCODING="ascii")
    assert ended.code == Exit.OK
    assert r"old client \u2192 new server" in ended.out


def test_an_interrupt_ends_at_once_and_is_told() -> None:
    """The signal comes while the process waits for a spec that never comes."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "compat", "compat", "plan", "-", V2],
        cwd=ROOT,
        env=environment(),
        stdin=reader,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    try:
        wait_until_reading(reader, writer)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PROCESS_S)
    finally:
        process.kill()
        os.close(reader)
        os.close(writer)
    assert (process.returncode, out, err) == (Exit.INTERRUPTED, "", "isthmus: interrupted\n")


def heed_interrupts() -> None:
    """What a shell starts in the background ignores them, and so does all that this starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_until_reading(reader: int, writer: int) -> None:
    """Until the process has taken what is in the pipe, and waits for more.

    While it imports, a signal may get lost.
    """
    os.write(writer, b"openapi: 3.0.3\n")
    deadline = time.monotonic() + PROCESS_S
    while struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, bytes(4)))[0]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_assertions_are_not_to_be_left_out() -> None:
    ended = isthmus(*PLAN, PYTHONOPTIMIZE="1")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert ended.err.startswith("isthmus: python -O is refused")


def test_a_bug_is_confessed_and_the_traceback_is_for_those_who_ask(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(_: object) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("compat.cli.planning.make_plan", mistaken)
    ended = here("plan", V1, V2)
    assert (ended.code, ended.out) == (Exit.BUG, "")
    assert ended.err.startswith("isthmus: this is a bug: ZeroDivisionError: of ours\n")
    assert "Traceback" not in ended.err
    monkeypatch.setenv("ISTHMUS_DEBUG", "1")
    assert "Traceback" in here("plan", V1, V2).err


def test_a_terminal_gets_colour_and_progress() -> None:
    shown = on_terminal(*PLAN)
    assert "\x1b[1;35mneeds-intent" in shown
    assert "planning …" in shown


def test_the_picture_of_versions_is_in_colour_on_a_terminal() -> None:
    shown = on_terminal("compat", "matrix", V1, V2)
    assert "\x1b[1;31mnot at all" in shown
    assert "planning: 1 of 1, v1 to v2 …" in shown


def test_a_name_that_commands_the_terminal_is_escaped() -> None:
    shown = on_terminal("compat", "plan", "\x1b[2Jspec.yaml", V2, NO_COLOR="1")
    assert "\x1b[2J" not in shown
    assert r"\u001b[2Jspec.yaml: cannot be read" in shown


def test_no_color_is_respected() -> None:
    shown = on_terminal(*PLAN, NO_COLOR="1")
    assert "needs-intent" in shown
    assert "\x1b[1;35m" not in shown
    assert "\x1b[35m" not in shown
