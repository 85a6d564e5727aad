"""What neither spec knows passes: fields, and values of enums."""

from collections.abc import Iterator, Mapping
from typing import Any

from compat.lens.value import is_json
from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.spot import Side
from compat.verify.bench import Bench, Finding, Run
from compat.verify.cases import Version, answer_document, request_document
from compat.verify.changes import Change, pointer
from compat.verify.checks.admission import scene_of
from compat.verify.documents import UNKNOWN
from compat.verify.nodes import Path
from compat.verify.sections import (
    Section,
    answer_section,
    declared_answer,
    governing,
    request_section,
)

_BEGINNING = UNKNOWN.partition("{")[0]


def passage(bench: Bench, run: Run) -> Iterator[Finding]:
    """Every unknown field and value is still there on the other side."""
    if run.outcome.sent and run.outcome.refused is None:
        caller = bench.versions.caller(run.case.role)
        section = request_section(caller.operation(run.case.exchange.operation))
        before = request_document(run.captured, run.case.request)
        after = [
            [sent.query, sent.headers, sent.path, _plain(sent.body)] for sent in run.outcome.sent
        ]
        yield from _lost(bench, run, caller, section, before, after)
    if run.outcome.answer is not None and len(run.outcome.sent) == 1:
        yield from _lost_in_answer(bench, run)


def _lost_in_answer(bench: Bench, run: Run) -> Iterator[Finding]:
    callee = bench.versions.callee(run.case.role)
    found = callee.routes.find(run.outcome.sent[0].method, run.outcome.sent[0].path)
    if found is None or found[0] not in run.case.answers or run.outcome.answer is None:
        return
    operation, answered = callee.operation(found[0]), run.case.answers[found[0]][0]
    declared = declared_answer(operation, answered.response.status)
    if declared is None:
        return
    if any(call.slicing for call in run.case.exchange.calls):
        return  # what is on another page does not have to be here
    section = answer_section(operation, declared)
    answer = run.outcome.answer
    after: list[Any] = [answer.headers, _plain(answer.body)]
    yield from _lost(bench, run, callee, section, answer_document(answered.response), after)
    for record, converted in zip(answered.records, run.outcome.records, strict=False):
        if not isinstance(converted, Exception):
            yield from _lost(bench, run, callee, section, {"body": record}, [converted])


def _lost(
    bench: Bench,
    run: Run,
    version: Version,
    section: Section,
    before: Mapping[str, Json],
    after: list[Any],
) -> Iterator[Finding]:
    is_new = version is bench.versions.caller(Role.NEW_CLIENT)
    scene = scene_of(run, section.side, is_new=is_new)
    arrived = repr(after)
    for path, marker in _unknown(before):
        if marker in arrived:
            continue
        ways = governing(version.nodes, section, path)
        change = Change(path, marker, None)
        if bench.excuses.of_loss(scene, ways, change, run.touched) is None:
            what = "an unknown field or value of the "
            what += "request" if section.side is Side.REQUEST else "answer"
            yield Finding(message=f"{what} does not pass, at {pointer(path)}", side=section.side)


def _unknown(value: Json | Mapping[str, Json], path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str) and value.startswith(_BEGINNING):
        yield path, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _unknown(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(item, (*path, index))


def _plain(body: object) -> object:
    return body if is_json(body) else None
