"""What the intent leaves to people: the volumes of one node."""

from . import old_client
from .message import Flow, Json, Request
from .values import revised


def node_volumes(request: Request) -> Flow:
    """The node's volumes are those of all volumes that have their target there."""
    node, _, _ = request.path.removeprefix("/v0/nodes/").partition("/")
    answer = yield from old_client.exchange(
        Request(
            method="GET",
            path="/v0/volumes",
            query=request.query,
            headers=request.headers,
            body=None,
        )
    )
    if answer.status != 200 or not isinstance(answer.body, list):
        return answer
    there = [volume for volume in answer.body if _target_node(volume) == node]
    return revised(answer, body=there)


def _target_node(volume: Json) -> Json:
    state = volume.get("state") if isinstance(volume, dict) else None
    target = state.get("target") if isinstance(state, dict) else None
    return target.get("node") if isinstance(target, dict) else None
