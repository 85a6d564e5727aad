"""An exchange driven from its first request to its answer, and what is told of the way."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from compat.emit.runtime.message import Request, Response
from compat.lens.refusal import Refused
from compat.model.schema import Json
from compat.verify.driving import (
    CALLS_MAX,
    OURS,
    Callee,
    Held,
    Outcome,
    copied,
    drive,
    same_body,
    unlike,
)
from compat.verify.messages import Answered, Routes
from tests.compat.plan.specs import interface
from tests.compat.verify.making import key

SPEC = interface({"GET /a": "", "GET /b": ""})
ASKED = Request(method="GET", path="/x", body={"asked": [1]})
Steps = Generator[Any, Any, Any]


def callee(**bodies: Sequence[Json]) -> Callee:
    """Answers with these bodies, one after the other."""
    answers: Mapping[Any, Sequence[Answered]] = {
        key(f"GET /{name}"): [Answered(response=Response(status=200, body=each)) for each in held]
        for name, held in bodies.items()
    }
    return Callee(Routes(SPEC), answers)


def get(path: str) -> Request:
    return Request(method="GET", path=path)


def driven(start: Callable[[Request], Any], asked: Callee | None = None) -> Outcome:
    return drive(start, OURS, ASKED, asked or callee(a=[{"n": 1}]))


def test_what_is_sent_and_answered_is_kept() -> None:
    def exchange(_: Request) -> Steps:
        first = yield get("/a")
        second = yield get("/b")
        return Response(status=201, body=[first.body, second.body])

    outcome = driven(exchange, callee(a=["one"], b=["two"]))
    assert [each.path for each in outcome.sent] == ["/a", "/b"]
    assert outcome.answer == Response(status=201, body=["one", "two"])
    assert (outcome.refused, outcome.failure) == (None, "")


def test_the_last_answer_is_given_over_and_over() -> None:
    def exchange(_: Request) -> Steps:
        bodies: list[Json] = []
        for _number in range(3):
            bodies.append((yield get("/a")).body)  # noqa: PERF401
        return Response(status=200, body=bodies)

    outcome = driven(exchange, callee(a=[1, 2]))
    assert outcome.answer is not None
    assert outcome.answer.body == [1, 2, 2]


def test_what_reaches_no_operation_is_not_found() -> None:
    def exchange(_: Request) -> Steps:
        return (yield get("/nowhere"))

    outcome = driven(exchange)
    assert outcome.answer == Response(status=404)


def test_a_head_is_answered_as_a_get() -> None:
    def exchange(_: Request) -> Steps:
        return (yield Request(method="HEAD", path="/a"))

    outcome = driven(exchange)
    assert outcome.answer is not None
    assert outcome.answer.status == 200


def test_a_refusal_is_told_by_its_difference() -> None:
    def exchange(_: Request) -> Steps:
        yield get("/a")
        raise Refused(difference="d1", path=(), reason="")

    outcome = driven(exchange)
    assert (outcome.refused, outcome.answer, len(outcome.sent)) == ("d1", None, 1)


def test_any_other_end_is_a_failure() -> None:
    def breaks(_: Request) -> Steps:
        yield get("/a")
        raise KeyError("x")

    def endless(_: Request) -> Steps:
        while True:
            yield get("/a")

    def nothing(_: Request) -> Steps:
        yield get("/a")

    assert driven(breaks).failure == "KeyError: 'x'"
    assert driven(endless).failure == f"more than {CALLS_MAX} requests"
    assert driven(nothing).failure == "it returns None, which is no answer"
    assert driven(lambda _: 7).failure.startswith("TypeError")


def test_an_outcome_is_a_copy_that_nothing_changes_later() -> None:
    body: dict[str, Json] = {"n": 1}

    def exchange(_: Request) -> Steps:
        sent = Request(method="GET", path="/a", body=body)
        yield sent
        body["n"] = 2
        return Response(status=200, body=body)

    outcome = driven(exchange)
    assert [each.body for each in outcome.sent] == [{"n": 1}]
    body["n"] = 3
    assert outcome.answer is not None
    assert outcome.answer.body == {"n": 2}


def test_what_both_sides_hold_is_kept_with_copies_of_what_was_given() -> None:
    def exchange(request: Request) -> Steps:
        answer = yield Request(method="GET", path="/a", body=request.body)
        request.body["asked"].append(2)  # type: ignore[index]
        return answer

    held = Held()
    drive(exchange, OURS, ASKED, callee(a=[{"n": 1}]), held)
    assert [whose for whose, _ in held.messages] == [
        "the caller's request",
        "request 1 to the callee",
        "the callee's answer 1",
        "the caller's answer",
    ]
    given = {whose: (message.body, copy.body) for whose, message, copy in held.copies}
    assert given == {
        "the caller's request": ({"asked": [1, 2]}, {"asked": [1]}),
        "the callee's answer 1": ({"n": 1}, {"n": 1}),
    }
    assert ASKED.body == {"asked": [1]}


def test_records_are_converted_one_by_one() -> None:
    def convert(record: Any) -> Json:
        if record == 2:
            raise Refused(difference="d1", path=(), reason="")
        if record == 3:
            raise ValueError("three")
        return [record]

    def exchange(_: Request) -> Steps:
        answer = yield get("/a")
        return Response(status=200, body=answer.body, records=convert)

    stream = Answered(response=Response(status=200, body=b""), records=(1, 2, 3))
    outcome = drive(exchange, OURS, ASKED, Callee(Routes(SPEC), {key("GET /a"): [stream]}))
    assert list(map(repr, outcome.records)) == ["[1]", "KeyError('d1')", "ValueError('three')"]


# --- comparing ------------------------------------------------------------------------------------

PLAIN = Outcome(
    sent=(Request(method="GET", path="/a", query=[("q", "1")], headers=[("h", "1")], body={}),),
    answer=Response(status=200, headers=[("h", "1")], body={"n": 1}),
)


def test_an_outcome_is_like_itself() -> None:
    assert list(unlike(PLAIN, PLAIN)) == []


def changed(part: str, value: Any, *, of: str = "answer") -> Outcome:
    message = copied(PLAIN.answer if of == "answer" else PLAIN.sent[0])
    setattr(message, part, value)
    return replace(PLAIN, answer=message) if of == "answer" else replace(PLAIN, sent=(message,))


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (changed("method", "PUT", of="request"), "the request's method: 'GET', not 'PUT'"),
        (changed("path", "/b", of="request"), "the request's path: '/a', not '/b'"),
        (changed("query", [], of="request"), "the request's query: [('q', '1')], not []"),
        (changed("headers", [], of="request"), "the request's headers: [('h', '1')], not []"),
        (changed("body", [], of="request"), "the request's body: {}, not []"),
        (changed("status", 201), "the answer's status: 200, not 201"),
        (changed("headers", []), "the answer's headers: [('h', '1')], not []"),
        (changed("body", {"n": True}), "the answer's body: {'n': 1}, not {'n': True}"),
        (changed("records", copied), "the answer's records: converted by one of the two alone"),
        (replace(PLAIN, sent=()), "1 requests are sent, not 0"),
        (replace(PLAIN, records=(1,)), "records (), not (1,)"),
        (replace(PLAIN, answer=None, refused="d"), "it is answered, not it is refused for d"),
        (replace(PLAIN, answer=None, failure="oh"), "it goes well, not oh"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_differs_between_two_outcomes_is_told(other: Outcome, told: str) -> None:
    assert list(unlike(PLAIN, other)) == [told]


def test_a_refusal_may_be_for_no_difference() -> None:
    one, other = (replace(PLAIN, answer=None, refused=each) for each in ("d", ""))
    assert list(unlike(one, other)) == ["it is refused for d, not it is refused for no difference"]


def test_bodies_are_the_same_by_type_and_streams_by_identity() -> None:
    stream = object()
    assert same_body({"n": 1}, {"n": 1})
    assert not same_body({"n": 1}, {"n": 1.0})
    assert same_body(b"a", b"a")
    assert same_body(stream, stream)
    assert not same_body(stream, object())
    assert not same_body(b"a", "a")
