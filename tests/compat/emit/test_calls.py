"""Operations that become several calls, or calls of another kind."""

from types import ModuleType
from typing import Any

import pytest

from compat.lens.ops import (
    Drop,
    Loss,
    Rename,
)
from compat.model.role import Role
from compat.model.schema import ABSENT
from compat.plan.bridge import AnswerBridge, HookKind, HookNeed, Paging, Slicing
from tests.compat.emit.making import (
    SIZE,
    ask,
    body,
    call,
    drive,
    exchange,
    plan_of,
    running,
)

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
