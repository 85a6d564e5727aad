"""One call on its way through a face, without any I/O: what adapters share.

Theory of operation

An adapter makes a `Crossing` from the head of the caller's request, reads the body if
`request_collector` says so, and calls `begin`. That gives a step: an `Outgoing` to send, whose
answer leads to the next step through `answered`, or the `Answer` for the caller. Bodies that the
exchange does not look into are the adapter's own stream objects all along; one that comes back
unchanged is told by its identity, and keeps its framing and coding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from .fields import (
    BODY_FIELDS,
    NO_QUERY,
    NONE,
    FieldError,
    Headers,
    QueryText,
    fit_to_send,
    framed,
    told_apart,
    with_codings,
)
from .message import Flow, Json, Request, Response
from .reading import (
    FRAMING,
    Collector,
    Face,
    Fault,
    Problem,
    body_problem,
    dumps,
    gap_problem,
    has_any,
    is_bodiless,
    is_json,
    names_json,
    without,
)
from .records import RecordError, Translator, translator

_NO_LENGTH: Final = ("content-length", "0")
_JSON: Final = (dict, list, str, int, float)  # a JSON value other than null
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})  # a body is expected (RFC 9110, 8.6)


@dataclass(slots=True)
class Outgoing:
    """A request to the callee; `target` is path and query.

    `body` is bytes, the caller's own stream object, or None.
    """

    method: str
    target: str
    headers: Headers
    body: object


@dataclass(slots=True)
class Answer:
    """The caller's answer.

    `body` is bytes, a stream object of the adapter's, or None; such a stream goes through
    `translator` where there is one.
    """

    status: int
    headers: Headers
    body: object
    translator: Translator | None = None


Step: TypeAlias = Outgoing | Answer
_Given = TypeVar("_Given", Request, Response)


class Held:
    """The body of an answer that came before the exchange knew what to do with it."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.size = 0
        self.complete = False


class Crossing:
    """One call of a caller's on its way through a face. `query` is the text after the mark."""

    def __init__(
        self,
        face: Face,
        method: str,
        path: str,
        query: str,
        headers: Headers,
        body_limit: int,
        record_limit: int,
    ) -> None:
        self._face, self._method, self._path, self._headers = face, method, path, headers
        self._query = QueryText(query) if query else NO_QUERY
        self._reads = face.reads(method, path)
        self.opens_answers = self._reads.answer or self._reads.records
        self._body_limit, self._record_limit = body_limit, record_limit
        self._flow: Flow | None = None
        self._given: object  # the request's body as the adapter handed it over, unread
        self._spent = False  # that body is a stream, and it was sent
        self._sent: str  # the method of the request that is under way
        self._known = headers  # those of the last answer, as they came
        self._json_headers: Headers | None = None  # they, if they say that it is JSON
        self._others: Headers = []  # and those among them that are not of one body
        self._streams: list[object] = []  # bodies of answers, unread

    def request_collector(self) -> Collector | None:
        """What must take in the request's body before `begin`; None where it passes unread."""
        if not self._reads.request:
            return None
        content_type, coding, _ = told_apart(self._headers)
        return Collector(coding, self._body_limit, None) if names_json(content_type) else None

    def begin(self, body: object, *, read: bool) -> Step:
        """The first step; `body` is what was collected (with `read`), a stream, bytes or None."""
        self._given = None if read else body
        request = Request(self._method, self._path, self._query.pairs, self._headers, body)
        return self._advance(self._start, request)

    def _start(self, request: Request) -> Request:
        self._flow = self._face.exchange(request)
        return next(self._flow)

    def collector(self, status: int, headers: Headers) -> Collector | None:
        """What must take in the body of an answer with this head; None where it passes unread."""
        reads = self._reads
        if not reads.answer or is_bodiless(self._sent, status):
            return None
        content_type, coding, others = told_apart(headers)
        if not names_json(content_type):
            return None
        if reads.records and 200 <= status < 300:
            return None
        if status == 206:
            raise body_problem(Fault.MALFORMED, "a part of a JSON text", status)
        self._json_headers, self._others = headers, others
        return Collector(coding, self._body_limit, status)

    def answered(self, status: int, headers: Headers, body: object, *, read: bool) -> Step:
        """The step after an answer; `body` as in `begin`."""
        self._known = headers
        if not read:
            if is_bodiless(self._sent, status):
                body = None
            elif body is not None:
                self._streams.append(body)
        response = Response(status, headers, body)
        assert self._flow is not None
        return self._advance(self._flow.send, response, status)

    def refuse(self, problem: Problem) -> Answer:
        """The answer that says why there is no other."""
        self.close()
        return refusal(problem, self._method)

    def close(self) -> None:
        """End the exchange, wherever it is."""
        if self._flow is not None:
            self._flow.close()

    def _advance(
        self, move: Callable[[_Given], Request], given: _Given, status: int | None = None
    ) -> Step:
        """`status` is that of the answer which is given, None where it is the request."""
        try:
            try:
                return self._outgoing(move(given))
            except StopIteration as stop:
                return self._answer(stop.value)
        except Exception as error:
            if (problem := _problem(error, status)) is None:
                raise
            return self.refuse(problem)

    def _outgoing(self, request: Request) -> Outgoing:
        self._sent = request.method
        query = self._query.text(request.query)
        target = f"{request.path}?{query}" if query else request.path
        headers = fit_to_send(request.headers, self._headers)
        body = request.body
        if self.opens_answers:
            dropped = BODY_FIELDS if body is None else NONE
            headers = with_codings(headers, plain=self._reads.records, dropped=dropped)
        elif body is None and has_any(headers, BODY_FIELDS):
            headers = without(headers, BODY_FIELDS)
        if body is None:
            if request.method in _WITH_BODY:
                headers = [*headers, _NO_LENGTH]
        elif body is not self._given:
            data = _text(body)
            headers = framed(headers, len(data), json=data is not body)
            body = data
        elif self._spent:
            raise _spent_body()
        else:
            self._spent = not isinstance(body, bytes)
        return Outgoing(request.method, target, headers, body)

    def _answer(self, response: Response) -> Answer:
        headers = fit_to_send(response.headers, self._known)
        status, body = response.status, response.body
        if is_bodiless(self._method, status):
            if self._method == "HEAD" and self._would_translate(headers):
                headers = without(headers, BODY_FIELDS)
            return Answer(status=status, headers=headers, body=None)
        if self._streams and any(body is stream for stream in self._streams):
            return self._unread(status, headers, body, response.records)
        if response.records is not None and isinstance(body, _JSON):
            body = response.records(body)
        if body is None:
            return Answer(status=status, headers=framed(headers, 0, json=False), body=None)
        data = _text(body)
        if headers is self._json_headers:
            headers = [*self._others, ("content-length", str(len(data)))]
        else:
            headers = framed(headers, len(data), json=data is not body)
        return Answer(status, headers, data)

    def _unread(
        self,
        status: int,
        headers: Headers,
        body: object,
        records: Callable[[Json], Json] | None,
    ) -> Answer:
        """The answer with a body that passes, record by record if it has records."""
        found = None
        if records is not None:
            try:
                found = translator(headers, records, self._record_limit)
            except LookupError as error:
                raise body_problem(Fault.CODING, str(error), status) from None
        if found is not None:
            headers = without(headers, BODY_FIELDS)
        if not (isinstance(body, Held) and body.complete):
            return Answer(status=status, headers=headers, body=body, translator=found)
        data = b"".join(body.pieces)
        if found is not None:
            data = found.feed(data) + found.finish()
        headers = [*without(headers, FRAMING), ("content-length", str(len(data)))]
        return Answer(status, headers, data)

    def _would_translate(self, headers: Headers) -> bool:
        return (self._reads.answer and is_json(headers)) or self._reads.records


def refusal(problem: Problem, method: str) -> Answer:
    """The problem document as the answer to a request of this method (RFC 9457, 3)."""
    data = dumps(problem.document)
    headers = [
        ("content-type", "application/problem+json"),
        ("content-length", str(len(data))),
    ]
    body = None if method == "HEAD" else data
    return Answer(status=problem.status, headers=headers, body=body)


class NoTextError(Exception):
    """A value that has no JSON text."""


def _problem(error: Exception, status: int | None) -> Problem | None:
    """What an exchange that failed is answered with; None for an error that is nobody's message."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RecursionError):
        return body_problem(Fault.MALFORMED, "nested too deeply", status)
    if isinstance(error, (FieldError, NoTextError, RecordError)):
        return body_problem(Fault.MALFORMED, str(error), status)
    return gap_problem(error)


def _spent_body() -> Problem:
    return Problem.of(
        501,
        "body-spent",
        "The request's body cannot be sent twice",
        "this call becomes several, and an earlier one of them has used up the body",
    )


def _text(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    if not isinstance(body, _JSON):
        raise TypeError(f"an exchange made a body of type {type(body).__name__}")
    try:
        return dumps(body)
    except ValueError as error:
        raise NoTextError(f"what it became is no JSON: {error}") from None
