"""Production is lost: its copy takes over, and what comes back is told that it is none any more."""

import json
import os
import signal
import time
from random import Random
from typing import Any

import pytest
from hypothesis import settings

from compat.errors import Exit
from tests.core.driver.waiting import until
from tests.core.node.running import ended, status, until_state, workers
from tests.core.node.test_way import io
from tests.core.node.two import Sites, journal, sites

LONG = settings.default is settings.get_profile("long")
KILLS = 10


def lose(both: Sites, group: dict[str, Any]) -> None:
    """The left site is gone: its node, and all that it had begun."""
    both.left.kill()
    for pid in workers(both.left):
        os.kill(pid, signal.SIGKILL)
    with both.there() as there:
        until(lambda: not status(there, group["id"])["peers"][0]["connected"])


def test_a_copy_becomes_production_and_production_of_before_is_told_so() -> None:
    with sites() as both:
        group = both.made("db", mode="sync")
        uri, number = group["volumes"][0]["uris"][0], group["id"]
        io(uri, "write -P 0xaa 0 64k", "write -P 0xab 64k 64k")
        refused = both.command("failover", "db")
        assert refused.code == Exit.BAD_INPUT
        assert "db is production here" in refused.err
        lose(both, group)

        dry = both.command("failover", "db", "--dry-run", "--format", "json", site="right")
        assert dry.code == 0, dry.err
        outlook = json.loads(dry.out)
        assert (outlook["epoch"], outlook["dry_run"], outlook["connected"]) == (2, True, False)
        with both.there() as there:
            assert status(there, number)["role"] == "copy"
        done = both.command("failover", "db", site="right")
        assert done.code == 0, done.err
        assert "db is production here, in epoch 2" in done.err

        with both.there() as there:
            until_state(there, number, "protected")
            found = there.get(f"/v1/groups/{number}").json()
            assert (found["role"], found["epoch"], found["production"]) == ("production", 2, None)
            assert found["journal"] == str(journal(both.right, number))
            new = found["volumes"][0]["uris"][0]
            io(new, "read -P 0xaa 0 64k", "read -P 0xab 64k 64k", "write -P 0xac 0 64k", "flush")
            again = there.post(f"/v1/groups/{number}/failover", json={})
            assert again.status_code == 409

        both.left.start()
        with both.here() as here:
            until(lambda: "epoch 2" in " ".join(status(here, number)["reasons"]))
            found = status(here, number)
            assert not found["protected"]
            assert found["epoch"] == 1
            assert "right has taken over in epoch 2" in found["reasons"][0]
            assert not found["peers"][0]["connected"]
            for is_dry, state in ((True, "succeeded"), (False, "failed")):  # nothing is waited for
                asked = {"site": both.url, "epoch": 1, "dry_run": is_dry}
                told = ended(here, here.post(f"/v1/groups/{number}/copies", json=asked).json())
                assert told["state"] == state, told
            assert "right has taken over db" in told["problem"]["detail"]
        io(new, "read -P 0xac 0 64k")
        kept = both.command("group", "delete", "db", "--discard-copy")
        assert kept.code == Exit.BAD_INPUT  # it is no copy, and nothing of it is lost
        assert "has it as production" in kept.err
        with both.there() as there:
            until_state(there, number, "protected")
            both.right.kill()
        both.start_right()
        with both.there() as there:
            until_state(there, number, "protected")
            assert status(there, number)["worker"]["adopted"]
        io(new, "read -P 0xac 0 64k")


@pytest.mark.skipif(not LONG, reason="kills whole nodes: in the long mode")
@pytest.mark.slow
def test_a_node_that_is_killed_while_it_takes_over_goes_on_with_it() -> None:
    rng = Random(5)
    for _ in range(KILLS):
        once_killed(rng.random() * 3.0)


def once_killed(after_s: float) -> None:
    with sites() as both:
        group = both.made("db", mode="sync")
        io(group["volumes"][0]["uris"][0], "write -P 0xaa 0 64k")
        lose(both, group)
        path = f"/v1/groups/{group['id']}/failover"
        with both.there() as there:
            begun = there.post(path, json={}).json()
            time.sleep(after_s)
        both.right.kill()
        both.start_right()
        with both.there() as there:
            while ended(there, begun)["state"] == "failed":  # what it had begun was still at it
                begun = there.post(path, json={}).json()
            until_state(there, group["id"], "protected")
            found = there.get(f"/v1/groups/{group['id']}").json()
            assert (found["role"], found["epoch"]) == ("production", 2)
            io(found["volumes"][0]["uris"][0], "read -P 0xaa 0 64k")


def test_a_copy_whose_points_are_open_is_not_taken_over() -> None:
    with sites() as both, both.there() as there:
        group = both.made("db")
        asked = {"group": group["id"], "at": "latest"}
        image = there.post("/v1/images", json=asked).json()
        begun = there.post(f"/v1/groups/{group['id']}/failover", json={}).json()
        done = ended(there, begun)
        assert done["state"] == "failed"
        assert "1 image of the group is open" in done["problem"]["detail"]
        withdrawn = there.delete(f"/v1/groups/{group['id']}/standby")
        assert withdrawn.status_code == 409  # a copy stands by for nobody
        assert there.delete(f"/v1/images/{image['id']}").status_code == 204
        both.until_protected(group["id"])
