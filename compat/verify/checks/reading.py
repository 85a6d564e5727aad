"""What a face says it looks into is what it looks into."""

from collections.abc import Iterator
from dataclasses import replace

from compat.emit.runtime.message import Request, Response
from compat.model.interface import OperationKey
from compat.verify.bench import Bench, Finding, Run
from compat.verify.driving import copied, same_body, unlike
from compat.verify.messages import Answered

_OPAQUE = b"opaque"


def reading(bench: Bench, run: Run) -> Iterator[Finding]:
    """Where it says that it does not look into a body, a stream may stand for it."""
    case = run.case
    reads = bench.package.face(case.role).reads(case.request.method, case.request.path)
    yield from _calls(bench, run, reads.calls)
    if run.outcome.answer is not None and run.outcome.answer.records and not reads.records:
        yield Finding(message="it does not say that the answer is a stream of records")
    if not reads.request:
        if run.outcome.sent and case.request.body is not None:
            yield from _passed(case.request, run.outcome.sent[0], "request")
        request = copied(case.request)
        request.body = _OPAQUE
        yield from _unread(bench, run, replace(case, request=request))
    if not reads.answer and run.outcome.answer is not None:
        answered = case.answers.get(_first_call(run), ())
        if answered and not answered[0].records:
            yield from _passed(answered[0].response, run.outcome.answer, "answer")
        answers = {
            key: tuple(_opaque(each) for each in found) for key, found in case.answers.items()
        }
        yield from _unread(bench, run, replace(case, answers=answers))


def _first_call(run: Run) -> OperationKey:
    """The callee's operation that the exchange calls first."""
    exchange = run.case.exchange
    return exchange.calls[0].operation if exchange.calls else exchange.operation


def _passed(before: Request | Response, after: Request | Response, what: str) -> Iterator[Finding]:
    if not same_body(before.body, after.body):
        yield Finding(message=f"it says that it does not look into the {what}, and changes it")


def _calls(bench: Bench, run: Run, said: tuple[tuple[str, str], ...] | None) -> Iterator[Finding]:
    exchange = run.case.exchange
    callee = bench.versions.callee(run.case.role).interface
    wanted = {
        (
            call.operation.method,
            callee.base_of(call.operation) + call.operation.path.partition("?")[0],
        )
        for call in exchange.calls
    }
    if exchange.hook is not None:
        if said is not None:
            yield Finding(message=f"it says it calls {said!r}, which only its hook knows")
    elif exchange.calls and set(said or ()) != wanted:
        yield Finding(message=f"it says it calls {said!r}, not {sorted(wanted)!r}")


def _unread(bench: Bench, run: Run, case: object) -> Iterator[Finding]:
    """With a stream for the body all else is as it was, and the stream arrives."""
    outcome = bench.outcome(case)  # type: ignore[arg-type]
    for each in unlike(outcome, run.outcome):
        if "'s body: " not in each or repr(_OPAQUE) not in each:
            yield Finding(message=f"it looks into a body that it says it does not: {each}")


def _opaque(answered: Answered) -> Answered:
    response = answered.response
    body = None if response.body is None else _OPAQUE
    copy = Response(status=response.status, headers=response.headers, body=body)
    return Answered(response=copy, records=answered.records)
