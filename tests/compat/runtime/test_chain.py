"""A chain of faces is the faces, one inside the other."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.emit.runtime.chain import chain
from compat.emit.runtime.message import Flow, GapError, Json, Reads, Request, Response
from compat.emit.runtime.reading import Face

Peer = Callable[[Request], Response]


class Stream:
    """The body of an answer that nobody reads."""


class Step:
    """A face that makes `calls` requests of one and leaves its name on all that passes."""

    def __init__(
        self, name: str, calls: int, gap_at: int | None, records: bool, reads: Reads
    ) -> None:
        self.name, self.calls, self.gap_at, self.records = name, calls, gap_at, records
        self._reads = reads

    def exchange(self, request: Request) -> Flow:
        answers: list[Response] = []
        for index in range(self.calls):
            if index == self.gap_at:
                raise GapError(self.name * 3, f"call {index}")
            asked = Request(
                method=request.method,
                path=f"/{self.name}{index}{request.path}",
                query=[*request.query, (self.name, str(index))],
                headers=request.headers,
                body=request.body,
            )
            answers.append((yield asked))
        last = answers[-1]
        return Response(
            status=last.status,
            headers=[pair for answer in answers for pair in answer.headers] + [(self.name, "")],
            body=last.body if isinstance(last.body, Stream) else f"{self.name}({last.body})",
            records=(lambda record: f"{self.name}<{record}>") if self.records else None,
        )

    def reads(self, method: str, path: str) -> Reads:
        assert method
        assert path
        return self._reads


def peer(request: Request) -> Response:
    stream = "stream" in request.path
    body = Stream() if stream else request.path
    return Response(status=200, headers=[("path", request.path)], body=body)


def run(face: Face, request: Request, to: Peer) -> Response:
    flow = face.exchange(request)
    try:
        asked = next(flow)
        while True:
            asked = flow.send(to(asked))
    except StopIteration as stop:
        response: Response = stop.value
        return response


def outcome(exchange: Callable[[Peer], Response]) -> object:
    """Everything that can be seen of an exchange: what the peer was asked, and the answer."""
    sent: list[str] = []

    def watched(asked: Request) -> Response:
        sent.append(f"{asked.method} {asked.path} {asked.query} {asked.body}")
        return peer(asked)

    try:
        response = exchange(watched)
    except GapError as gap:
        return sent, str(gap)
    is_stream = isinstance(response.body, Stream)
    record = response.records("r") if response.records and is_stream else None
    body = "stream" if is_stream else response.body
    return sent, response.status, response.headers, body, record


def nested(near: Step, far: Step, request: Request, to: Peer) -> Response:
    """The far face makes another peer of the peer, and the near one talks to that."""
    pending: dict[int, Callable[[Json], Json]] = {}

    def between(asked: Request) -> Response:
        answer = run(far, asked, to)
        translate, answer.records = answer.records, None
        if translate and isinstance(answer.body, Stream):
            pending[id(answer.body)] = translate
        elif translate:
            answer.body = translate(str(answer.body))
        return answer

    response = run(near, request, between)
    first, then = pending.get(id(response.body)), response.records
    if first and then:
        response.records = lambda record: then(first(record))
    elif first:
        response.records = first
    return response


reads = st.builds(
    Reads,
    request=st.booleans(),
    answer=st.booleans(),
    records=st.booleans(),
    calls=st.none() | st.sampled_from([(("GET", "/x"),), (("GET", "/x"), ("PUT", "/y"))]),
)
steps = st.builds(
    Step,
    name=st.sampled_from("abc"),
    calls=st.integers(1, 3),
    gap_at=st.none() | st.integers(0, 3),
    records=st.booleans(),
    reads=reads,
)
requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "PUT"]),
    path=st.sampled_from(["/plain", "/stream"]),
    query=st.lists(st.tuples(st.text(max_size=2), st.text(max_size=2)), max_size=2),
    body=st.none() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
)


@given(steps, steps, steps, requests)
def test_chaining_is_associative(a: Step, b: Step, c: Step, request: Request) -> None:
    faces = (chain(chain(a, b), c), chain(a, chain(b, c)), chain(a, b, c))
    left, right, flat = (outcome(partial(run, face, request)) for face in faces)
    assert left == right == flat
    assert len({repr(face.reads("GET", "/")) for face in faces}) == 1


@given(steps, steps, requests)
def test_a_chain_is_one_face_nested_in_the_other(a: Step, b: Step, request: Request) -> None:
    by_hand = partial(nested, a, b, request)
    assert outcome(partial(run, chain(a, b), request)) == outcome(by_hand)


@given(steps)
def test_a_chain_of_one_is_that_one(step: Step) -> None:
    assert chain(step) is step


def step(name: str, *, records: bool = False, **reads: bool) -> Step:
    told = {"request": False, "answer": False, **reads}
    return Step(name, 1, None, records, Reads(**told, calls=(("GET", "/next"),)))


def test_records_pass_through_both_translations_the_far_one_first() -> None:
    request = Request(method="GET", path="/stream")
    for near, far, expected in (
        (True, True, "a<b<r>>"),
        (True, False, "a<r>"),
        (False, True, "b<r>"),
    ):
        face = chain(step("a", records=near), step("b", records=far))
        response = run(face, request, peer)
        assert response.records is not None
        assert response.records("r") == expected


def test_records_of_an_answer_that_was_read_are_translated_on_the_spot() -> None:
    """The far face saw a whole JSON value where it had expected a stream."""
    face = chain(step("a"), step("b", records=True))
    response = run(face, Request(method="GET", path="/plain"), peer)
    assert (response.body, response.records) == ("a(b<b(/b0/a0/plain)>)", None)


def test_a_chain_reads_what_any_of_its_faces_reads() -> None:
    seen: list[tuple[str, str]] = []

    class Far(Step):
        def reads(self, method: str, path: str) -> Reads:
            seen.append((method, path))
            return Reads(request=True, answer=False, calls=(("PUT", "/far"),))

    near = Step("a", 1, None, False, Reads(request=False, answer=True, calls=(("GET", "/x"),)))
    found = chain(near, Far("b", 1, None, False, Reads(request=True, answer=True)))
    assert found.reads("GET", "/old") == Reads(request=True, answer=True, calls=(("PUT", "/far"),))
    assert seen == [("GET", "/x")]


def test_a_chain_reads_everything_where_it_cannot_know() -> None:
    unknown = Step("a", 1, None, False, Reads(request=False, answer=False))
    assert chain(unknown, step("b")).reads("GET", "/") == Reads(request=True, answer=True)
    found = chain(step("a"), unknown).reads("GET", "/")
    assert found == Reads(request=False, answer=False, calls=None)


@pytest.mark.parametrize(
    ("near", "far", "expected"),
    [
        ({"records": True}, {}, True),
        ({"records": True}, {"records": True, "answer": True}, True),
        ({"records": True}, {"answer": True}, False),
    ],
)
def test_one_face_that_needs_the_whole_answer_wins_over_records(
    near: dict[str, bool], far: dict[str, bool], expected: bool
) -> None:
    def made(name: str, told: dict[str, bool]) -> Step:
        flags = {"request": False, "answer": False, **told}
        return Step(name, 1, None, False, Reads(**flags, calls=(("GET", "/next"),)))

    assert chain(made("a", near), made("b", far)).reads("GET", "/").records is expected


def test_closing_a_chain_closes_both() -> None:
    closed: list[str] = []

    class Watched(Step):
        def exchange(self, request: Request) -> Flow:
            try:
                return (yield from super().exchange(request))
            finally:
                closed.append(self.name)

    passes = Reads(request=False, answer=False)
    face = chain(Watched("a", 1, None, False, passes), Watched("b", 1, None, False, passes))
    flow = face.exchange(Request(method="GET", path="/"))
    next(flow)
    flow.close()
    assert closed == ["b", "a"]


def test_a_json_record_may_be_anything() -> None:
    def number(record: Json) -> Json:
        assert isinstance(record, int)
        return record + 1

    class Counting(Step):
        def exchange(self, request: Request) -> Flow:
            response = yield request
            return Response(status=200, body=response.body, records=number)

    passes = Reads(request=False, answer=False)
    face = chain(*(Counting("a", 1, None, False, passes) for _ in range(3)))
    response = run(face, Request(method="GET", path="/stream"), peer)
    assert response.records is not None
    assert response.records(1) == 4
