"""Code that leads to fields, list items and map values, and applies a lens there."""

from dataclasses import replace

import libcst as cst

from compat.emit import syntax as s
from compat.emit.effects import LIST, Shape
from compat.emit.names import singular, slug
from compat.emit.simplify import below, ends
from compat.emit.syntax import Block, Expr
from compat.emit.values import READ_ONCE, applied, exchanged
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
    at = Subject(
        read=held,
        put=lambda new: [s.assign(held, new)],
        remove=lambda: [s.delete(held)],
        hint=field,
    )
    if stands_apart(lens, scope):
        removes = scope.facts.effect_of(lens).removes
        return [s.if_(there, applied(scope.apart(lens, field, scope), at, scope, removes=removes))]
    touches_null = Shape.NULL in scope.facts.effect_of(lens).shapes
    if isinstance(lens[0], READ_ONCE) and len(lens) == 1:
        if isinstance(lens[0], Convert) and not touches_null:
            return scope.block(lens, replace(at, read=s.method(holder, "get", key)), scope)
        return [s.if_(there, exchanged(lens[0], at, scope.inside()))]
    name = s.name(scope.local(field))
    if not is_one_step(lens) and scope.facts.effect_of(lens).replaces:
        return [s.if_(there, _rewritten(name, held, lens, field, scope))]
    in_variable = replace(at, read=name)
    if touches_null:
        body = scope.block(lens, in_variable, scope.inside(name.value))
        return [s.if_(there, [s.assign(name, held), *body])]
    found = s.assign(name, s.method(holder, "get", key))
    return [found, *scope.block(lens, in_variable, scope.beside(name.value))]


def _rewritten(name: cst.Name, held: Expr, lens: Lens, hint: str, scope: Scope) -> Block:
    """Several operations on a variable, whose last value is put back."""
    body = scope.block(lens, variable(name, hint), scope.inside(name.value))
    put = [] if ends(lens[-1]) else [s.assign(held, name)]
    return [s.assign(name, held), *body, *put]


def variable(name: cst.Name, hint: str) -> Subject:
    """A value that nothing can remove from its variable."""

    def never() -> Block:
        raise AssertionError("a lens that removes stands apart")

    return Subject(read=name, put=lambda new: [s.assign(name, new)], remove=never, hint=hint)


def _items(lens: Lens, subject: Subject, scope: Scope) -> Block:
    items, effect = subject.read, scope.facts.effect_of(lens)
    if isinstance(lens[0], Gap):
        return [s.if_(items, scope.block(lens, subject, scope))]
    match lens:
        case (Apply(name=name, flow=flow),) if (name, flow) in scope.facts.listed:
            return [s.run(s.call(scope.module.list_lens(name, flow), items))]
    item = s.name(scope.local(singular(slug(subject.hint, limit=24))))
    if _is_apply(lens) or effect.removes or stands_apart(lens, scope):
        changed = s.call(_function(lens, subject.hint, scope), item)
        if effect.removes:
            kept = s.call(scope.helper("present"), s.generated(changed, item, items))
            return [s.assign(s.whole(items), kept)]
        if effect.replaces:
            return [s.assign(s.whole(items), s.listed(changed, item, items))]
        return [s.for_(item, items, [s.run(changed)])]
    if not effect.replaces or ends(lens[-1]):
        body = scope.block(lens, variable(item, item.value), scope.inside(item.value))
        return [s.for_(item, items, body)]
    index = s.name(scope.fixed("index"))
    pair = s.names_tuple([index, item])
    body = _replaced(s.index(items, index), item, lens, scope.inside(index.value))
    return [s.for_(pair, s.call("enumerate", items), body)]


def _values(lens: Lens, subject: Subject, scope: Scope) -> Block:
    held, effect = subject.read, scope.facts.effect_of(lens)
    if isinstance(lens[0], Gap):
        return [s.if_(held, scope.block(lens, subject, scope))]
    each, key = s.name(scope.fixed("each")), s.name(scope.fixed("key"))
    pair, place = s.names_tuple([key, each]), s.index(held, key)
    inner = scope.inside(key.value, each.value)
    stays = not effect.replaces or ends(lens[-1])
    if stays and not effect.removes and not stands_apart(lens, scope):
        body = scope.block(lens, variable(each, "each"), inner)
        return [s.for_(each, s.method(held, "values"), body)]
    at = replace(
        variable(each, subject.hint),
        put=lambda new: [s.assign(place, new)],
        remove=lambda: [s.delete(place)],
    )
    entries = s.method(held, "items")
    if effect.removes:
        body = applied(_function(lens, subject.hint, scope), at, inner, removes=True)
        return [s.for_(pair, s.call("list", entries), body)]
    if stands_apart(lens, scope):
        body = applied(_function(lens, subject.hint, scope), at, inner, removes=False)
    else:
        body = _replaced(place, each, lens, inner)
    return [s.for_(pair, entries, body)]


def _replaced(place: Expr, item: cst.Name, lens: Lens, scope: Scope) -> Block:
    """A loop's body that puts what becomes of `item` where it stood."""
    if is_one_step(lens):
        at = replace(variable(item, item.value), put=lambda new: [s.assign(place, new)])
        return scope.block(lens, at, scope.inside(item.value))
    body = scope.block(lens, variable(item, item.value), scope.inside(item.value))
    return [*body, *([] if ends(lens[-1]) else [s.assign(place, item)])]


def _function(lens: Lens, hint: str, scope: Scope) -> str:
    match lens:
        case (Apply(name=name, flow=flow),):
            return scope.module.lens(name, flow)
        case _:
            return scope.apart(lens, hint, scope)


def stands_apart(lens: Lens, scope: Scope) -> bool:
    """Whether the lens needs a function: to leave early, or to keep blocks from nesting deep."""
    if not is_one_step(lens) and scope.facts.effect_of(lens).removes:
        return True
    return scope.is_deep and any(isinstance(op, Focus | Case | Move) for op in lens)


def is_one_step(lens: Lens) -> bool:
    """Whether no operation sees what another one put in the place of the value."""
    match lens:
        case (Case(branches=branches),):
            return all(is_one_step(branch.lens) for branch in branches)
        case _:
            return len(lens) <= 1


def _is_apply(lens: Lens) -> bool:
    return len(lens) == 1 and isinstance(lens[0], Apply)
