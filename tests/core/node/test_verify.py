"""A copy is compared by its node: what is spoilt under either side is named, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from core.driver.node.spec import contract
from core.errors import Exit
from tests.core.cli.running import Here
from tests.core.cli.test_signed import CHUNK, put
from tests.core.driver.waiting import until
from tests.core.node.running import MIB, ended
from tests.core.node.test_way import io
from tests.core.node.two import Sites, sites

LONG = settings.default is settings.get_profile("long")
SIZE = 8 * MIB


@pytest.fixture(scope="module")
def both() -> Iterator[Sites]:
    with sites() as found:
        yield found


@pytest.fixture(scope="module")
def db(both: Sites) -> Any:
    """A group whose volumes are full, and have a copy."""
    group = both.made("db", "data", "log", mode="sync", size=SIZE)
    for volume in group["volumes"]:
        io(volume["uris"][0], f"write -P 0x5a 0 {SIZE}", "flush")
    return group


def begun(both: Sites, group: Any, **asked: Any) -> Any:
    with both.here() as client:
        answer = client.post(f"/v1/groups/{group['id']}/copies/0/verify", json=asked)
    assert answer.status_code == 202, answer.text
    return answer.json()


def verified(both: Sites, group: Any, **asked: Any) -> Any:
    with both.here() as client:
        done = ended(client, begun(both, group, **asked))
    assert done["state"] == "succeeded", done
    return done["result"]


def image(both: Sites, group: Any, volume: int) -> Path:
    """Of a volume, at the right site."""
    with both.there() as client:
        found = client.get(f"/v1/groups/{group['id']}").json()
    return Path(found["volumes"][volume]["image"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_bits_that_flip_under_a_copy_are_named_with_their_span(
    here: Here, both: Sites, db: Any
) -> None:
    words = ("--site", both.left.url, "verify", "db")
    first = verified(both, db)
    assert (first["differing"], first["differences"], first["unsettled"]) == (0, [], [])
    assert (first["compared"], first["copy"]) == (2 * SIZE, "right")
    between = datetime.now(UTC)
    put(image(both, db, 0), 3 * MIB + 5000, b"\x5b")
    put(image(both, db, 1), SIZE - 1, b"\x58")
    spoilt = [("data", 3 * MIB + CHUNK, CHUNK), ("log", SIZE - CHUNK, CHUNK)]
    found = verified(both, db)
    places = [(each["volume"], each["offset"], each["length"]) for each in found["differences"]]
    assert (found["differing"], sorted(places)) == (2, spoilt)
    for each in found["differences"]:
        assert moment(each["since"]) < between < moment(each["until"])
    told = here(*words)
    assert told.code == Exit.FINDINGS
    for name, offset, length in spoilt:
        rows = [line.split() for line in told.out.splitlines() if line.startswith(name)]
        assert [row[1:4] for row in rows] == [[str(offset), str(length), "right"]]
    assert "2 ranges differ" in told.err
    for nth, at in ((0, 3 * MIB + 5000), (1, SIZE - 1)):
        put(image(both, db, nth), at, b"\x5a")
    assert here(*words, "--copy", "right").code == Exit.OK


@pytest.mark.skipif(not LONG, reason="compares slowly: in the long mode")
def test_one_that_is_cancelled_is_gone_on_with_and_tells_how_long_it_takes(
    both: Sites, db: Any
) -> None:
    operation = begun(both, db, rate=2 * MIB, anew=True)
    path = f"/v1/operations/{operation['id']}"
    with both.here() as client:
        until(lambda: client.get(path).json()["progress"]["left_s"] is not None)
        until(lambda: client.get(path).json()["progress"]["done"] >= 4 * MIB)
        done = client.get(path).json()["progress"]["done"]
        assert client.post(f"{path}/cancel").json()["state"] == "cancelled"
        again = ended(client, begun(both, db, rate=4 * MIB))
    assert again["state"] == "succeeded", again
    assert again["result"]["compared"] == 2 * SIZE
    assert done >= 4 * MIB


@pytest.mark.skipif(not LONG, reason="compares slowly: in the long mode")
def test_another_life_of_the_node_goes_on_with_it(both: Sites, db: Any) -> None:
    operation = begun(both, db, rate=2 * MIB, anew=True)
    path = f"/v1/operations/{operation['id']}"
    with both.here() as client:
        until(lambda: client.get(path).json()["progress"]["done"] >= 4 * MIB)
    both.left.kill()
    both.start_left()
    with both.here() as client:
        done = ended(client, operation)
    assert (done["state"], done["result"]["differing"]) == ("succeeded", 0), done


def test_what_has_no_copy_is_not_compared(both: Sites, db: Any) -> None:
    with both.here() as client, both.there() as there:
        path = f"/v1/groups/{db['id']}/copies"
        assert client.post(f"{path}/1/verify", json={}).status_code == 404
        assert client.post(f"{path}/0/verify", json={"rate": 0}).status_code == 400
        assert there.post(f"{path}/0/verify", json={}).status_code == 409
    assert any(each.id == "verifyCopy" for each in contract().operations)
