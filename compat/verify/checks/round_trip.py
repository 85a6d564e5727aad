"""There and back again: what came is what went, but for the losses that the manifest lists.

The request that one face sends is given to the other face, whose callee answers with what the first
face's caller got. So a message of one version is seen again after both ways across.
"""

from collections.abc import Iterator, Mapping

from compat.emit.runtime.message import Request
from compat.model.interface import OperationKey
from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.bridge import Call, Exchange
from compat.plan.spot import Side
from compat.verify.bench import Bench, Finding, Run
from compat.verify.cases import Case, Version, answer_document, request_document
from compat.verify.changes import changes
from compat.verify.checks.admission import scene_of
from compat.verify.driving import Outcome
from compat.verify.messages import Answered
from compat.verify.nodes import Path
from compat.verify.oracle import Touch
from compat.verify.sections import (
    Section,
    answer_section,
    declared_answer,
    governing,
    request_section,
)

Touches = tuple[Touch, ...]


def round_trip(bench: Bench, run: Run) -> Iterator[Finding]:
    """Nothing is lost on the way there and back that nobody was told of."""
    call, back = _ways(bench, run)
    if call is None or back is None or not run.outcome.sent:
        return
    there = _way_back(run, back)
    touched = (*run.touched, *_touched(bench, there))
    returned = bench.outcome(there)
    if returned.failure:
        yield Finding(message=f"the way back fails: {returned.failure}")
        return
    if not returned.sent:
        return  # refused, as the other role's exchange says
    yield from _requests(bench, run, returned.sent[0], touched, _carried_out(call))
    paged = call.paging or call.slicing or back.calls[0].paging or back.calls[0].slicing
    answered = run.outcome.answer is not None and returned.answer is not None
    if answered and not paged and len(run.outcome.sent) == 1:
        yield from _answers(bench, run, call, returned, touched)


def way_back(bench: Bench, run: Run) -> Case | None:
    """The case that brings what came of another one back, where one call is all there is to it."""
    _, back = _ways(bench, run)
    return None if back is None or not run.outcome.sent else _way_back(run, back)


def _ways(bench: Bench, run: Run) -> tuple[Call | None, Exchange | None]:
    """The one call of the exchange, and the exchange that leads back from there."""
    exchange = run.case.exchange
    if len(exchange.calls) != 1:
        return None, None
    call = exchange.calls[0]
    back = bench.exchange(other_role(run.case.role), call.operation)
    if back is None or len(back.calls) != 1 or back.calls[0].operation != exchange.operation:
        return None, None
    return call, back


def _carried_out(call: Call) -> frozenset[Path]:
    """Parameters that the shim answers to by itself: the callee is not told of them."""
    if call.slicing is None:
        return frozenset()
    names = (call.slicing.token_query, call.slicing.size_query)
    return frozenset(("query", name) for name in names)


def other_role(role: Role) -> Role:
    return Role.NEW_CLIENT if role is Role.OLD_CLIENT else Role.OLD_CLIENT


def _way_back(run: Run, back: Exchange) -> Case:
    """What the other face is asked, and what its callee answers."""
    answers: dict[OperationKey, tuple[Answered, ...]] = {}
    if run.outcome.answer is not None:
        records = tuple(each for each in run.outcome.records if not isinstance(each, Exception))
        answered = Answered(response=run.outcome.answer, records=records)
        answers = {back.calls[0].operation: (answered,)}
    role = other_role(run.case.role)
    return Case(role=role, exchange=back, request=run.outcome.sent[0], answers=answers)


def _touched(bench: Bench, case: Case) -> tuple[Touch, ...]:
    """What hooks change on the way back."""
    return bench.expectation(case, bench.captured(case)).touched if bench.plan.hooks else ()


def _requests(
    bench: Bench,
    run: Run,
    returned: Request,
    touched: Touches,
    carried_out: frozenset[Path],
) -> Iterator[Finding]:
    caller = bench.versions.caller(run.case.role)
    found = caller.routes.find(returned.method, returned.path)
    if found is None or found[0] != run.case.exchange.operation:
        yield Finding(
            message=f"it comes back to {returned.method} {returned.path}", side=Side.REQUEST
        )
        return
    section = request_section(caller.operation(found[0]))
    before = request_document(run.captured, run.case.request)
    after = request_document(found[1], returned)
    callee = bench.versions.callee(run.case.role)
    if callee.operation(run.case.exchange.calls[0].operation).body is None:
        before, after = _without_empty_body(before), _without_empty_body(after)
    yield from _losses(bench, run, caller, section, before, after, touched, carried_out)


def _without_empty_body(request: dict[str, Json]) -> dict[str, Json]:
    """Where the other version has no body, an object of no fields says as much as none."""
    return {part: held for part, held in request.items() if part != "body" or held != {}}


def _answers(
    bench: Bench, run: Run, call: Call, returned: Outcome, touched: Touches
) -> Iterator[Finding]:
    callee = bench.versions.callee(run.case.role)
    operation = callee.operation(call.operation)
    answered = run.case.answers[call.operation][0]
    declared = declared_answer(operation, answered.response.status)
    assert returned.answer is not None
    if declared is None:
        return
    section = answer_section(operation, declared)
    before, after = answer_document(answered.response), answer_document(returned.answer)
    yield from _losses(bench, run, callee, section, before, after, touched)
    for record, back in zip(answered.records, returned.records, strict=False):
        if not isinstance(back, Exception):
            documents = {"body": record}, {"body": back}
            yield from _losses(bench, run, callee, section, *documents, touched)


def _losses(
    bench: Bench,
    run: Run,
    version: Version,
    section: Section,
    before: Mapping[str, Json],
    after: Mapping[str, Json],
    touched: Touches,
    carried_out: frozenset[Path] = frozenset(),
) -> Iterator[Finding]:
    is_new = version is bench.versions.caller(Role.NEW_CLIENT)
    scene = scene_of(run, section.side, is_new=is_new)
    for change in changes(dict(before), dict(after)):
        if change.path[:2] in carried_out:
            continue
        ways = governing(version.nodes, section, change.path)
        excuse = bench.excuses.of_loss(scene, ways, change, touched)
        if excuse is None:
            message = f"the {section.side} does not come back as it was, at {change}"
            yield Finding(message=message, side=section.side)
        else:
            bench.excused[excuse.id] += 1
