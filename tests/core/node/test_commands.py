"""The commands that ask a site, as people type them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from compat.errors import Exit
from tests.core.cli.running import Here, isthmus, on_terminal
from tests.core.driver.waiting import until
from tests.core.node.running import MIB, Node, node, token_settings
from tests.core.node.test_way import io

TOKEN = "t" * 40


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """A node, and the words that a command begins with."""
    file = tmp_path_factory.mktemp("secret") / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    file.chmod(0o600)
    with node(token_settings([("admin", TOKEN, "")])) as found:
        yield found, ("--site", found.url, "--token-file", str(file))


@pytest.fixture(scope="module")
def group(site: tuple[Node, tuple[str, ...]]) -> str:
    """The name of a group, as a command has made it."""
    found, words = site
    image = found.images / "data.img"
    made = isthmus(
        *(*words, "group", "create", "db", "--volume", f"data={image}:1MiB"),
        *("--journal-size", "64MiB", "--format", "json"),
    )
    assert made.code == 0, made.err
    told = json.loads(made.out)
    assert told["volumes"][0]["size"] == MIB
    until(lambda: isthmus(*words, "status", "db").code == 0)
    io(told["volumes"][0]["uris"][0], "write -P 0xaa 0 64k", "flush")
    return "db"


def test_a_group_is_listed_shown_and_well(
    here: Here, site: tuple[Node, tuple[str, ...]], group: str
) -> None:
    _, words = site
    assert here(*words, "group", "list").out.splitlines()[1].split()[:3] == ["db", "data", "1MiB"]
    shown = here(*words, "group", "show", group)
    assert "nbd+unix:///data?socket=" in shown.out
    assert here.json(*words, "group", "show", group)["name"] == group
    assert "protected" in here(*words, "status").out
    (one,) = here.json(*words, "status", group)["groups"]
    assert (one["state"], one["images"]) == ("protected", [])
    assert "\x1b[1mgroup" in on_terminal(*words, "status")


def test_points_are_named_opened_and_signed(
    here: Here, site: tuple[Node, tuple[str, ...]], group: str, tmp_path: Path
) -> None:
    found, words = site
    added = here(*words, "bookmark", "add", group, "good one", "--consistency", "application")
    assert added.err.startswith("good one: sequence 1, ")
    rows = here.json(*words, "bookmark", "list", group)["bookmarks"]
    assert [(each["name"], each["consistency"]) for each in rows] == [("good one", "application")]
    assert "good one" in here(*words, "bookmark", "list", group).out
    opened = here(*words, "image", "open", group, "--at", "bookmark:good one", "--writable")
    assert opened.code == 0, opened.err
    io(opened.out.strip(), "read -P 0xaa 0 64k", "write -P 1 0 4k")
    image = opened.err.split()[-1]
    assert image in here(*words, "status").out
    listed = here(*words, "image", "list", group).out.splitlines()[1].split()
    assert listed[:5] == [image, group, "open", "bookmark:good", "one"]
    assert listed[-1] == opened.out.strip()
    assert here(*words, "image", "close", image).code == 0
    assert image not in here(*words, "status").out
    assert here.json(*words, "image", "list")["images"] == []

    there = here(*words, "signature", f"{group}/data", "--format", "json")
    assert there.code == 0, there.err
    (tmp_path / "there.json").write_text(there.out, encoding="utf-8")
    alike = here("signature", found.images / "data.img", "--against", tmp_path / "there.json")
    assert alike.code == 0, alike.out
    io(here.json(*words, "group", "show", group)["volumes"][0]["uris"][0], "write -P 2 64k 4k")
    differs = here(*words, "signature", "data", "--against", tmp_path / "there.json", "--chunks")
    assert differs.code == Exit.FINDINGS, differs.err
    assert "64KiB differ" in differs.out


def test_a_range_of_several_parts_is_signed_as_one(
    here: Here,
    site: tuple[Node, tuple[str, ...]],
    group: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, words = site
    asked = (*words, "signature", f"{group}/data", "--granularity", "4KiB", "--length", "50KiB")
    whole = here.json(*asked)
    monkeypatch.setattr("core.cli.site.signature.PART_CHUNKS", 6)
    assert here.json(*asked) == whole


def test_what_was_begun_is_listed_and_shown_and_volumes_go_back(
    here: Here, site: tuple[Node, tuple[str, ...]], group: str
) -> None:
    _, words = site
    done = here(*words, "rewind", group, "--at", "sequence:1")
    assert done.code == 0, done.err
    assert "to undo it" in done.err
    rows = here.json(*words, "operation", "list", "--group", group)["operations"]
    assert {each["kind"] for each in rows} >= {"rewind"}
    (last,) = (each for each in rows if each["kind"] == "rewind")
    shown = here(*words, "operation", "show", last["id"]).out
    assert "succeeded" in shown
    assert "bytes       68KiB\n" in shown
    assert "resized" not in shown  # nothing was
    assert last["id"] in here(*words, "operation", "list", "--state", "succeeded").out
    assert here.json(*words, "operation", "cancel", last["id"])["state"] == "succeeded"
    grown = here(*words, "volume", "resize", group, "data", "2MiB")
    assert grown.err == "data: 2MiB\n"


def test_what_is_refused_is_told_with_what_to_do(
    here: Here, site: tuple[Node, tuple[str, ...]], group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, words = site
    for asked, what in (
        (("group", "show", "none"), "no group is called 'none'"),
        (("image", "open", group, "--at", "bookmark:none"), "no bookmark is called"),
        (("rewind", group, "--at", "bookmark:none"), "no bookmark is called"),
        (("group", "create", "x", "--volume", "nothing"), "not NAME=IMAGE"),
        (("signature", "none"), "there are db/data"),
        (("image", "open", group, "--at", "soon"), "write a time as"),
        (("image", "close", "../groups"), "no such path"),
        (("operation", "show", "none"), 'path/operation: "none" does not belong here'),
    ):
        ended = here(*words, *asked)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, ""), asked
        assert what in ended.err
    nobody = here("--site", found.url, "status")
    assert (nobody.code, nobody.out) == (Exit.BAD_INPUT, "")
    assert "A token is needed\n  name it by --token-file" in nobody.err
    monkeypatch.setenv("ISTHMUS_TOKEN", TOKEN[1:])
    assert "the token is none of this node" in here("--site", found.url, "status").err
    away = here("--site", "http://127.0.0.1:9", "status")
    assert "was not reached: Connection refused\n" in away.err
    for strange in ("127.0.0.1:7480", "unix:node.sock", "http:///", "right"):
        assert "this is no URL of a node" in here("--site", strange, "status").err
    monkeypatch.setenv("ISTHMUS_TOKEN", TOKEN)
    assert here("--site", found.url, "group", "list").code == 0
    heard = here("--site", "http://192.0.2.1:7480", "status")
    assert "would be heard by others" in heard.err


def test_a_token_that_others_may_read_is_refused(
    here: Here, site: tuple[Node, tuple[str, ...]], tmp_path: Path
) -> None:
    found, _ = site
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    (tmp_path / "token").chmod(0o644)
    told = here("--site", found.url, "--token-file", tmp_path / "token", "status")
    assert told.code == Exit.BAD_INPUT
    assert "others may have read the token" in told.err


def test_a_token_is_made_and_is_one(here: Here) -> None:
    told = here.json("node", "token", "ada", "--role", "operator")
    assert len(told["token"]) >= 40
    plain = here("node", "token", "ada")
    assert plain.out.strip() not in plain.err
    assert 'role = "viewer"' in plain.err


def test_status_is_watched_until_it_is_interrupted(
    here: Here, site: tuple[Node, tuple[str, ...]], group: str
) -> None:
    _, words = site
    process = subprocess.Popen(
        [sys.executable, "-m", "core", *words, "status", group, "--watch"],
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("group")
    assert process.stdout.readline().startswith("db")
    here(*words, "bookmark", "add", group, "while it is watched")
    io(here.json(*words, "group", "show", group)["volumes"][0]["uris"][0], "write 0 4k", "flush")
    assert process.stdout.readline().startswith("db")  # and no other heading
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == Exit.INTERRUPTED


def test_a_group_that_is_deleted_leaves_its_history(
    here: Here, site: tuple[Node, tuple[str, ...]], group: str
) -> None:
    found, words = site
    journal = here.json(*words, "group", "show", group)["journal"]
    told = here(*words, "group", "delete", group)
    assert told.code == 0, told.err
    assert journal in told.err
    assert here("journal", "list", journal).code == 0
    assert here.json(*words, "group", "list") == {"groups": []}
    assert (found.images / "data.img").exists()
