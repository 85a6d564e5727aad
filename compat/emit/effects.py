"""What a lens can do to a value at all: the emitters leave out the tests that it does not need.

An effect is an upper bound. `Shape` splits the JSON values by what emitted code can test for; a
value of a shape that is not among `shapes` is the same before and after.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import Final, TypeAlias, assert_never

from compat.lens.codecs import BitCodec, Codec, ParameterCodec, RestyleCodec, ScaleCodec, TextCodec
from compat.lens.ops import (
    ITEM,
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
    Wrap,
    invert,
)
from compat.model.schema import ABSENT, Json, Kind


class Shape(Enum):
    """Kinds of JSON value, as far as operations tell them apart."""

    OBJECT = "object"
    LIST = "list"
    NULL = "null"
    OTHER = "text, number or boolean"


OBJECT: Final = frozenset({Shape.OBJECT})
LIST: Final = frozenset({Shape.LIST})
NULL: Final = frozenset({Shape.NULL})
OTHER: Final = frozenset({Shape.OTHER})
ANY: Final = frozenset(Shape)
NONE: Final = frozenset[Shape]()


@dataclass(frozen=True, slots=True)
class Effect:
    """The shapes that may change, whether another value may stand in, or none, and refusals."""

    shapes: frozenset[Shape] = NONE
    replaces: bool = False
    removes: bool = False

    @property
    def acts(self) -> bool:
        return bool(self.shapes)

    @property
    def edits_objects_only(self) -> bool:
        """An object is edited where it stands, and nothing else is touched."""
        return self.shapes <= OBJECT and not self.replaces and not self.removes

    def __or__(self, other: "Effect") -> "Effect":
        return Effect(
            self.shapes | other.shapes,
            self.replaces or other.replaces,
            self.removes or other.removes,
        )


NOTHING: Final = Effect()
EDITS: Final = Effect(OBJECT)
Shapes: TypeAlias = frozenset[Shape]
Named: TypeAlias = Mapping[tuple[str, Flow], Effect]


def effect_of(lens: Lens, named: Named) -> Effect:
    """What a lens can do, given what the named ones can."""
    return reduce(Effect.__or__, (effect(op, named) for op in lens), NOTHING)


def named_effects(lenses: Mapping[str, Lens]) -> Named:
    """The effect of each named lens in both directions: the least that agrees with itself."""
    found = {(name, flow): NOTHING for name in lenses for flow in Flow}
    bodies = {(name, Flow.UP): lens for name, lens in lenses.items()}
    bodies |= {(name, Flow.DOWN): invert(lens) for name, lens in lenses.items()}
    while True:
        better = {key: effect_of(bodies[key], found) for key in found}
        if better == found:
            return found
        found = better


def effect(op: Op, named: Named) -> Effect:
    """What one operation can do."""
    match op:
        case Wrap():
            return Effect(OBJECT | OTHER, replaces=True)
        case Unwrap():
            return Effect(LIST, replaces=True, removes=True)
        case Enclose() | Hook():
            return Effect(ANY, replaces=True)
        case Disclose():
            return Effect(OBJECT, replaces=True)
        case MapValues():
            known = [before for before, _ in op.pairs] + list(op.refused)
            return Effect(frozenset(map(shape_of, known)), replaces=bool(op.pairs))
        case Convert():
            return _of_codec(op.codec, forward=op.forward)
        case Gap():
            return Effect(ANY) if op.forward else NOTHING
        case Limit():
            refused = op.admits.refused if op.admits is not None else frozenset()
            return Effect(frozenset(_SHAPES[kind] for kind in refused))
        case Apply():
            return named[op.name, op.flow]
        case Focus():
            return _of_focus(op, named)
        case Case():
            return reduce(
                Effect.__or__,
                (_under(branch.test, effect_of(branch.lens, named)) for branch in op.branches),
                NOTHING,
            )
        case _:
            return EDITS if _edits(op) else NOTHING


def _edits(
    op: Rename
    | Move
    | Default
    | Drop
    | Copy
    | Forget
    | OmitNull
    | AdmitNull
    | Split
    | Merge
    | Stash
    | Restore,
) -> bool:
    """Whether an operation on an object does anything in its direction."""
    match op:
        case OmitNull() | Restore():
            return True
        case Split() | Merge():
            return op.parts != (op.field,)
        case Copy():
            return op.field != op.source
        case Rename():
            return op.old != op.new
        case Move():
            return op.source != op.target
        case Default():
            return op.value is not ABSENT or op.demand
        case Drop():
            known = op.value is not ABSENT or op.neutral is not ABSENT
            return not op.shared and (known or op.loss is not Loss.KEEP)
        case Forget():
            return True
        case AdmitNull():
            return False
        case Stash():
            return bool(op.fields)
    assert_never(op)


def _of_codec(codec: Codec, *, forward: bool) -> Effect:
    match codec:
        case TextCodec():
            converts = codec.kind in (Kind.BOOLEAN, Kind.INTEGER, Kind.NUMBER)
            return Effect(OTHER, replaces=True) if converts else NOTHING
        case BitCodec() | ScaleCodec():
            return Effect(OTHER, replaces=True)
        case ParameterCodec() if forward:
            return Effect(LIST, replaces=True, removes=codec.style is None)
        case ParameterCodec():
            return Effect(ANY, replaces=True)
        case RestyleCodec():
            return Effect(LIST, replaces=True)
    assert_never(codec)


def _of_focus(op: Focus, named: Named) -> Effect:
    inner = effect_of(op.lens, named)
    if not op.path or not inner.acts:
        return inner
    return Effect(LIST if op.path[0] is ITEM else OBJECT)


def _under(test: Test, inner: Effect) -> Effect:
    shapes = inner.shapes & shapes_of_test(test)
    return Effect(shapes, inner.replaces, inner.removes) if shapes else NOTHING


def shapes_of_test(test: Test) -> frozenset[Shape]:
    """The shapes of values that can pass the test."""
    by_kind = ANY if test.kind is None else frozenset({_SHAPES[test.kind]})
    asks_for_field = test.has_field is not None or test.field_is is not None
    return by_kind & OBJECT if asks_for_field else by_kind


_SHAPES: Final = {
    Kind.NULL: Shape.NULL,
    Kind.BOOLEAN: Shape.OTHER,
    Kind.INTEGER: Shape.OTHER,
    Kind.NUMBER: Shape.OTHER,
    Kind.STRING: Shape.OTHER,
    Kind.ARRAY: Shape.LIST,
    Kind.OBJECT: Shape.OBJECT,
}


def shape_of(value: Json) -> Shape:
    match value:
        case None:
            return Shape.NULL
        case list():
            return Shape.LIST
        case dict():
            return Shape.OBJECT
        case _:
            return Shape.OTHER


def after(op: Op, shapes: Shapes, named: Named) -> Shapes:
    """The shapes that values of these shapes can have behind an operation."""
    does = effect(op, named)
    if not does.replaces or not does.shapes & shapes:
        return shapes
    match op:
        case Wrap():
            return (shapes & NULL) | LIST
        case Enclose():
            return OBJECT
        case MapValues(pairs=pairs):
            return shapes | {shape_of(new) for _, new in pairs}
        case Convert(codec=ParameterCodec(), forward=True):
            return shapes | OTHER
        case Convert(codec=ParameterCodec()):
            return LIST
        case Convert():
            return shapes
        case _:
            return ANY
