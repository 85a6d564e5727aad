"""A group whose copies are at several sites: each is told of, and one may take over."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as modes

from tests.core.cli.running import isthmus
from tests.core.driver.waiting import until
from tests.core.node.running import Node, node, status, until_state, workers
from tests.core.node.test_way import io

LONG = modes.default is modes.get_profile("long")
PIECE = 64 << 10


def settings(*others: Node) -> str:
    return "".join(f'[[sites]]\nurl = "{each.url}"\n' for each in others)


def image_of(found: Node, group: str) -> Path:
    with found.client() as client:
        return Path(client.get(f"/v1/groups/{group}").json()["volumes"][0]["image"])


def holds(found: Node, group: str, byte: int) -> bool:
    return image_of(found, group).read_bytes()[:PIECE] == bytes([byte]) * PIECE


def until_protected(group: str, *nodes: Node) -> None:
    for each in nodes:
        with each.client() as client:
            until_state(client, group, "protected")


def command(found: Node, *words: str) -> None:
    done = isthmus("--site", found.url, *words)
    assert done.code == 0, done.err


def made(left: Node, *copies: str) -> Any:
    words = ("--volume", f"data={left.images / 'data.img'}:1MiB", "--journal-size", "64MiB")
    command(left, "group", "create", "db", *words, *(f"--copy={each}" for each in copies))
    with left.client() as client:
        (group,) = client.get("/v1/groups").json()["groups"]
    return group


@pytest.mark.long
def test_one_of_two_copies_takes_over_and_the_other_follows_it() -> None:
    with (
        node(name="far") as far,
        node(settings(far), name="right") as right,
        node(settings(right, far)) as left,
    ):
        group = made(left, f"{right.url}:sync", far.url)
        number = group["id"]
        until_protected(number, left, right, far)
        io(group["volumes"][0]["uris"][0], "write -P 0xaa 0 64k", "flush")
        with left.client() as client:
            peers = status(client, number)["peers"]
            assert [(each["site"], each["mode"]) for each in peers] == [
                ("right", "sync"),
                ("far", "async"),
            ]
            assert [each["in_sync"] for each in peers] == [True, False]
        until(lambda: all(holds(each, number, 0xAA) for each in (right, far)))
        told = isthmus("--site", left.url, "copy", "add", "db", far.url)
        assert told.code == 0, told.err  # it is there already

        left.kill()
        for pid in workers(left):
            os.kill(pid, signal.SIGKILL)
        command(right, "failover", "db")
        refused = isthmus("--site", right.url, "copy", "add", "db", far.url)
        assert "left over, of production at left in epoch 1" in refused.err
        tried = isthmus("--site", right.url, "copy", "add", "db", far.url, "--dry-run")
        assert "its points go" in tried.err, tried.err
        with far.client() as there:
            assert there.get(f"/v1/groups/{number}").json()["production"] == "left"
        command(right, "copy", "add", "db", far.url, "--discard", "2")
        until_protected(number, right, far)
        with right.client() as client, far.client() as there:
            found = client.get(f"/v1/groups/{number}").json()
            assert (found["role"], found["epoch"]) == ("production", 2)
            assert [each["site"] for each in found["copies"]] == ["far"]
            copied = there.get(f"/v1/groups/{number}").json()
            assert (copied["role"], copied["epoch"], copied["production"]) == ("copy", 2, "right")
        io(found["volumes"][0]["uris"][0], "write -P 0xbb 0 64k", "flush")
        until(lambda: holds(far, number, 0xBB))

        left.start()
        with left.client() as client:
            until(lambda: "right has taken over" in " ".join(status(client, number)["reasons"]))
        assert holds(left, number, 0xAA)
        assert holds(far, number, 0xBB)


@pytest.mark.skipif(not LONG, reason="begins three nodes once more: in the long mode")
def test_a_group_of_one_copy_is_given_another() -> None:
    with (
        node(name="far") as far,
        node(name="right") as right,
        node(settings(right, far)) as left,
    ):
        group = made(left, f"{right.url}:sync")
        number = group["id"]
        until_protected(number, left, right)
        io(group["volumes"][0]["uris"][0], "write -P 0xaa 0 64k", "flush")
        command(left, "copy", "add", "db", far.url)
        until_protected(number, left, right, far)
        io(group["volumes"][0]["uris"][0], "write -P 0xab 0 64k", "flush")
        until(lambda: all(holds(each, number, 0xAB) for each in (right, far)))
