"""Code that takes a value from one path to another.

Short ways are written out; the rest is left to `move` of the package's `values`. Writing out makes
use of what follows from a move's definition: a way that had to be made cannot be blocked.
"""

from collections.abc import Callable
from typing import Final

from compat.emit import syntax as s
from compat.emit.syntax import Block, Expr
from compat.emit.writer import Scope
from compat.lens.ops import FieldPath, Move

STEPS_MAX: Final = 5  # of both paths together, when they are written out


def moved(op: Move, holder: Expr, scope: Scope) -> Block:
    """The move within one object, which is in the variable `holder`."""
    source, target = op.source, op.target
    if source == target:
        return []
    if len(source) + len(target) > STEPS_MAX:
        paths = [_path(path, scope) for path in (source, target)]
        done = s.call(scope.helper("move"), holder, *paths)
        return scope.counted(done, op.difference)
    if source[0] != target[0]:
        return taken(
            source,
            holder,
            scope,
            lambda value, prune, inner: way(
                target,
                holder,
                inner,
                lambda spot: [s.assign(spot, value), *prune, *scope.count(op.difference)],
            ),
        )
    if len(source) > 1 and len(target) > 1:
        below = Move(source=source[1:], target=target[1:], difference=op.difference)
        name = s.name(scope.local(source[0]))
        found = s.assign(name, s.method(holder, "get", scope.key(source[0])))
        return [found, s.if_(s.is_a(name, "dict"), moved(below, name, scope.inside(name.value)))]
    spot = s.index(holder, scope.key(source[0]))
    return taken(
        source,
        holder,
        scope,
        lambda value, _, __: [
            s.assign(spot, _enclosed(value, target[1:], scope)),
            *scope.count(op.difference),
        ],
    )


def taken(
    path: FieldPath,
    holder: Expr,
    scope: Scope,
    then: Callable[[Expr, Block, Scope], Block],
) -> Block:
    """Code for where there is a value at `path`.

    `then` is given the expression that takes it away, what removes the objects that are empty after
    that, innermost first, and the scope to go on in.
    """
    key = scope.key(path[0])
    if len(path) == 1:
        body = then(s.method(holder, "pop", key), [], scope.inside())
        return [s.if_(s.compare(key, "in", holder), body)]
    name = s.name(scope.local(path[0]))
    emptied = s.if_(s.not_(name), [s.delete(s.index(holder, key))])
    body = taken(
        path[1:],
        name,
        scope.inside(name.value),
        lambda value, prune, inner: then(value, [*prune, emptied], inner),
    )
    found = s.assign(name, s.method(holder, "get", key))
    return [found, s.if_(s.is_a(name, "dict"), body)]


def way(path: FieldPath, holder: Expr, scope: Scope, then: Callable[[Expr], Block]) -> Block:
    """Code for where the way to `path` is free; `then` is given the expression to assign to."""
    key = scope.key(path[0])
    if len(path) == 1:
        return then(s.index(holder, key))
    name = s.name(scope.local(path[0]))
    made = s.assign(name, s.method(holder, "setdefault", key, s.dict_([])))
    body = way(path[1:], name, scope.inside(name.value), then)
    return [made, s.if_(s.is_a(name, "dict"), body)]


def _enclosed(value: Expr, path: FieldPath, scope: Scope) -> Expr:
    for name in reversed(path):
        value = s.dict_([(scope.key(name), value)])
    return value


def _path(path: FieldPath, scope: Scope) -> Expr:
    source = s.tuple_([s.text(name) for name in path])
    return s.name(scope.module.constant("_".join(path), source, f"names {path!r}"))
