"""Code for the operations on an object; `holder` is a variable that holds one."""

from collections.abc import Callable
from typing import TypeAlias, assert_never

from compat.emit import syntax as s
from compat.emit.syntax import Block, Expr, Stmt
from compat.emit.writer import Scope
from compat.lens.ops import (
    AdmitNull,
    Copy,
    Default,
    DifferenceId,
    Drop,
    Forget,
    Loss,
    Merge,
    OmitNull,
    Rename,
    Restore,
    Split,
    Stash,
)
from compat.lens.value import same as alike
from compat.model.schema import ABSENT, Json

FieldEdit: TypeAlias = (
    Rename | Default | Drop | Copy | Forget | OmitNull | AdmitNull | Split | Merge | Stash | Restore
)
Condition: TypeAlias = Callable[[Expr], Expr]


def edited(op: FieldEdit, holder: Expr, scope: Scope) -> Block:
    """What the operation does to the object, written out."""
    match op:
        case Rename():
            return _renamed(op, holder, scope)
        case Default():
            return _supplied(op, holder, scope)
        case Drop():
            return _dropped(op, holder, scope)
        case Copy():
            return _copied(op, holder, scope)
        case Forget():
            return _forgotten(op, holder, scope)
        case OmitNull():
            return _without_null(op, holder, scope)
        case AdmitNull():
            return []
        case Split():
            return _cut(op, holder, scope)
        case Merge():
            return _merged(op, holder, scope)
        case Stash():
            return _stashed(op, holder, scope)
        case Restore():
            return _restored(op, holder, scope)
    assert_never(op)


def same(value: Expr, known: Json, scope: Scope) -> Expr:
    """The condition that a value is the known one, of the same type throughout."""
    match known:
        case str():
            return s.compare(value, "==", scope.key(known))
        case None | bool():
            return s.compare(value, "is", s.literal(known))
        case _:
            return s.call(scope.helper("same"), value, scope.operand(known))


def other(value: Expr, known: Json, scope: Scope) -> Expr:
    """The condition that a value is not the known one."""
    match known:
        case str():
            return s.compare(value, "!=", scope.key(known))
        case None | bool():
            return s.compare(value, "is not", s.literal(known))
        case _:
            return s.not_(s.call(scope.helper("same"), value, scope.operand(known)))


def _renamed(op: Rename, holder: Expr, scope: Scope) -> Block:
    old, new = scope.key(op.old), scope.key(op.new)
    put = s.assign(s.index(holder, new), s.method(holder, "pop", old))
    return [s.if_(s.compare(old, "in", holder), [put, *scope.count(op.difference)])]


def _supplied(op: Default, holder: Expr, scope: Scope) -> Block:
    key = scope.key(op.field)
    missing = s.compare(key, "not in", holder)
    if op.value is ABSENT:
        return [s.if_(missing, [scope.refuse(op.difference)])] if op.demand else []
    put = [s.assign(s.index(holder, key), s.literal(op.value)), *scope.count(op.difference)]
    return put if op.overwrite else [s.if_(missing, put)]


def _dropped(op: Drop, holder: Expr, scope: Scope) -> Block:
    return _lost(op.field, op.loss, op.difference, silent(op), holder, scope)


def silent(op: Drop) -> list[Json]:
    """The values that go without a word, each once."""
    found: list[Json] = []
    for value in (op.value, op.neutral):
        if value is not ABSENT and not any(alike(value, each) for each in found):
            found.append(value)
    return found


def _lost(
    field: str,
    loss: Loss,
    difference: DifferenceId,
    known: list[Json],
    holder: Expr,
    scope: Scope,
) -> Block:
    """A field goes; one of the known values without a word."""
    key = scope.key(field)
    there, held = s.compare(key, "in", holder), s.index(holder, key)
    if loss is Loss.KEEP:
        return [s.if_(_holds(field, value, holder, scope), [s.delete(held)]) for value in known]
    if loss is Loss.DROP and not difference:
        known = []  # nobody is told of any
    told = scope.count(difference) if loss is Loss.DROP else [scope.refuse(difference)]
    taken = s.method(holder, "pop", key)
    match known:
        case []:
            gone: Block = [s.delete(held)] if loss is Loss.DROP else []
            return [s.if_(there, [*gone, *told])]
        case [value]:
            return [s.if_(s.both(there, other(taken, value, scope)), told)]
        case _:
            name = s.name(scope.local(field))
            tests = [other(name, value, scope) for value in known]
            return [s.if_(there, [s.assign(name, taken), s.if_(s.both(*tests), told)])]


def _holds(field: str, known: Json, holder: Expr, scope: Scope) -> Expr:
    """The condition that the field is there with the known value."""
    key = scope.key(field)
    if isinstance(known, str | bool):  # not what `get` gives for a field that is missing
        return same(s.method(holder, "get", key), known, scope)
    return s.both(s.compare(key, "in", holder), same(s.index(holder, key), known, scope))


def _copied(op: Copy, holder: Expr, scope: Scope) -> Block:
    key, source = scope.key(op.field), scope.key(op.source)
    due = s.both(s.compare(key, "not in", holder), s.compare(source, "in", holder))
    copy = s.call(scope.helper("own"), s.index(holder, source))
    return [s.if_(due, [s.assign(s.index(holder, key), copy), *scope.count(op.difference)])]


def _forgotten(op: Forget, holder: Expr, scope: Scope) -> Block:
    key = scope.key(op.field)
    there, held = s.compare(key, "in", holder), s.index(holder, key)
    if op.field == op.source:  # it always repeats itself
        return [s.if_(there, [s.delete(held)])]
    if op.loss is Loss.DROP and not op.difference:  # nobody is told of any
        return [s.if_(there, [s.delete(held)])]
    source = s.method(holder, "get", scope.key(op.source), scope.helper("ABSENT"))
    if op.loss is Loss.KEEP:
        repeats = s.call(scope.helper("same"), held, source)
        return [s.if_(s.both(there, repeats), [s.delete(held)])]
    refuses = op.loss is Loss.REFUSE
    told = [scope.refuse(op.difference)] if refuses else scope.count(op.difference)
    differs = s.not_(s.call(scope.helper("same"), s.method(holder, "pop", key), source))
    return [s.if_(s.both(there, differs), told)]


def _without_null(op: OmitNull, holder: Expr, scope: Scope) -> Block:
    key = scope.key(op.field)
    held = s.index(holder, key)
    is_null = s.both(s.compare(key, "in", holder), s.compare(held, "is", s.literal(None)))
    return [s.if_(is_null, [s.delete(held), *scope.count(op.difference)])]


def _cut(op: Split, holder: Expr, scope: Scope) -> Block:
    key, whole = scope.key(op.field), s.name(scope.local(op.field))
    separator, cuts = scope.key(op.separator), len(op.parts) - 1
    tests: list[Expr] = [s.is_a(whole, "str")]
    if cuts == 1:
        tests.append(s.compare(separator, "in", whole))
    elif cuts:
        number = s.method(whole, "count", separator)
        tests.append(s.compare(number, ">=", s.literal(cuts)))
    body = [s.delete(s.index(holder, key)), _placed(op, holder, whole, scope)]
    body += scope.count(op.difference)
    return [s.assign(whole, s.method(holder, "get", key)), s.if_(s.both(*tests), body)]


def _placed(op: Split, holder: Expr, whole: Expr, scope: Scope) -> Stmt:
    """The statement that puts the pieces where they belong."""
    cuts = len(op.parts) - 1
    pieces = s.method(whole, "split", scope.key(op.separator), s.literal(cuts))
    if cuts > 1:
        pairs = s.call("zip", _names(op.parts, scope), pieces, strict=s.literal(True))
        return s.run(s.method(holder, "update", pairs))
    targets = [s.index(holder, scope.key(part)) for part in op.parts]
    return s.assign(s.names_tuple(targets), pieces) if cuts else s.assign(targets[0], whole)


def _merged(op: Merge, holder: Expr, scope: Scope) -> Block:
    separator, parts, joined = scope.key(op.separator), s.name("parts"), s.name("joined")
    keys = [scope.key(part) for part in op.parts]
    found = s.call(scope.helper("texts_at"), holder, s.tuple_(keys))
    cut = s.method(joined, "split", separator, s.literal(len(keys) - 1))
    body = [
        s.assign(joined, s.method(separator, "join", parts)),
        s.if_(s.compare(cut, "!=", parts), [scope.refuse(op.difference)]),
        *(s.delete(s.index(holder, key)) for key in keys),
        s.assign(s.index(holder, scope.key(op.field)), joined),
        *scope.count(op.difference),
    ]
    there = s.compare(parts, "is not", s.literal(None))
    return [s.assign(parts, found), s.if_(there, body)]


def _stashed(op: Stash, holder: Expr, scope: Scope) -> Block:
    arguments = (scope.key(op.key), scope.key(op.shape), _names(op.fields, scope))
    done = s.call(scope.helper("stash"), holder, *arguments)
    return scope.counted(done, op.difference) if op.fields else []


def _restored(op: Restore, holder: Expr, scope: Scope) -> Block:
    arguments = (scope.key(op.key), scope.key(op.shape), _names(op.fields, scope))
    done = s.call(scope.helper("restore"), holder, *arguments)
    return scope.counted(done, op.difference)


def _names(fields: tuple[str, ...], scope: Scope) -> Expr:
    """A constant, because a tuple of names seldom fits into a condition."""
    source = s.tuple_([s.text(field) for field in fields])
    return s.name(scope.module.constant("names", source, f"names {fields!r}"))
