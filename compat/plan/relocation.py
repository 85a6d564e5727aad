"""Parameters that moved to another part of the request: query, header, cookie, path or body.

A parameter of the same name and type that left one part and came up in another has moved, there is
no other reading; any other relocation is a person's word. Texts become values on the way into a
body, and texts again on the way out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compat.intent.model import MoveFields
from compat.intent.problem import IntentError
from compat.lens.codecs import ParameterCodec
from compat.lens.ops import (
    Convert,
    DifferenceId,
    FieldPath,
    Focus,
    Lens,
    Loss,
    Move,
    Op,
    Unwrap,
    Wrap,
)
from compat.match.template import parameter_names
from compat.model.interface import Location, Operation, Style
from compat.model.place import Place
from compat.model.schema import Json, Kind, Schema
from compat.model.shape import ArrayShape, Field, ObjectShape, ScalarShape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.ledger import Finding
from compat.plan.parameters import parameters, section
from compat.plan.spot import Side, Spot
from compat.plan.walk import Walk
from compat.suggest.leftovers import Settled

_SCALAR_PARTS = (Location.PATH, Location.QUERY, Location.HEADER, Location.COOKIE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in a request: the part, the path from there, what it holds; `style` of parameters."""

    part: Location
    path: FieldPath
    schema: Schema
    style: Style | None = None

    @property
    def message_path(self) -> FieldPath:
        return (self.part.value, *self.path)


@dataclass(frozen=True, slots=True)
class Relocations:
    """The lens that moves them, and what they explain in each version's request message."""

    lens: Lens
    claims: Claims


def bridge_relocations(walk: Walk, old: Operation, new: Operation) -> Relocations:
    """Stated ones first, then those that are certain."""
    ops: list[Op] = []
    claims = NO_CLAIMS
    stated = tuple(_stated(walk, old, new))
    for source, target in (*stated, *_certain(walk, old, new)):
        one = Claims(frozenset({source.message_path}), frozenset({target.message_path}))
        if claims.old & one.old or claims.new & one.new:
            continue
        claims = claims.plus(one)
        if (source, target) not in stated:
            _settle(walk, section(Side.REQUEST, old, new, "request"), source, target)
        ops += _relocate(walk, old, new, source, target)
    return Relocations(tuple(ops), claims)


def _settle(walk: Walk, spot: Spot, source: Slot, target: Slot) -> None:
    words: dict[str, Json] = {"move": [[list(source.message_path), list(target.message_path)]]}
    reason = "the name and the type are the same, and no other place has them"
    schemas = source.schema, target.schema
    walk.ledger.settled.append(Settled(at=spot.old, words=words, reason=reason, schemas=schemas))


def _stated(walk: Walk, old: Operation, new: Operation) -> Iterator[tuple[Slot, Slot]]:
    spot = section(Side.REQUEST, old, new, "request")
    for action, place in walk.ledger.actions(spot, MoveFields):
        for source, target in action.paths:
            yield _slot(walk.old, old, source, place), _slot(walk.new, new, target, place)


def _certain(walk: Walk, old: Operation, new: Operation) -> Iterator[tuple[Slot, Slot]]:
    ours, theirs = tuple(_slots(walk.old, old)), tuple(_slots(walk.new, new))
    stayed = {slot.message_path for slot in ours} & {slot.message_path for slot in theirs}
    gone = [slot for slot in ours if slot.message_path not in stayed]
    come = [slot for slot in theirs if slot.message_path not in stayed]
    for source in gone:
        targets = [
            target
            for target in come
            if _same_name(source, target)
            and source.part is not target.part
            and _kinds(walk.old, source.schema) == _kinds(walk.new, target.schema) is not None
        ]
        if len(targets) == 1:
            yield source, targets[0]


def _same_name(one: Slot, other: Slot) -> bool:
    if Location.HEADER in (one.part, other.part):
        return one.path[-1].lower() == other.path[-1].lower()
    return one.path[-1] == other.path[-1]


def _kinds(shapes: Shapes, schema: Schema) -> frozenset[Kind] | None:
    shape = shapes.of(schema)
    return shape.kinds if isinstance(shape, ScalarShape) else None


def _slots(shapes: Shapes, operation: Operation) -> Iterator[Slot]:
    """Every parameter, and every field at the top of a JSON body."""
    in_template = parameter_names(operation.key.path)
    for part in _SCALAR_PARTS:
        for name, parameter in parameters(operation, part).items():
            if part is not Location.PATH or name in in_template:
                yield Slot(part=part, path=(name,), schema=parameter.schema, style=parameter.style)
    for name, field in body_fields(shapes, operation).items():
        yield Slot(part=Location.BODY, path=(name,), schema=field.schema)


def body_fields(shapes: Shapes, operation: Operation) -> Mapping[str, Field]:
    """The declared fields of the operation's JSON body."""
    schema = json_schema(operation)
    shape = shapes.of(schema) if schema is not None else None
    return shape.fields if isinstance(shape, ObjectShape) else {}


def json_schema(operation: Operation) -> Schema | None:
    """The schema of the operation's JSON request body."""
    if operation.body is None:
        return None
    return next((c.schema for c in operation.body.contents if c.is_json and c.schema), None)


def _slot(shapes: Shapes, operation: Operation, path: FieldPath, place: Place) -> Slot:
    """The slot that a path of the intent names: a part and the way from there."""
    part, *rest = path
    known = [slot for slot in _slots(shapes, operation) if slot.message_path == path]
    if known:
        return known[0]
    if part == Location.BODY and rest:
        fields = body_fields(shapes, operation)
        for index, name in enumerate(rest):
            field = fields.get(name)
            if field is None:
                break
            if index == len(rest) - 1:
                return Slot(part=Location.BODY, path=tuple(rest), schema=field.schema)
            shape = shapes.of(field.schema)
            fields = shape.fields if isinstance(shape, ObjectShape) else {}
    raise IntentError(
        f"the request of {operation.key} has no {'.'.join(path)}",
        where=str(place),
        hint="name a part (path, query, header, cookie, body), a dot, and the name there",
    )


def _relocate(
    walk: Walk, old: Operation, new: Operation, source: Slot, target: Slot
) -> Iterator[Op]:
    found = _enter(walk, old, source, target)
    if source.part is Location.PATH:
        yield Focus(path=source.message_path, lens=(Wrap(loss=Loss.KEEP, difference=found),))
    elif source.part is Location.BODY and target.part is not Location.BODY:
        codec = _codec(walk.old, source, target)
        lens = (Convert(codec=codec, forward=False, difference=found),)
        yield Focus(path=source.message_path, lens=lens)
    yield Move(source=source.message_path, target=target.message_path, difference=found)
    if target.part is Location.PATH:
        yield Focus(path=target.message_path, lens=(Unwrap(loss=Loss.KEEP, difference=found),))
    elif target.part is Location.BODY and source.part is not Location.BODY:
        codec = _codec(walk.new, target, source)
        yield Focus(path=target.message_path, lens=(Convert(codec=codec, difference=found),))
    if source.part is target.part is Location.BODY or (
        target.part is Location.BODY and _kinds(walk.old, source.schema) is not None
    ):
        spot = section(Side.REQUEST, old, new, "request").at(
            ".".join(source.message_path), ".".join(target.message_path)
        )
        inner = walk.value(source.schema, target.schema, spot, NO_CLAIMS)
        if inner:
            yield Focus(path=target.message_path, lens=inner)


def _codec(shapes: Shapes, held: Slot, texts: Slot) -> ParameterCodec:
    """Between the JSON value in the body and the texts of a parameter."""
    shape = shapes.of(held.schema)
    if isinstance(shape, ArrayShape):
        inner = shapes.of(shape.items) if shape.items is not None else None
        kind = _one_kind(inner.kinds) if isinstance(inner, ScalarShape) else Kind.STRING
        return ParameterCodec(kind=kind, style=texts.style)
    return ParameterCodec(
        kind=_one_kind(shape.kinds) if isinstance(shape, ScalarShape) else Kind.STRING
    )


def _one_kind(kinds: frozenset[Kind]) -> Kind:
    return min(kinds) if Kind.STRING not in kinds else Kind.STRING


def _enter(walk: Walk, old: Operation, source: Slot, target: Slot) -> DifferenceId:
    ours, theirs = ".".join(source.message_path), ".".join(target.message_path)
    done = Judgement(verdict=Verdict.LOSSLESS, treatment=f"moved between {ours} and {theirs}")
    return walk.ledger.enter(
        Finding(
            kind="parameter-relocated",
            subject=f"{old.key} {ours}",
            message=f"{ours} became {theirs}",
            old=source.schema.place,
            new=target.schema.place,
            side=Side.REQUEST,
            up=done,
            down=done,
        )
    )
