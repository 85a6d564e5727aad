"""Code for the operations that put one value in the place of another."""

from dataclasses import replace
from typing import Final, TypeAlias, assert_never

import libcst as cst

from compat.emit import syntax as s
from compat.emit.effects import LIST
from compat.emit.fields import same
from compat.emit.syntax import Block, Expr
from compat.emit.writer import Scope, Subject
from compat.lens.codecs import BitCodec, ParameterCodec, RestyleCodec, ScaleCodec, TextCodec
from compat.lens.ops import (
    Apply,
    Convert,
    DifferenceId,
    Disclose,
    Enclose,
    Gap,
    Hook,
    Loss,
    MapValues,
    Unwrap,
    Wrap,
)
from compat.lens.value import same as is_same
from compat.model.interface import Style
from compat.model.schema import Json, Kind

ValueEdit: TypeAlias = Wrap | Unwrap | Enclose | Disclose | MapValues | Convert | Hook | Gap | Apply

READ_ONCE: Final = (Enclose, Convert, Hook, Gap, Apply)
"""Operations whose code reads the value once at most, so that it needs no variable."""

_SEPARATORS: Final = {
    Style.SIMPLE: ",",
    Style.SPACE: " ",
    Style.TAB: "\t",
    Style.PIPE: "|",
    Style.MULTI: "",
    Style.DEEP: "",
}


def exchanged(op: ValueEdit, subject: Subject, scope: Scope) -> Block:
    """What the operation puts in the place of the value, written out."""
    match op:
        case Wrap():
            return _wrapped(op, subject, scope)
        case Unwrap():
            return _unwrapped(op, subject, scope)
        case Enclose():
            inner = s.dict_([(scope.key(op.name), subject.read)])
            return [*subject.put(inner), *scope.count(op.difference)]
        case Disclose():
            return _disclosed(op, subject, scope)
        case MapValues():
            return _mapped(op, subject, scope)
        case Convert():
            return _converted(op, subject, scope)
        case Hook():
            hooks = scope.module.use("hooks_protocol", "HOOKS")
            answer = s.call(f"{hooks}.{op.name}_{op.flow}", subject.read)
            return [*subject.put(answer), *scope.count(op.difference)]
        case Gap():
            return [scope.refuse(op.difference)]
        case Apply():
            removes = scope.facts.named[op.name, op.flow].removes
            return applied(scope.module.lens(op.name, op.flow), subject, scope, removes=removes)
    assert_never(op)


def applied(function: str, subject: Subject, scope: Scope, *, removes: bool) -> Block:
    """The value becomes what a function of the package makes of it."""
    changed = s.call(function, subject.read)
    if not removes:
        return subject.put(changed)
    name = s.name(scope.fixed("changed"))
    return [s.assign(name, changed), *_gone(name, subject.put(name), subject, scope)]


def _gone(changed: Expr, otherwise: Block, subject: Subject, scope: Scope) -> Block:
    """Remove the value if what became of it is ABSENT."""
    absent = s.is_a(changed, scope.helper("Absent"))
    return subject.removed_if(absent, otherwise)


def _wrapped(op: Wrap, subject: Subject, scope: Scope) -> Block:
    value = subject.read
    due = s.both(s.compare(value, "is not", s.literal(None)), s.not_(s.is_a(value, "list")))
    return [s.if_(due, [*subject.put(s.list_([value])), *scope.count(op.difference)])]


def _unwrapped(op: Unwrap, subject: Subject, scope: Scope) -> Block:
    value = subject.read
    length = s.call("len", value)
    put = [*subject.put(s.index(value, s.literal(0))), *scope.count(op.difference)]
    first: Block = []
    if op.loss is Loss.KEEP:
        put = [s.if_(s.compare(length, "==", s.literal(1)), put)]
    elif op.loss is Loss.REFUSE:
        first = [s.if_(s.compare(length, ">", s.literal(1)), [scope.refuse(op.difference)])]
    body = [*first, *subject.removed_if(s.not_(value), put)]
    return body if subject.shapes == LIST else [s.if_(s.is_a(value, "list"), body)]


def _disclosed(op: Disclose, subject: Subject, scope: Scope) -> Block:
    value, key = subject.read, scope.key(op.name)
    body = [*subject.put(s.index(value, key)), *scope.count(op.difference)]
    if op.loss is Loss.REFUSE:
        alone = s.compare(s.call("len", value), ">", s.literal(1))
        body.insert(0, s.if_(alone, [scope.refuse(op.difference)]))
    return [s.if_(s.both(s.is_a(value, "dict"), s.compare(key, "in", value)), body)]


def _mapped(op: MapValues, subject: Subject, scope: Scope) -> Block:
    pairs, refused = _effective(op)
    value = subject.read
    arms: list[tuple[Expr, Block]] = []
    texts = [(before, after) for before, after in pairs if isinstance(before, str)]
    if len(texts) > 1:
        table = scope.table(subject.hint, texts)
        found = s.both(s.is_a(value, "str"), s.compare(value, "in", table))
        body = [*subject.put(s.index(table, value)), *scope.count(op.difference)]
        arms.append((found, body))
        pairs = [pair for pair in pairs if not isinstance(pair[0], str)]
    for before, after in pairs:
        body = [*subject.put(s.literal(after)), *scope.count(op.difference)]
        arms.append((same(value, before, scope), body))
    arms.extend((same(value, each, scope), [scope.refuse(op.difference)]) for each in refused)
    return s.chain(arms) if arms else []


def _effective(op: MapValues) -> tuple[list[tuple[Json, Json]], list[Json]]:
    """Pairs that change something, and the values refused, without those an earlier entry takes."""
    taken: list[Json] = []
    pairs: list[tuple[Json, Json]] = []
    refused: list[Json] = []
    for before, after in op.pairs:
        if not any(is_same(before, known) for known in taken):
            taken.append(before)
            pairs.append((before, after))
    for value in op.refused:
        if not any(is_same(value, known) for known in taken):
            taken.append(value)
            refused.append(value)
    return [pair for pair in pairs if not is_same(*pair)], refused


def _converted(op: Convert, subject: Subject, scope: Scope) -> Block:
    codec = op.codec
    if isinstance(codec, ScaleCodec) and min(_factor(codec)) == 1 < max(_factor(codec)):
        return _scaled(op, codec, subject, scope)
    return _by_helper(op, subject, scope)


def _by_helper(op: Convert, subject: Subject, scope: Scope) -> Block:
    helper, arguments = _codec_call(op)
    call = s.call(scope.module.use("codecs", helper), subject.read, *arguments)
    if helper.startswith("write_"):  # it always writes, or refuses
        return [*subject.put(call), *scope.count(op.difference)]
    removes = helper == "read_parameter"
    # Two names, because only one of them may be ABSENT, and a variable has one type.
    name = s.name(scope.fixed("changed" if removes else "converted"))
    done = s.if_(
        s.compare(name, "is not", s.literal(None)),
        [*subject.put(name), *scope.count(op.difference)],
    )
    rest = _gone(name, [done], subject, scope) if removes else [done]
    return [s.assign(name, call), *rest]


def _scaled(op: Convert, codec: ScaleCodec, subject: Subject, scope: Scope) -> Block:
    """An integer above zero multiplied or divided in place; it cannot stay what it is."""
    over, under = _factor(codec, forward=op.forward)
    number = subject.read
    lines: Block = []
    if not isinstance(number, cst.Name):
        number = s.name(scope.local(subject.hint))
        lines.append(s.assign(number, subject.read))
    tests = [s.compare(s.call("type", number), "is", "int"), s.compare(number, ">", s.literal(0))]
    if under == 1:
        result = s.binary(number, "*", s.literal(over))
    else:
        result = s.binary(number, "//", s.literal(under))
        if not codec.integral:
            rest = s.binary(number, "%", s.literal(under))
            tests.append(s.compare(rest, "==", s.literal(0)))
    plain = [*subject.put(result), *scope.count(op.difference)]
    others = _by_helper(op, replace(subject, read=number), scope)
    return [*lines, *s.chain([(s.both(*tests), plain), (None, others)])]


def _factor(codec: ScaleCodec, *, forward: bool = True) -> tuple[int, int]:
    """What to multiply with and what to divide by."""
    factor = (codec.numerator, codec.denominator)
    return factor if forward else factor[::-1]


def _codec_call(op: Convert) -> tuple[str, list[Expr]]:
    """The function that encodes, and its arguments behind the value."""
    match op.codec:
        case TextCodec(kind=kind):
            return (f"text_of_{kind}" if op.forward else f"{kind}_of_text"), []
        case BitCodec():
            return ("bit_of_boolean" if op.forward else "boolean_of_bit"), []
        case ScaleCodec(integral=integral) as codec:
            factor = _factor(codec, forward=op.forward)
            return ("scaled_down" if integral else "scaled"), [s.literal(each) for each in factor]
        case ParameterCodec(kind=kind, style=style):
            return _parameter_call(kind, style, op.difference, forward=op.forward)
        case RestyleCodec(old=old, new=new):
            styles = (old, new) if op.forward else (new, old)
            separators = [s.text(_SEPARATORS[style]) for style in styles]
            return "restyled", [*separators, s.text(op.difference)]
    assert_never(op.codec)


def _parameter_call(
    kind: Kind, style: Style | None, difference: DifferenceId, *, forward: bool
) -> tuple[str, list[Expr]]:
    if style is None:
        return (
            ("read_parameter", [s.text(kind)])
            if forward
            else ("write_parameter", [s.text(difference)])
        )
    separator = s.text(_SEPARATORS[style])
    if forward:
        return "read_parameters", [s.text(kind), separator]
    return "write_parameters", [separator, s.text(difference)]
