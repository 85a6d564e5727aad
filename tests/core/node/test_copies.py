"""A group over two sites: its copy is asked for, filled, told of truly, and goes when it should."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from compat.errors import Exit
from core.driver.control import ask
from tests.core.driver.waiting import until
from tests.core.node.running import MIB, status, words_of, workers
from tests.core.node.test_way import io
from tests.core.node.two import Sites, journal, sites

LONG = settings.default is settings.get_profile("long")


@pytest.fixture(scope="module")
def both() -> Iterator[Sites]:
    with sites() as found:
        yield found


@pytest.fixture(scope="module")
def db(both: Sites) -> Any:
    """A group with a copy, as a command has made it; what the right site has is 0xaa."""
    made = both.command(
        *("group", "create", "db", "--volume", f"data={both.left.images / 'data.img'}:1MiB"),
        *("--copy", f"{both.url}:sync", "--journal-size", "64MiB", "--format", "json"),
    )
    assert made.code == 0, made.err
    group = json.loads(made.out)
    both.until_protected(group["id"])
    io(group["volumes"][0]["uris"][0], "write -P 0xaa 0 64k", "flush")
    return group


def shown(both: Sites, site: str) -> Any:
    """How the group is, as the command tells it."""
    told = both.command("status", "db", "--format", "json", site=site)
    (found,) = json.loads(told.out)["groups"]
    return found


def test_each_site_tells_its_role_the_other_site_and_the_lag(both: Sites, db: Any) -> None:
    until(lambda: shown(both, "right")["lag"]["writes"] == 0, lambda: shown(both, "right"))
    here, there = shown(both, "left"), shown(both, "right")
    assert (here["role"], there["role"]) == ("production", "copy")
    assert (here["epoch"], there["epoch"]) == (1, 1)
    for each, site, role in ((here, "right", "copy"), (there, "left", "production")):
        assert (each["protected"], each["in_sync"], each["reasons"]) == (True, True, [])
        (peer,) = each["peers"]
        assert (peer["site"], peer["role"], peer["mode"]) == (site, role, "sync")
        assert peer["connected"]
        assert each["lag"]["writes"] == 0
    assert (here["lag"]["bytes"], here["lag"]["seconds"]) == (0, 0.0)
    parts = {each.partition("_")[0] for each in here["lag"]["parts"]}
    assert (parts, there["lag"]["parts"]) == (
        {"splitter", "queue", "wire", "remote", "apply", "regulation"},
        {},
    )
    assert here["peers"][0]["state"] == "shipping"
    assert there["peers"][0]["state"] == "distributing"
    assert here["end"] == there["end"] == here["peers"][0]["received"]
    assert "production (sync right)" in both.command("status").out
    assert "copy of   production at left" in both.command("group", "show", "db", site="right").out
    assert both.groups() == [[db["id"]], [db["id"]]]


def test_points_are_at_the_copy(both: Sites, db: Any) -> None:
    uri = db["volumes"][0]["uris"][0]
    added = both.command("bookmark", "add", "db", "good")
    assert added.code == 0, added.err
    io(uri, "write -P 0xbb 0 64k", "flush")
    listed = "bookmark", "list", "db"
    until(lambda: "good" in both.command(*listed, site="right").out)
    opened = both.command(
        "image", "open", "db", "--at", "bookmark:good", "--writable", site="right"
    )
    assert opened.code == 0, opened.err
    io(opened.out.strip(), "read -P 0xaa 0 64k")
    assert both.command("image", "close", opened.err.split()[-1], site="right").code == 0
    copy = Path(shown_group(both, "right")["volumes"][0]["image"])
    until(lambda: copy.read_bytes()[: 64 << 10] == b"\xbb" * (64 << 10))
    io(uri, "write -P 0xaa 0 64k", "flush")


def peer(both: Sites, site: str = "left") -> Any:
    (found,) = shown(both, site)["peers"]
    return found


def worker_says(both: Sites, db: Any) -> Any:
    """Of the copy, asked by the socket of its folder."""
    return ask(journal(both.left, db["id"]), "status")["copy"]


def changed(both: Sites, *words: str, where: str = "right") -> Any:
    told = both.command("copy", "set", "db", where, *words, "--format", "json")
    assert told.code == 0, told.err
    (copy,) = json.loads(told.out)["copies"]
    return copy


def test_a_copy_is_fed_in_another_way_at_once_and_after_a_restart(both: Sites, db: Any) -> None:
    number = db["id"]
    pid, there = (shown(both, site)["worker"]["pid"] for site in ("left", "right"))
    changed(both, "--mode", "async")
    os.kill(there, signal.SIGSTOP)
    try:
        io(db["volumes"][0]["uris"][0], "write -P 0xaa 0 512k")
        until(lambda: peer(both)["regulation"]["worst"]["lag"]["value"] >= 512 << 10)
    finally:
        os.kill(there, signal.SIGCONT)
    copy = changed(both, "--mode", "semi-sync", "--within", "1MiB", "--bandwidth", "64MiB")
    assert (copy["mode"], copy["within"], copy["bandwidth"]) == ("semi-sync", MIB, "64MiB")
    found = worker_says(both, db)
    assert (found["mode"], found["within"], found["bandwidth"]) == ("semi-sync", MIB, "64MiB")
    until(lambda: peer(both, "right")["mode"] == "semi-sync", lambda: peer(both, "right"))
    bounds = ("--lag", "8MiB", "--lag-time", "90s", "--unapplied", "16MiB")
    changed(both, *bounds, where=both.url)
    assert worker_says(both, db)["policy"] == "regulate"
    changed(both, "--policy", "block")
    wanted = {"lag": 8 * MIB, "lag_seconds": 90, "unapplied": 16 * MIB}
    assert (peer(both)["policy"], peer(both)["bounds"]) == ("block", wanted)
    worst = peer(both)["regulation"]["worst"]
    assert set(worst) == set(wanted)
    for name, high in wanted.items():
        assert worst[name]["margin"] == pytest.approx(high - worst[name]["value"], abs=0.002)
    assert "hosts wrote" in worst["lag"]["cause"]

    ask(journal(both.left, number), "copy mode", mode="async", within=None)  # by hand
    until(lambda: worker_says(both, db)["mode"] == "semi-sync")
    assert shown(both, "left")["worker"]["pid"] == pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: (shown(both, "left")["worker"] or {}).get("pid") not in (None, pid))
    both.until_protected(number)
    words = words_of(Path(f"/proc/{shown(both, 'left')['worker']['pid']}/cmdline")).split(b"\0")
    assert {b"--mode=semi-sync", b"--copy-policy=block", b"--copy-lag-time=90000000000ns"} <= {
        *words
    }
    found = worker_says(both, db)
    assert (found["within"], found["bandwidth"], found["policy"]) == (MIB, "64MiB", "block")
    assert found["bounds"] == {"lag": 8 * MIB, "lag_time": 90 * 10**9, "unapplied": 16 * MIB}
    shows = both.command("group", "show", "db").out
    assert "semi-sync within 1MiB, bandwidth 64MiB, policy block --lag 8MiB" in shows
    changed(both, "--mode", "sync", "--bandwidth", "none", "--policy", "none")
    until(lambda: peer(both, "right")["mode"] == "sync", lambda: peer(both, "right"))
    both.until_protected(number)


@pytest.mark.parametrize(
    ("place", "asked", "code", "what"),
    [
        ("left", {"mode": "sync"}, 404, "no site left keeps a copy"),
        ("1", {"mode": "sync"}, 404, "no site 1 keeps a copy"),
        ("0", {"mode": "async", "within": MIB}, 422, "it has no window"),
        ("0", {"bandwidth": "fast"}, 422, "is no size"),
        ("0", {"bandwidth": "1KiB"}, 422, "a link cannot be kept"),
        ("right", {"policy": "block", "bounds": {}}, 422, "has no bound"),
        ("right", {"bounds": {"lag": 1}}, 400, "is less than 4194304"),
        ("right", {}, 400, ""),
    ],
)
def test_what_a_copy_cannot_be_is_refused_and_changes_nothing(
    both: Sites, db: Any, place: str, asked: Any, code: int, what: str
) -> None:
    path = f"/v1/groups/{db['id']}"
    with both.here() as here, both.there() as there:
        before = here.get(path).json()
        answer = here.patch(f"{path}/copies/{place}", json=asked)
        assert answer.status_code == code, answer.text
        assert what in answer.json()["detail"]
        stale = {"If-Match": f'"{before["revision"] - 1}"'}
        late = here.patch(f"{path}/copies/0", json={"mode": "async"}, headers=stale)
        assert late.status_code == 412
        assert here.get(path).json() == before
        of_copy = there.patch(f"{path}/copies/0", json={"mode": "async"})
        assert of_copy.status_code == 409


def test_what_is_wanted_of_a_copy_that_is_away_is_told_when_it_is_back(
    both: Sites, db: Any
) -> None:
    both.relay.cut()
    changed(both, "--mode", "async")
    assert worker_says(both, db)["mode"] == "async"
    assert peer(both, "right")["mode"] == "sync"
    both.relay.heal()
    until(lambda: peer(both, "right")["mode"] == "async", lambda: peer(both, "right"))
    changed(both, "--mode", "sync")


def shown_group(both: Sites, site: str) -> Any:
    return json.loads(both.command("group", "show", "db", "--format", "json", site=site).out)


def test_a_volume_that_grows_grows_there_and_a_copy_is_not_asked_for_what_is_production_s(
    both: Sites, db: Any
) -> None:
    assert both.command("volume", "resize", "db", "data", "2MiB").code == 0
    until(lambda: shown_group(both, "right")["volumes"][0]["size"] == 2 * MIB)
    assert shown_group(both, "right")["volumes"][0]["uris"] == []
    for words, remedy in (
        (("bookmark", "add", "db", "x"), "ask the site left"),
        (("rewind", "db", "--at", "latest"), "open an image of the point instead"),
        (("volume", "resize", "db", "data", "4MiB"), "ask the site left"),
        (("failover", "db", "--withdraw"), "ask the site left"),
    ):
        told = both.command(*words, site="right")
        assert told.code == Exit.BAD_INPUT
        assert "db is a copy here" in told.err
        assert remedy in told.err
    refused = both.command("rewind", "db", "--at", "latest")
    assert "in place this group is not taken back" in refused.err
    assert db["id"] in both.groups()[1]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda body, _: body["copies"].append(body["copies"][0]), "two copies are at"),
        (lambda body, _: body["copies"].extend(4 * body["copies"]), "a group has 4 at most"),
        (lambda body, _: body["copies"][0].update(site="http://127.0.0.1:1"), "no such site"),
        (lambda body, _: body["retention"].update(ladder="2h:all 7d:1h"), "not thinned out yet"),
        (lambda body, _: body.update(name="there"), "there is a group that is called there"),
        (lambda _, both: both.relay.cut(), "the site was not reached"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(both: Sites, change: Any, what: str) -> None:
    with both.here() as here, both.there() as there:
        if not there.get("/v1/groups", params={"name": "there"}).json()["groups"]:
            volume = {"name": "v", "image": str(both.right.images / "v.img"), "size": MIB}
            body = {"name": "there", "volumes": [volume]}
            assert there.post("/v1/groups", json=body).status_code == 201
        before = both.groups()
        asked = both.asked("refused")
        change(asked, both)
        answer = here.post("/v1/groups", json=asked)
        both.relay.heal()
    assert answer.status_code in (400, 409, 422)
    assert what in answer.json()["detail"]
    assert both.groups() == before
    assert not (both.left.images / "refused-data.img").exists()


def test_a_token_that_is_none_is_refused_and_told_to_nobody() -> None:
    canary = "canary-Zr8Lk0TnB4sWc7E5vXq2"
    with sites(canary) as both, both.here() as here:
        answer = here.post("/v1/groups", json=both.asked("db"))
        assert answer.status_code == 422
        assert "the token is none of this node" in answer.json()["detail"]
        assert both.groups() == [[], []]
        assert canary not in answer.text + both.left.log.read_text("utf-8")


def test_a_site_of_the_same_name_keeps_no_copy(both: Sites) -> None:
    both.right.end()
    config = both.right.config.read_text("utf-8")
    try:
        both.right.config.write_text(config.replace('"right"', '"left"', 1), "utf-8")
        both.start_right()
        with both.here() as here:
            answer = here.post("/v1/groups", json=both.asked("twin"))
        assert answer.status_code == 422
        assert "that site is called left, as this one is" in answer.json()["detail"]
        both.right.end()
    finally:
        both.right.config.write_text(config, "utf-8")
        both.start_right()


@pytest.mark.long
def test_what_is_well_is_said_only_while_each_end_of_it_is() -> None:
    with sites() as both, both.here() as here, both.there() as there:
        group = both.made("db")["id"]
        pid = status(there, group)["worker"]["pid"]
        os.kill(pid, signal.SIGSTOP)
        try:
            until(lambda: not status(here, group)["protected"], lambda: status(here, group))
            until(lambda: "does not answer" in " ".join(status(here, group)["reasons"]))
        finally:
            os.kill(pid, signal.SIGCONT)
        both.until_protected(group)

        both.relay.cut()
        until(lambda: not status(here, group)["protected"], lambda: status(here, group))
        found = status(here, group)
        assert found["peers"][0]["connected"]
        assert found["peers"][0]["role"] is None
        assert "it is not known how the copy at right is" in found["reasons"][0]
        both.relay.heal()
        both.until_protected(group)

        os.kill(status(here, group)["worker"]["pid"], signal.SIGSTOP)
        here_pid = status(here, group)["worker"]["pid"]
        try:
            until(lambda: not status(there, group)["protected"], lambda: status(there, group))
            reasons = status(there, group)["reasons"]
            assert reasons == ["production at left is not connected"]
            assert status(there, group)["peers"][0]["role"] is None
        finally:
            os.kill(here_pid, signal.SIGCONT)
        both.until_protected(group)


@pytest.mark.skipif(not LONG, reason="kills whole nodes: in the long mode")
def test_both_nodes_are_killed_and_the_next_take_over_what_runs() -> None:
    with sites() as both:
        group = both.made("db", mode="sync")
        uri = group["volumes"][0]["uris"][0]
        with both.here() as here, both.there() as there:
            before = [status(each, group["id"])["worker"]["pid"] for each in (here, there)]
        both.left.kill()
        both.right.kill()
        io(uri, "write -P 0xcc 0 64k", "flush")
        both.start_right()
        both.left.start()
        both.until_protected(group["id"])
        with both.here() as here, both.there() as there:
            for client, pid in zip((here, there), before, strict=True):
                told = status(client, group["id"])
                assert told["worker"] == {"pid": pid, "restarts": 0, "adopted": True}
            for pid in before:  # and what does not run is begun again
                os.kill(pid, signal.SIGKILL)
        both.until_protected(group["id"])
        image = next(both.right.images.rglob("data.img"))
        until(lambda: image.read_bytes()[: 64 << 10] == b"\xcc" * (64 << 10))
        io(uri, "read -P 0xcc 0 64k")


@pytest.mark.long
def test_a_copy_stays_when_production_is_deleted_and_goes_where_that_is_asked_for() -> None:
    with sites() as both, both.there() as there:
        kept, gone = both.made("kept"), both.made("gone")
        told = both.command("group", "delete", "kept")
        assert told.code == 0, told.err
        assert "its copy stays at right" in told.err
        until(lambda: not status(there, kept["id"])["peers"][0]["connected"])
        assert not status(there, kept["id"])["protected"]
        assert both.command("timeline", "kept", site="right").code == Exit.BAD_INPUT
        listed = there.get(f"/v1/groups/{kept['id']}/timeline")
        assert listed.status_code == 200

        both.relay.cut()
        away = both.command("group", "delete", "gone", "--discard-copy")
        assert away.code == Exit.BAD_INPUT
        assert "was not reached" in away.err
        assert both.groups()[0] == [gone["id"]]
        both.relay.heal()
        right, both.relay.to = both.relay.to, int(both.left.url.rpartition(":")[2])
        other = both.command("group", "delete", "gone", "--discard-copy")
        assert other.code == Exit.BAD_INPUT
        assert "another node than right answers there" in other.err
        assert both.groups()[0] == [gone["id"]]
        both.relay.to = right
        done = both.command("group", "delete", "gone", "--discard-copy", "--discard-history")
        assert done.code == 0, done.err
        assert both.groups() == [[], [kept["id"]]]
        assert not journal(both.right, gone["id"]).exists()
        assert [each.name for each in both.right.images.iterdir()] == [f"kept-{kept['id']}"]
        assert (both.left.images / "gone-data.img").exists()

        path = f"/v1/groups/{kept['id']}"
        assert there.delete(path, params={"history": "discard"}).status_code == 204
        assert [*both.right.images.iterdir()] == []
        assert workers(both.right) == []
