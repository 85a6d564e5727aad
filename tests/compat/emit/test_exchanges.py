"""Exchanges: which requests they send, and what the caller gets for the answers."""

from types import ModuleType
from typing import Any

import pytest

from compat.lens.codecs import ParameterCodec
from compat.lens.ops import (
    ITEM,
    Apply,
    Convert,
    Default,
    Drop,
    Flow,
    Focus,
    Gap,
    Lens,
    Loss,
    Move,
    Rename,
    Wrap,
)
from compat.model.schema import ABSENT, Kind
from compat.plan.bridge import (
    AnswerBridge,
    Exchange,
    HookKind,
    HookNeed,
    Paging,
    Role,
    Slicing,
    Verdict,
)
from tests.compat.emit.making import call, difference, drive, exchange, plan_of, running

SIZE: Lens = (Rename(old="size", new="bytes", difference="d1"),)


def body(lens: Lens) -> Lens:
    return (Focus(path=("body",), lens=lens),)


def ask(
    *exchanges: Exchange,
    request: dict[str, Any],
    answers: tuple[dict[str, Any], ...] = (),
    role: Role = Role.OLD_CLIENT,
    lenses: dict[str, Lens] | None = None,
) -> tuple[list[Any], Any]:
    """What the exchange for a request sends and returns; each answer has a status or 200."""
    with running(plan_of(lenses, {role: exchanges})) as module:
        message = module("message")
        responses = [message.Response(**{"status": 200, **answer}) for answer in answers]
        return drive(module(role).exchange(message.Request(**request)), *responses)


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


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/v1/volumes/a", "/v2/volumes/a"),  # an operation that is the same
        ("/volumes/a", "/v2/volumes/a"),  # also without the base path
        ("/v1/other/a", "/v2/other/a"),  # no operation at all
        ("/other", "/other"),
        ("/v10/volumes/a", "/v10/volumes/a"),  # not below the base path
        ("/v1/volumes/a%2Fb", "/v2/volumes/a%2Fb"),
        ("/v1", "/v2"),
    ],
)
def test_the_base_path_is_replaced(path: str, sent: str) -> None:
    requests, answer = ask(
        exchange("GET /volumes/{id}", call("GET /volumes/{id}")),
        request={"method": "GET", "path": path, "query": [("q", "1")], "body": b"raw"},
        answers=({"status": 418, "body": b"short"},),
    )
    assert [(each.path, each.query, each.body) for each in requests] == [
        (sent, [("q", "1")], b"raw")
    ]
    assert (answer.status, answer.body) == (418, b"short")


ROUTES = (
    "GET /volumes",
    "GET /volumes/{id}",
    "GET /volumes/all",
    "POST /volumes/{id}",
    "GET /volumes/{pool}-{disk}",
    "GET /volumes/{id}.json",
    "GET /images/{name}/json",
    "GET /images/{name}/history",
    "GET /tags/{key}={value}",
    "GET /odd/{id:[0-9]+}",
    "GET /spa ces/{id}",
    "HEAD /own",
    "GET /own",
)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("GET /volumes", "/0"),
        ("GET /volumes/x", "/1/x"),
        ("GET /volumes/all", "/2"),
        ("POST /volumes/all", "/3/all"),
        ("GET /volumes/a-b", "/4/a/b"),
        ("GET /volumes/a-b-c", "/4/a/b-c"),
        ("GET /volumes/a.json", "/5/a"),
        ("GET /volumes/.json", "/1/.json"),  # a parameter is never empty
        ("GET /images/library/ubuntu/json", "/6/library/ubuntu"),
        ("GET /images/json/json", "/6/json"),
        ("GET /tags/a=b=c", "/8/a/b=c"),
        ("GET /odd/x", "/9/x"),
        ("GET /spa%20ces/x", "/10/x"),
        ("HEAD /own", "/11"),
        ("HEAD /volumes", "/0"),  # follows GET
        ("get /volumes", "/0"),
        ("OPTIONS /volumes", "/volumes"),
        ("GET /volumes/", "/volumes/"),
        ("GET /nothing/here", "/nothing/here"),
    ],
)
def test_requests_find_their_exchange(asked: str, sent: str) -> None:
    exchanges = []
    for number, route in enumerate(ROUTES):
        method, _, path = route.partition(" ")
        names = [name.partition(":")[0].partition("}")[0] for name in path.split("{")[1:]]
        there = "/".join([f"{method} /{number}", *(f"{{{name}}}" for name in names)])
        exchanges.append(exchange(route, call(there), name=f"route_{number}"))
    method, _, path = asked.partition(" ")
    requests, _ = ask(*exchanges, request={"method": method, "path": path}, answers=({},))
    assert requests[0].path == (f"/v2{sent}" if sent[1].isdigit() else sent)
    assert requests[0].method == method


def test_a_spanning_parameter_must_be_the_only_way() -> None:
    requests, _ = ask(
        exchange("GET /a/{x}/c", call("GET /1/{x}"), name="one"),
        exchange("GET /{x}/b/c", call("GET /2/{x}"), name="two"),
        request={"method": "GET", "path": "/a/b/b/c"},
        answers=({},),
    )
    assert requests[0].path == "/a/b/b/c"


@pytest.mark.parametrize("difference", ["", "d1"])
def test_path_parameters_are_renamed(difference: str) -> None:
    """Raw values stay as they came, whether the renaming is counted or not."""
    lens: Lens = (
        Focus(path=("path",), lens=(Rename(old="id", new="name", difference=difference),)),
    )
    requests, _ = ask(
        exchange("GET /volumes/{id}/x", call("GET /vols/{name}/y", lens)),
        request={"method": "GET", "path": "/v1/volumes/a%2fb/x"},
        answers=({},),
    )
    assert requests[0].path == "/v2/vols/a%2fb/y"


def test_a_path_parameter_that_nothing_supplies_is_refused() -> None:
    asked = exchange("GET /volumes", call("GET /pools/{pool}/volumes"))
    with running(plan_of({}, {Role.OLD_CLIENT: [asked]})) as module:
        message = module("message")
        flow = module("old_client").exchange(message.Request(method="GET", path="/v1/volumes"))
        with pytest.raises(message.GapError, match=r"GET /volumes: .* path parameter pool"):
            next(flow)


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


PAGED = exchange(
    "GET /all",
    call(
        "GET /pages",
        answers={"200": body((Rename(old="entries", new="items", difference="d1"),))},
        paging=Paging(entries="entries", token_field="next", token_query="token"),
    ),
)


def test_pages_are_fetched_and_joined() -> None:
    requests, answer = ask(
        PAGED,
        request={"method": "GET", "path": "/v1/all", "query": [("q", "x")]},
        answers=(
            {"body": {"entries": [1, 2], "next": "a"}},
            {"body": {"entries": [3], "next": 7}},
            {"body": {"entries": [], "next": ""}},
        ),
    )
    assert [each.query for each in requests] == [
        [("q", "x")],
        [("q", "x"), ("token", "a")],
        [("q", "x"), ("token", "7")],
    ]
    assert answer.body == {"items": [1, 2, 3], "next": ""}


def test_a_page_that_fails_is_the_answer() -> None:
    _, answer = ask(
        PAGED,
        request={"method": "GET", "path": "/v1/all"},
        answers=({"body": {"entries": [1], "next": "a"}}, {"status": 503, "body": "down"}),
    )
    assert (answer.status, answer.body) == (503, "down")


def test_pages_that_go_in_circles_are_refused() -> None:
    page = {"body": {"entries": [1], "next": "a"}}
    with pytest.raises(Exception, match="do not come to an end"):
        ask(PAGED, request={"method": "GET", "path": "/v1/all"}, answers=(page, page))


def test_pages_without_end_are_refused() -> None:
    answers = tuple({"body": {"entries": [], "next": number}} for number in range(10_001))
    with pytest.raises(Exception, match="do not come to an end"):
        ask(PAGED, request={"method": "GET", "path": "/v1/all"}, answers=answers)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ([], {"items": [1, 2, 3]}),
        ([("size", "0")], {"items": [1, 2, 3]}),
        ([("size", "2")], {"items": [1, 2], "next": "2"}),
        ([("size", "2"), ("token", "2")], {"items": [3]}),
        ([("size", "3")], {"items": [1, 2, 3]}),
        ([("token", "1")], {"items": [2, 3]}),
        ([("size", "-2"), ("token", "x")], {"items": [1, 2, 3]}),
        ([("token", "9")], {"items": []}),
    ],
)
def test_a_whole_answer_is_cut_into_pages(query: list[tuple[str, str]], found: object) -> None:
    assert sliced_answer(query, numeric=False) == found


def test_the_next_page_may_be_a_number() -> None:
    assert sliced_answer([("size", "1")], numeric=True) == {"items": [1], "next": 1}


def sliced_answer(query: list[tuple[str, str]], *, numeric: bool) -> object:
    slicing = Slicing(
        entries="items",
        token_field="next",
        token_query="token",
        size_query="size",
        numeric=numeric,
    )
    sliced = call(
        "GET /all",
        answers={"200": body((Rename(old="entries", new="items", difference="d1"),))},
        slicing=slicing,
    )
    _, answer = ask(
        exchange("GET /pages", sliced),
        request={"method": "GET", "path": "/v1/pages", "query": query},
        answers=({"body": {"entries": [1, 2, 3]}},),
    )
    return answer.body


SPLIT = exchange(
    "PUT /volumes/{id}",
    call(
        "PATCH /volumes/{id}",
        body((_drop := Drop(field="size", value=ABSENT, loss=Loss.DROP, difference="d1"),)),
        {"200": body(SIZE)},
        when=(("body", "name"), ("query", "force")),
    ),
    call("POST /volumes/{id}/resize", when=(("body", "size"),), into=("resized", "to")),
    call("GET /volumes/{id}/labels", into=()),
)


def test_one_operation_becomes_several_calls() -> None:
    requests, answer = ask(
        SPLIT,
        request={"method": "PUT", "path": "/v1/volumes/x", "body": {"name": "n", "size": 2}},
        answers=({"body": {"size": 2}}, {"body": {"bytes": 2}}, {"body": {"tier": "gold"}}),
    )
    assert [(each.method, each.path, each.body) for each in requests] == [
        ("PATCH", "/v2/volumes/x", {"name": "n"}),
        ("POST", "/v2/volumes/x/resize", {"name": "n", "size": 2}),
        ("GET", "/v2/volumes/x/labels", {"name": "n", "size": 2}),
    ]
    assert answer.body == {"bytes": 2, "resized": {"to": {"bytes": 2}}, "tier": "gold"}


def test_calls_that_nothing_asks_for_are_left_out() -> None:
    requests, answer = ask(
        SPLIT,
        request={"method": "PUT", "path": "/v1/volumes/x", "query": [("force", "")]},
        answers=({"body": {}}, {"body": {"tier": "gold"}}),
    )
    assert [each.method for each in requests] == ["PATCH", "GET"]
    assert answer.body == {"tier": "gold"}


def test_the_first_call_that_fails_ends_the_exchange() -> None:
    requests, answer = ask(
        SPLIT,
        request={"method": "PUT", "path": "/v1/volumes/x", "body": {"name": "n", "size": 2}},
        answers=({"body": {}}, {"status": 409, "body": "busy"}),
    )
    assert len(requests) == 2
    assert (answer.status, answer.body) == (409, "busy")


def test_a_request_that_leads_to_no_call_is_refused() -> None:
    asked = exchange(
        "PUT /a", call("PUT /b", when=(("body",),)), call("PUT /c", when=(("path", "x"),))
    )
    with pytest.raises(Exception, match="none of the calls"):
        ask(asked, request={"method": "PUT", "path": "/v1/a"})


@pytest.mark.parametrize(
    ("path", "made"),
    [
        (("body",), True),
        (("body", "a", "b"), True),
        (("body", "a", "c"), False),
        (("body", "a", "b", "d"), False),
        (("query", "q"), True),
        (("query", "Q"), False),
        (("header", "x-y"), True),
        (("header", "cookie"), False),
        (("cookie", "sid"), True),
        (("cookie", "x"), False),
        (("path", "id"), True),
        (("path", "x"), False),
    ],
)
def test_a_call_is_made_if_the_request_has_a_value_there(path: tuple[str, ...], made: bool) -> None:
    asked = exchange("PUT /a/{id}", call("PUT /b"), call("PUT /c", when=(path,)))
    requests, _ = ask(
        asked,
        request={
            "method": "PUT",
            "path": "/v1/a/1",
            "query": [("q", "")],
            "headers": [("X-Y", "1"), ("Cookie", "sid=1")],
            "body": {"a": {"b": None}},
        },
        answers=({}, {}) if made else ({},),
    )
    assert [each.path for each in requests] == (["/v2/b", "/v2/c"] if made else ["/v2/b"])


HOOKED = plan_of(
    {},
    {Role.OLD_CLIENT: [exchange("POST /archive", hook="archive", name="do_archive")]},
    hooks=[HookNeed(name="archive", kind=HookKind.EXCHANGE, difference="d1", purpose="by hand")],
)
HOOKS_FILE = """
from .message import Request, Response

def archive(request):
    request.headers.append(("x", "1"))
    answer = yield Request(method="PUT", path="/v2/archived", body=request.body)
    return Response(status=answer.status + 1)
"""


def test_a_hook_drives_an_exchange() -> None:
    with running(HOOKED, hooks=HOOKS_FILE) as module:
        message = module("message")
        request = message.Request(method="POST", path="/v1/archive", body={"a": 1})
        requests, answer = drive(
            module("old_client").exchange(request), message.Response(status=200)
        )
        reads = module("old_client").reads("POST", "/v1/archive")
    assert (requests[0].path, requests[0].body) == ("/v2/archived", {"a": 1})
    assert request.headers == []
    assert answer.status == 201
    assert (reads.request, reads.answer, reads.calls) == (True, True, None)


def _reads(module: ModuleType, method: str, path: str) -> tuple[bool, bool, bool, Any]:
    found = module.reads(method, path)
    return found.request, found.answer, found.records, found.calls


def test_the_face_says_what_its_exchanges_look_into() -> None:
    records = AnswerBridge(status="200", becomes=None, lens=(), records=True)
    exchanges = (
        exchange("POST /a", call("POST /b", body(SIZE)), name="a"),
        exchange("GET /c/{id}", call("GET /c/{id}", answers={"200": body(SIZE)}), name="c"),
        exchange("GET /same", call("GET /same"), name="same"),
        exchange("GET /events", call("GET /events", answers={"200": records}), name="events"),
        SPLIT,
        PAGED,
        exchange("GET /gone", gap="d1", name="gone"),
    )
    with running(plan_of({}, {Role.OLD_CLIENT: exchanges})) as package:
        face = package("old_client")
        assert _reads(face, "POST", "/v1/a") == (True, False, False, (("POST", "/v2/b"),))
        assert _reads(face, "GET", "/v1/c/1") == (False, True, False, (("GET", "/v2/c/{id}"),))
        assert _reads(face, "HEAD", "/v1/c/1")[3] == (("HEAD", "/v2/c/{id}"),)
        assert _reads(face, "GET", "/v1/same") == (False, False, False, (("GET", "/v2/same"),))
        assert _reads(face, "GET", "/v1/new/x") == (False, False, False, (("GET", "/v2/new/x"),))
        assert _reads(face, "GET", "/v1/events")[:3] == (False, False, True)
        assert _reads(face, "GET", "/v1/all")[:3] == (False, True, False)
        assert _reads(face, "PUT", "/v1/volumes/x") == (
            True,
            True,
            False,
            (
                ("PATCH", "/v2/volumes/{id}"),
                ("POST", "/v2/volumes/{id}/resize"),
                ("GET", "/v2/volumes/{id}/labels"),
            ),
        )


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


def _containers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value, *(found for each in value.values() for found in _containers(each))]
    if isinstance(value, list):
        return [value, *(found for each in value for found in _containers(each))]
    return []
