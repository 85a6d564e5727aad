"""Parameters that moved to another part of the request: query, header, cookie, path or body.

A parameter of the same name and type that left one part and came up in another has moved, there is
no other reading; any other relocation is a person's word. Texts become values on the way into a
body, and texts again on the way out. Apart from that it is led like one that stayed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from compat.intent.model import MoveFields, Supply
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
from compat.model.interface import Location, Operation, Parameter, Style
from compat.model.place import Place
from compat.model.schema import Json, Kind, Schema
from compat.model.shape import ArrayShape, Field, ObjectShape, ScalarShape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.ledger import Finding
from compat.plan.messages.media import json_content
from compat.plan.messages.parameters import as_texts, pair_name, parameters, section
from compat.plan.messages.texts import bridge_texts
from compat.plan.spot import Side, Spot
from compat.plan.tables import Tables
from compat.plan.values.kept import kept_parts
from compat.plan.values.moves import focused
from compat.plan.values.stated import Saying, Stated
from compat.plan.values.whole import bridge_whole
from compat.plan.walk import Walk
from compat.suggest.candidate import moved
from compat.suggest.leftovers import Settled

_SCALAR_PARTS: Final = (Location.PATH, Location.QUERY, Location.HEADER, Location.COOKIE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in a request: the part, the path from there, what it holds; `style` of parameters."""

    part: Location
    path: FieldPath
    field: Field
    style: Style = Style.MULTI

    @property
    def message_path(self) -> FieldPath:
        return (self.part.value, *self.path)

    @property
    def is_text(self) -> bool:
        return self.part is not Location.BODY

    @property
    def schema(self) -> Schema:
        return self.field.schema

    def as_parameter(self, style: Style) -> Parameter:
        """As if it were a parameter of that style."""
        return Parameter(
            place=self.schema.place,
            name=self.path[-1],
            location=Location.QUERY,
            required=self.field.required,
            schema=self.schema,
            style=style,
        )


@dataclass(frozen=True, slots=True)
class Relocations:
    """The lens that moves them, and what they explain in each version's request message."""

    lens: Lens
    claims: Claims


def bridge_relocations(walk: Walk, old: Operation, new: Operation, claimed: Claims) -> Relocations:
    """Stated ones first, then those that are certain; what is claimed stays where it is."""
    ops: list[Op] = []
    claims = NO_CLAIMS
    stated = tuple(_stated(walk, old, new))
    for source, target in (*stated, *_certain(walk, old, new)):
        one = Claims(frozenset({source.message_path}), frozenset({target.message_path}))
        taken = claims.plus(claimed)
        if taken.old & one.old or taken.new & one.new:
            continue
        claims = claims.plus(one)
        if (source, target) not in stated:
            _settle(walk, section(Side.REQUEST, old, new, "request"), source, target)
        ops += _relocate(walk, old, new, source, target)
    return Relocations(tuple(ops), claims)


def _settle(walk: Walk, spot: Spot, source: Slot, target: Slot) -> None:
    words = {"move": moved(source.message_path, target.message_path)}
    reason = "the name and the type are the same, and no other place has them"
    schemas = source.schema, target.schema
    walk.ledger.settled.append(Settled(at=spot.old, words=words, reason=reason, schemas=schemas))


def _stated(walk: Walk, old: Operation, new: Operation) -> Iterator[tuple[Slot, Slot]]:
    spot = section(Side.REQUEST, old, new, "request")
    for action, place in walk.ledger.actions(spot, MoveFields):
        for source, target in action.paths:
            item = ".".join(source)
            try:
                found = _slot(walk.old, old, source, place), _slot(walk.new, new, target, place)
            except IntentError as error:
                walk.ledger.misfit(action, item, error)
                continue
            walk.ledger.fits(action, item)
            yield found


def _certain(walk: Walk, old: Operation, new: Operation) -> Iterator[tuple[Slot, Slot]]:
    ours, theirs = tuple(slots(walk.old, old)), tuple(slots(walk.new, new))
    stayed = {slot.message_path for slot in ours} & {slot.message_path for slot in theirs}
    gone = [slot for slot in ours if slot.message_path not in stayed]
    come = [slot for slot in theirs if slot.message_path not in stayed]
    named: dict[str, list[Slot]] = defaultdict(list)
    for target in come:
        named[target.path[-1].lower()].append(target)
    pairs = [
        (source, target)
        for source in gone
        for target in named.get(source.path[-1].lower(), ())
        if _same_name(source, target)
        and source.part is not target.part
        and _kinds(walk.old, source.schema) == _kinds(walk.new, target.schema) is not None
    ]
    times = Counter(id(slot) for pair in pairs for slot in pair)
    for pair in pairs:
        if all(times[id(slot)] == 1 for slot in pair):
            yield pair


def _same_name(one: Slot, other: Slot) -> bool:
    if Location.HEADER in (one.part, other.part):
        return one.path[-1].lower() == other.path[-1].lower()
    return one.path[-1] == other.path[-1]


def _kinds(shapes: Shapes, schema: Schema) -> frozenset[Kind] | None:
    shape = shapes.of(schema)
    return shape.kinds if isinstance(shape, ScalarShape) else None


def slots(shapes: Shapes, operation: Operation) -> Iterator[Slot]:
    """The parameters of the operation and the fields of its JSON body."""
    in_template = parameter_names(operation.key.path)
    for part in _SCALAR_PARTS:
        for name, parameter in parameters(operation, part).items():
            if part is not Location.PATH or name in in_template:
                field = Field(schema=parameter.schema, required=parameter.required)
                yield Slot(part=part, path=(name,), field=field, style=parameter.style)
    for name, field in body_fields(shapes, operation).items():
        yield Slot(part=Location.BODY, path=(name,), field=field)


def body_fields(shapes: Shapes, operation: Operation) -> Mapping[str, Field]:
    """The declared fields of the operation's JSON body."""
    schema = json_schema(operation)
    shape = shapes.of(schema) if schema is not None else None
    return shape.fields if isinstance(shape, ObjectShape) else {}


def json_schema(operation: Operation) -> Schema | None:
    """The schema of the operation's JSON request body."""
    content = json_content(operation.body.contents) if operation.body is not None else None
    return content.schema if content is not None else None


def _slot(shapes: Shapes, operation: Operation, path: FieldPath, place: Place) -> Slot:
    """The slot that a path of the intent names: a part and the way from there."""
    part, *rest = path
    known = [slot for slot in slots(shapes, operation) if slot.message_path == path]
    if known:
        return known[0]
    if part == Location.BODY and rest:
        fields = body_fields(shapes, operation)
        for index, name in enumerate(rest):
            field = fields.get(name)
            if field is None:
                break
            if index == len(rest) - 1:
                return Slot(part=Location.BODY, path=tuple(rest), field=field)
            shape = shapes.of(field.schema)
            fields = shape.fields if isinstance(shape, ObjectShape) else {}
    raise IntentError(
        f"the request of {operation.key} has no {'.'.join(path)}",
        where=str(place),
        hint="name a part (path, query, header, cookie, body), a dot, and the name there",
    )


# --- one of them ----------------------------------------------------------------------------------


def _relocate(
    walk: Walk, old: Operation, new: Operation, source: Slot, target: Slot
) -> Iterator[Op]:
    """Move what the message holds, a list of texts or a JSON value, and lead it at its new place.

    The path alone holds one text instead of a list.
    """
    found = _enter(walk, pair_name(old, new), source, target)
    names = source.path[-1], target.path[-1]
    spot = _spot(walk, old, new, source, target)
    stated = _supplied(walk, old, new, source, target)
    tables = _tables(walk, source, target, found)
    parts = kept_parts(walk, tables, spot, names, NO_CLAIMS, stated, names)
    if source.part is Location.PATH:
        yield Focus(path=source.message_path, lens=(Wrap(loss=Loss.KEEP, difference=found),))
    yield from focused(source.message_path[:-1], parts.old)
    yield Move(source=source.message_path, target=target.message_path, difference=found)
    yield from focused(target.message_path[:-1], (*parts.value, *parts.new))
    if target.part is Location.PATH:
        yield Focus(path=target.message_path, lens=(Unwrap(loss=Loss.KEEP, difference=found),))


def _tables(walk: Walk, source: Slot, target: Slot, found: DifferenceId) -> Tables:
    """The two as fields of one name each."""

    def value(one: Schema, other: Schema, spot: Spot, _: Claims) -> Lens:
        if not source.is_text and not target.is_text:
            return bridge_whole(walk, one, other, spot)
        styles = (
            source.style if source.is_text else target.style,
            target.style if target.is_text else source.style,
        )
        pair = source.as_parameter(styles[0]), target.as_parameter(styles[1])
        texts = bridge_texts(walk, *pair, spot)
        if not source.is_text:
            codec = _codec(walk.old, source, styles[0])
            return (Convert(codec=codec, forward=False, difference=found), *texts)
        if not target.is_text:
            codec = _codec(walk.new, target, styles[1])
            return (*texts, Convert(codec=codec, difference=found))
        return texts

    def encode(schema: Schema, json: Json) -> Json:
        slot = source if schema is source.schema else target
        return as_texts(slot.style, json) if slot.is_text else json

    return Tables(
        noun="parameter",
        old={source.path[-1]: source.field},
        new={target.path[-1]: target.field},
        old_closed=False,
        new_closed=False,
        value=value,
        encode=encode,
        nulls=not source.is_text and not target.is_text,
    )


def _spot(walk: Walk, old: Operation, new: Operation, source: Slot, target: Slot) -> Spot:
    """Where it was in the old version's words, and where it is in the new one's."""
    ours, theirs = _part(walk, old, new, source).old, _part(walk, old, new, target).new
    path = ".".join(source.path)
    subject = f"{pair_name(old, new)} {source.part}.{path}"
    return Spot(Side.REQUEST, f"{ours}.{path}", f"{theirs}.{'.'.join(target.path)}", subject)


def _part(walk: Walk, old: Operation, new: Operation, slot: Slot) -> Spot:
    """The part of the request that holds the slot, by the names of its bodies."""
    spot = section(Side.REQUEST, old, new, slot.part.value)
    if slot.is_text:
        return spot
    names = (
        shapes.name(schema) if schema is not None else ""
        for shapes, schema in ((walk.old, json_schema(old)), (walk.new, json_schema(new)))
    )
    return spot.entering(*names)


def _supplied(walk: Walk, old: Operation, new: Operation, source: Slot, target: Slot) -> Stated:
    """Values that the intent states for it where it was, or where it is."""
    values: dict[str, Saying] = {}
    for slot in (source, target):
        for action, place in walk.ledger.actions(_part(walk, old, new, slot), Supply):
            name = slot.path[-1]
            if name in action.values:
                values[name] = Saying(action.values[name], action, place)
    ours, theirs = _part(walk, old, new, source).old, _part(walk, old, new, target).new
    addresses = (
        ours if len(source.path) == 1 else "",
        theirs if len(target.path) == 1 else "",
    )
    return Stated(
        ledger=walk.ledger,
        side=Side.REQUEST,
        addresses=addresses,
        values=values,
        as_texts=source.is_text or target.is_text,
    )


def _codec(shapes: Shapes, held: Slot, style: Style) -> ParameterCodec:
    """Between the JSON value in the body and the texts of a parameter of that style."""
    shape = shapes.of(held.schema)
    if isinstance(shape, ArrayShape) and style is not Style.DEEP:
        inner = shapes.of(shape.items) if shape.items is not None else None
        kind = _one_kind(inner.kinds) if isinstance(inner, ScalarShape) else Kind.STRING
        return ParameterCodec(kind=kind, style=style)
    return ParameterCodec(
        kind=_one_kind(shape.kinds) if isinstance(shape, ScalarShape) else Kind.STRING
    )


def _one_kind(kinds: frozenset[Kind]) -> Kind:
    return min(kinds) if Kind.STRING not in kinds else Kind.STRING


def _enter(walk: Walk, name: str, source: Slot, target: Slot) -> DifferenceId:
    ours, theirs = ".".join(source.message_path), ".".join(target.message_path)
    done = Judgement(verdict=Verdict.LOSSLESS, treatment=f"moved between {ours} and {theirs}")
    return walk.ledger.enter(
        Finding(
            kind="parameter-relocated",
            subject=f"{name} {ours}",
            message=f"{ours} became {theirs}",
            old=source.schema.place,
            new=target.schema.place,
            side=Side.REQUEST,
            up=done,
            down=done,
        )
    )
