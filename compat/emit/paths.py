"""Code that leads to fields, list items and map values, and applies a lens there."""

from compat.emit import syntax as s
from compat.emit.effects import LIST, OBJECT, Shape
from compat.emit.names import singular
from compat.emit.simplify import below
from compat.emit.syntax import Block, Expr
from compat.emit.values import READ_ONCE, applied
from compat.emit.writer import Scope, Subject
from compat.lens.ops import ITEM, VALUE, Apply, Case, Convert, Focus, Gap, Lens, Move


def focused(op: Focus, subject: Subject, scope: Scope) -> Block:
    """The lens applied to all that the path leads to; the value is in a variable.

    An object has been told from other values before; a list is told here.
    """
    step, lens = op.path[0], below(op)
    if step is ITEM:
        body = _items(lens, subject, scope.inside())
        return body if subject.shapes == LIST else [s.if_(s.is_a(subject.read, "list"), body)]
    if step is VALUE:
        return _values(lens, subject, scope)
    assert isinstance(step, str)
    return _field(step, lens, subject.read, scope)


def _field(field: str, lens: Lens, holder: Expr, scope: Scope) -> Block:
    key = scope.key(field)
    there, held = s.compare(key, "in", holder), s.index(holder, key)
    effect = scope.facts.effect_of(lens)
    at = Subject(
        read=held,
        put=lambda new: [s.assign(held, new)],
        remove=lambda: [s.delete(held)],
        hint=field,
    )
    if _stands_apart(lens, scope):
        function = scope.apart(lens, field, scope)
        return [s.if_(there, applied(function, at, scope, removes=effect.removes))]
    touches_null = Shape.NULL in effect.shapes
    if isinstance(lens[0], Convert) and len(lens) == 1 and not touches_null:
        got = _at(at, s.method(holder, "get", key))
        return scope.block(lens, got, scope)
    if isinstance(lens[0], READ_ONCE) and len(lens) == 1:
        return [s.if_(there, scope.block(lens, at, scope.inside()))]
    name = s.name(scope.local(field))
    inner = scope.beside(name.value)
    if len(lens) > 1 and effect.replaces:
        body = scope.block(lens, _variable(name.value, field), inner.inside())
        return [s.if_(there, [s.assign(name, held), *body, s.assign(held, name)])]
    if touches_null:
        body = scope.block(lens, _at(at, name), inner.inside())
        return [s.if_(there, [s.assign(name, held), *body])]
    found = s.assign(name, s.method(holder, "get", key))
    return [found, *scope.block(lens, _at(at, name), inner)]
