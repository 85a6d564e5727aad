"""A copy that a group is to be without: it goes, is left over, and is asked for again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.driver.waiting import until
from tests.core.node.running import MIB, status
from tests.core.node.test_way import io
from tests.core.node.two import Sites, journal, sites


@pytest.fixture(scope="module")
def both() -> Iterator[Sites]:
    with sites() as found:
        yield found


def group_of(both: Sites, number: str, site: str) -> Any:
    client = both.here() if site == "left" else both.there()
    with client:
        return client.get(f"/v1/groups/{number}").json()


def reasons(both: Sites, number: str, site: str) -> str:
    client = both.here() if site == "left" else both.there()
    with client:
        return " ".join(status(client, number)["reasons"])


def test_a_copy_is_left_and_is_asked_for_again(both: Sites) -> None:
    number = both.made("db")["id"]
    uri = group_of(both, number, "left")["volumes"][0]["uris"][0]
    io(uri, "write -P 0xaa 0 64k", "flush")
    until(lambda: group_of(both, number, "right")["role"] == "copy")
    copy = both.there()
    with copy:
        until(lambda: status(copy, number)["end"] == 1, lambda: status(copy, number))

    tried = both.command("copy", "remove", "db", "right", "--dry-run", "--format", "json")
    assert tried.code == 0, tried.err
    told = json.loads(tried.out)
    assert (told["begins_anew"], told["received"], told["end"]) == (True, 1, 1)
    assert len(group_of(both, number, "left")["copies"]) == 1
    with both.here() as client:
        stale = client.delete(f"/v1/groups/{number}/copies/right", params={"epoch": 7})
        assert (stale.status_code, stale.json()["type"].rpartition(":")[2]) == (409, "conflict")

    done = both.command("copy", "remove", "db", both.url)
    assert done.code == 0, done.err
    assert "it begins at this site" in done.err
    with both.here() as client:
        until(lambda: status(client, number)["protected"], lambda: status(client, number))
    assert group_of(both, number, "left")["copies"] == []
    assert not journal(both.left, number).with_name(f"{number}.gone").exists()
    io(uri, "read -P 0xaa 0 64k", "write -P 0xbb 0 64k", "flush")
    added = both.command("bookmark", "add", "db", "alone")
    assert added.code == 0, added.err

    assert group_of(both, number, "right")["left_over"]
    until(lambda: "it is left over" in reasons(both, number, "right"))
    opened = both.command("image", "open", "db", "--at", "latest", "--writable", site="right")
    assert opened.code == 0, opened.err
    io(opened.out.strip(), "read -P 0xaa 0 64k")
    assert both.command("image", "close", opened.err.split()[-1], site="right").code == 0

    refused = both.command("copy", "add", "db", both.url)
    assert refused.code != 0
    assert "a copy that is left over, of production at left" in refused.err
    again = both.command("copy", "add", "db", both.url, "--discard", "1")
    assert again.code == 0, again.err
    both.until_protected(number)
    assert not group_of(both, number, "right")["left_over"]


def test_a_copy_whose_node_is_away_is_left_all_the_same(both: Sites) -> None:
    number = both.made("away", size=MIB)["id"]
    both.relay.cut()
    try:
        done = both.command("copy", "remove", "away", "right", "--format", "json")
        assert done.code == 0, done.err
        told = json.loads(done.out)
        assert (told["told"], bool(told["failure"])) == (False, True)
        with both.here() as client:
            until(lambda: status(client, number)["protected"], lambda: status(client, number))
    finally:
        both.relay.heal()
    assert not group_of(both, number, "right")["left_over"]
    until(lambda: "is not connected" in reasons(both, number, "right"))
    refused = both.command("copy", "add", "away", both.url)
    assert "its points would go" in refused.err  # what it was shipped is no history of now
