"""Nodes that are killed while a copy is made: what is asked for again comes to be, once."""

import threading
import time
from random import Random

import httpx
import pytest
from hypothesis import settings

from core.driver.lock import writer_of
from tests.core.driver.waiting import until
from tests.core.node.running import status
from tests.core.node.test_way import io
from tests.core.node.two import Sites, journal, sites

LONG = settings.default is settings.get_profile("long")
TRIALS, SEEDS = 4, 10


@pytest.mark.skipif(not LONG, reason="kills whole nodes: in the long mode")
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_whoever_is_killed_while_a_copy_is_made_there_is_one_and_it_is_well(seed: int) -> None:
    rng = Random(seed)
    with sites() as both:
        made: list[str] = []
        for nth in range(TRIALS):
            who = rng.choice(("left", "right", "both"))
            made.append(once_killed(both, f"db{nth}", who, rng.random() * 2.0))
            assert both.groups() == [made, made], who
        for number in made:
            both.until_protected(number)
        with both.here() as here:
            for number in made:
                uri = here.get(f"/v1/groups/{number}").json()["volumes"][0]["uris"][0]
                io(uri, "write -P 0x5a 0 64k", "flush")
                assert status(here, number)["in_sync"]
        images = sorted(both.right.images.rglob("data.img"))
        assert len(images) == TRIALS
        until(lambda: all(each.read_bytes()[: 64 << 10] == b"\x5a" * (64 << 10) for each in images))


def once_killed(both: Sites, name: str, who: str, after_s: float) -> str:
    """The id of a group, while whose copy was made somebody was killed."""
    asked, key = both.asked(name, mode="sync"), {"Idempotency-Key": name}

    def ask() -> None:
        try:
            with both.here() as client:
                client.post("/v1/groups", json=asked, headers=key)
        except httpx.TransportError:
            pass

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(after_s)
    if who != "right":
        both.left.kill()
    if who != "left":
        both.right.kill()
    thread.join()
    refuse_false_claims(both, name)
    if who != "left":
        both.start_right()
    if who != "right":
        both.left.start()
    with both.here() as client:
        answer = client.post("/v1/groups", json=asked, headers=key)
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["id"]
    both.until_protected(number)
    return number


def refuse_false_claims(both: Sites, name: str) -> None:
    """Production alone, however it got there, does not call itself protected."""
    if both.left.process is None:
        return
    with both.here() as client:
        for group in client.get("/v1/groups", params={"name": name}).json()["groups"]:
            found = status(client, group["id"])
            if found["protected"]:  # only while the copy's own process is there
                assert writer_of(journal(both.right, group["id"])) is not None
            else:
                assert found["reasons"] or found["state"] == "starting"
