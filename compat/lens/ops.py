"""The operations, and the inverse of each beside it.

Theory of operation

A lens is a tuple of operations applied in order to one JSON value. Operations never fail on a value
of another shape than they expect: they leave it alone, because what neither spec names must pass.
An operation may answer ABSENT, which removes the value from whatever holds it. `Refused` is the
only other way out: a value that the receiving side cannot hold and that nobody allowed to be lost.

Each operation carries what both directions need, so that `invert(invert(op)) == op` always holds;
where one direction has nothing to do, its operation is still there and does nothing.

A message is a JSON value too, so that relocating a parameter is a move like any other:

    request:  {"path": {name: text}, "query": {name: [text...]}, "header": {name: [text...]},
               "cookie": {name: [text...]}, "body": value}
    response: {"status": number, "header": {name: [text...]}, "body": value}

Header names are in lower case there, texts are decoded, and "body" is missing when there is none.
"""

from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Final, TypeAlias

from compat.lens.codecs import Codec
from compat.model.schema import Absent, Json, Kind


class Flow(StrEnum):
    """Which way a value travels between the versions."""

    UP = "up"  # from the old version to the new one
    DOWN = "down"  # from the new version to the old one

    @property
    def back(self) -> "Flow":
        return Flow.DOWN if self is Flow.UP else Flow.UP


class Every(Enum):
    """Steps of a path that lead to all members at once."""

    ITEM = "each item of a list"
    VALUE = "each value of a map"


ITEM: Final = Every.ITEM
VALUE: Final = Every.VALUE

Step: TypeAlias = str | Every
FieldPath: TypeAlias = tuple[str, ...]  # names of nested fields, at least one
Value: TypeAlias = Json | Absent
DifferenceId: TypeAlias = str

PARTS: Final = ("path", "query", "header", "cookie", "body")


class Loss(StrEnum):
    """What happens to a value that the receiving side has no place for."""

    KEEP = "keep"  # it passes: the receiver ignores what it does not know
    DROP = "drop"  # it is dropped and counted
    REFUSE = "refuse"  # the message is refused, unless the value is the one that changes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """In an object: the field `old` becomes `new`; what stood at `new` gives way."""

    old: str
    new: str
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """In an object: take the value at `source` to `target`, making objects on the way.

    Objects that are empty once the value has left them go too; of a message only the body does.
    Nothing moves where the way to `target` is blocked by something that is no object.
    """

    source: FieldPath
    target: FieldPath
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrap:
    """A value becomes a list of it; null and lists stay. `loss` is for the way back."""

    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrap:
    """A list becomes its first item, an empty one ABSENT; `loss` says what becomes of the rest.

    KEEP leaves a longer list as it is.
    """

    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclose:
    """A value becomes an object that holds it under `name`. `loss` is for the way back."""

    name: str
    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclose:
    """An object that has the field `name` becomes its value; `loss` is about the other fields.

    KEEP and DROP are the same here: nothing can hold the other fields.
    """

    name: str
    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class MapValues:
    """A value found in `pairs` is replaced; one of `refused` ends the message. The rest passes.

    `back` and `back_refused` are the same for the other direction. Values are scalars, and are the
    same only when their types are (`1`, `1.0` and `true` are three values).
    """

    pairs: tuple[tuple[Json, Json], ...]
    back: tuple[tuple[Json, Json], ...]
    refused: tuple[Json, ...] = ()
    back_refused: tuple[Json, ...] = ()
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert:
    """A value is encoded differently; what the codec cannot read passes as it is."""

    codec: Codec
    forward: bool = True
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """In an object: `field` gets `value` where it is missing (always, with `overwrite`).

    With the value ABSENT nothing is supplied. `loss` is for the way back.
    """

    field: str
    value: Value
    overwrite: bool = False
    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """In an object: `field` has no place on the other side, see `loss`.

    A field that holds `value`, which the way back would supply, always goes without a word.
    """

    field: str
    value: Value
    overwrite: bool = False
    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class OmitNull:
    """In an object: `field` goes where it is null."""

    field: str
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitNull:
    """The way back of OmitNull: there is nothing to do."""

    field: str
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """In an object: the text at `field` is cut at `separator` into the fields `parts`.

    The last part takes the remainder; a text with too few separators stays where it is.
    """

    field: str
    parts: tuple[str, ...]
    separator: str
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """In an object: the texts at `parts`, when all are there, are joined at `field`.

    A part other than the last that contains the separator is refused: it could not be cut again.
    """

    field: str
    parts: tuple[str, ...]
    separator: str
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Stash:
    """In an object: `fields` travel under `key`, marked with `shape`, for a peer that passes on
    fields it does not know."""

    fields: tuple[str, ...]
    key: str
    shape: str
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """In an object: take what was stashed under `key` back out; a field that is there wins.

    A stash of another shape is left out: it was made for another pair of versions.
    """

    fields: tuple[str, ...]
    key: str
    shape: str
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A person's function decides: `<name>_up(value)` or `<name>_down(value)` of the hooks file."""

    name: str
    flow: Flow
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Nothing bridges this value: it is refused, `forward` and on the way `back`, as set."""

    forward: bool
    back: bool
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """Apply `lens` to the values that `path` leads to (no value, nothing to do)."""

    path: tuple[Step, ...]
    lens: "Lens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Apply the lens of that name in the plan: shared by several places, possibly recursive."""

    name: str
    flow: Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """Does a value belong to a variant: its kind, a field it has, the text a field holds.

    Every condition that is set must hold. Kind NUMBER includes integers.
    """

    kind: Kind | None = None
    has_field: str | None = None
    field_is: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A variant: how to know it before (`test`) and after (`back`), and its lens."""

    test: Test
    back: Test
    lens: "Lens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The first branch whose test holds is applied; a value of no branch passes."""

    branches: tuple[Branch, ...]


Op: TypeAlias = (
    Rename
    | Move
    | Wrap
    | Unwrap
    | Enclose
    | Disclose
    | MapValues
    | Convert
    | Default
    | Drop
    | OmitNull
    | AdmitNull
    | Split
    | Merge
    | Stash
    | Restore
    | Hook
    | Gap
    | Focus
    | Apply
    | Case
)
Lens: TypeAlias = tuple[Op, ...]


def invert(lens: Lens) -> Lens:
    """The lens for the way back."""
    return tuple(_invert_op(op) for op in reversed(lens))


def _invert_op(op: Op) -> Op:
    match op:
        case Rename():
            return replace(op, old=op.new, new=op.old)
        case Move():
            return replace(op, source=op.target, target=op.source)
        case Wrap():
            return Unwrap(loss=op.loss, difference=op.difference)
        case Unwrap():
            return Wrap(loss=op.loss, difference=op.difference)
        case Enclose():
            return Disclose(name=op.name, loss=op.loss, difference=op.difference)
        case Disclose():
            return Enclose(name=op.name, loss=op.loss, difference=op.difference)
        case MapValues():
            return MapValues(
                pairs=op.back,
                back=op.pairs,
                refused=op.back_refused,
                back_refused=op.refused,
                difference=op.difference,
            )
        case Convert():
            return replace(op, forward=not op.forward)
        case Default() | Drop():
            return _invert_presence(op)
        case OmitNull():
            return AdmitNull(field=op.field, difference=op.difference)
        case AdmitNull():
            return OmitNull(field=op.field, difference=op.difference)
        case Split() | Merge():
            return _invert_joint(op)
        case Stash() | Restore():
            return _invert_stash(op)
        case Hook():
            return replace(op, flow=op.flow.back)
        case Gap():
            return replace(op, forward=op.back, back=op.forward)
        case Focus():
            return replace(op, lens=invert(op.lens))
        case Apply():
            return replace(op, flow=op.flow.back)
        case Case():
            return Case(branches=tuple(_invert_branch(branch) for branch in op.branches))


def _invert_presence(op: Default | Drop) -> Default | Drop:
    other = Drop if isinstance(op, Default) else Default
    return other(
        field=op.field,
        value=op.value,
        overwrite=op.overwrite,
        loss=op.loss,
        difference=op.difference,
    )


def _invert_joint(op: Split | Merge) -> Split | Merge:
    other = Merge if isinstance(op, Split) else Split
    return other(field=op.field, parts=op.parts, separator=op.separator, difference=op.difference)


def _invert_stash(op: Stash | Restore) -> Stash | Restore:
    other = Restore if isinstance(op, Stash) else Stash
    return other(fields=op.fields, key=op.key, shape=op.shape, difference=op.difference)


def _invert_branch(branch: Branch) -> Branch:
    return Branch(test=branch.back, back=branch.test, lens=invert(branch.lens))
