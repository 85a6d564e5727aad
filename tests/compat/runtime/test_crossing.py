"""What adapters share, without any server."""

from collections.abc import Callable

import pytest

from compat.emit.runtime.crossing import Answer, Crossing, Outgoing, Step
from compat.emit.runtime.fields import QueryText, with_codings
from compat.emit.runtime.intake import Intake
from compat.emit.runtime.message import Flow, Json, Reads, Request, Response

JSON = [("content-type", "application/json")]


class Face:
    """One exchange for everything."""

    def __init__(self, exchange: Callable[[Request], Flow], reads: Reads) -> None:
        self.exchange, self._reads = exchange, reads

    def reads(self, method: str, path: str) -> Reads:
        assert method
        assert path
        return self._reads


def crossing(
    exchange: Callable[[Request], Flow],
    *,
    reads: Reads | None = None,
    method: str = "GET",
    query: str = "",
    headers: list[tuple[str, str]] | None = None,
) -> Crossing:
    return Crossing(
        Face(exchange, reads or Reads(request=True, answer=True)),
        method=method,
        path="/x",
        query=query,
        headers=headers or [],
        body_limit=100,
        record_limit=100,
    )


def sends(**changes: object) -> Callable[[Request], Flow]:
    """An exchange that sends the request with these changes, and passes the answer."""

    def exchange(request: Request) -> Flow:
        for name, value in changes.items():
            setattr(request, name, value)
        return (yield request)

    return exchange


def answers(**changes: object) -> Callable[[Request], Flow]:
    """An exchange that passes the request, and changes the answer."""

    def exchange(request: Request) -> Flow:
        response = yield request
        for name, value in changes.items():
            setattr(response, name, value)
        return response

    return exchange


def boxed(record: Json) -> Json:
    return [record]


def outgoing(step: Step) -> Outgoing:
    assert isinstance(step, Outgoing), step
    return step


def answer(step: Step | None) -> Answer:
    assert isinstance(step, Answer), step
    return step


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("a=1&b=%7E+x", [("a", "1"), ("b", "~ x")]),
        ("flag&&a=", [("flag", ""), ("a", "")]),
        ("a=%FF&a=b=c", [("a", "\udcff"), ("a", "b=c")]),
    ],
)
def test_untouched_pairs_of_a_query_keep_their_bytes(
    query: str, pairs: list[tuple[str, str]]
) -> None:
    text = QueryText(query)
    assert text.pairs == pairs
    assert text.text(list(pairs)) == query
    parts = [part for part in query.split("&") if part]
    assert text.text([*pairs, ("new&", "ä b+\udcff")]) == "&".join(
        [*parts, "new%26=%C3%A4%20b%2B%FF"]
    )


@pytest.mark.parametrize(
    ("method", "headers"), [("POST", [("content-length", "0")]), ("GET", []), ("DELETE", [])]
)
def test_a_request_that_loses_its_body_says_so(method: str, headers: list[tuple[str, str]]) -> None:
    told = [("content-length", "2"), ("content-encoding", "gzip"), ("digest", "x")]
    call = crossing(sends(body=None), method=method, headers=told)
    step = outgoing(call.begin({}, read=True))
    assert (step.body, step.headers) == (None, [("accept-encoding", "identity"), *headers])


def test_a_request_that_gets_a_body_says_so() -> None:
    call = crossing(sends(body={"a": 1}), reads=Reads(request=True, answer=False))
    step = outgoing(call.begin(None, read=False))
    assert step.body == b'{"a":1}'
    assert step.headers == [("content-type", "application/json"), ("content-length", "7")]


def test_bytes_at_hand_pass_as_they_came_any_number_of_times() -> None:
    def twice(request: Request) -> Flow:
        yield request
        return (yield request)

    headers = [("content-length", "3"), ("content-encoding", "br")]
    call = crossing(twice, headers=headers, reads=Reads(request=False, answer=False))
    for step in (call.begin(b"abc", read=False), call.answered(204, [], None, read=False)):
        assert (outgoing(step).body, outgoing(step).headers) == (b"abc", headers)


def test_only_an_exchange_that_has_gone_wrong_makes_a_body_of_its_own_kind() -> None:
    call = crossing(sends(body=object()))
    with pytest.raises(TypeError, match="a body of type object"):
        call.begin(None, read=False)


def test_a_gap_of_another_package_is_one_all_the_same() -> None:
    """Every generated package has a GapError of its own."""

    class GapError(Exception):
        difference = "abc"

        def problem(self) -> dict[str, Json]:
            return {"type": "urn:isthmus:difference:abc", "status": 501}

    def exchange(request: Request) -> Flow:
        yield request
        raise GapError

    call = crossing(exchange)
    call.begin(None, read=False)
    step = answer(call.answered(200, [], None, read=False))
    assert (step.status, step.body) == (501, b'{"type":"urn:isthmus:difference:abc","status":501}')


@pytest.mark.parametrize("at_once", [True, False])
def test_a_body_too_deep_for_a_lens_is_its_senders_fault(at_once: bool) -> None:
    def deep(depth: int) -> int:
        return deep(depth + 1)

    def exchange(request: Request) -> Flow:
        if at_once:
            deep(0)
        yield request
        deep(0)
        return Response(status=200)

    call = crossing(exchange)
    step = call.begin({}, read=True)
    if not at_once:
        step = call.answered(200, JSON, {}, read=True)
    assert answer(step).status == (400 if at_once else 502)
    assert b"nested too deeply" in answer(step).body  # type: ignore[operator]


def test_what_became_no_json_is_refused() -> None:
    call = crossing(answers(body={"size": float("inf")}))
    call.begin(None, read=False)
    step = answer(call.answered(200, JSON, {}, read=True))
    assert step.status == 502
    assert b"what it became is no JSON" in step.body  # type: ignore[operator]


def test_a_mistake_in_an_exchange_is_no_problem_of_the_callers() -> None:
    def exchange(request: Request) -> Flow:
        raise LookupError(request.path)

    with pytest.raises(LookupError):
        crossing(exchange).begin(None, read=False)


def test_an_answer_keeps_its_type_unless_it_is_none_of_json() -> None:
    for kind, expected in (
        ("application/problem+json", "application/problem+json"),
        ("text/plain", "application/json"),
    ):
        call = crossing(answers(body=[1]))
        call.begin(None, read=False)
        step = answer(call.answered(200, [("content-type", kind)], None, read=False))
        assert step.headers == [("content-type", expected), ("content-length", "3")]


def test_an_answer_that_lost_its_body_says_so() -> None:
    call = crossing(answers(body=None))
    call.begin(None, read=False)
    step = answer(call.answered(200, JSON, {}, read=True))
    assert (step.body, step.headers) == (None, [*JSON, ("content-length", "0")])


def test_records_of_an_answer_that_was_read_are_translated_at_once() -> None:
    call = crossing(answers(records=boxed))
    call.begin(None, read=False)
    assert answer(call.answered(200, JSON, {"a": 1}, read=True)).body == b'[{"a":1}]'


def test_only_a_successful_answer_is_a_stream_of_records() -> None:
    reads = Reads(request=False, answer=True, records=True)
    call = crossing(answers(), reads=reads)
    call.begin(None, read=False)
    assert call.collector(200, JSON) is None
    assert call.collector(404, JSON) is not None
    assert call.collector(404, []) is None


def test_records_in_a_coding_that_is_not_known_are_refused() -> None:
    call = crossing(answers(records=boxed), reads=Reads(request=False, answer=False, records=True))
    call.begin(None, read=False)
    headers = [*JSON, ("content-encoding", "br")]
    assert answer(call.answered(200, headers, object(), read=False)).status == 502


def test_the_answer_to_head_tells_no_length_that_a_translation_would_change() -> None:
    headers = [*JSON, ("content-length", "7"), ("etag", '"1"')]
    for reads, expected in (
        (Reads(request=False, answer=True), [*JSON, ("etag", '"1"')]),
        (Reads(request=False, answer=False, records=True), [*JSON, ("etag", '"1"')]),
        (Reads(request=False, answer=False), headers),
    ):
        call = crossing(answers(), reads=reads, method="HEAD")
        call.begin(None, read=False)
        assert call.collector(200, headers) is None
        step = answer(call.answered(200, headers, object(), read=False))
        assert (step.body, step.headers) == (None, expected)


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_an_exchange_is_given_no_body_where_there_can_be_none(method: str, status: int) -> None:
    bodies: list[object] = []

    def exchange(request: Request) -> Flow:
        request.method = method
        response = yield request
        bodies.append(response.body)
        return response

    call = crossing(exchange)
    call.begin(None, read=False)
    call.answered(status, [], object(), read=False)
    assert bodies == [None]


def test_closing_ends_the_exchange() -> None:
    closed: list[bool] = []

    def exchange(request: Request) -> Flow:
        try:
            return (yield request)
        finally:
            closed.append(True)

    call = crossing(exchange)
    call.close()
    call.begin(None, read=False)
    call.close()
    assert closed == [True]


@pytest.mark.parametrize(
    ("accept", "plain", "sent"),
    [
        ("gzip, br, Deflate;q=0.5", False, "gzip, deflate"),
        ("gzip, br", True, "identity"),
        ("*", False, "identity"),
        ("gzip;q=0.0, x-gzip; q=0.1", False, "x-gzip"),
    ],
)
def test_codings_are_asked_for_only_if_they_can_be_undone(
    accept: str, plain: bool, sent: str
) -> None:
    headers = [("Accept-Encoding", accept), ("a", "b")]
    assert with_codings(headers, plain=plain) == [("a", "b"), ("accept-encoding", sent)]


def intake(exchange: Callable[[Request], Flow], *, records: bool = False) -> Intake:
    call = crossing(exchange, reads=Reads(request=False, answer=not records, records=records))
    call.begin(None, read=False)
    return Intake(call, body_limit=100)


def first_of_two(request: Request) -> Flow:
    first = yield request
    yield request
    first.records = boxed
    return first


def test_records_of_an_earlier_answer_are_translated_when_it_is_the_callers() -> None:
    call = crossing(first_of_two, reads=Reads(request=False, answer=False, records=True))
    call.begin(None, read=False)
    first, second = Intake(call, body_limit=100), Intake(call, body_limit=100)
    first.head(200, JSON)
    assert first.piece(b"{}\n1", last=True) == b""
    assert isinstance(first.step, Outgoing)
    second.head(204, [])
    assert answer(second.step).body == b"[{}]\n[1]"
    assert ("content-length", "8") in answer(second.step).headers


def test_pieces_go_on_as_soon_as_the_head_is_known() -> None:
    taken = intake(answers(records=boxed), records=True)
    taken.head(200, JSON)
    assert taken.forwards
    assert taken.piece(b"{}{", last=False) == b"[{}]"
    assert taken.piece(b"}1", last=True) == b"[{}][1]"


def test_an_unreadable_answer_is_refused_once() -> None:
    taken = intake(answers())
    taken.head(200, [*JSON, ("content-encoding", "br")])
    assert answer(taken.step).status == 502
    assert taken.piece(b"x", last=True) == b""


def test_a_request_without_a_body_says_nothing_of_one() -> None:
    headers = [("content-length", "0"), ("digest", "x"), ("a", "b")]

    def asks(_request: Request) -> Flow:
        return (yield Request(method="GET", path="/x", headers=[("content-length", "5")]))

    for exchange, kept in ((asks, []), (sends(), [("a", "b")])):
        call = crossing(exchange, headers=headers)
        step = call.begin(None, read=False)
        assert isinstance(step, Outgoing)
        assert [pair for pair in step.headers if pair[0] != "accept-encoding"] == kept
