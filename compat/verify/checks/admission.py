"""What the sender's spec allows becomes what the receiver's spec allows."""

from collections.abc import Iterator

from compat.emit.runtime.message import Request, Response
from compat.model.interface import Operation
from compat.model.role import Role
from compat.plan.bridge import Difference, Verdict
from compat.plan.spot import Side
from compat.verify.bench import Bench, Finding, Run
from compat.verify.cases import Version, answer_document, request_document
from compat.verify.changes import pointer
from compat.verify.excuses import Scene, alternatives_pass
from compat.verify.sections import (
    Section,
    answer_section,
    declared_answer,
    governing,
    message_faults,
    request_section,
)
from compat.verify.validity import Fault


def admission(bench: Bench, run: Run) -> Iterator[Finding]:
    """Every request that goes on, and the answer that comes back, is as its spec says."""
    for sent in run.outcome.sent:
        yield from _request(bench, run, sent)
    if run.outcome.answer is not None:
        yield from _answer(bench, run, run.outcome.answer)


def scene_of(run: Run, side: Side, *, is_new: bool) -> Scene:
    exchange = run.case.exchange
    keys = (exchange.operation, *(call.operation for call in exchange.calls))
    return Scene(role=run.case.role, side=side, is_new=is_new, operations=frozenset(map(str, keys)))


def _request(bench: Bench, run: Run, sent: Request) -> Iterator[Finding]:
    callee = bench.versions.callee(run.case.role)
    found = callee.routes.find(sent.method, sent.path)
    if found is None:
        message = f"the callee has no operation for {sent.method} {sent.path}"
        yield Finding(message=message, side=Side.REQUEST)
        return
    key, captured = found
    section = request_section(callee.operation(key))
    document = request_document(captured, sent)
    scene = scene_of(run, Side.REQUEST, is_new=run.case.role is Role.OLD_CLIENT)
    for fault in message_faults(callee.sides[Side.REQUEST], section, document):
        yield from _complaint(bench, scene, callee, section, fault)


def _answer(bench: Bench, run: Run, answer: Response) -> Iterator[Finding]:
    caller = bench.versions.caller(run.case.role)
    operation = caller.operation(run.case.exchange.operation)
    scene = scene_of(run, Side.RESPONSE, is_new=run.case.role is Role.NEW_CLIENT)
    declared = declared_answer(operation, answer.status)
    if declared is None:
        yield from _status(bench, scene, operation, answer.status)
        return
    section = answer_section(operation, declared)
    spec = caller.sides[Side.RESPONSE]
    for fault in message_faults(spec, section, answer_document(answer)):
        yield from _complaint(bench, scene, caller, section, fault)
    schema = next((each.schema for each in declared.contents if each.schema is not None), None)
    for record in run.outcome.records:
        if schema is None or isinstance(record, Exception):
            continue
        for fault in spec.validity.faults(schema, record):
            inner = fault.below(("body",))
            yield from _complaint(bench, scene, caller, section, inner, schema_of_records=True)


def _complaint(
    bench: Bench,
    scene: Scene,
    version: Version,
    section: Section,
    fault: Fault,
    *,
    schema_of_records: bool = False,
) -> Iterator[Finding]:
    excuse = excuse_of(bench, scene, version, section, fault)
    if excuse is not None:
        bench.excused[excuse.id] += 1
        return
    what = "a record" if schema_of_records else f"the {scene.side}"
    yield Finding(
        message=f"{what} is not as the {'new' if scene.is_new else 'old'} spec says, at "
        f"{pointer(fault.path)} ({fault.keyword}): {fault.message}",
        side=scene.side,
    )


def excuse_of(
    bench: Bench, scene: Scene, version: Version, section: Section, fault: Fault
) -> Difference | None:
    """The difference that lets the fault pass."""

    def excused(each: Fault) -> Difference | None:
        ways = governing(version.nodes, section, each.path)
        return bench.excuses.of_fault(scene, ways, each)

    return excused(fault) or alternatives_pass(fault, excused)


def _status(bench: Bench, scene: Scene, operation: Operation, status: int) -> Iterator[Finding]:
    """Clients expect what no spec names; another success has to be in the plan."""
    if status // 100 != 2:
        return
    names = tuple(f" {name}" for name in (status, f"{status // 100}XX", "default"))
    for each in bench.plan.differences:
        named = (
            each.kind in ("status-added", "status-removed")
            and str(operation.key) in each.operations
            and each.subject.endswith(names)
        )
        if named and each.judgements[scene.role].verdict >= Verdict.LOSSY:
            bench.excused[each.id] += 1
            return
    yield Finding(message=f"{operation.key} does not answer with {status}", side=Side.RESPONSE)
