"""Exchanges as the plan describes them, in the plainest way: what a package's must be like.

Lenses are left to the interpreter. The rest is written from `compat.plan.bridge` alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from compat.emit.runtime.message import Flow as Steps
from compat.emit.runtime.message import Request, Response
from compat.lens import message
from compat.lens.interpret import Context, apply
from compat.lens.message import translate_request, translate_response
from compat.lens.ops import Apply, DifferenceId, FieldPath, Flow, Lens, Value
from compat.lens.refusal import Refused
from compat.lens.value import own
from compat.model.interface import Interface
from compat.model.role import Role
from compat.model.schema import ABSENT, Json
from compat.plan.bridge import AnswerBridge, BridgePlan, Call, Exchange, Paging, Slicing
from compat.verify.changes import changes
from compat.verify.messages import path_of
from compat.verify.nodes import Path
from compat.verify.tracing import Counts, Tracer

PAGES_MAX = 10_000
Hooks = Mapping[str, Callable[[Json], Json]]
Touch = tuple[DifferenceId, Path]


def caller_and_callee(plan: BridgePlan, role: Role) -> tuple[Interface, Interface]:
    """The version of whoever asks in that role, and of whoever answers."""
    return (plan.old, plan.new) if role is Role.OLD_CLIENT else (plan.new, plan.old)


def request_flow(role: Role) -> Flow:
    """Which way requests travel; answers travel the other."""
    return Flow.UP if role is Role.OLD_CLIENT else Flow.DOWN


@dataclass(eq=False)
class Oracle:
    """One plan with the functions of its hooks file.

    `counts` grows as exchanges go on, and so does `touched`: what hooks have changed in the values
    they were given, by the path from there.
    """

    plan: BridgePlan
    hooks: Hooks
    touched: list[Touch] = field(default_factory=list)
    _tracer: Tracer = field(default_factory=Tracer)
    _context: Context = field(init=False)
    _prepared: dict[int, tuple[Lens, Lens]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lenses = {
            name: self._tracer.prepared(lens.up, Flow.UP) for name, lens in self.plan.lenses.items()
        }
        reasons = {need.name: need.difference for need in self.plan.hooks}
        watched = {name: self._watched(hook, reasons[name]) for name, hook in self.hooks.items()}
        self._context = Context(lenses=lenses, hooks=_Both(watched, self._tracer.hooks))

    def _watched(
        self, hook: Callable[[Json], Json], reason: DifferenceId
    ) -> Callable[[Json], Json]:
        def watched(value: Json) -> Json:
            before = own(value)
            after = hook(value)
            self.touched += ((reason, change.path) for change in changes(before, after))
            return after

        return watched

    @property
    def counts(self) -> Counts:
        return self._tracer.counts

    def lens(self, name: str, flow: Flow, value: Json) -> Value:
        """What a named lens makes of a value. Raises Refused."""
        return apply((Apply(name=name, flow=flow),), value, self._context)

    def exchange(
        self, role: Role, exchange: Exchange, captured: Mapping[str, str], request: Request
    ) -> Steps:
        """As the package's; raises Refused."""
        way = _Way(self, role, exchange, captured, request)
        whole: Response | None = None
        parts: list[tuple[FieldPath, Response]] = []
        for call in exchange.calls:
            if call.when and not any(way.has(path) for path in call.when):
                continue
            answer = yield from way.made(call)
            alone = len(exchange.calls) == 1 and not call.when and call.into is None
            if alone or answer.status >= 400:
                return way.answered(call, answer)
            if call.into is None:
                whole = way.answered(call, answer)
            else:
                parts.append((call.into, way.answered(call, answer)))
        return _joined(whole, parts)

    def prepared(self, lens: Lens, flow: Flow) -> Lens:
        """The lens of a call, prepared once."""
        if id(lens) not in self._prepared:
            self._prepared[id(lens)] = lens, self._tracer.prepared(lens, flow)
        return self._prepared[id(lens)][1]

    @property
    def context(self) -> Context:
        return self._context


class _Both(dict[str, Callable[[Json], Json]]):
    """The hooks of people, and those of the tracer, which come to be as lenses are prepared."""

    def __init__(self, first: Hooks, second: Hooks) -> None:
        super().__init__(first)
        self._second = second

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._second

    def __getitem__(self, name: str) -> Callable[[Json], Json]:
        return self._second[name] if name in self._second else super().__getitem__(name)


@dataclass(frozen=True, slots=True)
class _Way:
    """One exchange under way."""

    oracle: Oracle
    role: Role
    exchange: Exchange
    captured: Mapping[str, str]
    request: Request

    @property
    def opened(self) -> message.Request:
        body = self.request.body
        return message.Request(
            path=self.captured,
            query=tuple(self.request.query),
            headers=tuple(self.request.headers),
            body=ABSENT if body is None else body,  # type: ignore[arg-type]
        )

    def has(self, path: FieldPath) -> bool:
        """Has the caller's request a value there? An empty part is none."""
        value: Json = message.open_request(self.opened)
        for name in path:
            if not isinstance(value, dict) or name not in value:
                return False
            value = value[name]
        return len(path) > 1 or path[0] == "body" or bool(value)

    def made(self, call: Call) -> Steps:
        """Send what the call is for; its answer."""
        flow = request_flow(self.role)
        lens = self.oracle.prepared(call.request, flow)
        sent = translate_request(lens, self.opened, self.oracle.context)
        callee = caller_and_callee(self.oracle.plan, self.role)[1]
        try:
            path = path_of(callee.base_of(call.operation), call.operation.path, sent.path)
        except KeyError as error:
            raise Refused(difference="", path=("path",), reason=f"nothing gives {error}") from None
        request = Request(
            method=self._method(call),
            path=path,
            query=sent.query,
            headers=sent.headers,
            body=None if sent.body is ABSENT else sent.body,
        )
        if call.paging is None:
            return (yield request)
        return (yield from _paged(call.paging, request))

    def _method(self, call: Call) -> str:
        """The call's own; a HEAD that came by the way of a GET leads on as one."""
        both = call.operation.method, self.exchange.operation.method
        return self.request.method if both == ("GET", "GET") else call.operation.method

    def answered(self, call: Call, answer: Response) -> Response:
        """The caller's answer for the callee's."""
        bridge = _bridge(call, answer.status)
        if bridge is not None:
            answer = self._bridged(bridge, answer)
        return answer if call.slicing is None else _sliced(call.slicing, answer, self.request)

    def _bridged(self, bridge: AnswerBridge, answer: Response) -> Response:
        lens = self.oracle.prepared(bridge.lens, request_flow(self.role).back)
        status = answer.status if bridge.becomes is None else bridge.becomes
        if bridge.records:
            return Response(
                status=status,
                headers=answer.headers,
                body=answer.body,
                records=lambda record: apply(lens, record, self.oracle.context),  # type: ignore[arg-type, return-value]
            )
        opened = message.Response(
            status=answer.status,
            headers=tuple(answer.headers),
            body=ABSENT if answer.body is None else answer.body,  # type: ignore[arg-type]
        )
        closed = translate_response(lens, opened, self.oracle.context)
        body = None if closed.body is ABSENT else closed.body
        return Response(status=status, headers=closed.headers, body=body, records=answer.records)


def _bridge(call: Call, status: int) -> AnswerBridge | None:
    """The first for the exact status, else for its range, else the default."""
    for wanted in (str(status), f"{status // 100}XX", "DEFAULT"):
        for bridge in call.answers:
            if bridge.status.upper() == wanted:
                return bridge
    return None


def _paged(paging: Paging, request: Request) -> Steps:
    """Page after page; the last one with the entries of all."""
    entries: list[Json] = []
    seen: list[str] = []
    page = yield request
    while True:
        body = page.body
        if page.status // 100 != 2 or not isinstance(body, dict):
            return page
        held = body.get(paging.entries)
        entries += held if isinstance(held, list) else []
        token = body.get(paging.token_field)
        if token is None or token == "":
            whole = body | {paging.entries: entries} if seen else body
            return Response(status=page.status, headers=page.headers, body=whole)
        text = str(token)
        if text in seen or len(seen) >= PAGES_MAX:
            raise Refused(difference="", path=("body", paging.token_field), reason="no end")
        seen.append(text)
        rest = [pair for pair in request.query if pair[0] != paging.token_query]
        page = yield Request(
            method=request.method,
            path=request.path,
            query=[*rest, (paging.token_query, text)],
            headers=request.headers,
            body=request.body,
        )


def _sliced(slicing: Slicing, answer: Response, request: Request) -> Response:
    """The part of the list that the caller asked for."""
    body = answer.body
    held = body.get(slicing.entries) if isinstance(body, dict) else None
    if answer.status // 100 != 2 or not isinstance(body, dict) or not isinstance(held, list):
        return answer
    asked = dict(request.query)
    start, size = (
        _number(asked.get(name, "")) for name in (slicing.token_query, slicing.size_query)
    )
    end = start + size if size else len(held)
    cut: dict[str, Json] = {**body, slicing.entries: held[start:end]}
    if end < len(held):
        cut[slicing.token_field] = end if slicing.numeric else str(end)
    return Response(status=answer.status, headers=answer.headers, body=cut, records=answer.records)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _joined(whole: Response | None, parts: list[tuple[FieldPath, Response]]) -> Response:
    """One answer: the caller's own, with the bodies of the others where they belong."""
    if whole is None and not parts:
        raise Refused(difference="", path=(), reason="no call is asked for")
    first = whole or parts[0][1]
    body: Json = own(whole.body) if whole is not None else None  # type: ignore[arg-type]
    for path, part in parts:
        body = _with(body, path, part.body)  # type: ignore[arg-type]
    records = first.records if whole is not None else None
    return Response(status=first.status, headers=first.headers, body=body, records=records)


def _with(body: Json, path: FieldPath, part: Json) -> Json:
    """The body with a part at the path, as far as there is one and it has a place."""
    if part is None:
        return body
    if body is None:
        body = {}
    if not path:
        return {**body, **part} if isinstance(body, dict) and isinstance(part, dict) else body
    if not isinstance(body, dict):
        return body
    name, rest = path[0], path[1:]
    if not rest:
        return {**body, name: part}
    return {**body, name: _with(body.get(name, {}), rest, part)}
