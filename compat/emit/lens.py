"""Code for whole lenses: which emitter serves which operation, and the functions around them."""

from typing import Final

import libcst as cst

from compat.emit import syntax as s
from compat.emit.effects import ANY, OBJECT, Shape, effect
from compat.emit.fields import edited
from compat.emit.limits import limited
from compat.emit.moves import moved
from compat.emit.names import slug
from compat.emit.paths import focused
from compat.emit.simplify import ends, simplified
from compat.emit.syntax import Block
from compat.emit.values import exchanged
from compat.emit.variants import told_apart
from compat.emit.writer import ModuleWriter, Scope, Subject
from compat.lens.ops import (
    AdmitNull,
    Apply,
    Case,
    Convert,
    Copy,
    Default,
    Disclose,
    Drop,
    Enclose,
    Flow,
    Focus,
    Forget,
    Gap,
    Hook,
    Lens,
    Limit,
    MapValues,
    Merge,
    Move,
    OmitNull,
    Op,
    Rename,
    Restore,
    Split,
    Stash,
    Unwrap,
    Wrap,
)

VALUE: Final = s.name("value")


def block(lens: Lens, subject: Subject, scope: Scope) -> Block:
    """The lens applied to the subject, in place; it must have been simplified."""
    found: Block = []
    edits: list[Op] = []
    for op in lens:
        does = effect(op, scope.facts.named)
        if does.edits_objects_only:
            edits.append(op)
            continue
        found += _guarded(edits, subject, scope)
        edits = []
        found += _one(op, subject, scope)
        subject = subject.known(ANY) if does.replaces else subject
    return found + _guarded(edits, subject, scope)


def _guarded(edits: list[Op], subject: Subject, scope: Scope) -> Block:
    """Operations on objects, behind the test for one if that is not known."""
    if not edits:
        return []
    if subject.shapes == OBJECT:
        return [line for op in edits for line in _one(op, subject, scope)]
    inside = subject.known(OBJECT)
    body = [line for op in edits for line in _one(op, inside, scope.inside())]
    return [s.if_(s.is_a(subject.read, "dict"), body)]


def _one(op: Op, subject: Subject, scope: Scope) -> Block:
    match op:
        case Focus():
            return focused(op, subject, scope)
        case Case():
            return told_apart(op, subject, scope)
        case Move():
            return moved(op, subject.read, scope)
        case Limit():
            return limited(op, subject, scope)
        case Apply() if subject.shapes == OBJECT and _edits(op, scope):
            return [s.run(s.call(scope.module.lens(op.name, op.flow), subject.read))]
        case Wrap() | Unwrap() | Enclose() | Disclose() | MapValues():
            return exchanged(op, subject, scope)
        case Convert() | Hook() | Gap() | Apply():
            return exchanged(op, subject, scope)
        case Rename() | Default() | Drop() | Copy() | Forget() | OmitNull():
            return edited(op, subject.read, scope)
        case AdmitNull() | Split() | Merge() | Stash() | Restore():
            return edited(op, subject.read, scope)


def _edits(op: Apply, scope: Scope) -> bool:
    return scope.facts.named[op.name, op.flow].edits_objects_only


def root_scope(module: ModuleWriter, flow: Flow, *names: str) -> Scope:
    """The outermost block of a function; `names` are those of its parameters."""
    return Scope(module=module, flow=flow, block=block, apart=apart, names=names)


def function(name: str, lens: Lens, flow: Flow, title: str, module: ModuleWriter) -> None:
    """Add the function that takes a value through the lens."""
    lens = simplified(lens, module.facts.named)
    does = module.facts.effect_of(lens)
    scope = root_scope(module, flow, VALUE.value)
    body: Block = [s.docstring([title])] if title else []
    if lens and isinstance(lens[0], Gap):
        # A call rather than `raise`, so that the value is used and the end can be reached.
        refuser = scope.refuser(lens[0].difference)
        body.append(s.run(s.call(refuser, s.text(lens[0].difference))))
        lens = ()
    elif does.acts and does.edits_objects_only:
        body.append(s.if_(s.not_(s.is_a(VALUE, "dict")), [s.return_(VALUE)]))
        body += block(lens, _root(scope, OBJECT), scope)
    else:
        body += block(lens, _root(scope, ANY), scope)
    if not lens or not ends(lens[-1]):
        body = _returned(body)
    answers = [module.use("message", "Json")]
    if does.removes:
        answers.append(scope.helper("Absent"))
    module.functions.append(s.function(name, {VALUE.value: "Json"}, answers, body))


def apart(lens: Lens, hint: str, scope: Scope) -> str:
    """Emit the lens as a function of its own, and give its name."""
    name = scope.module.function_name(f"_{slug(hint, limit=24).rstrip('_')}_{scope.flow}")
    function(name, lens, scope.flow, "", scope.module)
    return name


def _root(scope: Scope, shapes: frozenset[Shape]) -> Subject:
    return Subject(
        read=VALUE,
        put=lambda new: [s.assign(VALUE, new)],
        remove=lambda: [s.return_(scope.helper("ABSENT"))],
        hint="value",
        shapes=shapes,
        leaves=True,
    )


def _returned(body: Block) -> Block:
    """The body with `return value` at its end; a last assignment to it is what is returned."""
    match body:
        case [*others, cst.SimpleStatementLine(body=[cst.Assign(targets=[target], value=last)])]:
            if target.target is VALUE:
                return [*others, s.return_(last)]
    return [*body, s.return_(VALUE)]
