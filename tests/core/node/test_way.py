"""The whole way: a group is made over HTTP, hosts use its volumes over NBD, and get points back."""

import json
import time
from typing import Any

import httpx
import pytest

from core.driver.node.store import SqliteStore
from core.site.retry import Request
from tests.core.cli.running import isthmus
from tests.core.driver.programs import run
from tests.core.driver.waiting import until
from tests.core.node.running import MIB, Node, ended, made, new_group, status, until_state


@pytest.fixture(scope="module")
def db(left: Node, asking: httpx.Client) -> dict[str, Any]:
    """A group of two volumes, of which A was bookmarked, and B is the latest."""
    group = made(left, asking, "db", "data", "log")
    (data, log) = (volume["uris"][0] for volume in group["volumes"])
    io(data, "write -P 0xaa 0 64k", "flush")
    io(log, "write -P 0xa1 4k 4k", "flush")
    answer = asking.post(f"/v1/groups/{group['id']}/bookmarks", json={"name": "A"})
    assert answer.status_code == 201
    assert answer.json()["sequence"] == 2
    io(data, "write -P 0xbb 0 64k", "flush")
    return group


def io(uri: str, *commands: str) -> None:
    told = run("qemu-io", "-f", "raw", *(word for each in commands for word in ("-c", each)), uri)
    assert "failed" not in told, told


def test_a_group_is_listed_and_shown_with_its_revision(
    asking: httpx.Client, db: dict[str, Any]
) -> None:
    shown = asking.get(f"/v1/groups/{db['id']}")
    assert shown.json() == db
    assert shown.headers["etag"] == f'"{db["revision"]}"'
    assert asking.get("/v1/groups", params={"name": "db"}).json()["groups"] == [db]
    assert asking.get("/v1/groups", params={"name": "none"}).json() == {"groups": [], "next": None}


def test_its_status_is_of_now(asking: httpx.Client, db: dict[str, Any]) -> None:
    found = status(asking, db["id"])
    assert (found["state"], found["reasons"]) == ("protected", [])
    assert found["end"] >= 3


def test_a_bookmark_that_was_made_though_nobody_was_told_is_found_by_who_asks_again(
    left: Node, asking: httpx.Client, db: dict[str, Any]
) -> None:
    path, sent = f"/v1/groups/{db['id']}/bookmarks", b'{"name": "B"}'
    assert isthmus("bookmark", "add", db["journal"], "B").code == 0
    headers = {"Content-Type": "application/json", "Idempotency-Key": "b"}
    begun = Request.of("", "b", "addBookmark", path, sent).begun(now_ns=time.time_ns())
    store = SqliteStore(left.state / "site.db")
    store.commit([begun])
    store.close()
    told = asking.post(path, content=sent, headers=headers)
    assert (told.status_code, told.json()["name"]) == (201, "B")
    assert asking.post(path, content=sent, headers=headers).text == told.text
    assert asking.post(path, content=sent, headers={**headers, "Idempotency-Key": "c"}).is_error
    names = [each["name"] for each in asking.get(path).json()["bookmarks"]]
    assert names == ["A", "B"]


def test_a_point_is_an_image_and_what_is_written_on_it_is_forgotten(
    left: Node, asking: httpx.Client, db: dict[str, Any]
) -> None:
    asked = {"group": db["id"], "at": "bookmark:A", "writable": True}
    answer = asking.post("/v1/images", json=asked)
    assert answer.status_code == 201, answer.text
    image = answer.json()
    assert (image["state"], image["sequence"]) == ("open", 2)
    (data, log) = image["uris"]
    io(data, "read -P 0xaa 0 64k", "write -P 1 0 4k", "read -P 1 0 4k")
    io(log, "read -P 0xa1 4k 4k", "read -P 0 8k 4k")
    io(db["volumes"][0]["uris"][0], "read -P 0xbb 0 64k")
    listed = asking.get("/v1/images", params={"group": db["id"]}).json()["images"]
    assert listed == [image]
    assert asking.delete(f"/v1/groups/{db['id']}").status_code == 409
    path = answer.headers["location"]
    assert asking.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert asking.delete(path, headers={"If-Match": answer.headers["etag"]}).status_code == 204
    assert asking.get(path).status_code == 404
    assert not (left.state / "scratch" / image["id"]).exists()


def test_a_point_that_is_not_there_is_refused_with_what_to_do(
    asking: httpx.Client, db: dict[str, Any]
) -> None:
    answer = asking.post("/v1/images", json={"group": db["id"], "at": "bookmark:none"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "no bookmark is called 'none'" in answer.json()["detail"]
    assert asking.get("/v1/images").json()["images"] == []


def test_the_timeline_has_what_was_written_and_named(
    asking: httpx.Client, db: dict[str, Any]
) -> None:
    told = asking.get(f"/v1/groups/{db['id']}/timeline").json()
    assert told["volumes"] == ["data", "log"]
    assert [each["name"] for each in told["bookmarks"]][:1] == ["A"]
    assert asking.get(f"/v1/groups/{db['id']}/bookmarks").json()["bookmarks"][0]["sequence"] == 2


def test_a_signature_is_what_the_command_makes_of_the_image(
    left: Node, asking: httpx.Client, db: dict[str, Any]
) -> None:
    path = f"/v1/groups/{db['id']}/volumes/data/signature"
    begun = asking.post(path, json={"offset": 4096, "length": 128 << 10, "granularity": 4096})
    assert begun.status_code == 202
    done = ended(asking, begun.json())
    assert done["state"] == "succeeded", done
    assert done["progress"] == {"done": 128 << 10, "total": 128 << 10, "left_s": None}
    told = asking.get(f"/v1/operations/{done['id']}/signatures").json()
    assert len(told["signatures"]) == 32
    words = ("--offset", "4096", "--length", "128KiB", "--granularity", "4096", "--format", "json")
    alone = json.loads(command("signature", str(left.images / "db-data.img"), *words))
    assert (told["root"], told["signatures"]) == (alone["root"], alone["signatures"])
    assert asking.post(path, json={"length": 1 << 40, "granularity": 4096}).status_code == 422


def command(*words: str) -> str:
    done = isthmus(*words)
    assert done.code == 0, done.err
    return done.out


def test_a_rewind_gives_back_and_can_be_undone(asking: httpx.Client, db: dict[str, Any]) -> None:
    uri = db["volumes"][0]["uris"][0]
    begun = asking.post(f"/v1/groups/{db['id']}/rewind", json={"at": "bookmark:A"})
    assert begun.status_code == 202, begun.text
    done = ended(asking, begun.json())
    assert done["state"] == "succeeded", done
    io(uri, "read -P 0xaa 0 64k")
    undone = {"at": f"sequence:{done['result']['before']}", "deadline_s": 600}
    begun = asking.post(f"/v1/groups/{db['id']}/rewind", json=undone)
    assert ended(asking, begun.json())["state"] == "succeeded"
    io(uri, "read -P 0xbb 0 64k")
    cancelled = asking.post(f"/v1/operations/{begun.json()['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "succeeded")


def test_a_volume_grows_on_the_revision_that_was_meant(
    asking: httpx.Client, db: dict[str, Any]
) -> None:
    path = f"/v1/groups/{db['id']}/volumes/log"
    before = asking.get(f"/v1/groups/{db['id']}")
    headers = {"If-Match": before.headers["etag"]}
    grown = asking.patch(path, json={"size": 2 * MIB}, headers=headers)
    assert grown.status_code == 200, grown.text
    assert [each["size"] for each in grown.json()["volumes"]] == [MIB, 2 * MIB]
    assert asking.patch(path, json={"size": 3 * MIB}, headers=headers).status_code == 412
    assert asking.patch(path, json={"size": 3 * MIB + 1}).status_code == 400
    assert asking.patch(f"{path}x", json={"size": 3 * MIB}).status_code == 404
    io(db["volumes"][1]["uris"][0], "write -P 0xcc 1M 4k")


def test_what_changes_is_told_and_what_was_missed_is_told_again(
    left: Node, asking: httpx.Client
) -> None:
    revision = asking.get("/v1/groups").json()["groups"][-1]["revision"]
    group = made(left, asking, "told")
    until(lambda: 'isthmus_groups{state="protected"} 2' in asking.get("/metrics").text)
    assert asking.delete(f"/v1/groups/{group['id']}").status_code == 204
    seen = []
    with asking.stream("GET", "/v1/events", headers={"Last-Event-ID": str(revision)}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                event = json.loads(line.removeprefix("data: "))
                if event["id"] == group["id"]:
                    seen.append(
                        (event["kind"], event["document"] and event["document"].get("state"))
                    )
                if seen[-1:] == [("status", None)]:
                    break
    assert seen[0] == ("group", None)
    assert ("status", "protected") in seen
    with asking.stream("GET", "/v1/events", headers={"Last-Event-ID": str(1 << 40)}) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: reset"


def test_pages_have_all_of_them_once(left: Node, asking: httpx.Client) -> None:
    names = ["p1", "p2", "p3"]
    for name in names:
        assert asking.post("/v1/groups", json=new_group(left, name, "v")).status_code == 201
    found, cursor = [], None
    while True:
        query = {"limit": "2"} if cursor is None else {"limit": "2", "cursor": cursor}
        page = asking.get("/v1/groups", params=query).json()
        assert len(page["groups"]) <= 2
        found += [each["name"] for each in page["groups"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert [name for name in found if name in names] == names
    for each in asking.get("/v1/groups").json()["groups"]:
        if each["name"] in names:
            until_state(asking, each["id"], "protected")
            gone = asking.delete(f"/v1/groups/{each['id']}", params={"history": "discard"})
            assert gone.status_code == 204
            assert not (left.state / "journals" / each["id"]).exists()
            assert (left.images / f"{each['name']}-v.img").stat().st_size == MIB


def test_what_cannot_be_a_group_is_none(left: Node, asking: httpx.Client) -> None:
    group = made(left, asking, "taken")
    before = sorted(left.images.iterdir())
    for body, code in (
        (new_group(left, "taken", "other"), 409),
        (
            {
                **new_group(left, "twice", "a"),
                "volumes": new_group(left, "taken", "data")["volumes"],
            },
            409,
        ),
        (new_group(left, "same", "a", "a"), 400),
        ({"name": "out", "volumes": [{"name": "a", "image": "/etc/passwd"}]}, 422),
        (
            {"name": "up", "volumes": [{"name": "a", "image": f"{left.images}/../x", "size": MIB}]},
            422,
        ),
        ({"name": "new", "volumes": [{"name": "a", "image": f"{left.images}/none.img"}]}, 422),
        (
            {"name": "new\n", "volumes": [{"name": "a", "image": f"{left.images}/n", "size": MIB}]},
            400,
        ),
        (
            {
                "name": "odd",
                "volumes": [{"name": "a", "image": f"{left.images}/n", "size": MIB + 1}],
            },
            400,
        ),
        (
            {
                "name": "own",
                "volumes": [{"name": "a", "image": f"{left.state}/x.img", "size": MIB}],
            },
            422,
        ),
        ({**new_group(left, "steps", "a"), "retention": {"ladder": "1h:2h 3:4"}}, 422),
        ({"name": "dot", "volumes": [{"name": "../a", "image": f"{left.images}/n"}]}, 400),
    ):
        answer = asking.post("/v1/groups", json=body)
        assert answer.status_code == code, answer.text
    assert sorted(left.images.iterdir()) == before
    assert asking.delete(f"/v1/groups/{group['id']}").status_code == 204


def test_what_is_kept_is_for_its_owner_alone(left: Node, db: dict[str, Any]) -> None:
    assert db["id"]
    for path in (left.state, *left.state.rglob("*")):
        if not path.is_symlink():
            wanted = 0o700 if path.is_dir() else 0o600
            assert path.stat().st_mode & 0o777 == wanted, path


def test_figures_are_told(asking: httpx.Client) -> None:
    told = asking.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'isthmus_groups{state="protected"} 1' in told.text
    assert 'isthmus_requests_total{operation="getNode",status="200"}' not in told.text
    assert asking.get("/v1/node").json()["name"] == "left"
    again = asking.get("/metrics").text
    assert 'isthmus_requests_total{operation="getNode",status="200"} 1' in again
    assert "isthmus_spec_violations_total{" not in again
