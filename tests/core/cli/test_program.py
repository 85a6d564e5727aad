"""One program: its commands, what they import, and how runs end."""

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import click
import pytest

from compat.errors import Exit
from core.cli.bookmark.group import COMMANDS as BOOKMARK
from core.cli.copy.group import COMMANDS as COPY
from core.cli.image.group import COMMANDS as IMAGE
from core.cli.journal.group import COMMANDS as JOURNAL
from core.cli.lazy import Entry
from core.cli.node.group import COMMANDS as NODE
from core.cli.plan.group import COMMANDS as PLAN
from core.cli.program import COMMANDS
from core.cli.site.group.group import COMMANDS as GROUP
from core.cli.site.operation.group import COMMANDS as OPERATION
from core.cli.volume.group import COMMANDS as VOLUME
from tests.compat.cli.running import PROCESS_S, ROOT, V1, V2, environment
from tests.core.cli.running import Here, isthmus, on_terminal
from tests.core.journals import Made, loaded

PATHS = (
    ("receive",),
    ("failover",),
    ("demote",),
    *(("journal", name) for name in JOURNAL),
    *(("bookmark", name) for name in BOOKMARK),
    *(("copy", name) for name in COPY),
    *(("image", name) for name in IMAGE),
    *(("volume", name) for name in VOLUME),
    *(("node", name) for name in NODE),
    *(("group", name) for name in GROUP),
    *(("operation", name) for name in OPERATION),
    *(("plan", name) for name in PLAN),
    *((name,) for name in ("protect", "rewind", "signature", "simulate", "status", "timeline")),
    ("verify",),
)
SITE = ("--site", "http://127.0.0.1:7480")
OF_A_SITE = (
    *(path for path in PATHS if path[0] in ("group", "operation", "status")),
    *((("bookmark", "add"), ("bookmark", "list"))),
    *(("image", name) for name in IMAGE),
    *(("copy", name) for name in ("add", "remove", "set")),
    *((("failover",), ("rewind",), ("signature",), ("verify",), ("volume", "resize"))),
    ("plan", "state"),
)
PRINTING = {
    *(("journal", name) for name in ("diff", "list", "rate", "show", "verify")),
    *(("bookmark", "add"), ("bookmark", "list"), ("rewind",), ("volume", "resize")),
    *(
        ("demote",),
        ("failover",),
        ("copy", "add"),
        ("copy", "remove"),
        ("copy", "set"),
        ("verify",),
    ),
    *(("signature",), ("simulate",), ("status",), ("timeline",), ("node", "token")),
    *(("group", name) for name in ("create", "list", "show")),
    *(("operation", name) for name in OPERATION),
    ("image", "list"),
    ("plan", "config"),
    ("plan", "placement"),
}
FINDING = {
    *(("journal", "verify"), ("plan", "config"), ("plan", "placement"), ("signature",)),
    *(("simulate",), ("status",), ("verify",)),
}


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return loaded(tmp_path_factory.mktemp("made"), (64 << 10,), seed=1, runs=40)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_has_an_example(here: Here, path: tuple[str, ...]) -> None:
    ended = here(*path, "--help")
    assert ended.code == Exit.OK
    examples = ended.out.partition("Example")[2].replace("--site http://127.0.0.1:7480 ", "")
    assert f"isthmus {' '.join(path)} " in f"{examples} ".replace("\n", " \n")


@pytest.mark.parametrize("path", OF_A_SITE, ids=" ".join)
def test_help_of_what_asks_a_site_says_so_in_its_example(here: Here, path: tuple[str, ...]) -> None:
    ended = here(*SITE, *path, "--help")
    assert ended.code == Exit.OK
    examples = ended.out.partition("Example")[2]
    assert f"isthmus {' '.join(SITE)} {' '.join(path)}" in examples
    for vague in ("TEXT", "INTEGER", "FLOAT"):
        assert vague not in ended.out


@pytest.mark.parametrize("path", [path for path in PATHS if path not in OF_A_SITE], ids=" ".join)
def test_what_is_for_this_machine_is_refused_for_a_site(here: Here, path: tuple[str, ...]) -> None:
    ended = here(*SITE, *path, "--help")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "leave --site out" in ended.err


@pytest.mark.parametrize(
    "words",
    [*((each, "list") for each in ("group", "image", "operation")), ("plan", "state"), ("status",)],
)
def test_what_asks_a_site_needs_one(here: Here, words: tuple[str, ...]) -> None:
    ended = here(*words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "name a site" in ended.err


def test_an_option_that_belongs_elsewhere_is_told_where(here: Here) -> None:
    for words, told in (
        (("status", "--site", "x"), "stands before the command: isthmus --site ... status"),
        (("failover", "db", "--planned"), "isthmus --site URL failover GROUP --planned"),
        ((*SITE, "image", "open", "db", "--scratch", "x"), "isthmus image open DIR --scratch"),
        (("status", "--nowhere"), "No such option '--nowhere'.\n"),
        ((*SITE, "group", "list", "--window"), "No such option '--window'.\n"),
    ):
        ended = here(*words)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
        assert told in ended.err


def test_help_of_what_a_node_does_too_says_so(here: Here) -> None:
    for path in (("failover",), ("image", "open"), ("volume", "resize")):
        told = "".join(f"--site URL {' '.join(path)} --help".split())
        assert told in "".join(here(*path, "--help").out.split())
        assert told not in "".join(here(*SITE, *path, "--help").out.split())


def test_these_are_all_of_them() -> None:
    alone = {path[0] for path in PATHS if len(path) == 1}
    assert {path[0] for path in PATHS} == set(COMMANDS) - {"compat"}
    for name in set(COMMANDS) - alone - {"compat"}:
        group = import_module(COMMANDS[name].module)
        assert {path[1] for path in PATHS if path[0] == name} == set(group.COMMANDS)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_tells_what_each_word_is_and_how_it_ends(here: Here, path: tuple[str, ...]) -> None:
    out = here(*path, "--help").out
    for vague in ("TEXT", "INTEGER", "FLOAT", "PATH ", "FILENAME"):
        assert vague not in out.replace("unix:PATH ", "").replace("=PATH ", "")
    codes = [line.split()[0] for line in out.partition("Exit codes:")[2].splitlines() if line]
    assert [int(each) for each in codes if each in "02"] == [Exit.OK, Exit.BAD_INPUT]
    assert ("1" in codes) is (path in FINDING)
    assert ("[text|json" in out) is (path in PRINTING)


@pytest.mark.parametrize(
    ("words", "table"),
    [
        *(((), COMMANDS), (("journal",), JOURNAL), (("bookmark",), BOOKMARK)),
        *((("image",), IMAGE), (("volume",), VOLUME), (("node",), NODE)),
        *((("copy",), COPY), (("plan",), PLAN)),
        *((("group",), GROUP), (("operation",), OPERATION)),
    ],
)
def test_help_lists_every_command(
    here: Here, words: tuple[str, ...], table: Mapping[str, Entry]
) -> None:
    listed = here(*words, "--help").out.partition("Commands:")[2]
    assert [line.split()[0] for line in listed.splitlines() if line.strip()] == sorted(table)
    for name, entry in table.items():
        module = import_module(entry.module)
        found = getattr(module, "command", None) or getattr(module, name)
        assert isinstance(found, click.Command)
        assert entry.help.endswith(".")


def test_the_toolkit_s_commands_are_the_same(here: Here) -> None:
    words = ("compat", "diff", V1, V2)
    other = subprocess.run(
        [sys.executable, "-m", "compat", *words],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert here(*words).out == other.stdout


@pytest.mark.parametrize(
    "words", [("compat", "diff", V1, V2), ("--help",), ("journal", "--help"), ("--version",)]
)
def test_nothing_of_the_core_is_imported_where_it_is_not_used(words: tuple[str, ...]) -> None:
    told = "import sys; from core.cli.program import run; run(sys.argv[1:]);"
    told += "print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", told, *words],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    names = set(done.stderr.split())
    allowed = {"core", "core.errors", "core.cli", "core.cli.lazy", "core.cli.program"}
    groups = {"core.cli.journal", "core.cli.journal.group"}
    mine = {name for name in names if name.partition(".")[0] == "core"}
    assert mine - (groups if words[0] == "journal" else set()) <= allowed
    assert "numpy" not in names


def test_assertions_are_not_to_be_left_out(journal: Made) -> None:
    ended = isthmus("journal", "list", journal.folder, PYTHONOPTIMIZE="1")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert ended.err.startswith("isthmus: python -O is refused")


@pytest.mark.parametrize("words", [("journal", "list"), ("timeline",), ("bookmark", "list")])
def test_what_is_no_journal_is_told(here: Here, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name, told in (
        ("gone", "there is no such folder"),
        ("file", "not a folder"),
        (".", "no journal: there is no journal.json in it"),
    ):
        ended = here(*words, tmp_path / name)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
        assert told in ended.err


def test_a_bug_is_confessed(here: Here, journal: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cli.journal.verify.verify", None)
    ended = here("journal", "verify", journal.folder)
    assert (ended.code, ended.out) == (Exit.BUG, "")
    assert ended.err.startswith("isthmus: this is a bug: TypeError")


@pytest.mark.parametrize("path", [("journal", "show"), ("journal", "list"), ("timeline",)])
def test_output_that_nobody_reads_ends_quietly(journal: Made, path: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "core", *path, str(journal.folder)],
            cwd=ROOT,
            env=environment(),
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            timeout=PROCESS_S,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (Exit.OUTPUT_CLOSED, b"")


def test_a_terminal_gets_colour_and_nothing_else_does(journal: Made) -> None:
    assert "\x1b[1mtime" in on_terminal("journal", "show", journal.folder)
    assert "\x1b[36m" in on_terminal("timeline", journal.folder)
    assert "\x1b[1m" not in on_terminal("journal", "show", journal.folder, NO_COLOR="1")
    assert "\x1b" not in isthmus("timeline", journal.folder).out
