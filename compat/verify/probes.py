"""Values that a lens bites on, made from the lens alone.

For each operation there are values that it does something to, values just beside those, and values
of a shape it does not expect; each stands in the smallest document that brings it there. They find
what no document of a spec would show: that a wrong type passes, that `1` is not `true`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Final, assert_never

from compat.lens.codecs import (
    BitCodec,
    Codec,
    ParameterCodec,
    RestyleCodec,
    ScaleCodec,
    TextCodec,
)
from compat.lens.edits import Object
from compat.lens.interpret import Context, UnknownNameError, apply
from compat.lens.ops import (
    ITEM,
    VALUE,
    AdmitNull,
    Apply,
    Case,
    Convert,
    Copy,
    Default,
    Disclose,
    Drop,
    Enclose,
    FieldPath,
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
    Step,
    Test,
    Unwrap,
    Value,
    Wrap,
    invert,
)
from compat.lens.refusal import Refused
from compat.lens.value import is_json, kind_of, same
from compat.model.schema import ABSENT, Json, Kind
from compat.verify.limits import around

OTHERS: Final[tuple[Json, ...]] = (None, "text", 7, True, [], {}, [{}], {"x-of-no-version": 1})
"""What no operation in particular expects."""

_TURNS_NAMES: Final = (Rename, Move, Split, Merge, Enclose, Disclose, Wrap, Unwrap, Convert)
_BY_KIND: Final[Mapping[Kind, Json]] = {
    Kind.NULL: None,
    Kind.BOOLEAN: True,
    Kind.INTEGER: 3,
    Kind.NUMBER: 3.5,
    Kind.STRING: "text",
    Kind.ARRAY: [1],
    Kind.OBJECT: {},
}


def several(*values: Json) -> tuple[Json, ...]:
    """The values, known to be JSON each."""
    return values


def probes(lens: Lens, context: Context = Context()) -> Iterator[Json]:  # noqa: B008 - frozen
    """Values to apply the lens to; `context` has no hooks, so that none is led back over."""
    yield from OTHERS
    for index, op in enumerate(lens):
        before = tuple(each for each in lens[:index] if isinstance(each, _TURNS_NAMES))
        for value in _values(op, context):
            yield value
            if before:
                yield from _led_back(before, value, context)


def _led_back(lens: Lens, value: Json, context: Context) -> Iterator[Json]:
    """What the operations before would have made the value of."""
    try:
        found = apply(invert(lens), value, context)
    except Refused:
        return
    if is_json(found):
        yield found


def _bitten(name: str, flow: Flow, context: Context) -> Iterator[Json]:
    """A value that the named lens changes, so that it shows whether the lens is applied at all."""
    if name not in context.lenses:
        return
    up = context.lenses[name]
    whole = (Apply(name=name, flow=flow),)
    found = probes(up if flow is Flow.UP else invert(up))
    yield from islice((value for value in found if is_changed(whole, value, context)), 1)


def is_changed(lens: Lens, value: Json, context: Context) -> bool:
    """Does the lens make another value of it? Not if it refuses, nor where only a hook knows."""
    with suppress(Refused, UnknownNameError):
        found = apply(lens, value, context)
        return not (is_json(found) and same(found, value))
    return False


def _values(op: Op, context: Context) -> Iterator[Json]:
    match op:
        case Focus(path=path, lens=lens):
            yield from _focused(path, lens, context)
        case Case(branches=branches):
            for branch in branches:
                inner = (*probes(branch.lens, context), {})
                yield from _passing(branch.test, inner)
                yield from _passing(branch.back, inner)
        case Hook() | Gap():
            yield from OTHERS
        case Apply(name=name, flow=flow):
            yield from OTHERS
            yield from _bitten(name, flow, context)
        case Limit():
            for admits in (op.admits, op.back):
                yield from around(admits) if admits is not None else ()
        case Convert(codec=codec):
            yield from _encoded(codec)
        case MapValues():
            for one, other in (*op.pairs, *op.back):
                yield from several(*_near(one), *_near(other))
            for value in (*op.refused, *op.back_refused):
                yield from _near(value)
            yield from OTHERS
        case Wrap() | Unwrap() | Enclose():
            yield from several(1, None, "a", {"a": 1}, [], [1], [1, 2], [None], [[1]])
        case Disclose(name=name):
            yield from several(
                {}, {name: 1}, {name: None}, {name: 1, "other": 2}, {"other": 2}, [1], "a"
            )
        case _:
            yield from _objects(op)


def _objects(op: Op) -> Iterator[Json]:
    """For the operations on an object."""
    match op:
        case Rename(old=old, new=new):
            yield from several(
                {}, {old: 1}, {new: 2}, {old: None, new: 2}, {old: {"a": 1}}, [{old: 1}]
            )
        case Move(source=source, target=target):
            yield from _moved(source, target)
            yield from _moved(target, source)
        case Default(field=name) | Drop(field=name):
            yield {}
            for value in (op.value, op.neutral, None, "else", 0, False, {}, []):
                if is_json(value):
                    yield from _with({}, name, *_near(value))
        case Copy(field=name, source=source) | Forget(field=name, source=source):
            yield from several(
                {}, {name: 1}, {source: 1}, {source: {"a": []}}, {name: 1, source: 1}
            )
            yield from several(
                {name: 1, source: 2}, {name: 1, source: True}, {name: 1, source: 1.0}
            )
        case OmitNull(field=name) | AdmitNull(field=name):
            yield from several({}, {name: None}, {name: 0}, {name: ""}, {name: False})
        case Split() | Merge():
            yield from _joints(op)
        case Stash() | Restore():
            yield from _stashes(op)
        case _:
            raise AssertionError(f"{op} is for more than objects")


def _moved(source: FieldPath, target: FieldPath) -> Iterator[Json]:
    yield from several({}, _at(source, 1), _at(source, None), _at(source, {"a": 1}), _at(target, 2))
    yield _merged(_at(source, 1), _at(target, 2))
    for length in range(1, len(source)):
        yield from _through_all(source[:length], {}, None, "text", [1])
        yield _merged(_at(source, 1), _at((*source[:length], "beside"), 3))
    for length in range(1, len(target)):
        yield _merged(_at(target[:length], "in the way"), _at(source, 1))
        yield _merged(_at(target[:length], None), _at(source, 1))
        yield _merged(_at((*target[:length], "beside"), 3), _at(source, 1))


def _joints(op: Split | Merge) -> Iterator[Json]:
    cut = op.separator
    names = ("a", "b", "c", "d", "e", "f", "g", "h")
    for count in range(len(op.parts) + 2):
        yield {op.field: cut.join(names[:count])}
        yield {**dict.fromkeys(op.parts, "there"), op.field: cut * count}
    yield from _with({}, op.field, 1, None, [], ["a"])
    whole: Object = dict(zip(op.parts, names, strict=False))
    yield from several(whole, whole | {op.field: "there"})
    for part in op.parts:
        yield from _with(whole, part, "", cut, f"x{cut}y", cut[:1], 1, None)
        yield {name: text for name, text in whole.items() if name != part}


def _stashes(op: Stash | Restore) -> Iterator[Json]:
    whole: Object = {name: index for index, name in enumerate(op.fields)}
    kept: Object = {"shape": op.shape, "fields": whole}
    yield from several(
        {}, whole, {op.key: kept}, {op.key: kept} | dict.fromkeys(op.fields, "newer")
    )
    for name in op.fields:
        yield from several({name: whole[name]}, {op.key: kept, name: "newer"})
    yield {op.key: {"shape": op.shape, "fields": {"x-of-no-version": 1, **whole}}}
    yield from _with({}, op.key, "text", None, {}, {"shape": op.shape})
    yield from several({op.key: kept | {"shape": "other"}}, {op.key: kept | {"fields": 1}})
    yield whole | {op.key: "there"}


def _passing(test: Test, inner: Iterable[Json]) -> Iterator[Json]:
    """Values that pass the test, and some that just fail it."""
    needed: Object = {}
    if test.has_field is not None:
        needed[test.has_field] = 1
    if test.field_is is not None:
        needed[test.field_is[0]] = test.field_is[1]
    for value in inner:
        yield value
        if isinstance(value, dict):
            yield needed | value
            yield value | needed
    yield from _BY_KIND.values()
    for name in needed:
        yield from _with({}, name, "else", None)


def _focused(path: tuple[Step, ...], lens: Lens, context: Context) -> Iterator[Json]:
    for length in range(1, len(path)):
        yield from _through_all(path[:length], *OTHERS)
    for value in probes(lens, context):
        yield _through(path, value)
    if path and path[-1] is ITEM:
        yield from _through_all(path[:-1], list(probes(lens, context)), [], {"a": 1})
    if path and path[-1] is VALUE:
        held: Object = {f"key-{n}": value for n, value in enumerate(probes(lens, context))}
        yield from _through_all(path[:-1], held, {}, [1])


def _with(whole: Object, name: str, *values: Json) -> Iterator[Json]:
    """The object with each of the values at the field."""
    yield from ({**whole, name: value} for value in values)


def _through_all(path: tuple[Step, ...], *values: Json) -> Iterator[Json]:
    yield from (_through(path, value) for value in values)


def _through(path: tuple[Step, ...], value: Json) -> Json:
    """The smallest document with the value at the end of the path."""
    for step in reversed(path):
        value = [value] if step is ITEM else {"key": value} if step is VALUE else {str(step): value}
    return value


def _at(path: FieldPath, value: Json) -> Object:
    found = _through(path, value)
    assert isinstance(found, dict)
    return found


def _merged(one: Object, other: Object) -> Object:
    """Both, field by field; the first one's values where they meet."""
    found = dict(other)
    for name, value in one.items():
        beside = found.get(name)
        both = isinstance(value, dict) and isinstance(beside, dict)
        found[name] = _merged(value, beside) if both else value  # type: ignore[arg-type]
    return found


def _near(value: Value) -> Iterator[Json]:
    """The value, and values of another type that Python holds equal to it."""
    if value is ABSENT or not is_json(value):
        return
    yield value
    match value:
        case bool():
            yield from several(int(value), not value)
        case int() if abs(value) < 2**53:
            yield from several(float(value), value + 1)
            if value in (0, 1):
                yield bool(value)
        case float() if value.is_integer():
            yield int(value)
        case str():
            yield from several(f"{value} else", [value])
        case list():
            yield from several([*value, 1], value[:1], {})
        case dict():
            yield from several({**value, "x-of-no-version": 1}, [value])
        case _:
            return


def _encoded(codec: Codec) -> Iterator[Json]:
    yield from OTHERS
    match codec:
        case TextCodec():
            yield from several("42", "-0", "042", "1.5", "1e3", "true", "false", "TRUE", "")
            yield from several(42, -1, 1.5, 1e16, False, 10**700)
        case BitCodec():
            yield from several(0, 1, 2, 1.0, False, "1")
        case ScaleCodec(numerator=over, denominator=under):
            yield from several(0, 1, -1, over, under, over * under, 7 * under + 1, 0.5, 1e300, "7")
        case ParameterCodec() | RestyleCodec():
            for texts in (["1"], ["a"], ["a,b"], ["a", "b"], ["1", "x"], ["true"], ["a|b c\td"]):
                yield from several(list(texts), texts[0])
            yield from several([1, None], [1, 2], [True, 1.5], [[1]], 1.5, ["a", 1], 10**700)
        case _:
            assert_never(codec)


def kind_samples() -> Mapping[Kind, Json]:
    """One value of each kind."""
    assert all(kind_of(value) is kind for kind, value in _BY_KIND.items())
    return _BY_KIND
