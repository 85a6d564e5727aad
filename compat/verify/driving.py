"""Takes an exchange from its first request to its answer, and keeps what happened on the way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from compat.emit.runtime.message import Request, Response
from compat.lens.refusal import Refused
from compat.lens.value import is_json, own, same
from compat.model.interface import OperationKey
from compat.model.schema import Json
from compat.verify.messages import Answered, Routes
from compat.verify.raised import RAISED, told

CALLS_MAX: Final = 50
_NOT_FOUND: Final = Answered(response=Response(status=404))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an exchange: copies, which nothing that happens later can change.

    Of `answer` and `refused` (the id of a difference) one is set, unless the exchange failed in a
    way that none may: then `failure` says how. `records` are what the answer's stream brings.
    """

    sent: tuple[Request, ...]
    answer: Response | None = None
    refused: str | None = None
    failure: str = ""
    records: tuple[Json | Exception, ...] = ()


@dataclass(eq=False)
class Held:
    """What the two sides of an exchange hold after it: (whose, the message itself)."""

    messages: list[tuple[str, Any]] = field(default_factory=list)
    copies: list[tuple[str, Any, Any]] = field(default_factory=list)

    def given(self, whose: str, message: Any) -> None:
        """A message that the exchange is given: it must not change."""
        self.messages.append((whose, message))
        self.copies.append((whose, message, copied(message)))

    def made(self, whose: str, message: Any) -> None:
        """A message that the exchange makes."""
        self.messages.append((whose, message))


@dataclass(eq=False)
class Callee:
    """Answers requests by the operation they reach; the last answer over and over."""

    routes: Routes
    answers: Mapping[OperationKey, Sequence[Answered]]
    other: Callable[[OperationKey], Answered | None] = lambda _: None
    given: list[Answered] = field(default_factory=list)
    """What was answered so far."""
    _asked: dict[OperationKey, int] = field(default_factory=dict)

    @property
    def records(self) -> tuple[Json, ...]:
        """What the stream of the last answer brings."""
        return self.given[-1].records if self.given else ()

    def answer(self, request: Any) -> Response:
        """The answer to one request; 404 where no operation is reached."""
        self.given.append(self._answered(request))
        return self.given[-1].response

    def _answered(self, request: Any) -> Answered:
        found = self.routes.find(request.method, request.path)
        found = found or (
            self.routes.find("GET", request.path) if request.method == "HEAD" else None
        )
        if found is None:
            return _NOT_FOUND
        key = found[0]
        known = self.answers.get(key) or [each for each in (self.other(key),) if each]
        if not known:
            return _NOT_FOUND
        number = self._asked.get(key, 0)
        self._asked[key] = number + 1
        return known[min(number, len(known) - 1)]


def drive(
    start: Callable[[Any], Any],
    kinds: tuple[Callable[..., Any], Callable[..., Any], type[Exception]],
    request: Request,
    callee: Callee,
    held: Held | None = None,
) -> Outcome:
    """Carry out the exchange that `start` begins.

    `kinds` are the Request, Response and GapError that it knows.
    """
    held = held or Held()
    make_request, make_response, gap = kinds
    given = make_request(**parts_of(copied(request)))
    held.given("the caller's request", given)
    sent: list[Request] = []
    try:
        steps = start(given)
        upstream = next(steps)
        while True:
            number = len(sent) + 1
            held.made(f"request {number} to the callee", upstream)
            sent.append(_request(upstream))
            if number > CALLS_MAX:
                return Outcome(sent=tuple(sent), failure=f"more than {CALLS_MAX} requests")
            answer = make_response(**parts_of(copied(callee.answer(upstream))))
            held.given(f"the callee's answer {number}", answer)
            upstream = steps.send(answer)
    except StopIteration as stop:
        answer = stop.value
    except gap as refused:
        return Outcome(sent=tuple(sent), refused=_difference(refused))
    except RAISED as error:
        return Outcome(sent=tuple(sent), failure=told(error))
    if not hasattr(answer, "status"):
        return Outcome(sent=tuple(sent), failure=f"it returns {answer!r}, which is no answer")
    held.made("the caller's answer", answer)
    records = _records(answer.records, callee.records, gap, held)
    return Outcome(sent=tuple(sent), answer=_response(answer), records=records)


def parts_of(message: Any) -> dict[str, Any]:
    """The arguments to make a message of the same kind with."""
    if hasattr(message, "status"):
        return {"status": message.status, "headers": message.headers, "body": message.body}
    return {
        "method": message.method,
        "path": message.path,
        "query": message.query,
        "headers": message.headers,
        "body": message.body,
    }


def copied(message: Any) -> Any:
    """A copy of our own kind that shares nothing."""
    return _response(message) if hasattr(message, "status") else _request(message)


def _request(message: Any) -> Request:
    return Request(
        method=message.method,
        path=message.path,
        query=message.query,
        headers=message.headers,
        body=_body(message.body),
    )


def _response(message: Any) -> Response:
    return Response(
        status=message.status,
        headers=message.headers,
        body=_body(message.body),
        records=message.records,
    )


def _body(body: Any) -> Any:
    return own(body) if is_json(body) else body


def _difference(error: Exception) -> str:
    found: str = error.difference  # type: ignore[attr-defined]
    return found


def _records(
    convert: Callable[[Json], Json] | None,
    records: Sequence[Json],
    gap: type[Exception],
    held: Held,
) -> tuple[Json | Exception, ...]:
    if convert is None:
        return ()
    found: list[Json | Exception] = []
    for record in records:
        given = own(record)
        try:
            after = convert(given)  # which owns it: the adapter has read it for this alone
            held.made("the caller's record", after)
            found.append(own(after))
        except gap as refused:
            found.append(KeyError(_difference(refused)))
        except RAISED as error:
            found.append(error if isinstance(error, Exception) else RuntimeError(told(error)))
    return tuple(found)


OURS: Final = (Request, Response, Refused)


# --- comparing ------------------------------------------------------------------------------------


def unlike(one: Outcome, other: Outcome) -> Iterator[str]:
    """In what two outcomes of the same exchange differ."""
    if one.failure != other.failure:
        yield f"{one.failure or 'it goes well'}, not {other.failure or 'it goes well'}"
        return
    if len(one.sent) != len(other.sent):
        yield f"{len(one.sent)} requests are sent, not {len(other.sent)}"
    for ours, theirs in zip(one.sent, other.sent, strict=False):
        yield from _unlike_requests(ours, theirs)
    if one.refused != other.refused:
        yield f"{_refusal(one)}, not {_refusal(other)}"
    elif one.answer is not None and other.answer is not None:
        yield from _unlike_answers(one.answer, other.answer)
        if not _same_records(one.records, other.records):
            yield f"records {one.records!r}, not {other.records!r}"


def _refusal(outcome: Outcome) -> str:
    if outcome.refused is None:
        return "it is answered"
    return f"it is refused for {outcome.refused or 'no difference'}"


def _unlike_requests(one: Request, other: Request) -> Iterator[str]:
    for part in ("method", "path", "query", "headers"):
        ours, theirs = getattr(one, part), getattr(other, part)
        if ours != theirs:
            yield f"the request's {part}: {ours!r}, not {theirs!r}"
    if not same_body(one.body, other.body):
        yield f"the request's body: {one.body!r}, not {other.body!r}"


def _unlike_answers(one: Response, other: Response) -> Iterator[str]:
    if one.status != other.status:
        yield f"the answer's status: {one.status}, not {other.status}"
    if one.headers != other.headers:
        yield f"the answer's headers: {one.headers!r}, not {other.headers!r}"
    if not same_body(one.body, other.body):
        yield f"the answer's body: {one.body!r}, not {other.body!r}"
    if (one.records is None) != (other.records is None):
        yield "the answer's records: converted by one of the two alone"


def same_body(one: Any, other: Any) -> bool:
    """JSON values of one type throughout, or the very same thing that is none."""
    if is_json(one) and is_json(other):
        return same(one, other)
    return one is other or (isinstance(one, bytes) and one == other)


def _same_records(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other) and all(
        same(ours, theirs) if is_json(ours) and is_json(theirs) else repr(ours) == repr(theirs)
        for ours, theirs in zip(one, other, strict=True)
    )
