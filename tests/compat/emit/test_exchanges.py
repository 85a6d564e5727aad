"""Exchanges: what they make of requests and answers."""

from typing import Any

import pytest

from compat.lens.codecs import ParameterCodec
from compat.lens.ops import (
    ITEM,
    Apply,
    Convert,
    Copy,
    Default,
    Enclose,
    Flow,
    Focus,
    Gap,
    Lens,
    Loss,
    MapValues,
    Move,
    Rename,
    Wrap,
)
from compat.model.role import Role
from compat.model.schema import Kind
from compat.plan.bridge import AnswerBridge, Verdict
from tests.compat.emit.making import SIZE, ask, body, call, difference, exchange, plan_of, running


def test_a_field_of_the_body_is_renamed_both_ways() -> None:
    asked = exchange(
        "POST /volumes",
        call("POST /vols", body(SIZE), {"201": body((_back(SIZE),))}),
        name="create",
    )
    requests, answer = ask(
        asked,
        request={"method": "POST", "path": "/v1/volumes", "body": {"size": 1}},
        answers=({"status": 201, "body": {"bytes": 1, "id": "x"}},),
    )
    assert [(each.method, each.path, each.body) for each in requests] == [
        ("POST", "/v2/vols", {"bytes": 1})
    ]
    assert (answer.status, answer.body) == (201, {"size": 1, "id": "x"})


def _back(lens: Lens) -> Rename:
    (op,) = lens
    assert isinstance(op, Rename)
    return Rename(old=op.new, new=op.old, difference=op.difference)


def test_a_new_client_goes_the_other_way() -> None:
    requests, _ = ask(
        exchange("GET /vols", call("GET /volumes")),
        request={"method": "GET", "path": "/v2/vols"},
        answers=({},),
        role=Role.NEW_CLIENT,
    )
    assert requests[0].path == "/v1/volumes"


def test_a_parameter_moves_into_the_body() -> None:
    lens: Lens = (
        Focus(
            path=("query", "limit"),
            lens=(Convert(codec=ParameterCodec(kind=Kind.INTEGER), difference="d1"),),
        ),
        Move(source=("query", "limit"), target=("body", "page", "size"), difference="d1"),
    )
    requests, _ = ask(
        exchange("POST /search", call("POST /search", lens)),
        request={
            "method": "POST",
            "path": "/v1/search",
            "query": [("Q", "1"), ("limit", "5"), ("q", "2")],
        },
        answers=({},),
    )
    assert requests[0].body == {"page": {"size": 5}}
    assert requests[0].query == [("Q", "1"), ("q", "2")]


STATUSES = {
    "200": body((Default(field="is", value="200", loss=Loss.KEEP, difference="d1"),)),
    "204": (),
    "404": (),
    "4XX": body((Default(field="is", value="4XX", loss=Loss.KEEP, difference="d1"),)),
    "default": body((Default(field="is", value="default", loss=Loss.KEEP, difference="d1"),)),
}


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (200, {"is": "200"}),
        (204, {}),
        (404, {}),
        (409, {"is": "4XX"}),
        (500, {"is": "default"}),
    ],
)
def test_the_bridge_of_the_most_exact_status_applies(status: int, found: object) -> None:
    _, answer = ask(
        exchange("GET /a", call("GET /a", answers=STATUSES)),
        request={"method": "GET", "path": "/v1/a"},
        answers=({"status": status, "body": {}},),
    )
    assert (answer.status, answer.body) == (status, found)


def test_a_status_becomes_another_and_headers_stay() -> None:
    becomes = AnswerBridge(status="202", becomes=200, lens=())
    _, answer = ask(
        exchange("GET /a", call("GET /a", answers={"202": becomes})),
        request={"method": "GET", "path": "/v1/a"},
        answers=({"status": 202, "headers": [("X-Y", "1")], "body": [1]},),
    )
    assert (answer.status, answer.headers, answer.body) == (200, [("X-Y", "1")], [1])


def test_answers_without_a_bridge_pass() -> None:
    _, answer = ask(
        exchange("GET /a", call("GET /b", answers={"200": body(SIZE)})),
        request={"method": "GET", "path": "/v1/a"},
        answers=({"status": 500, "body": {"size": 1}},),
    )
    assert (answer.status, answer.body) == (500, {"size": 1})


@pytest.mark.parametrize("stream", [b"bytes", object()])
def test_what_is_no_json_passes_every_operation(stream: object) -> None:
    lens = body(
        (Wrap(loss=Loss.DROP, difference="d1"), Gap(forward=True, back=True, difference="d"))
    )
    requests, answer = ask(
        exchange("POST /a", call("POST /b", lens, {"default": lens})),
        request={"method": "POST", "path": "/v1/a", "body": stream},
        answers=({"body": stream},),
    )
    assert requests[0].body is stream
    assert answer.body is stream


def test_a_gap_is_refused_before_anything_is_sent() -> None:
    plan = plan_of(
        {},
        {Role.OLD_CLIENT: [exchange("POST /gone", gap="d9")]},
        differences=[
            difference("d9", "POST /gone", verdict=Verdict.UNBRIDGEABLE, message="is gone")
        ],
    )
    with running(plan) as module:
        message = module("message")
        flow = module("old_client").exchange(message.Request(method="POST", path="/v1/gone"))
        with pytest.raises(message.GapError) as caught:
            next(flow)
    assert caught.value.problem() == {
        "type": "urn:isthmus:difference:d9",
        "title": "This call cannot be bridged between the two versions",
        "status": 501,
        "detail": "POST /gone: is gone",
        "operation": "POST /gone",
    }


def test_a_request_that_is_always_refused_is_refused_when_it_is_made() -> None:
    gap: Lens = (Gap(forward=True, back=True, difference="d1"),)
    with running(
        plan_of({}, {Role.OLD_CLIENT: [exchange("GET /a", call("GET /b", gap))]})
    ) as module:
        message = module("message")
        flow = module("old_client").exchange(message.Request(method="GET", path="/v1/a"))
        with pytest.raises(message.GapError, match="d1"):
            next(flow)


def test_a_body_nested_beyond_the_stack_is_refused() -> None:
    lenses: dict[str, Lens] = {
        "tree": (Focus(path=("kids", ITEM), lens=(Apply(name="tree", flow=Flow.UP),)), *SIZE)
    }
    deep: Any = {}
    for _ in range(5000):
        deep = {"kids": [deep]}
    lens = body((Apply(name="tree", flow=Flow.UP),))
    with running(
        plan_of(lenses, {Role.OLD_CLIENT: [exchange("POST /a", call("POST /a", lens))]})
    ) as module:
        message = module("message")
        request = message.Request(method="POST", path="/v1/a", body=deep)
        with pytest.raises(message.GapError, match="nested too deep"):
            next(module("old_client").exchange(request))


def test_records_are_turned_one_by_one() -> None:
    bridge = AnswerBridge(status="200", becomes=None, lens=SIZE, records=True)
    stream = object()
    _, answer = ask(
        exchange("GET /events", call("GET /events", answers={"200": bridge})),
        request={"method": "GET", "path": "/v1/events"},
        answers=({"body": stream},),
    )
    assert answer.body is stream
    assert answer.records({"size": 1}) == {"bytes": 1}


def test_answers_keep_the_records_they_came_with() -> None:
    def records(value: object) -> object:
        return value

    _, answer = ask(
        exchange("GET /events", call("GET /happenings")),
        request={"method": "GET", "path": "/v1/events"},
        answers=({"records": records},),
    )
    assert answer.records is records


def test_nothing_that_goes_in_comes_out_again() -> None:
    asked = exchange(
        "POST /a",
        call("POST /b", body(SIZE), {"200": body(SIZE)}),
        name="a",
    )
    same = exchange("POST /c", call("POST /c"), name="c")
    shared = {"deep": [{"size": 1}]}
    for path in ("/v1/a", "/v1/c", "/v1/none"):
        given = {"size": 1, "one": shared, "two": shared}
        requests, answer = ask(
            asked,
            same,
            request={"method": "POST", "path": path, "body": given},
            answers=({"body": given},),
        )
        assert given == {"size": 1, "one": shared, "two": shared}
        for body_ in (requests[0].body, answer.body):
            ids = {id(given), id(shared), id(shared["deep"]), id(shared["deep"][0])}
            assert not ids & {id(each) for each in _containers(body_)}
            assert body_["one"] is not body_["two"]


def test_a_copied_field_is_no_second_name_of_the_first() -> None:
    copy = body((Copy(field="b", source="a", loss=Loss.KEEP, difference="d1"),))
    requests, _ = ask(
        exchange("POST /a", call("POST /b", copy)),
        request={"method": "POST", "path": "/v1/a", "body": {"a": [1]}},
        answers=({},),
    )
    assert requests[0].body == {"a": [1], "b": [1]}
    assert requests[0].body["a"] is not requests[0].body["b"]


def _containers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value, *(found for each in value.values() for found in _containers(each))]
    if isinstance(value, list):
        return [value, *(found for each in value for found in _containers(each))]
    return []


def moving(source: str, target: str) -> Move:
    paths = [tuple(path.split(".")) for path in (source, target)]
    return Move(source=paths[0], target=paths[1], difference="d1")


@pytest.mark.parametrize(
    ("source", "target", "given", "query", "found"),
    [
        ("body.a", "query.q", {"a": "x"}, [("q", "x")], None),  # an empty body goes
        ("body.a", "query.q", {"a": "x", "b": 1}, [("q", "x")], {"b": 1}),
        ("body.a.b", "query.q", {"a": {"b": "x"}}, [("q", "x")], None),
        ("body.a", "query.q", [1], [("k", "v")], [1]),
        ("body", "query.q", "x", [("q", "x")], None),
        ("query.k", "body.a.b", None, [], {"a": {"b": ["v"]}}),
        ("query.k", "body.a.b", {"a": 1}, [("k", "v")], {"a": 1}),  # the way is blocked
        ("query.k", "body", {"a": 1}, [], ["v"]),
        ("query.x", "body.a", None, [("k", "v")], None),
        ("body.a", "body", {"a": [1], "b": 2}, [("k", "v")], [1]),
        ("body", "body.a.b", [1], [("k", "v")], {"a": {"b": [1]}}),
        ("body", "body.a", None, [("k", "v")], None),
        ("body.a", "body.b", {"a": 1}, [("k", "v")], {"b": 1}),
        ("query.k", "query.q", None, [("q", "v")], None),
    ],
)
def test_values_move_between_the_parts(
    source: str, target: str, given: object, query: list[tuple[str, str]], found: object
) -> None:
    requests, _ = ask(
        exchange("PUT /a", call("PUT /b", (moving(source, target),))),
        request={"method": "PUT", "path": "/v1/a", "query": [("k", "v")], "body": given},
        answers=({},),
    )
    kept = [("k", "v")] if source.startswith("body") and ("k", "v") not in query else []
    assert requests[0].query == [*kept, *query]
    assert requests[0].body == found


def test_headers_stay_in_their_place_and_new_ones_follow_cookies_last() -> None:
    lens: Lens = (
        Focus(path=("cookie",), lens=(Rename(old="sid", new="session", difference="d1"),)),
        Focus(path=("header",), lens=(Rename(old="x-a", new="x-b", difference="d1"),)),
    )
    requests, _ = ask(
        exchange("GET /a", call("GET /b", lens)),
        request={
            "method": "GET",
            "path": "/v1/a",
            "headers": [("X-A", "1"), ("Cookie", "sid=2; theme=x"), ("HOST", "h")],
        },
        answers=({},),
    )
    assert requests[0].headers == [
        ("HOST", "h"),
        ("x-b", "1"),
        ("cookie", "theme=x; session=2"),
    ]


def test_a_body_that_becomes_null_is_none_at_once() -> None:
    to_null = MapValues(pairs=(("x", None),), back=(), difference="d1")
    enclose = Enclose(name="in", loss=Loss.DROP, difference="d1")
    supply = Default(field="body", value=[], loss=Loss.DROP, difference="d1")
    for behind, found in ((body((enclose,)), None), ((supply,), [])):
        requests, _ = ask(
            exchange("PUT /a", call("PUT /b", (*body((to_null,)), *behind))),
            request={"method": "PUT", "path": "/v1/a", "body": "x"},
            answers=({},),
        )
        assert requests[0].body == found
