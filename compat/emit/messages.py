"""Code for lenses on whole messages: each part that a lens touches is a variable.

The variables are `path`, `query`, `header`, `cookie` and `body`. The first four always hold an
object; `body` is None where there is no body, and whatever came where that is no JSON. A body that
becomes null between two operations on the message is none at once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from compat.emit import syntax as s
from compat.emit.effects import LIST, OBJECT, Named, effect_of
from compat.emit.fields import other, same, silent
from compat.emit.lens import root_scope
from compat.emit.moves import moved, taken, way
from compat.emit.paths import stands_apart
from compat.emit.simplify import below, simplified
from compat.emit.syntax import Block, Expr
from compat.emit.values import applied
from compat.emit.writer import ModuleWriter, Scope, Subject
from compat.errors import CompatError
from compat.lens.ops import (
    PARTS,
    AdmitNull,
    Apply,
    Default,
    Drop,
    FieldPath,
    Flow,
    Focus,
    Gap,
    Lens,
    Loss,
    Move,
    OmitNull,
    Op,
)
from compat.model.schema import ABSENT

BODY: Final = s.name("body")
_NO_BODY: Final = s.compare(BODY, "is", s.literal(None))
_IS_BODY: Final = s.compare(BODY, "is not", s.literal(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What goes before a message is made anew, which parts are variables then, and its body."""

    lines: Block
    parts: frozenset[str]
    body: Expr


def opened(lens: Lens, message: str, module: ModuleWriter, flow: Flow, *names: str) -> Opened:
    """The code of a lens for the message in the variable `message`, "request" or "answer".

    `names` are further variables of the function. Raises CompatError for an operation that no
    message can take.
    """
    ops = message_ops(lens, module.facts.named)
    parts = frozenset(part for op in ops for part in touched(op))
    scope = root_scope(module, flow, *PARTS, message, *names)
    whole = s.call(scope.helper("own"), f"{message}.body")
    match ops:
        case (Focus(path=("body",), lens=(Apply() as only,)),) if _takes_anything(only, scope):
            body = s.call(module.lens(only.name, only.flow), whole)
            return Opened(lines=[], parts=parts, body=body)
    lines = [s.assign(part, _part(part, message, module)) for part in PARTS if part in parts]
    for op in ops:
        lines += _operation(op, scope)
    return Opened(lines=lines, parts=parts, body=BODY if "body" in parts else whole)


def touched_parts(lens: Lens, named: Named) -> frozenset[str]:
    """The parts of a message that a lens opens."""
    return frozenset(part for op in message_ops(lens, named) for part in touched(op))


def message_ops(lens: Lens, named: Named) -> Lens:
    """As other lenses, but for two on the body if the first may leave none for the second."""
    done: list[Op] = []
    for op in (each for one in lens for each in simplified((one,), named)):
        previous = done[-1] if done else None
        if isinstance(op, Focus) and isinstance(previous, Focus) and op.path[0] == previous.path[0]:
            before = effect_of(below(previous), named)
            if not before.replaces and not before.removes:
                done[-1:] = simplified((previous, op), named)
                continue
        done.append(op)
    return tuple(done)


def touched(op: Op) -> Iterable[str]:
    """The parts that an operation on a message opens. CompatError if no message can take it."""
    match op:
        case Focus(path=(str(part), *_)):
            found: tuple[str, ...] = (part,)
        case Move(source=source, target=target):
            found = (source[0], target[0])
        case Default(field=field) | Drop(field=field) | OmitNull(field=field):
            found = (field,)
        case Gap():
            found = ()
        case _:
            raise _impossible(op)
    if not set(found) <= set(PARTS):
        raise _impossible(op)
    return found


def _impossible(op: Op) -> CompatError:
    return CompatError(
        f"the plan applies {type(op).__name__} to a message, which cannot take it",
        hint="this is a mistake of the planner; please report it",
    )


def _part(part: str, message: str, module: ModuleWriter) -> Expr:
    if part == "body":
        return s.call(module.use("values", "own"), f"{message}.body")
    source = {"path": "captured", "query": f"{message}.query"}.get(part, f"{message}.headers")
    return s.call(module.use("parts", f"{part}_of"), source)


def _operation(op: Op, scope: Scope) -> Block:
    match op:
        case Focus(path=("body", *_)):
            return _on_body(below(op), scope)
        case Focus(path=(str(part), *_)):
            return _on_part(part, below(op), op, scope)
        case Move(source=source, target=target) if source[0] == target[0]:
            return _moved_within(op, scope)
        case Move():
            return _moved(op, scope)
        case Default(field="body"):
            return _supplied(op, scope)
        case Drop(field="body"):
            return _dropped(op, scope)
        case OmitNull(field="body") | AdmitNull():
            return []
        case Gap():
            # A call rather than `raise`: the function has to stay a generator.
            return [s.run(s.call(scope.refuser(op.difference), s.text(op.difference)))]
        case _:
            raise _impossible(op)


def _takes_anything(op: Apply, scope: Scope) -> bool:
    """Whether the lens can be given what is no JSON, and no body: it tells them from the rest."""
    effect = scope.facts.named[op.name, op.flow]
    return effect.shapes <= OBJECT | LIST and not effect.removes


def _on_body(lens: Lens, scope: Scope) -> Block:
    effect = scope.facts.effect_of(lens)
    subject = Subject(
        read=BODY,
        put=lambda new: [s.assign(BODY, new)],
        remove=lambda: [s.assign(BODY, s.literal(None))],
        hint="body",
    )
    if stands_apart(lens, scope):
        found = applied(scope.apart(lens, "body", scope), subject, scope, removes=effect.removes)
    else:
        found = scope.block(lens, subject, scope)
    if effect.shapes <= OBJECT | LIST:
        return found
    return [s.if_(s.call(scope.helper("is_json"), BODY), found)]


def _on_part(part: str, lens: Lens, op: Op, scope: Scope) -> Block:
    if not scope.facts.effect_of(lens).edits_objects_only:
        raise _impossible(op)
    name = s.name(part)
    subject = Subject(read=name, put=lambda _: [], remove=list, hint=part, shapes=OBJECT)
    return scope.block(lens, subject, scope)


def _moved_within(op: Move, scope: Scope) -> Block:
    """From and to the same part."""
    inner = Move(source=op.source[1:], target=op.target[1:], difference=op.difference)
    part = s.name(op.source[0])
    if inner.source and inner.target:
        lines = moved(inner, part, scope)
        return lines if part.value != "body" else [s.if_(s.is_a(BODY, "dict"), lines)]
    if part.value != "body":
        raise _impossible(op)
    if inner.source:
        lines = taken(
            inner.source,
            BODY,
            scope.inside(),
            lambda value, _, __: [s.assign(BODY, value), *scope.count(op.difference)],
        )
        return [s.if_(s.is_a(BODY, "dict"), lines)]
    enclosed: Expr = BODY
    for name in reversed(inner.target):
        enclosed = s.dict_([(scope.key(name), enclosed)])
    put = [s.assign(BODY, enclosed), *scope.count(op.difference)]
    return [s.if_(s.call(scope.helper("is_json"), BODY), put)]


def _moved(op: Move, scope: Scope) -> Block:
    """From one part to another."""

    def put(value: Expr, prune: Block, inner: Scope) -> Block:
        return _way(
            op.target,
            op,
            inner,
            lambda spot: [s.assign(spot, value), *prune, *scope.count(op.difference)],
        )

    part, *names = op.source
    if part != "body":
        if not names:
            raise _impossible(op)
        return taken(tuple(names), s.name(part), scope, put)
    no_body = s.assign(BODY, s.literal(None))
    if not names:
        return [s.if_(s.call(scope.helper("is_json"), BODY), put(BODY, [no_body], scope.inside()))]
    emptied = s.if_(s.not_(BODY), [no_body])
    lines = taken(
        tuple(names),
        BODY,
        scope.inside(),
        lambda value, prune, inner: put(value, [*prune, emptied], inner),
    )
    return [s.if_(s.is_a(BODY, "dict"), lines)]


def _way(path: FieldPath, op: Move, scope: Scope, then: Callable[[Expr], Block]) -> Block:
    part, *names = path
    if part != "body":
        if not names:
            raise _impossible(op)
        return way(tuple(names), s.name(part), scope, then)
    if not names:
        return then(BODY)
    made = s.if_(_NO_BODY, [s.assign(BODY, s.dict_([]))])
    return [made, s.if_(s.is_a(BODY, "dict"), way(tuple(names), BODY, scope, then))]


def _supplied(op: Default, scope: Scope) -> Block:
    if op.value is ABSENT:
        return [s.if_(_NO_BODY, [scope.refuse(op.difference)])] if op.demand else []
    put = [s.assign(BODY, s.literal(op.value)), *scope.count(op.difference)]
    return put if op.overwrite else [s.if_(_NO_BODY, put)]


def _dropped(op: Drop, scope: Scope) -> Block:
    known = silent(op)
    gone = s.assign(BODY, s.literal(None))
    if op.loss is Loss.KEEP:
        return [s.if_(same(BODY, value, scope), [gone]) for value in known]
    told: Block = [scope.refuse(op.difference)]
    if op.loss is Loss.DROP:
        told = scope.count(op.difference)
    differs = [other(BODY, value, scope) for value in known]
    telling: Block = [s.if_(s.both(*differs), told)] if differs and told else told
    keeps = op.loss is Loss.REFUSE and not known
    return [s.if_(_IS_BODY, telling if keeps else [*telling, gone])]
