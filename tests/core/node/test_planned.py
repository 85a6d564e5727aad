"""A planned switch: no write is lost, nothing is copied, and there is never a second production."""

import json
import time
from random import Random
from typing import Any

import pytest
from hypothesis import settings

from compat.errors import Exit
from core.stream.taken import TAKEN
from tests.core.driver.waiting import until
from tests.core.node.running import MIB, ended, status, until_state
from tests.core.node.test_failback import images
from tests.core.node.test_way import io
from tests.core.node.two import Sites, journal, sites

LONG = settings.default is settings.get_profile("long")


def uri_at(both: Sites, number: str, site: str) -> str:
    """Where hosts use the volume at a site, which is production."""
    with both.here() if site == "left" else both.there() as client:
        until_state(client, number, "protected")
        found = client.get(f"/v1/groups/{number}").json()
        assert found["role"] == "production"
    uri: str = found["volumes"][0]["uris"][0]
    return uri


def test_production_and_copy_change_places_and_back_again() -> None:
    with sites() as both:
        group = both.made("db", size=64 * MIB)
        number = group["id"]
        io(group["volumes"][0]["uris"][0], "write -P 0xaa 0 64k", "write -P 0xab 8M 64k")
        dry = both.command("failover", "db", "--planned", "--dry-run", site="right")
        assert dry.code == 0, dry.err
        with both.here() as here:
            assert status(here, number)["role"] == "production"
        told = both.command("failover", "db", "--planned", "--format", "json", site="right")
        assert told.code == 0, told.err
        assert json.loads(told.out)["epoch"] == 2
        uri = uri_at(both, number, "right")
        with both.here() as here, both.there() as there:
            until_state(here, number, "protected")
            assert status(here, number)["role"] == "copy"
            (peer,) = status(there, number)["peers"]
            assert peer["connected"]
        io(uri, "read -P 0xaa 0 64k", "read -P 0xab 8M 64k", "write -P 0xac 16M 64k", "flush")
        with both.here() as here:
            begun = here.post(f"/v1/groups/{number}/failover", json={"planned": True}).json()
            until((journal(both.left, number) / TAKEN).exists)
            both.relay.cut()
            until(lambda: "not its copy yet" in " ".join(status(here, number)["reasons"]))
            assert not status(here, number)["protected"]
            both.relay.heal()
            assert ended(here, begun)["state"] == "succeeded"
        uri = uri_at(both, number, "left")
        io(uri, "read -P 0xaa 0 64k", "read -P 0xab 8M 64k", "read -P 0xac 16M 64k")
        both.until_protected(number)
        with both.here() as here, both.there() as there:
            assert (status(here, number)["epoch"], status(there, number)["role"]) == (3, "copy")
        io(uri, "write -P 0xad 24M 64k", "flush")
        with both.here() as here:
            until(lambda: status(here, number)["peers"][0]["lag"]["writes"] == 0)
        until(lambda: len({*images(both, number)}) == 1)


@pytest.mark.skipif(not LONG, reason="begins nodes again and again: in the long mode")
@pytest.mark.slow
def test_where_it_cannot_be_production_goes_on() -> None:
    with sites() as both:
        group = both.made("db")
        number, uri = group["id"], group["volumes"][0]["uris"][0]
        io(uri, "write -P 0xaa 0 64k")
        with both.there() as there:
            asked = {"group": number, "at": "latest"}
            image = there.post("/v1/images", json=asked).json()
            begun = there.post(f"/v1/groups/{number}/failover", json={"planned": True}).json()
            assert ended(there, begun)["state"] == "failed"
            assert there.delete(f"/v1/images/{image['id']}").status_code == 204
        both.until_protected(number)
        with both.here() as here:
            assert (status(here, number)["role"], status(here, number)["epoch"]) == (
                *("production", 1),
            )
            order = {"epoch": 2, "node": number}
            assert here.put(f"/v1/groups/{number}/standby", json=order).status_code == 409
            wrong = {**order, "epoch": 3}
            assert here.put(f"/v1/groups/{number}/standby", json=wrong).status_code == 409
        io(uri, "read -P 0xaa 0 64k", "write -P 0xbb 0 64k")
        stale = both.command("failover", "db", "--planned", "--withdraw")
        assert stale.code == Exit.BAD_INPUT


@pytest.mark.skipif(not LONG, reason="begins nodes again and again: in the long mode")
@pytest.mark.slow
def test_who_stands_by_does_so_while_nothing_is_known() -> None:
    with sites() as both:
        group = both.made("db")
        number, uri = group["id"], group["volumes"][0]["uris"][0]
        io(uri, "write -P 0xaa 0 64k")
        with both.there() as there:
            node = there.get("/v1/node").json()["id"]
        with both.here() as here:
            both.relay.cut()
            assert (
                here.put(
                    f"/v1/groups/{number}/standby", json={"epoch": 2, "node": node}
                ).status_code
                == 200
            )
            both.left.kill()
        both.start_left()
        with both.here() as here:
            time.sleep(3.0)
            assert "stands by" in status(here, number)["reasons"][0]
        refused = both.command("failover", "db", "--withdraw")
        assert refused.code == Exit.BAD_INPUT
        both.relay.heal()
        both.until_protected(number)  # the other site says that it has not taken over
        io(uri, "read -P 0xaa 0 64k")


@pytest.mark.skipif(not LONG, reason="kills whole nodes: in the long mode")
@pytest.mark.slow
def test_either_node_may_be_killed_at_any_moment_of_it() -> None:
    rng = Random(7)
    for nth in range(8):
        once_killed(rng.random() * 4.0, is_left=nth % 2 == 0)


def once_killed(after_s: float, *, is_left: bool) -> None:
    with sites() as both:
        group = both.made("db", size=8 * MIB)
        number = group["id"]
        io(group["volumes"][0]["uris"][0], "write -P 0xaa 0 64k")
        path, asked = f"/v1/groups/{number}/failover", {"planned": True}
        with both.there() as there:
            begun = there.post(path, json=asked).json()
            time.sleep(after_s)
        if is_left:
            both.left.kill()
            both.start_left()
        else:
            both.right.kill()
            both.start_right()
        with both.here() as here, both.there() as there:
            ended(there, begun)
            until(lambda: len(served(here, there, number)) == 1)
            for _ in range(20):
                assert len(served(here, there, number)) <= 1
                time.sleep(0.1)
            (where,) = served(here, there, number)
        if where == "left":  # it was not done, and is when it is asked for again
            both.until_protected(number)
            done = both.command("failover", "db", "--planned", site="right")
            assert done.code == 0, done.err
        uri = uri_at(both, number, "right")
        io(uri, "read -P 0xaa 0 64k", "write -P 0xbb 1M 64k", "flush")


def served(here: Any, there: Any, number: str) -> list[str]:
    """The sites that serve hosts of the group."""
    found = []
    for site, client in (("left", here), ("right", there)):
        told = status(client, number)
        if told["role"] == "production" and told["worker"] is not None:
            found.append(site)
    return found
