"""How a random operation is made to fit a value: one maker per kind of operation.

A maker is given Hypothesis' draw function and the value that the operation is for. The operations
that hold lenses (Focus, Apply, Case) are made by `tests.compat.lens.strategies`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from compat.lens.admits import Admits
from compat.lens.codecs import (
    BitCodec,
    ParameterCodec,
    RestyleCodec,
    ScaleCodec,
    TextCodec,
)
from compat.lens.ops import (
    AdmitNull,
    Convert,
    Copy,
    Default,
    Disclose,
    Drop,
    Enclose,
    FieldPath,
    Flow,
    Forget,
    Gap,
    Hook,
    Limit,
    Loss,
    MapValues,
    Merge,
    Move,
    OmitNull,
    Op,
    Rename,
    Restore,
    Split,
    Stash,
    Test,
    Unwrap,
    Value,
    Wrap,
)
from compat.lens.value import kind_of
from compat.model.interface import Style
from compat.model.schema import ABSENT, UNBOUNDED, Bounds, Json, Kind

Maker: TypeAlias = Callable[[DrawFn, Json], Op]

NAMES: Final = ("a", "b", "c", "class", "x-y", "it's", "größe", "")
SHAPES: Final = ("v1/v2", "v2/v3")
SEPARATORS: Final = (":", "--", ",")
STYLES: Final = tuple(style for style in Style if style is not Style.DEEP)

_TEXTS = (
    "",
    "x",
    "A:b:c",
    "a:b",
    "a--b---c",
    "1,2,,3",
    "true",
    "TRUE",
    "42",
    "042",
    " 1",
    "1e3",
    "1.5",
)
_NUMBERS = (0, 1, 2, 7, -3, 1024, 2**53 + 1, 10**30, 0.0, 1.0, 0.29, 1.5, -2.5, 1e300)

names = st.sampled_from(NAMES)
differences = st.integers(0, 16**12 - 1).map("{:012x}".format)
losses = st.sampled_from(Loss)
scalars: st.SearchStrategy[Json] = st.one_of(
    st.sampled_from((None, False, True)),
    st.sampled_from(_NUMBERS),
    st.sampled_from(_TEXTS),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
)


def _stashes(members: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    fields = st.dictionaries(names, members, max_size=3)
    return st.fixed_dictionaries({"shape": st.sampled_from(SHAPES), "fields": fields})


def _containers(members: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.one_of(
        st.lists(members, max_size=3),
        st.lists(st.sampled_from(_TEXTS), max_size=2),
        st.dictionaries(names, members, max_size=4),
    )


_values = st.recursive(scalars, _containers, max_leaves=8)
texts: st.SearchStrategy[Json] = st.sampled_from(_TEXTS)
objects: st.SearchStrategy[Json] = st.dictionaries(
    names, st.one_of(_values, texts, _stashes(scalars)), min_size=2, max_size=6
)
documents: st.SearchStrategy[Json] = st.one_of(objects, objects, _values)


def fields_of(value: Json) -> dict[str, Json]:
    """The fields of an object; of anything else, none."""
    return value if isinstance(value, dict) else {}


def name_in(draw: DrawFn, value: Json) -> str:
    """Mostly a field that is there."""
    return _mostly(draw, fields_of(value))


def _mostly(draw: DrawFn, some: Iterable[str]) -> str:
    """One of some names three times in four, else any."""
    chosen, others = sorted(some), draw(st.integers(0, 3)) == 0
    return draw(names if others or not chosen else st.sampled_from(chosen))


def _some_of(draw: DrawFn, some: Iterable[str], *, least: int) -> tuple[str, ...]:
    """Up to three names, mostly of these, each once."""
    count = draw(st.integers(least, 3))
    return tuple(dict.fromkeys(_mostly(draw, some) for _ in range(count)))


def path_in(draw: DrawFn, value: Json) -> FieldPath:
    """One to three names, mostly of fields that are there."""
    path: FieldPath = ()
    for _ in range(draw(st.integers(1, 3))):
        name = name_in(draw, value)
        path, value = (*path, name), fields_of(value).get(name)
    return path


def condition_for(draw: DrawFn, value: Json) -> Test:
    """A test of a branch that often holds for the value."""
    fields = fields_of(value)
    texts = [(name, text) for name, text in fields.items() if isinstance(text, str)]
    kind = st.one_of(st.just(kind_of(value)), st.sampled_from(Kind))
    name = st.sampled_from([*fields, *fields, *NAMES])
    text = st.sampled_from([*texts, *texts, ("a", "x")])
    return draw(
        st.one_of(
            st.just(Test()),
            st.builds(Test, kind=kind),
            st.builds(Test, has_field=name),
            st.builds(Test, field_is=text),
            st.builds(Test, kind=kind, has_field=name, field_is=text),
        )
    )


def _rename(draw: DrawFn, value: Json) -> Op:
    return Rename(old=name_in(draw, value), new=draw(names), difference=draw(differences))


def _move(draw: DrawFn, value: Json) -> Op:
    source, target = path_in(draw, value), path_in(draw, value)
    return Move(source=source, target=target, difference=draw(differences))


def _wrap(draw: DrawFn, _value: Json) -> Op:
    return Wrap(loss=draw(losses), difference=draw(differences))


def _unwrap(draw: DrawFn, _value: Json) -> Op:
    return Unwrap(loss=draw(losses), difference=draw(differences))


def _enclose(draw: DrawFn, _value: Json) -> Op:
    return Enclose(name=draw(names), loss=draw(losses), difference=draw(differences))


def _disclose(draw: DrawFn, value: Json) -> Op:
    return Disclose(name=name_in(draw, value), loss=draw(losses), difference=draw(differences))


def _map_values(draw: DrawFn, value: Json) -> Op:
    some = scalars if isinstance(value, list | dict) else st.one_of(st.just(value), scalars)
    pairs = draw(st.lists(st.tuples(some, scalars), max_size=3))
    inverse = st.just([(after, before) for before, after in pairs])
    return MapValues(
        pairs=tuple(pairs),
        back=tuple(draw(st.one_of(inverse, st.lists(st.tuples(scalars, scalars), max_size=2)))),
        refused=tuple(draw(st.lists(some, max_size=1))),
        back_refused=tuple(draw(st.lists(scalars, max_size=1))),
        difference=draw(differences),
    )


def _convert(draw: DrawFn, value: Json) -> Op:
    kinds, styles = st.sampled_from(Kind), st.sampled_from(STYLES)
    factors = st.sampled_from((1, 2, 3, 7, 60, 1000, 1024, 10**9))
    texts = st.builds(TextCodec, kind=st.one_of(st.just(kind_of(value)), kinds))
    scales = st.builds(ScaleCodec, numerator=factors, denominator=factors, integral=st.booleans())
    parameters = st.builds(ParameterCodec, kind=kinds, style=st.one_of(st.none(), styles))
    restyles = st.builds(RestyleCodec, old=styles, new=styles)
    match value:
        case bool():
            codecs = st.one_of(texts, st.just(BitCodec()), parameters)
        case int() | float():
            codecs = st.one_of(texts, st.just(BitCodec()), scales, scales, parameters)
        case list():
            codecs = st.one_of(parameters, restyles)
        case _:
            codecs = st.one_of(texts, parameters, st.just(BitCodec()), scales)
    codec, forward = draw(codecs), draw(st.booleans())
    return Convert(codec=codec, forward=forward, difference=draw(differences))


def _presence(draw: DrawFn, value: Json) -> dict[str, Any]:
    field = name_in(draw, value)
    held = st.just(fields_of(value).get(field, ABSENT))
    values: st.SearchStrategy[Value] = st.one_of(st.just(ABSENT), held, documents)
    return {
        "field": field,
        "value": draw(values),
        "neutral": draw(values),
        "overwrite": draw(st.booleans()),
        "demand": draw(st.booleans()),
        "shared": draw(st.booleans()),
        "loss": draw(losses),
        "difference": draw(differences),
    }


def _default(draw: DrawFn, value: Json) -> Op:
    return Default(**_presence(draw, value))


def _drop(draw: DrawFn, value: Json) -> Op:
    return Drop(**_presence(draw, value))


def _likeness(draw: DrawFn, value: Json) -> dict[str, Any]:
    fields = {"field": name_in(draw, value), "source": name_in(draw, value)}
    return {**fields, "loss": draw(losses), "difference": draw(differences)}


def _copy(draw: DrawFn, value: Json) -> Op:
    return Copy(**_likeness(draw, value))


def _forget(draw: DrawFn, value: Json) -> Op:
    return Forget(**_likeness(draw, value))


def _omit_null(draw: DrawFn, value: Json) -> Op:
    return OmitNull(field=name_in(draw, value), difference=draw(differences))


def _admit_null(draw: DrawFn, value: Json) -> Op:
    return AdmitNull(field=name_in(draw, value), difference=draw(differences))


def _joint(draw: DrawFn, value: Json) -> dict[str, Any]:
    held = {name: text for name, text in fields_of(value).items() if isinstance(text, str)}
    field = _mostly(draw, held)
    inside = [separator for separator in SEPARATORS if separator in held.get(field, "")]
    return {
        "field": field,
        "parts": _some_of(draw, held, least=1),
        "separator": draw(st.sampled_from([*inside * 3, *SEPARATORS])),
        "difference": draw(differences),
    }


def _split(draw: DrawFn, value: Json) -> Op:
    return Split(**_joint(draw, value))


def _merge(draw: DrawFn, value: Json) -> Op:
    return Merge(**_joint(draw, value))


def _stashing(draw: DrawFn, value: Json) -> dict[str, Any]:
    stashes = {name: fields_of(member) for name, member in fields_of(value).items()}
    keys = [name for name, stash in stashes.items() if "shape" in stash]
    stashed = [name for stash in stashes.values() for name in fields_of(stash.get("fields"))]
    shapes = [stashes[key]["shape"] for key in keys if draw(st.booleans())]
    return {
        "fields": _some_of(draw, stashed or fields_of(value), least=0),
        "key": _mostly(draw, keys),
        "shape": draw(st.sampled_from([*shapes, *SHAPES])),
        "difference": draw(differences),
    }


def _stash(draw: DrawFn, value: Json) -> Op:
    return Stash(**_stashing(draw, value))


def _restore(draw: DrawFn, value: Json) -> Op:
    return Restore(**_stashing(draw, value))


def _hook(draw: DrawFn, _value: Json) -> Op:
    name, flow = draw(st.sampled_from(("turn", "box"))), draw(st.sampled_from(Flow))
    return Hook(name=name, flow=flow, difference=draw(differences))


def _gap(draw: DrawFn, _value: Json) -> Op:
    forward, back = draw(st.booleans()), draw(st.booleans())
    return Gap(forward=forward, back=back, difference=draw(differences))


def _admits(draw: DrawFn, value: Json) -> Admits:
    """Mostly close to the value: what admits it, or just does not."""
    size = len(value) if isinstance(value, str | list | dict) else draw(st.integers(0, 3))
    near = st.sampled_from((None, size, size, size + 1, max(0, size - 1)))
    number = value if isinstance(value, int | float) else draw(st.integers(-2, 8))
    limits = st.sampled_from((None, None, number, 0, 7, 1.5))
    bounds = Bounds(
        minimum=draw(limits),
        maximum=draw(limits),
        exclusive_minimum=draw(limits),
        exclusive_maximum=draw(limits),
        multiple_of=draw(st.sampled_from((None, None, 1, 2, 0.01, 0.5))),
        min_length=draw(near),
        max_length=draw(near),
        pattern=draw(st.sampled_from((None, None, "^[a-z]*$", "x", "\\d"))),
        min_items=draw(near),
        max_items=draw(near),
        unique_items=draw(st.booleans()),
        min_properties=draw(near),
        max_properties=draw(near),
    )
    kinds = st.lists(st.one_of(st.just(kind_of(value)), st.sampled_from(Kind)), min_size=1)
    known = scalars if isinstance(value, list | dict) else st.one_of(st.just(value), scalars)
    return Admits(
        kinds=draw(st.none() | kinds.map(lambda some: tuple(sorted(set(some))))),
        values=draw(st.none() | st.none() | st.lists(known, min_size=1, max_size=3).map(tuple)),
        bounds=draw(st.sampled_from((UNBOUNDED, bounds, bounds))),
        required=draw(st.sampled_from(((), _some_of(draw, fields_of(value), least=0)))),
        names=draw(st.none() | st.just(_some_of(draw, fields_of(value), least=0))),
    )


def _limit(draw: DrawFn, value: Json) -> Op:
    sides = (_admits(draw, value) if draw(st.booleans()) else None for _ in range(2))
    return Limit(admits=next(sides), back=next(sides), difference=draw(differences))


MAKERS: Final[Mapping[type[Op], Maker]] = {
    Rename: _rename,
    Move: _move,
    Wrap: _wrap,
    Unwrap: _unwrap,
    Enclose: _enclose,
    Disclose: _disclose,
    MapValues: _map_values,
    Convert: _convert,
    Default: _default,
    Drop: _drop,
    Copy: _copy,
    Forget: _forget,
    OmitNull: _omit_null,
    AdmitNull: _admit_null,
    Split: _split,
    Merge: _merge,
    Stash: _stash,
    Restore: _restore,
    Hook: _hook,
    Gap: _gap,
    Limit: _limit,
}

VALUES: Final[Mapping[type[Op], st.SearchStrategy[Json]]] = {
    **dict.fromkeys(MAKERS, objects),
    Wrap: documents,
    Enclose: documents,
    Hook: documents,
    Gap: documents,
    Limit: documents,
    MapValues: scalars,
    Convert: st.one_of(scalars, st.lists(texts, max_size=3)),
    Unwrap: st.lists(documents, max_size=2),
    Restore: st.dictionaries(names, _stashes(scalars), min_size=1, max_size=2),
    Split: st.dictionaries(names, texts, min_size=1),
    Merge: st.dictionaries(names, texts, min_size=1),
}
"""What each kind of operation is for."""
