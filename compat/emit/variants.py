"""Code that tells the variants of a value apart."""

from typing import Final

from compat.emit import syntax as s
from compat.emit.effects import OBJECT, shapes_of_test
from compat.emit.simplify import ALWAYS
from compat.emit.syntax import Block, Expr
from compat.emit.writer import Scope, Subject
from compat.lens.ops import Branch, Case, Test
from compat.model.schema import Kind

_CHAINED_MAX: Final = 100
"""Python's compiler goes one level deeper for each `elif`, and no deeper than some thousands."""


def told_apart(op: Case, subject: Subject, scope: Scope) -> Block:
    """The lens of the first branch whose test holds; the value is in a variable."""
    field = _discriminator(op)
    if field is None:
        return s.chain([_arm(branch, subject, scope) for branch in op.branches])
    tag = s.name(scope.fixed("tag"))
    held: Expr = s.method(subject.read, "get", scope.key(field))
    if subject.shapes != OBJECT:
        held = s.either(s.is_a(subject.read, "dict"), held, s.literal(None))
    inner = scope.beside(tag.value)
    first = {
        branch.test.field_is[1]: branch for branch in reversed(op.branches) if branch.test.field_is
    }
    arms = [
        (s.compare(tag, "==", scope.key(text)), _body(branch, subject, inner))
        for text, branch in reversed(first.items())
    ]
    return [s.assign(tag, held), *(s.chain(arms) if len(arms) <= _CHAINED_MAX else s.row(arms))]


def _discriminator(op: Case) -> str | None:
    """The field that alone tells several variants apart, if there is one."""
    fields = {branch.test.field_is[0] if branch.test.field_is else None for branch in op.branches}
    plain = all(
        branch.test.has_field is None and branch.test.kind in (None, Kind.OBJECT)
        for branch in op.branches
    )
    return fields.pop() if plain and len(fields) == 1 and len(op.branches) > 1 else None


def _arm(branch: Branch, subject: Subject, scope: Scope) -> tuple[Expr | None, Block]:
    if branch.test == ALWAYS:
        return None, _body(branch, subject, scope)
    conditions = _conditions(branch.test, subject, scope)
    narrowed = subject.known(subject.shapes & shapes_of_test(branch.test))
    return s.both(*conditions), _body(branch, narrowed, scope)


def _body(branch: Branch, subject: Subject, scope: Scope) -> Block:
    return scope.block(branch.lens, subject, scope.inside()) or [s.pass_()]


def _asks_for_object(test: Test) -> bool:
    asks_for_field = test.has_field is not None or test.field_is is not None
    return asks_for_field or test.kind is Kind.OBJECT


def _conditions(test: Test, subject: Subject, scope: Scope) -> list[Expr]:
    value = subject.read
    found: list[Expr] = []
    if _asks_for_object(test):
        found.extend([] if subject.shapes == OBJECT else [s.is_a(value, "dict")])
    elif test.kind is not None:
        found.extend(of_kind(test.kind, value))
    if test.has_field is not None:
        found.append(s.compare(scope.key(test.has_field), "in", value))
    if test.field_is is not None:
        field, text = test.field_is
        held = s.method(value, "get", scope.key(field))
        found.append(s.compare(held, "==", scope.key(text)))
    return found or [s.literal(True)]


def of_kind(kind: Kind, value: Expr) -> list[Expr]:
    """The conditions that the value is of that kind."""
    match kind:
        case Kind.NULL:
            return [s.compare(value, "is", s.literal(None))]
        case Kind.BOOLEAN:
            return [s.is_a(value, "bool")]
        case Kind.INTEGER:
            return [s.is_a(value, "int"), s.not_(s.is_a(value, "bool"))]
        case Kind.NUMBER:
            numbers = s.tuple_([s.name("int"), s.name("float")])
            return [s.call("isinstance", value, numbers), s.not_(s.is_a(value, "bool"))]
        case Kind.STRING:
            return [s.is_a(value, "str")]
        case Kind.ARRAY:
            return [s.is_a(value, "list")]
        case Kind.OBJECT:
            return [s.is_a(value, "dict")]
