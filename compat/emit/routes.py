"""The emitted modules of the two roles: the route table, and the face that adapters use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import libcst as cst

from compat.emit import syntax as s
from compat.emit.answers import is_passing
from compat.emit.effects import Named
from compat.emit.exchanges import is_simple
from compat.emit.messages import touched_parts
from compat.emit.modules import source
from compat.emit.syntax import Expr, Stmt
from compat.emit.targets import is_same_path, target_of
from compat.model.interface import Interface
from compat.plan.bridge import Call, Exchange

_FACE: Final = cst.parse_module(
    '''
def exchange(request: Request) -> Flow:
    """Yield requests to the callee, be sent its answers, and return the caller's answer.

    Raises GapError for what cannot be bridged.
    """
    return ROUTER.exchange(request)


def reads(method: str, path: str) -> Reads:
    """What the exchange for such a request looks into."""
    return ROUTER.reads(method, path)
'''
).body


Versions = tuple[Interface, Interface]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a role's module says; `functions` gives "module.function" for an exchange's name.

    `versions` are the caller's and the callee's.
    """

    versions: Versions
    exchanges: Sequence[Exchange]
    functions: Mapping[str, str]
    has_hooks: bool


def is_plain(exchange: Exchange, versions: Versions, named: Named) -> bool:
    """Whether nothing but the base path differs, whatever names the path's parameters have."""
    if _has_own_base(exchange, versions) or exchange.hook is not None or not is_simple(exchange):
        return False
    (call,) = exchange.calls
    if call.paging or call.slicing or call.operation.method != exchange.operation.method:
        return False
    target = target_of(exchange.operation, call.request, named)
    passes = all(is_passing(bridge, named) for bridge in call.answers)
    return passes and not target.lens and is_same_path(exchange.operation, call.operation, target)


def routes_source(header: Sequence[str], table: Table, named: Named) -> str:
    """The file of one role."""
    imports = {".message": ["Flow", "Reads", "Request"], ".routing": ["Route", "Router"]}
    routes = s.tuple_([_route(each, table, named) for each in table.exchanges])
    base, to = (version.base_path for version in table.versions)
    bases = {"base": s.text(base), "to": s.text(to)}
    router = s.call("Router", "__package__", **bases, routes=s.name("ROUTES"))
    groups: list[Sequence[Stmt]] = [[s.assign("ROUTES", routes), s.assign("ROUTER", router)]]
    groups.extend([each] for each in _FACE)
    if table.has_hooks:  # imported for the check that it makes, before any call
        imports["."] = ["hooks_protocol as hooks_protocol"]
    return source(header, imports, groups)


def _route(exchange: Exchange, table: Table, named: Named) -> Expr:
    key = exchange.operation
    template = table.versions[0].below_base(key)
    place: list[Expr] = [s.text(key.method), s.text(template)]
    if exchange.hook is None and not exchange.calls:
        return s.call("Route", *place, gap=s.text(exchange.gap or ""))
    if exchange.name not in table.functions:
        return s.call("Route", *place)
    place.append(s.text(table.functions[exchange.name]))
    return s.call("Route", *place, **_looks(exchange, table.versions, named))


def _has_own_base(exchange: Exchange, versions: Versions) -> bool:
    """Whether a server of its own puts any of the operations under another base path."""
    caller, callee = versions
    calls = (callee.has_own_base(call.operation) for call in exchange.calls)
    return caller.has_own_base(exchange.operation) or any(calls)


def _looks(exchange: Exchange, versions: Versions, named: Named) -> dict[str, Expr | str]:
    """The arguments that say what the exchange looks into, where it does."""
    if exchange.hook is not None:
        return {"request": "True", "answer": "True", "calls": "None"}
    found: dict[str, Expr | str] = {}
    calls = [each.operation for each in exchange.calls]
    own = _has_own_base(exchange, versions)
    if own or calls != [exchange.operation]:
        callee = versions[1]
        bases = {key: callee.base_of(key) if own else "" for key in calls}
        pairs = [(key.method, base + key.path.partition("?")[0]) for key, base in bases.items()]
        found |= {"whole": "True"} if own else {}
        found["calls"] = s.tuple_([s.tuple_([s.text(each) for each in pair]) for pair in pairs])
    if any(_reads_request(call, named) for call in exchange.calls):
        found["request"] = "True"
    if any(_reads_answer(call, named) for call in exchange.calls):
        found["answer"] = "True"
    if any(bridge.records for call in exchange.calls for bridge in call.answers):
        found["records"] = "True"
    return found


def _reads_request(call: Call, named: Named) -> bool:
    asks = any(path[0] == "body" for path in call.when)
    return asks or "body" in touched_parts(call.request, named)


def _reads_answer(call: Call, named: Named) -> bool:
    if call.into is not None or call.paging or call.slicing:
        return True
    return any(
        "body" in touched_parts(bridge.lens, named) for bridge in call.answers if not bridge.records
    )
