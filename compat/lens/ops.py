"""The operations, and the inverse of each beside it.

Theory of operation

A lens is a tuple of operations applied in order to one JSON value. Operations never fail on a value
of another shape than they expect: they leave it alone, because what neither spec names must pass.
An operation may answer ABSENT, which removes the value from whatever holds it and ends the lens
there: no operation, not even Gap or Hook, does anything to ABSENT. `Refused` is the only other way
out: a value that the receiving side cannot hold and that nobody allowed to be lost. Of several
refusals the first one met counts: operations, list items and fields go in their order.

"In an object" means that any other value is left alone. A field that holds null is there. Where an
operation puts a value, what stood there gives way. The order of an object's fields means nothing.
Two values are the same when they are of one type throughout and equal: `1`, `1.0` and `true` are
three values, NaN is like nothing. What is no JSON value at all (a body of bytes, a stream) is
opaque: every operation leaves it alone, Wrap, Enclose, Hook and Gap included.

Each operation carries what both directions need, so that `invert(invert(op)) == op` always holds;
where one direction has nothing to do, its operation is still there and does nothing.

A message is a JSON value too, so that relocating a parameter is a move like any other:

    request:  {"path": {name: text}, "query": {name: [text...]}, "header": {name: [text...]},
               "cookie": {name: [text...]}, "body": value}
    response: {"status": number, "header": {name: [text...]}, "body": value}

Header names are in lower case there, texts are decoded, and "body" is missing when there is none.
All other parts are there even when they are empty, and stay when Move empties them. Cookies are
in "cookie" alone: the request's header has no "cookie".
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import Enum, StrEnum
from typing import Final, TypeAlias

from compat.lens.admits import Admits
from compat.lens.codecs import Codec
from compat.model.schema import ABSENT, Absent, Json, Kind


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
    """In an object that has the field `old`: it becomes `new`; what stood at `new` gives way.

    Without `old` nothing happens, whatever stands at `new`.
    """

    old: str
    new: str
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """In an object: take the value at `source` to `target`, making objects on the way.

    Objects on the way to `source` that are empty once the value has left them go too, but never the
    object that the operation is applied to; of a message only the body does. What stands at
    `target` gives way. Nothing moves, and nothing goes, where there is no value at `source` or the
    way to `target` is blocked by something that is no object (null, too). The way is looked at
    after the value has left, so that one path may begin with the other: `a` <-> `a.b`.
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

    A list of more than one: KEEP leaves it as it is, DROP takes the first, REFUSE refuses it.
    """

    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclose:
    """Any value, null too, becomes an object that holds it under `name`.

    `loss` is for the way back.
    """

    name: str
    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclose:
    """An object that has the field `name` becomes its value; `loss` is about the other fields.

    KEEP and DROP are the same here: nothing can hold the other fields. REFUSE refuses an object
    that has any.
    """

    name: str
    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class MapValues:
    """A value found in `pairs` is replaced; one of `refused` ends the message. The rest passes.

    `back` and `back_refused` are the same for the other direction. Values are scalars; "found"
    means the same value (see above). The first pair that fits counts, and `pairs` before `refused`.
    """

    pairs: tuple[tuple[Json, Json], ...]
    back: tuple[tuple[Json, Json], ...]
    refused: tuple[Json, ...] = ()
    back_refused: tuple[Json, ...] = ()
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert:
    """A value is encoded differently; what the codec cannot read passes as it is.

    Only a parameter codec refuses: what no text can hold without being read as something else.
    """

    codec: Codec
    forward: bool = True
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """In an object: `field` gets `value` where it is missing (always, with `overwrite`).

    With the value ABSENT nothing is supplied or overwritten, but with `demand` a missing field is
    refused (`demand` means nothing beside a value). `loss` and `neutral` are for the way back; with
    `shared` both versions declare the field, and the way back leaves it alone.
    """

    field: str
    value: Value
    neutral: Value = ABSENT
    overwrite: bool = False
    demand: bool = False
    shared: bool = False
    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """In an object: `field` has no place on the other side, see `loss`.

    A field that holds `value`, which the way back would supply, or `neutral`, which says no more
    than a missing one, always goes without a word, with KEEP and REFUSE too. With `shared` the
    field has a place there too, and stays whatever it holds. `overwrite` and `demand` are for the
    way back and change nothing here.
    """

    field: str
    value: Value
    neutral: Value = ABSENT
    overwrite: bool = False
    demand: bool = False
    shared: bool = False
    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """In an object: `field` gets a copy of the value at `source` where it is missing.

    Nothing happens where there is none at `source`, the name of another field. `loss` is for the
    way back. Stands in for a field that only repeats another one.
    """

    field: str
    source: str
    loss: Loss
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """In an object: `field` goes where it holds the same as `source`; else see `loss`."""

    field: str
    source: str
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

    The last part takes the remainder; a text with too few separators stays where it is. The text
    leaves `field` before the parts are put, so that one of them may have its name; what stood at
    the parts gives way. ValueError without parts or separator, or if a part is named twice.
    """

    field: str
    parts: tuple[str, ...]
    separator: str
    difference: DifferenceId

    def __post_init__(self) -> None:
        _check_joint(self.parts, self.separator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """In an object: the texts at `parts`, when all are there, are joined at `field`.

    Where one is missing or no text, nothing happens. The parts leave before the text is put; what
    stood at `field` gives way. A part other than the last that cannot be cut again where it was
    joined, because the separator begins in it, is refused. ValueError as for Split.
    """

    field: str
    parts: tuple[str, ...]
    separator: str
    difference: DifferenceId

    def __post_init__(self) -> None:
        _check_joint(self.parts, self.separator)


def _check_joint(parts: tuple[str, ...], separator: str) -> None:
    if not parts or not separator or len(set(parts)) != len(parts):
        raise ValueError(f"not distinct parts and a separator: {parts!r}, {separator!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stash:
    """In an object: `fields` travel under `key`, for a peer that passes on fields it does not know.

    Those of the fields that are there leave the object; `key` becomes
    `{"shape": shape, "fields": {name: value, ...}}`, and what stood there gives way. Where none of
    them is there, nothing happens.
    """

    fields: tuple[str, ...]
    key: str
    shape: str
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """In an object: take what was stashed under `key` back out; a field that is there wins.

    `key` goes, and those of `fields` that it holds come back; whatever else is in it is lost. What
    is no stash of this `shape` stays where it is: another pair of versions made it, or nobody did.
    """

    fields: tuple[str, ...]
    key: str
    shape: str
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A person's function decides: `<name>_up(value)` or `<name>_down(value)` of the hooks file.

    It is given the value to keep (null, too) and gives back a JSON value.
    """

    name: str
    flow: Flow
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Nothing bridges this value: any, null too, is refused where `forward` is set.

    `back` is the same for the way back.
    """

    forward: bool
    back: bool
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A value beyond what the receiver `admits` is refused; None admits any.

    `back` is the same for the way back.
    """

    admits: Admits | None
    back: Admits | None
    difference: DifferenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """Apply `lens` to the values that `path` leads to (no value, nothing to do).

    An empty path leads to the value itself. Where the lens answers ABSENT the field, list item or
    map value goes; the object or list that held it stays, even when it is empty then.
    """

    path: tuple[Step, ...]
    lens: "Lens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Apply the lens of that name in the plan: shared by several places, possibly recursive.

    Plans name their lenses in the direction UP; DOWN applies the inverse.
    """

    name: str
    flow: Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """Does a value belong to a variant: its kind, a field it has, the text a field holds.

    Every condition that is set must hold, so `Test()` always does. Kind NUMBER includes integers;
    INTEGER does not include `1.0`, nor either of them a boolean. `field_is` is (field, text).
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
    """The first branch whose test holds is applied, and no other; a value of no branch passes."""

    branches: tuple[Branch, ...]


Paired: TypeAlias = (
    Wrap
    | Unwrap
    | Enclose
    | Disclose
    | Default
    | Drop
    | Copy
    | Forget
    | OmitNull
    | AdmitNull
    | Split
    | Merge
    | Stash
    | Restore
)
Op: TypeAlias = (
    Paired | Rename | Move | MapValues | Convert | Hook | Gap | Limit | Focus | Apply | Case
)
Lens: TypeAlias = tuple[Op, ...]

_PAIRS: Final[tuple[tuple[type[Paired], type[Paired]], ...]] = (
    (Wrap, Unwrap),
    (Enclose, Disclose),
    (Default, Drop),
    (Copy, Forget),
    (OmitNull, AdmitNull),
    (Split, Merge),
    (Stash, Restore),
)
_COUNTERPARTS: Final = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}


def invert(lens: Lens) -> Lens:
    """The lens for the way back."""
    return tuple(_invert_op(op) for op in reversed(lens))


def _invert_op(op: Op) -> Op:
    match op:
        case Rename():
            return replace(op, old=op.new, new=op.old)
        case Move():
            return replace(op, source=op.target, target=op.source)
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
        case Apply(name=name, flow=flow):
            return Apply(name=name, flow=flow.back)
        case Hook():
            return replace(op, flow=op.flow.back)
        case Gap():
            return replace(op, forward=op.back, back=op.forward)
        case Limit():
            return replace(op, admits=op.back, back=op.admits)
        case Focus(path=path, lens=lens):
            return Focus(path=path, lens=invert(lens))
        case Case():
            return Case(branches=tuple(_invert_branch(branch) for branch in op.branches))
        case _:
            return _counterpart(op)


def _counterpart(op: Paired) -> Op:
    """The other of the pair, which has the same fields."""
    counterpart: Callable[..., Op] = _COUNTERPARTS[type(op)]
    return counterpart(**{field.name: getattr(op, field.name) for field in fields(op)})


def _invert_branch(branch: Branch) -> Branch:
    return Branch(test=branch.back, back=branch.test, lens=invert(branch.lens))
