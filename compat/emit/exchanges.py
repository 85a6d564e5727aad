"""Code for exchanges: one generator function for each operation that is more than a new base path.

It takes the caller's request and the raw values of the path's parameters, yields requests to the
callee, is sent the answers, and returns the caller's answer.
"""

from dataclasses import dataclass

from compat.emit import syntax as s
from compat.emit.answers import answered
from compat.emit.messages import Opened, opened
from compat.emit.names import exchange_name, prose
from compat.emit.syntax import Block, Expr
from compat.emit.targets import path_expression, target_of
from compat.emit.writer import ModuleWriter
from compat.lens.ops import Flow
from compat.model.interface import Interface
from compat.plan.bridge import Call, Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where an exchange leads: to which version, and the direction of its requests."""

    callee: Interface
    flow: Flow

    def base(self, call: Call) -> str:
        return self.callee.base_of(call.operation)


def exchange_function(exchange: Exchange, way: Way, module: ModuleWriter) -> str:
    """Add the function of an exchange to the module, and give its name there."""
    for each in ("Request", "Flow"):
        module.use("message", each)
    name = module.function_name(exchange_name(exchange.name))
    body: Block = [s.docstring([_title(exchange)])]
    if exchange.hook is not None:
        hook = s.call(f"{module.use('hooks_protocol', 'HOOKS')}.{exchange.hook}", _copy(module))
        body.append(s.return_(s.in_parens(s.delegated(hook))))
    elif is_simple(exchange):
        body += _asked(exchange.calls[0], exchange, way, module)
        body += _returned(exchange.calls[0], name, way, module)
    else:
        body += _joined(exchange, name, way, module)
    reads_path = any("captured" in s.code(line) for line in body[1:])
    captured = "captured" if reads_path else "_captured"
    params = {"request": "Request", captured: "dict[str, str]"}
    module.functions.append(s.function(name, params, ["Flow"], body))
    return name


def is_simple(exchange: Exchange) -> bool:
    """Whether there is one call, made in any case, whose answer is the caller's."""
    return (
        len(exchange.calls) == 1 and not exchange.calls[0].when and exchange.calls[0].into is None
    )


def _title(exchange: Exchange) -> str:
    by = ", ".join(str(call.operation) for call in exchange.calls)
    if exchange.hook is not None:
        by = f"the hook {exchange.hook}"
    return prose(f"{exchange.operation}, by {by}.", limit=90)


def _copy(module: ModuleWriter) -> Expr:
    body = s.call(module.use("values", "own"), "request.body")
    return s.call(module.use("values", "turned"), "request", "request.path", body=body)


def _asked(call: Call, exchange: Exchange, way: Way, module: ModuleWriter) -> Block:
    """The request made and sent; the callee's answer is in the variable `answer`."""
    target = target_of(exchange.operation, call.request, module.facts.named)
    code = opened(target.lens, "request", module, way.flow, "captured", "joined")
    others = {"query": _query(code, module), "headers": _headers(code, module)}
    if call.operation.method != exchange.operation.method:
        others["method"] = s.text(call.operation.method)
    request = s.call(
        module.use("values", "turned"),
        "request",
        path_expression(call.operation.path, way.base(call), target, module),
        body=code.body,
        **{name: expr for name, expr in others.items() if expr is not None},
    )
    if call.paging is None:
        return [*code.lines, s.assign("answer", s.sent(request))]
    pages = s.call(
        module.use("paging", "pages"),
        request,
        entries=s.text(call.paging.entries),
        token_field=s.text(call.paging.token_field),
        token_query=s.text(call.paging.token_query),
    )
    return [*code.lines, s.assign("answer", s.delegated(pages))]


def _query(code: Opened, module: ModuleWriter) -> Expr | None:
    if "query" not in code.parts:
        return None
    return s.call(module.use("parts", "query_pairs"), "query", "request.query")


def _headers(code: Opened, module: ModuleWriter) -> Expr | None:
    headers = None
    for part in ("header", "cookie"):
        if part in code.parts:
            pairs = headers or s.expr("request.headers")
            headers = s.call(module.use("parts", f"{part}_pairs"), part, pairs)
    return headers


def _returned(call: Call, name: str, way: Way, module: ModuleWriter) -> Block:
    """What the caller gets for `answer`."""
    if call.slicing is None:
        return answered(call.answers, f"_{name}", way.flow.back, module)
    whole = s.call(_answer_function(call, f"_{name}_answer", way, module), "answer")
    return [s.return_(_sliced(whole, call, module))]


def _sliced(whole: Expr, call: Call, module: ModuleWriter) -> Expr:
    if call.slicing is None:
        return whole
    return s.call(
        module.use("paging", "sliced"),
        whole,
        "request",
        entries=s.text(call.slicing.entries),
        token_field=s.text(call.slicing.token_field),
        token_query=s.text(call.slicing.token_query),
        size_query=s.text(call.slicing.size_query),
        numeric=s.name(str(call.slicing.numeric)),
    )


def _answer_function(call: Call, name: str, way: Way, module: ModuleWriter) -> str:
    """Add the function that makes the caller's answer of the callee's, and give its name."""
    kind, name = module.use("message", "Response"), module.function_name(name)
    body = answered(call.answers, name, way.flow.back, module)
    module.functions.append(s.function(name, {"answer": kind}, [kind], body))
    return name


def _joined(exchange: Exchange, name: str, way: Way, module: ModuleWriter) -> Block:
    """Several calls in order, and one answer made of theirs."""
    joined = s.name("joined")
    body: Block = [s.assign(joined, s.call(module.use("joining", "Joined")))]
    for number, call in enumerate(exchange.calls, start=1):
        function = _answer_function(call, f"_{name}_answer_{number}", way, module)
        answer = _sliced(s.call(function, "answer"), call, module)
        failed = s.compare("answer.status", ">=", s.literal(400))
        into = [] if call.into is None else [s.tuple_([s.text(each) for each in call.into])]
        lines = [
            *_asked(call, exchange, way, module),
            s.if_(failed, [s.return_(answer)]),
            s.run(s.method(joined, "add", answer, *into)),
        ]
        body += lines if not call.when else [s.if_(_wanted(call, module), lines)]
    return [*body, s.return_(s.method(joined, "answer"))]


def _wanted(call: Call, module: ModuleWriter) -> Expr:
    """Whether the caller's request asks for the call."""
    paths = s.tuple_([s.tuple_([s.text(each) for each in path]) for path in call.when])
    name = module.constant("when", paths, f"when {call.when!r}")
    return s.call(module.use("parts", "has_any"), "request", "captured", name)
