"""Replicated block storage v1.0 -> v2.0: query to body, list to pages, a call that went."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.published.shims import Calls


@pytest.fixture
def shim(calls: Callable[[str], Calls]) -> Calls:
    return calls("mayastor_v1.0_v2.0")


def volume(name: str, node: str = "n1", **spec: Any) -> dict[str, Any]:
    return {
        "spec": {"uuid": name, "size": 1, "status": "Created", **spec},
        "state": {"uuid": name, "status": "Online", "target": {"node": node, "state": "Online"}},
    }


def test_an_old_client_publishes_by_query_and_the_new_server_reads_a_body(shim: Calls) -> None:
    sent, _ = shim.old(
        "PUT",
        "/v0/volumes/v1/target",
        query=[("node", "n1"), ("protocol", "nvmf")],
        answers=[(200, volume("v1", thin=False))],
    )
    assert sent.query == []
    assert sent.body == {"node": "n1", "protocol": "nvmf", "publish_context": {}}


def test_a_new_client_publishes_by_body_and_the_old_server_reads_the_query(shim: Calls) -> None:
    sent, seen = shim.new(
        "PUT",
        "/v0/volumes/v1/target",
        body={"node": "n1", "protocol": "nvmf", "publish_context": {"io_timeout": "30"}},
        answers=[(200, volume("v1"))],
    )
    assert sorted(sent.query) == [("node", "n1"), ("protocol", "nvmf")]
    assert sent.body is None
    assert seen.body["spec"]["thin"] is False


def test_an_old_client_gets_all_pages_as_the_bare_list_it_expects(shim: Calls) -> None:
    first, second, seen = shim.old(
        "GET",
        "/v0/volumes",
        answers=[
            (200, {"entries": [volume("v1", thin=True)], "next_token": 1}),
            (200, {"entries": [volume("v2", thin=True)]}),
        ],
    )
    assert first.query == [("max_entries", "0")]
    assert second.query == [("max_entries", "0"), ("starting_token", "1")]
    assert [one["spec"]["uuid"] for one in seen.body] == ["v1", "v2"]


def test_a_new_client_gets_the_old_list_in_the_pages_it_asks_for(shim: Calls) -> None:
    every = [volume("v1"), volume("v2"), volume("v3")]
    sent, seen = shim.new(
        "GET", "/v0/volumes", query=[("max_entries", "2")], answers=[(200, every)]
    )
    assert sent.query == []
    assert [one["spec"]["uuid"] for one in seen.body["entries"]] == ["v1", "v2"]
    assert seen.body["next_token"] == 2
    _, last = shim.new(
        "GET",
        "/v0/volumes",
        query=[("max_entries", "2"), ("starting_token", "2")],
        answers=[(200, every)],
    )
    assert [one["spec"]["uuid"] for one in last.body["entries"]] == ["v3"]
    assert last.body.get("next_token") is None


def test_the_volumes_of_a_node_are_picked_from_all_of_them(shim: Calls) -> None:
    sent, seen = shim.old(
        "GET",
        "/v0/nodes/n2/volumes",
        answers=[(200, {"entries": [volume("v1"), volume("v2", node="n2")]})],
    )
    assert sent.path == "/v0/volumes"
    assert [one["spec"]["uuid"] for one in seen.body] == ["v2"]


def test_creating_a_volume_says_how_it_is_provisioned(shim: Calls) -> None:
    body = {"policy": {"self_heal": True}, "replicas": 1, "size": 1}
    sent, _ = shim.old(
        "PUT", "/v0/volumes/v1", body=body, answers=[(200, volume("v1", thin=False))]
    )
    assert sent.body == {**body, "thin": False}
    sent, _ = shim.new(
        "PUT", "/v0/volumes/v1", body={**body, "thin": False}, answers=[(200, volume("v1"))]
    )
    assert sent.body == body


def test_a_thin_volume_is_refused_while_the_server_is_old(shim: Calls) -> None:
    body = {"policy": {"self_heal": True}, "replicas": 1, "size": 1, "thin": True}
    with pytest.raises(shim.shim.GapError, match="thin"):
        list(shim.new("PUT", "/v0/volumes/v1", body=body))


def test_an_old_client_sees_a_state_that_it_knows(shim: Calls) -> None:
    stopped = volume("v1", thin=False)
    stopped["state"]["status"] = "Shutdown"
    stopped["state"]["target"]["state"] = "Shutdown"
    _, seen = shim.old("GET", "/v0/volumes/v1", answers=[(200, stopped)])
    assert seen.body["state"]["status"] == "Faulted"
    assert seen.body["state"]["target"]["state"] == "Faulted"


def test_an_error_of_the_old_server_has_the_message_a_new_client_needs(shim: Calls) -> None:
    error = {"details": "no such volume", "kind": "NotFound"}
    _, seen = shim.new("GET", "/v0/volumes/v1", answers=[(404, error)])
    assert seen.body == {**error, "message": ""}
    assert seen.status == 404
