"""For each difference that breaks something: a message that it breaks, and that the shim mends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from compat.model.interface import Operation
from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.bridge import Difference, Exchange, Verdict
from compat.plan.spot import Side
from compat.verify.bench import Bench, Run
from compat.verify.cases import Case, CaseMaker, Version, Wanted, answer_document, request_document
from compat.verify.checks.admission import admission
from compat.verify.corpus import avoided
from compat.verify.evidence import Evidence, Unwitnessed, View, Witness, is_about
from compat.verify.oracle import request_flow
from compat.verify.sections import Section, answer_section, declared_answer, request_section
from compat.verify.telling import telling
from compat.verify.wishes import Target, Wish, is_near

_EXCHANGES_MAX: Final = 4
_PRESENCE: Final = ("became-required", "became-optional", "default-changed")
_WAYS: Final = frozenset(
    {
        "operation-removed",
        "operation-added",
        "operation-replaced",
        "operation-moved",
        "path-prefix-changed",
    }
)
_RANKS: Final = {
    False: ("valid", "refused", "passes", "meaning", "refused otherwise"),
    True: ("refused", "valid", "passes", "meaning", "refused otherwise"),
}
"""Is it refused by the plan? -> what a witness may show, the best first."""


def witnesses(bench: Bench) -> Iterator[Witness | Unwitnessed]:
    """One for each role in which the difference's verdict says that something is to be done."""
    for difference in bench.plan.differences:
        for role in Role:
            if difference.judgements[role].verdict > Verdict.NONE:
                yield _search(bench, difference, role)


def _search(bench: Bench, difference: Difference, role: Role) -> Witness | Unwitnessed:
    met = [each for each in bench.plan.exchanges.get(role, ()) if _meets(each, difference)]
    wanted = _RANKS["refuse" in difference.judgements[role].treatment]
    tried = 0
    best: Witness | None = None
    for case, side in _cases(bench, difference, role, met):
        tried += 1
        found = _witness(bench, difference, bench.run(case, foretell=False), side)
        if found is None:
            continue
        if best is None or wanted.index(found.becomes) < wanted.index(best.becomes):
            best = found
        if best.becomes == wanted[0]:
            break
    if best is not None:
        return best
    reason = _reason(bench, difference, role, met, tried)
    return Unwitnessed(difference=difference.id, role=role, reason=reason)


def _meets(exchange: Exchange, difference: Difference) -> bool:
    keys = {str(exchange.operation), *(str(call.operation) for call in exchange.calls)}
    return not difference.operations or bool(keys & set(difference.operations))


def _reason(
    bench: Bench, difference: Difference, role: Role, met: list[Exchange], tried: int
) -> str:
    if not met:
        return "no operation of the caller meets it in this role"
    if not tried:
        return "no message can be made that might hold it"
    makers = [CaseMaker(bench.versions, role, each) for each in met]
    reached = any(
        _reaches(bench, aim, maker) for aim in _aims(bench, difference, role) for maker in makers
    )
    if not reached:
        return f"the sender declares nothing of the kind, and none of {tried} messages shows it"
    return f"both specs allow each of {tried} messages tried, and the shim changes none for it"


# --- messages to try ------------------------------------------------------------------------------


def _cases(
    bench: Bench, difference: Difference, role: Role, met: list[Exchange]
) -> Iterator[tuple[Case, Side]]:
    """Messages that hold what the difference is about, the smallest first; then any."""
    makers = [CaseMaker(bench.versions, role, each) for each in met]
    if difference.kind in _WAYS:
        for maker in makers[:_EXCHANGES_MAX]:
            yield from ((case, Side.REQUEST) for case in maker.briefly())
        return
    for aim in _aims(bench, difference, role):
        leading = (each for each in makers if _reaches(bench, aim, each))
        for maker in islice(leading, _EXCHANGES_MAX):
            yield from ((case, aim.side) for case in _aimed(bench, aim, maker))
    for maker in makers[:_EXCHANGES_MAX]:
        easy = replace(maker, wanted=Wanted(avoid=avoided(bench, maker)))
        for case in easy.briefly():
            yield from ((case, side) for side in Side)
        if difference.kind.startswith("status-") or _is_awaited(bench, difference, maker):
            for status in _statuses(bench, maker):
                yield from ((case, Side.RESPONSE) for case in easy.aimed(status))


def _aimed(bench: Bench, aim: "_Aim", maker: CaseMaker) -> Iterator[Case]:
    avoid = avoided(bench, maker)
    wish = Wish(side=aim.side, avoid=avoid - {aim.target.place}, target=aim.target)
    if aim.side is Side.REQUEST:
        yield from replace(maker, wanted=Wanted(avoid=avoid, request=wish)).aimed(None)
        return
    aimed = replace(maker, wanted=Wanted(avoid=avoid, answer=wish))
    for status in _statuses(bench, maker):
        if _leads(bench, aim, maker, status):
            yield from aimed.aimed(status)


def _is_awaited(bench: Bench, difference: Difference, maker: CaseMaker) -> bool:
    """Do the caller's answers, maybe those to errors alone, have what the callee declares nowhere?

    No aim leads to it in the callee's own words.
    """
    callee, caller = bench.versions.callee(maker.role), bench.versions.caller(maker.role)
    place = _place(difference, bench, caller)
    if place is None or _place(difference, bench, callee) is not None:
        return False
    target, operation = caller.ways.target(place), caller.operation(maker.exchange.operation)
    return any(_is_in(target, answer_section(operation, each)) for each in operation.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aim:
    """A place that a message of one side is to reach."""

    side: Side
    target: Target


def _aims(bench: Bench, difference: Difference, role: Role) -> Iterator[_Aim]:
    for side in Side:
        version = _sender(bench, role, side)
        place = _place(difference, bench, version)
        if place is not None:
            missing = difference.kind.endswith(_PRESENCE)
            values = () if missing else _values(bench, difference, role, side)
            target = version.ways.target(place, values, missing=missing)
            yield _Aim(side=side, target=target)


def _leads(bench: Bench, aim: _Aim, maker: CaseMaker, status: str | None) -> bool:
    """Can the message have a value at the place?"""
    if aim.side is Side.REQUEST:
        operation = bench.versions.caller(maker.role).operation(maker.exchange.operation)
        section = request_section(operation)
    else:
        found = [
            answer_section(operation, answer)
            for operation in _partners(bench, maker)
            for answer in operation.answers
            if answer.status == status
        ]
        section = found[0]
    return _is_in(aim.target, section)


def _is_in(target: Target, section: Section) -> bool:
    schemas = [each.schema for each in section.contents if each.schema is not None]
    schemas += (each.schema for named in section.parts.values() for each in named.values())
    return any(is_near(target.distance(schema)) for schema in schemas)


def _reaches(bench: Bench, aim: _Aim, maker: CaseMaker) -> bool:
    """Does the exchange have a message that can have a value at the place?"""
    if aim.side is Side.REQUEST:
        return _leads(bench, aim, maker, None)
    return any(_leads(bench, aim, maker, status) for status in _statuses(bench, maker))


def _partners(bench: Bench, maker: CaseMaker) -> list[Operation]:
    callee = bench.versions.callee(maker.role)
    return [callee.operation(call.operation) for call in maker.exchange.calls]


def _statuses(bench: Bench, maker: CaseMaker) -> list[str]:
    partners = _partners(bench, maker)
    return list(dict.fromkeys(answer.status for each in partners for answer in each.answers))


def _place(difference: Difference, bench: Bench, version: Version) -> str | None:
    is_new = version is bench.versions.caller(Role.NEW_CLIENT)
    place = difference.new if is_new else difference.old
    return None if place is None else place.id


def _sender(bench: Bench, role: Role, side: Side) -> Version:
    return bench.versions.caller(role) if side is Side.REQUEST else bench.versions.callee(role)


def _receiver(bench: Bench, role: Role, side: Side) -> Version:
    return bench.versions.callee(role) if side is Side.REQUEST else bench.versions.caller(role)


def _values(bench: Bench, difference: Difference, role: Role, side: Side) -> tuple[Json, ...]:
    """Values that the sender's schema there admits and the receiver's does not, if scalars."""
    schemas = []
    for version in (_sender(bench, role, side), _receiver(bench, role, side)):
        place = _place(difference, bench, version)
        found = version.ways.at(place) if place is not None else ()
        schemas.append((version.sides[side], found[0] if found else None))
    (sender, ours), (receiver, theirs) = schemas
    if ours is None or theirs is None:
        return ()
    return telling(sender, ours, receiver, theirs)


# --- what a message shows -------------------------------------------------------------------------


def _witness(bench: Bench, difference: Difference, run: Run, side: Side) -> Witness | None:
    if difference.kind in _WAYS:
        return _way_witness(bench, difference, run)
    if side is Side.REQUEST:
        return _request_witness(bench, difference, run)
    return _answer_witness(bench, difference, run)


def _way_witness(bench: Bench, difference: Difference, run: Run) -> Witness | None:
    """The other version has no operation there."""
    request = run.case.request
    callee = bench.versions.callee(run.case.role)
    if callee.routes.find(request.method, request.path) is not None:
        return None
    shows = f"the other version has no {request.method} {request.path}"
    document: dict[str, Json] = {"method": request.method, "path": request.path}
    if run.outcome.refused is not None:
        return _made(difference, run, Side.REQUEST, document, shows, "refused", None)
    if not run.outcome.sent:
        return None
    sent: Json = [f"{each.method} {each.path}" for each in run.outcome.sent]
    return _made(difference, run, Side.REQUEST, document, shows, "valid", sent)


def _request_witness(bench: Bench, difference: Difference, run: Run) -> Witness | None:
    role, exchange = run.case.role, run.case.exchange
    caller, callee = bench.versions.caller(role), bench.versions.callee(role)
    document = request_document(run.captured, run.case.request)
    ours = View(
        version=caller,
        section=request_section(caller.operation(exchange.operation)),
        is_new=role is Role.NEW_CLIENT,
    )
    for index, call in enumerate(exchange.calls):
        partner = callee.operation(call.operation)
        theirs = View(
            version=callee, section=request_section(partner), is_new=role is Role.OLD_CLIENT
        )
        shown = _shown(difference, document, (ours, theirs))
        if run.outcome.refused == difference.id:
            shows = str(shown) if shown else difference.message
            return _made(difference, run, Side.REQUEST, document, shows, "refused", None)
        if run.outcome.refused is not None and shown is not None and not run.outcome.sent:
            return _refused_otherwise(difference, run, Side.REQUEST, document, shown)
        if index >= len(run.outcome.sent):
            continue
        sent = run.outcome.sent[index]
        found = callee.routes.find(sent.method, sent.path)
        after = request_document(found[1] if found else {}, sent)
        return _judged(
            bench, difference, run, Side.REQUEST, (document, after), shown, (ours, theirs)
        )
    return None


def _answer_witness(bench: Bench, difference: Difference, run: Run) -> Witness | None:
    role, exchange = run.case.role, run.case.exchange
    caller, callee = bench.versions.caller(role), bench.versions.callee(role)
    operation = caller.operation(exchange.operation)
    for call in exchange.calls:
        partner = callee.operation(call.operation)
        answered = run.case.answers[call.operation][0]
        document = answer_document(answered.response)
        if answered.records:
            document["body"] = answered.records[0]
        ours = _answer_view(callee, partner, answered.response.status, role is Role.OLD_CLIENT)
        if ours is None or not run.outcome.sent:
            continue
        theirs = _answer_view(caller, operation, answered.response.status, role is Role.NEW_CLIENT)
        if difference.kind.startswith("status-"):
            return _status_witness(difference, run, operation, answered.response.status, document)
        if theirs is None:
            return None
        shown = _shown(difference, document, (ours, theirs))
        if run.outcome.refused == difference.id:
            shows = str(shown) if shown else difference.message
            return _made(difference, run, Side.RESPONSE, document, shows, "refused", None)
        if run.outcome.answer is None:
            if shown is not None:
                return _refused_otherwise(difference, run, Side.RESPONSE, document, shown)
            continue
        after = answer_document(run.outcome.answer)
        if run.outcome.records and not isinstance(run.outcome.records[0], Exception):
            after["body"] = run.outcome.records[0]
        documents = (document, after)
        return _judged(bench, difference, run, Side.RESPONSE, documents, shown, (ours, theirs))
    return None


def _refused_otherwise(
    difference: Difference, run: Run, side: Side, document: Mapping[str, Json], shown: Evidence
) -> Witness:
    """Another difference stops the message before."""
    after: Json = {"refused for": run.outcome.refused}
    return _made(difference, run, side, document, str(shown), "refused otherwise", after)


def _answer_view(version: Version, operation: Operation, status: int, is_new: bool) -> View | None:
    declared = declared_answer(operation, status)
    if declared is None:
        return None
    return View(version=version, section=answer_section(operation, declared), is_new=is_new)


def _status_witness(
    difference: Difference,
    run: Run,
    operation: Operation,
    status: int,
    document: Mapping[str, Json],
) -> Witness | None:
    """The caller's version does not name that status."""
    if _names(operation, status):
        return None
    shows = f"{operation.key} does not answer with {status}"
    if run.outcome.answer is None:
        evidence = Evidence(path=("status",), message=shows)
        return _refused_otherwise(difference, run, Side.RESPONSE, document, evidence)
    after = run.outcome.answer.status
    becomes = "valid" if _names(operation, after) else "passes"
    return _made(difference, run, Side.RESPONSE, dict(document), shows, becomes, {"status": after})


def _names(operation: Operation, status: int) -> bool:
    return any(answer.status == str(status) for answer in operation.answers)


def _shown(
    difference: Difference, document: Mapping[str, Json], views: tuple[View, View]
) -> Evidence | None:
    """What the receiver's version has against the message as it is, because of the difference."""
    found = (each for each in views[1].evidence(document) if is_about(difference, each, views))
    return next(found, None)


def _judged(
    bench: Bench,
    difference: Difference,
    run: Run,
    side: Side,
    documents: tuple[Mapping[str, Json], Mapping[str, Json]],
    shown: Evidence | None,
    views: tuple[View, View],
) -> Witness | None:
    before, after = dict(documents[0]), dict(documents[1])
    if shown is None:
        later = next(
            (each for each in views[1].evidence(after) if is_about(difference, each, views)), None
        )
        if later is not None:
            return _made(difference, run, side, before, str(later), "passes", after)
        flow = request_flow(run.case.role)
        flow = flow if side is Side.REQUEST else flow.back
        if not run.counted[difference.id, flow.value] or before == after:
            return None
        shows = f"both specs allow it, and mean something else: {difference.message}"
        return _made(difference, run, side, before, shows, "meaning", after)
    still = any(
        is_about(difference, each, views) and each.path == shown.path
        for each in views[1].evidence(after)
    )
    bad = [each for each in admission(bench, run) if each.side is side]
    becomes = "passes" if still or bad else "valid"
    return _made(difference, run, side, before, str(shown), becomes, after)


def _made(
    difference: Difference,
    run: Run,
    side: Side,
    message: Mapping[str, Json],
    shows: str,
    becomes: str,
    after: Json,
) -> Witness:
    return Witness(
        difference=difference.id,
        role=run.case.role,
        operation=str(run.case.exchange.operation),
        side=side,
        message=dict(message),
        shows=shows,
        becomes=becomes,
        case=run.case,
        after=after,
    )
