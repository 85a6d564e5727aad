"""Exchanges as the plan has them, in the plainest way; each is worked out by hand here."""

from collections.abc import Iterator
from typing import Any

import pytest

from compat.emit.runtime.message import Request, Response
from compat.intent.model import Intent
from compat.lens.ops import Flow
from compat.lens.refusal import Refused
from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from compat.verify.driving import OURS, Callee, Outcome, drive
from compat.verify.messages import Answered, Routes
from compat.verify.oracle import Oracle, caller_and_callee, request_flow
from tests.compat.plan.making import call, stands_in
from tests.compat.plan.specs import interface
from tests.compat.verify.making import NEW, OLD, TODAY, appliance_plan, key, racks_plan

GIB = 1 << 30
VOLUME: dict[str, Json] = {
    "id": "1",
    "name": "db",
    "capacity_bytes": 2 * GIB,
    "thin": False,
    "state": "online",
    "node": "n",
}


def foretold(
    bridge: BridgePlan,
    role: Role,
    operation: str,
    answers: dict[str, list[Response]],
    *,
    captured: dict[str, str] | None = None,
    oracle: Oracle | None = None,
    **request: Any,
) -> Outcome:
    """What the oracle makes of a request, and of the answers by the callee's operations."""
    exchange = next(each for each in bridge.exchanges[role] if each.operation == key(operation))
    given = {
        key(name): [Answered(response=each) for each in held] for name, held in answers.items()
    }
    callee = Callee(Routes(caller_and_callee(bridge, role)[1]), given)
    method, path = operation.split(" ")
    told = oracle or Oracle(bridge, {})

    def start(asked: Request) -> Iterator[Any]:
        return told.exchange(role, exchange, captured or {}, asked)

    return drive(start, OURS, Request(method=method, path=path, **request), callee)


def test_an_old_client_s_flow_goes_up_and_a_new_one_s_down() -> None:
    bridge = appliance_plan()
    assert (request_flow(OLD), request_flow(NEW)) == (Flow.UP, Flow.DOWN)
    assert caller_and_callee(bridge, OLD) == (bridge.old, bridge.new)
    assert caller_and_callee(bridge, NEW) == (bridge.new, bridge.old)


def test_request_and_answer_are_led_by_their_lenses() -> None:
    outcome = foretold(
        appliance_plan(),
        OLD,
        "POST /volumes",
        {"POST /volumes": [Response(status=201, body=VOLUME)]},
        body={"name": "db", "size_gib": 2},
    )
    (sent,) = outcome.sent
    assert (sent.method, sent.path) == ("POST", "/v2/volumes")
    assert sent.body == {"name": "db", "capacity_bytes": 2 * GIB, "thin": False}
    assert outcome.answer is not None
    assert outcome.answer.status == 200
    assert outcome.answer.body == {
        "id": "1",
        "name": "db",
        "size_gib": 2,
        "state": "ONLINE",
        "node": "n",
    }


@pytest.mark.parametrize(("status", "led"), [(404, True), (500, True), (201, True), (299, True)])
def test_an_answer_goes_by_its_own_status_else_the_default(status: int, led: bool) -> None:
    error: Json = {"code": "1", "detail": "full"}
    outcome = foretold(
        appliance_plan(),
        OLD,
        "POST /volumes",
        {"POST /volumes": [Response(status=status, body=error)]},
        body={"name": "db", "size_gib": 2},
    )
    assert outcome.answer is not None
    became: Json = error if status == 201 else {"code": "1", "message": "full"}
    assert (outcome.answer.body == became) is led


def test_a_refusal_ends_it() -> None:
    bridge = appliance_plan()
    lost = next(each for each in bridge.differences if each.subject == "VolumeSpec.compression")
    spec: Json = {"name": "db", "capacity_bytes": GIB, "thin": False, "compression": True}
    outcome = foretold(bridge, NEW, "POST /volumes", {}, body=spec)
    assert (outcome.sent, outcome.refused) == ((), lost.id)


def test_pages_are_asked_for_until_the_last_and_joined() -> None:
    pages = [
        Response(status=200, body={"entries": [VOLUME], "next_token": "2"}),
        Response(status=200, body={"entries": [VOLUME | {"id": "2"}], "next_token": ""}),
    ]
    outcome = foretold(appliance_plan(), OLD, "GET /volumes", {"GET /volumes": pages})
    assert [each.query for each in outcome.sent] == [[], [("starting_token", "2")]]
    assert outcome.answer is not None
    body = outcome.answer.body
    assert isinstance(body, list)
    assert [each["id"] for each in body] == ["1", "2"]


def test_a_page_that_fails_is_the_answer() -> None:
    pages = [
        Response(status=200, body={"entries": [VOLUME], "next_token": "2"}),
        Response(status=500, body={"code": "1", "detail": "no"}),
    ]
    outcome = foretold(appliance_plan(), OLD, "GET /volumes", {"GET /volumes": pages})
    assert outcome.answer == Response(status=500, body={"code": "1", "message": "no"})


def test_pages_without_an_end_are_refused() -> None:
    pages = [Response(status=200, body={"entries": [], "next_token": "2"})]
    outcome = foretold(appliance_plan(), OLD, "GET /volumes", {"GET /volumes": pages})
    assert (len(outcome.sent), outcome.refused) == (2, "")


OLD_VOLUMES: list[Json] = [
    {"id": str(n), "name": "db", "size_gib": 1, "state": "ONLINE", "node": "n"} for n in range(3)
]


@pytest.mark.parametrize(
    ("query", "shown", "token"),
    [
        ([], ["0", "1", "2"], None),
        ([("max_entries", "0")], ["0", "1", "2"], None),
        ([("max_entries", "2")], ["0", "1"], "2"),
        ([("max_entries", "2"), ("starting_token", "2")], ["2"], None),
        ([("max_entries", "1"), ("starting_token", "1")], ["1"], "2"),
        ([("max_entries", "3")], ["0", "1", "2"], None),
        ([("starting_token", "9")], [], None),
        ([("starting_token", "x")], ["0", "1", "2"], None),
    ],
    ids=str,
)
def test_the_page_that_is_asked_for_is_cut_from_the_whole_list(
    query: list[tuple[str, str]], shown: list[str], token: str | None
) -> None:
    whole = {"GET /volumes": [Response(status=200, body=OLD_VOLUMES)]}
    outcome = foretold(appliance_plan(), NEW, "GET /volumes", whole, query=query)
    assert outcome.answer is not None
    body = outcome.answer.body
    assert isinstance(body, dict)
    entries = body["entries"]
    assert isinstance(entries, list)
    assert [each["id"] for each in entries if isinstance(each, dict)] == shown
    assert body.get("next_token") == token
    assert [each.query for each in outcome.sent] == [[]]


def test_another_operation_stands_in() -> None:
    outcome = foretold(
        appliance_plan(),
        OLD,
        "GET /nodes/{node}/volumes",
        {"GET /volumes": [Response(status=200, body={"entries": []})]},
        captured={"node": "n%2F1"},
    )
    (sent,) = outcome.sent
    assert (sent.path, sent.query) == ("/v2/volumes", [("node", "n/1")])
    assert outcome.answer == Response(status=200, body=[])


def test_a_head_leads_on_as_one() -> None:
    bridge = appliance_plan()
    exchange = next(each for each in bridge.exchanges[OLD] if each.operation == key("GET /health"))
    steps = Oracle(bridge, {}).exchange(
        OLD, exchange, {}, Request(method="HEAD", path="/v1/health")
    )
    assert next(steps).method == "HEAD"


# --- several calls --------------------------------------------------------------------------------


def joined(*answers: Response, query: tuple[tuple[str, str], ...] = ()) -> Outcome:
    """An old operation for which two new ones stand in, the second where `more` is asked for."""
    old = interface({"GET /all": "{query: {more: string}, 200: {a: integer, b: {c: integer}}}"})
    new = interface(
        {"GET /a": "{200: {a: integer}}", "GET /c": "{query: {more: string}, 200: {c: integer}}"}
    )
    calls = stands_in("GET /all", call("GET /a"), call("GET /c", "query.more", into="b"))
    bridge = plan(old, new, Intent(operations=(calls,)), today=TODAY)
    given = dict(zip(("GET /a", "GET /c"), ([each] for each in answers), strict=False))
    return foretold(bridge, OLD, "GET /all", given, query=query)


A, C = Response(status=200, body={"a": 1}), Response(status=200, body={"c": 2})


def test_answers_are_joined_where_they_belong() -> None:
    outcome = joined(A, C, query=(("more", "1"),))
    assert [each.path for each in outcome.sent] == ["/a", "/c"]
    assert outcome.answer == Response(status=200, body={"a": 1, "b": {"c": 2}})


def test_a_call_that_is_not_asked_for_is_not_made() -> None:
    outcome = joined(A, C)
    assert [each.path for each in outcome.sent] == ["/a"]
    assert outcome.answer == Response(status=200, body={"a": 1})


def test_a_call_that_fails_ends_it() -> None:
    outcome = joined(Response(status=503), C, query=(("more", "1"),))
    assert [each.path for each in outcome.sent] == ["/a"]
    assert outcome.answer == Response(status=503)
    outcome = joined(A, Response(status=404), query=(("more", "1"),))
    assert outcome.answer == Response(status=404)


# --- counts and hooks -----------------------------------------------------------------------------


def test_what_lenses_do_is_counted() -> None:
    bridge = appliance_plan()
    oracle = Oracle(bridge, {})
    by_id = {each.id: f"{each.kind} {each.subject}" for each in bridge.differences}
    oracle.lens("volume_spec", Flow.UP, {"name": "db", "size_gib": 1})
    assert {(by_id[each], flow): n for (each, flow), n in oracle.counts.items()} == {
        ("field-renamed VolumeSpec.size_gib", "up"): 1,
        ("unit-changed VolumeSpec.size_gib", "up"): 1,
        ("field-added VolumeSpec.thin", "up"): 1,
    }


def test_a_lens_refuses_as_the_plan_says() -> None:
    oracle = Oracle(appliance_plan(), {})
    with pytest.raises(Refused):
        oracle.lens("volume_spec", Flow.DOWN, {"thin": True})


def test_what_a_hook_changes_is_noted() -> None:
    bridge = racks_plan()
    oracle = Oracle(
        bridge, {"rack_serial_up": lambda value: {"code": value}, "rack_serial_down": str}
    )
    hooked = next(each for each in bridge.differences if each.kind == "hooked")
    made = oracle.lens("rack", Flow.UP, {"serial": 7, "room": "main"})
    assert isinstance(made, dict)
    assert made["serial"] == {"code": 7}
    assert oracle.touched == [(hooked.id, ())]
    assert oracle.counts[hooked.id, "up"] == 1
