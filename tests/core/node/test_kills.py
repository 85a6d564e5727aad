"""Nodes and workers that are killed: all goes on, and nothing is done twice."""

import os
import resource
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.driver.lock import writer_of
from core.driver.node.store import SqliteStore
from core.site.store import Change
from tests.core.driver.client import Client
from tests.core.driver.programs import run
from tests.core.driver.waiting import until
from tests.core.node.running import Node, made, new_group, node, status, until_state, workers
from tests.core.node.test_way import io


def journal(found: Node, group: dict[str, Any]) -> Path:
    return found.state / "journals" / str(group["id"])


def test_a_node_that_is_killed_leaves_hosts_alone_and_the_next_one_goes_on() -> None:
    with node() as found:
        with found.client() as client:
            group = made(found, client, "db")
            before = status(client, group["id"])["worker"]
            assert os.getsid(before["pid"]) == before["pid"]  # no terminal of the node ends it
            opened = client.post("/v1/images", json={"group": group["id"], "at": "latest"})
            read_only = opened.json()
        socket = found.state / "run" / f"{group['id']}.sock"
        with Client.to(socket).go("data") as host:
            assert host.put(0, b"a" * 4096) == 0
            found.kill()
            assert host.put(4096, b"b" * 4096) == 0
            found.start()
            assert host.put(8192, b"c" * 4096) == 0
            with found.client() as client:
                until_state(client, group["id"], "protected")
                after = status(client, group["id"])["worker"]
                assert after == {"pid": before["pid"], "restarts": 0, "adopted": True}
                assert host.get(0, 12288) == b"a" * 4096 + b"b" * 4096 + b"c" * 4096
                images = client.get("/v1/images").json()["images"]
                assert [(each["id"], each["state"]) for each in images] == [
                    (read_only["id"], "open")
                ]
                run("qemu-io", "-r", "-f", "raw", "-c", "read -P 0 0 64k", read_only["uris"][0])
                assert client.delete(f"/v1/images/{read_only['id']}").status_code == 204
        assert len(workers(found)) == 1


def test_a_worker_that_is_killed_is_begun_again_and_meanwhile_nobody_says_it_is_well() -> None:
    with node() as found, found.client() as client:
        group = made(found, client, "db")
        uri = group["volumes"][0]["uris"][0]
        io(uri, "write -P 0xab 0 64k", "flush")
        pid = status(client, group["id"])["worker"]["pid"]
        seen = []
        os.kill(pid, signal.SIGKILL)
        until(lambda: writer_of(journal(found, group)) is None)
        for _ in range(3):
            told = status(client, group["id"])
            seen.append(told["state"])
            if told["worker"] and told["worker"]["pid"] != pid:
                break
        assert seen[0] in ("down", "degraded")
        until_state(client, group["id"], "protected")
        again = status(client, group["id"])["worker"]
        assert again["pid"] != pid
        assert again["restarts"] == 1
        io(uri, "read -P 0xab 0 64k")


def test_a_worker_that_is_stopped_is_not_called_well() -> None:
    with node() as found, found.client() as client:
        group = made(found, client, "db")
        pid = status(client, group["id"])["worker"]["pid"]
        os.kill(pid, signal.SIGSTOP)
        try:
            told = status(client, group["id"])
            assert told["state"] == "degraded"
            assert told["reasons"] == ["the process that serves it does not answer"]
        finally:
            os.kill(pid, signal.SIGCONT)
        until_state(client, group["id"], "protected")


def test_what_cannot_be_served_is_down_and_says_why() -> None:
    with node() as found, found.client() as client:
        group = made(found, client, "db")
        image = found.images / "db-data.img"
        image.rename(found.images / "away.img")
        os.kill(status(client, group["id"])["worker"]["pid"], signal.SIGKILL)
        until(lambda: "this image is not there" in " ".join(status(client, group["id"])["reasons"]))
        assert status(client, group["id"])["state"] == "down"
        answer = client.post(f"/v1/groups/{group['id']}/bookmarks", json={"name": "x"})
        assert answer.status_code == 409
        (found.images / "away.img").rename(image)
        until_state(client, group["id"], "protected")
        os.kill(status(client, group["id"])["worker"]["pid"], signal.SIGKILL)
        until(lambda: status(client, group["id"])["state"] == "down")
        assert status(client, group["id"])["reasons"] in (["its worker ended without a word"], [])
        until_state(client, group["id"], "protected")


def test_a_journal_that_takes_nothing_more_is_not_called_protected() -> None:
    with node() as found, found.client() as client:
        group = made(found, client, "db")
        pid = status(client, group["id"])["worker"]["pid"]
        unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        socket = found.state / "run" / f"{group['id']}.sock"
        with Client.to(socket).go("data") as host:
            assert host.put(64 << 10, b"a" * 8192) != 0
        told = status(client, group["id"])
        assert told["state"] == "degraded"
        assert told["reasons"][0].startswith("its journal takes no writes: ")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        assert status(client, group["id"])["state"] == "degraded"
        os.kill(pid, signal.SIGKILL)
        until_state(client, group["id"], "protected")


def test_what_serves_a_group_that_is_gone_is_ended_by_the_next_node() -> None:
    with node() as found:
        with found.client() as client:
            group = made(found, client, "db")
            client.post("/v1/images", json={"group": group["id"], "at": "latest"})
        found.kill()
        assert len(workers(found)) == 2
        store = SqliteStore(found.state / "site.db")
        store.commit(
            [
                Change(key=kept.key, document=None)
                for kind in ("group", "image", "name")
                for kept in store.page(kind)
            ]
        )
        store.close()
        found.start()
        until(lambda: workers(found) == [])


def test_an_image_whose_process_dies_has_failed() -> None:
    with node() as found, found.client() as client:
        group = made(found, client, "db")
        asked = {"group": group["id"], "at": "latest", "writable": True}
        image = client.post("/v1/images", json=asked).json()
        (pid,) = {*workers(found)} - {status(client, group["id"])["worker"]["pid"]}
        os.kill(pid, signal.SIGKILL)
        path = f"/v1/images/{image['id']}"
        until(lambda: client.get(path).json()["state"] == "failed")
        assert client.get(path).json()["uris"] == []
        assert client.delete(path).status_code == 204


def test_two_nodes_do_not_work_in_one_folder() -> None:
    with node() as found:
        other = Node(found.folder, "")
        with pytest.raises(AssertionError, match="another node works in this folder"):
            other.start()
        assert other.process is not None
        assert other.process.wait() == 2
        assert other.process.stdout is not None
        other.process.stdout.close()


def test_operations_go_on_in_the_next_life() -> None:
    with node() as found:
        with found.client() as client:
            group = made(found, client, "db")
            base = f"/v1/groups/{group['id']}"
            signing = client.post(f"{base}/volumes/data/signature", json={}).json()
            rewinding = client.post(f"{base}/rewind", json={"at": "earliest"}).json()
            found.kill()
        found.start()
        with found.client() as client:
            until(lambda: state(client, signing) == "succeeded", lambda: state(client, signing))
            until(lambda: state(client, rewinding) in ("failed", "succeeded"))
            until_state(client, group["id"], "protected")


def state(client: httpx.Client, operation: dict[str, Any]) -> str:
    found: str = client.get(f"/v1/operations/{operation['id']}").json()["state"]
    return found


def test_an_operation_that_is_cancelled_stays_so() -> None:
    with node() as found, found.client() as client:
        group = made(found, client, "db")
        path = f"/v1/groups/{group['id']}/volumes/data/signature"
        begun = client.post(path, json={}).json()
        told = client.post(f"/v1/operations/{begun['id']}/cancel")
        assert (told.status_code, told.json()["state"]) == (200, "cancelled")
        assert client.get(f"/v1/operations/{begun['id']}/signatures").status_code == 409
        found.kill()
        found.start()
        with found.client() as again:
            assert state(again, begun) == "cancelled"
            until_state(again, group["id"], "protected")


def test_a_request_that_is_sent_often_is_carried_out_once() -> None:
    with node() as found, found.client() as client:
        body, key = new_group(found, "db", "data"), {"Idempotency-Key": "once"}
        barrier = threading.Barrier(8)

        def send(_: int) -> httpx.Response:
            with found.client() as mine:
                barrier.wait()
                return mine.post("/v1/groups", json=body, headers=key)

        with ThreadPoolExecutor(8) as pool:
            answers = [*pool.map(send, range(8))]
        assert {each.status_code for each in answers} == {201}
        (first,) = {each.text for each in answers}
        assert {each.headers["etag"] for each in answers} == {answers[0].headers["etag"]}
        group = answers[0].json()
        assert client.get("/v1/groups").json()["groups"] == [group], first
        other = client.post("/v1/groups", json={**body, "name": "other"}, headers=key)
        assert other.status_code == 422
        assert other.json()["type"].endswith("idempotency-key-reused")
        until_state(client, group["id"], "protected")
        path = f"/v1/groups/{group['id']}/bookmarks"
        marks = [client.post(path, json={"name": "m"}, headers={"Idempotency-Key": "m"})]
        asked = {"group": group["id"], "at": "latest"}
        image = client.post("/v1/images", json=asked, headers={"Idempotency-Key": "i"})
        found.kill()
        found.start()
        with found.client() as client:
            until_state(client, group["id"], "protected")
            marks.append(client.post(path, json={"name": "m"}, headers={"Idempotency-Key": "m"}))
            assert {each.status_code for each in marks} == {201}
            assert marks[0].text == marks[1].text
            again = client.post("/v1/images", json=asked, headers={"Idempotency-Key": "i"})
            assert again.text == image.text
            assert len(client.get("/v1/images").json()["images"]) == 1
            assert client.post("/v1/groups", json=body, headers=key).json() == group
