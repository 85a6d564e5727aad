"""Code that tells the variants of a value apart."""

from compat.emit import syntax as s
from compat.emit.effects import OBJECT, shapes_of_test
from compat.emit.simplify import ALWAYS
from compat.emit.syntax import Block, Expr
from compat.emit.writer import Scope, Subject
from compat.lens.ops import Branch, Case, Test
from compat.model.schema import Kind


def told_apart(op: Case, subject: Subject, scope: Scope) -> Block:
    """The lens of the first branch whose test holds; the value is in a variable."""
    field = _discriminator(op)
    if field is None:
        arms = [(_holds(each.test, subject, scope), _body(each, subject, scope)) for each in op.branches]
        return [s.chain(arms)]
    tag = s.name(scope.fixed("tag"))
    held: Expr = s.method(subject.read, "get", scope.key(field))
    if subject.shapes != OBJECT:
        held = s.either(s.is_a(subject.read, "dict"), held, s.literal(None))
    inner = scope.beside("tag")
    arms = [
        (s.compare(tag, "==", scope.key(each.test.field_is[1])), _body(each, subject, inner))
        for each in op.branches
        if each.test.field_is
    ]
    return [s.assign(tag, held), s.chain(arms)]


def _discriminator(op: Case) -> str | None:
    """The field that alone tells several variants apart, if there is one."""
    fields = {each.test.field_is[0] if each.test.field_is else None for each in op.branches}
    plain = all(
        each.test.has_field is None and each.test.kind in (None, Kind.OBJECT)
        for each in op.branches
    )
    return fields.pop() if plain and len(fields) == 1 and len(op.branches) > 1 else None


def _body(branch: Branch, subject: Subject, scope: Scope) -> Block:
    narrowed = _narrows(branch.test) and _discriminated
    return scope.block(branch.lens, subject, scope.inside()) or [s.pass_()]
