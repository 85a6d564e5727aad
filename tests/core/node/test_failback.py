"""Production of before becomes a copy again, of what differs; and takes over in its turn."""

import json
import time
from typing import Any

import pytest
from hypothesis import settings

from compat.errors import Exit
from tests.core.driver.waiting import until
from tests.core.node.running import MIB, ended, status, until_state
from tests.core.node.test_failover import lose
from tests.core.node.test_way import io
from tests.core.node.two import Sites, journal, sites

LONG = settings.default is settings.get_profile("long")


def taken_over(both: Sites, group: dict[str, Any]) -> str:
    """Production is lost, and the right site takes over; returns where it is used there."""
    lose(both, group)
    done = both.command("failover", "db", site="right")
    assert done.code == 0, done.err
    with both.there() as there:
        until_state(there, group["id"], "protected")
        found = there.get(f"/v1/groups/{group['id']}").json()
    uri: str = found["volumes"][0]["uris"][0]
    return uri


def images(both: Sites, number: str) -> tuple[bytes, bytes]:
    left = both.left.images / "db-data.img"
    (right,) = (both.right.images / f"db-{number}").iterdir()
    return left.read_bytes(), right.read_bytes()


@pytest.mark.skipif(not LONG, reason="begins nodes again and again: in the long mode")
@pytest.mark.slow
def test_what_differs_is_copied_back_and_the_other_way_again() -> None:
    with sites() as both:
        group = both.made("db", mode="sync", size=64 * MIB)
        number, here_uri = group["id"], group["volumes"][0]["uris"][0]
        io(here_uri, "write -P 0xaa 0 64k", "write -P 0xab 8M 64k")
        uri = taken_over(both, group)
        io(uri, "write -P 0xba 20M 64k", "flush")
        both.start_left()
        with both.here() as here:
            until(lambda: "epoch 2" in " ".join(status(here, number)["reasons"]))
            io(here_uri, "write -P 0xcc 40M 64k", "flush")  # nobody has told this host

        add = ("copy", "add", "db", both.left_url, "--mode", "sync")
        dry = both.command(*add, "--dry-run", "--format", "json", site="right")
        assert dry.code == 0, dry.err
        found = json.loads(dry.out)["divergence"]
        assert (found["writes"], found["bytes"]) == (1, 64 << 10)
        assert found["ranges"] == [{"volume": "data", "offset": 40 * MIB, "length": 64 << 10}]
        refused = both.command(*add, site="right")
        assert refused.code == Exit.BAD_INPUT
        assert "1 write of 64KiB that hosts made at left" in refused.err
        stale = both.command(*add, "--discard", "1", site="right")
        assert stale.code == Exit.BAD_INPUT
        assert "the order is for epoch 1, and db is in epoch 2" in stale.err
        with both.here() as here:
            assert status(here, number)["role"] == "production"
            io(here_uri, "read -P 0xcc 40M 64k")

        done = both.command(*add, "--discard", "2", "--format", "json", site="right")
        assert done.code == 0, done.err
        assert 2 * MIB <= json.loads(done.out)["copied"] <= 4 * MIB  # of 64
        with both.here() as here, both.there() as there:
            until_state(here, number, "protected")
            until_state(there, number, "protected")
            assert (status(here, number)["role"], status(here, number)["epoch"]) == ("copy", 2)
        left, right = images(both, number)
        assert left == right
        io(uri, "read -P 0xaa 0 64k", "write -P 0xdd 1M 64k", "flush")
        assert journal(both.left, f"{number}.before-2").is_dir()

        both.right.kill()
        again = failed_back(both, number)
        io(again, "read -P 0xdd 1M 64k", "read -P 0xba 20M 64k", "read -P 0 40M 64k")
        io(again, "read -P 0xaa 0 64k", "read -P 0xab 8M 64k")


def failed_back(both: Sites, number: str) -> str:
    """The left site takes over again, where the right one is gone; what it is used by."""
    done = both.command("failover", "db")
    assert done.code == 0, done.err
    with both.here() as here:
        until_state(here, number, "protected")
        found = here.get(f"/v1/groups/{number}").json()
    assert (found["role"], found["epoch"]) == ("production", 3)
    uri: str = found["volumes"][0]["uris"][0]
    return uri


@pytest.mark.skipif(not LONG, reason="kills whole nodes: in the long mode")
@pytest.mark.slow
def test_either_node_may_be_killed_while_a_copy_is_added() -> None:
    for nth in range(4):
        once_killed(0.4 * (nth // 2), is_left=nth % 2 == 0)


def once_killed(after_s: float, *, is_left: bool) -> None:
    with sites() as both:
        group = both.made("db", mode="sync", size=16 * MIB)
        number = group["id"]
        io(group["volumes"][0]["uris"][0], "write -P 0xaa 0 64k")
        uri = taken_over(both, group)
        io(uri, "write -P 0xba 2M 64k", "flush")
        both.start_left()
        with both.here() as here:
            until(lambda: "epoch 2" in " ".join(status(here, number)["reasons"]))
        asked = {"site": both.left_url, "epoch": 2, "mode": "sync"}
        with both.there() as there:
            path = f"/v1/groups/{number}/copies"
            begun = there.post(path, json=asked).json()
            time.sleep(after_s)
        if is_left:
            both.left.kill()
            both.start_left()
        else:
            both.right.kill()
            both.start_right()
        with both.there() as there:
            while ended(there, begun)["state"] == "failed":
                begun = there.post(path, json=asked).json()
            until_state(there, number, "protected")
        left, right = images(both, number)
        assert left == right
