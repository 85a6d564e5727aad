"""Code that makes the caller's answer of the callee's, by its status."""

from collections.abc import Sequence
from typing import Final

from compat.emit import syntax as s
from compat.emit.effects import Named
from compat.emit.lens import apart, root_scope
from compat.emit.messages import opened
from compat.emit.simplify import simplified
from compat.emit.syntax import Block, Expr
from compat.emit.writer import ModuleWriter
from compat.errors import CompatError
from compat.lens.ops import Apply, Flow, Lens
from compat.plan.bridge import AnswerBridge

DEFAULT: Final = "DEFAULT"


def answered(bridges: Sequence[AnswerBridge], hint: str, flow: Flow, module: ModuleWriter) -> Block:
    """Statements that return the caller's answer for the one in the variable `answer`."""
    by_status = _effective(bridges, module.facts.named)
    body: Block = []
    for statuses, bridge in _arms(by_status):
        test = _has_status(statuses)
        lines = _response(bridge, hint, flow, module)
        body += lines if test is None else [s.if_(test, lines)]
    if DEFAULT not in by_status:
        body.append(s.return_(s.call(module.use("values", "passed"), "answer")))
    return body


def is_passing(bridge: AnswerBridge, named: Named) -> bool:
    """Whether the answer passes as it is."""
    return bridge.becomes is None and not bridge.records and not simplified(bridge.lens, named)


def _effective(bridges: Sequence[AnswerBridge], named: Named) -> dict[str, AnswerBridge]:
    """The first bridge of each status, without those that only say what happens anyhow."""
    found: dict[str, AnswerBridge] = {}
    for bridge in bridges:
        found.setdefault(bridge.status.upper(), bridge)
    if DEFAULT in found and is_passing(found[DEFAULT], named):
        del found[DEFAULT]
    for status in sorted(found, key=_rank, reverse=True):
        wider = [f"{status[0]}XX", DEFAULT] if status != DEFAULT else []
        if is_passing(found[status], named) and not any(
            each in found and each != status for each in wider
        ):
            del found[status]
    return found


def _rank(status: str) -> int:
    """Exact statuses first, then the likes of "4XX", then the default."""
    return 2 if status == DEFAULT else 1 if status.endswith("XX") else 0


def _arms(by_status: dict[str, AnswerBridge]) -> list[tuple[list[str], AnswerBridge]]:
    """Statuses in the order they are tested, those together that lead to the same."""
    arms: list[tuple[list[str], AnswerBridge]] = []
    for status in sorted(by_status, key=_rank):
        bridge = by_status[status]
        for statuses, known in arms:
            if _rank(status) == _rank(statuses[0]) == 0 and _is_alike(bridge, known):
                statuses.append(status)
                break
        else:
            arms.append(([status], bridge))
    return arms


def _is_alike(one: AnswerBridge, other: AnswerBridge) -> bool:
    return (one.becomes, one.records, one.lens) == (other.becomes, other.records, other.lens)


def _has_status(statuses: list[str]) -> Expr | None:
    """The condition that the answer has one of them; None for any."""
    status, first = s.expr("answer.status"), statuses[0]
    if first == DEFAULT:
        return None
    if _rank(first) == 1:
        low = int(first[0]) * 100
        return s.compare(s.literal(low), "<=", status, "<", s.literal(low + 100))
    numbers = [s.literal(int(each)) for each in statuses]
    if len(numbers) == 1:
        return s.compare(status, "==", numbers[0])
    return s.compare(status, "in", s.tuple_(numbers))


def _response(bridge: AnswerBridge, hint: str, flow: Flow, module: ModuleWriter) -> Block:
    if is_passing(bridge, module.facts.named):
        return [s.return_(s.call(module.use("values", "passed"), "answer"))]
    changes: dict[str, Expr | str] = {}
    lines: Block = []
    if bridge.records:
        changes["body"] = "answer.body"
        changes["records"] = _record_function(bridge.lens, hint, flow, module)
    else:
        code = opened(bridge.lens, "answer", module, flow)
        lines, changes["body"] = code.lines, code.body
        if "header" in code.parts:
            pairs = s.call(module.use("parts", "header_pairs"), "header", "answer.headers")
            changes["headers"] = pairs
    if bridge.becomes is not None:
        changes["status"] = s.literal(bridge.becomes)
    answer = s.call(module.use("values", "revised"), "answer", **changes)
    return [*lines, s.return_(answer)]


def _record_function(lens: Lens, hint: str, flow: Flow, module: ModuleWriter) -> str:
    """The name of the function that every record has to pass through."""
    lens = simplified(lens, module.facts.named)
    if module.facts.effect_of(lens).removes:
        raise CompatError("the plan lets a record of a stream vanish", hint="use a hook for it")
    match lens:
        case ():
            return module.use("values", "own")
        case (Apply(name=name, flow=way),):
            return module.lens(name, way)
        case _:
            return apart(lens, f"{hint}_record", root_scope(module, flow))
