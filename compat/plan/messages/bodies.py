"""Bodies of requests and answers: which content is compared, and content that only one side has."""

from dataclasses import dataclass
from typing import Final, TypeGuard

from compat.lens.ops import Default, Flow, Focus, Lens, Loss, Value, invert
from compat.model.interface import Body
from compat.model.place import Place
from compat.model.schema import ABSENT, Schema
from compat.model.shape import ObjectShape, Shape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import Claims
from compat.plan.gate.excess import Excess
from compat.plan.gate.stance import only_passes, shortage, surplus
from compat.plan.ledger import NOTHING, Finding
from compat.plan.messages.forms import bridge_encodings
from compat.plan.messages.media import (
    Contents,
    any_schema,
    compare_opaque,
    json_content,
    json_pair,
    names,
    record_content,
    refuse_untranslated,
    rename_media_type,
)
from compat.plan.messages.representations import Led, bridge_representations
from compat.plan.spot import Side, Spot
from compat.plan.tables import Tables
from compat.plan.values.objects import bridge_table, bridge_undeclared
from compat.plan.values.whole import bridge_whole
from compat.plan.walk import Walk, declared

BODY = "body"
_NO_FIELDS: Final = ObjectShape(fields={}, additional=False)


@dataclass(frozen=True, slots=True)
class Records:
    """The lens for one record; `became` where one version alone answers with a stream of them."""

    lens: Lens
    became: Excess | None


def bridge_records(walk: Walk, old: Contents, new: Contents, spot: Spot) -> Records | None:
    """Where at least one version streams records; None where none does."""
    streams = record_content(old), record_content(new)
    ours, theirs = streams[0] or json_content(old), streams[1] or json_content(new)
    if streams == (None, None) or ours is None or theirs is None:
        return None
    became: Excess | None = None
    if None in streams:
        accepted = walk.ledger.accepted("became-stream", spot.subject)
        if accepted is not None:
            only_passes(accepted, "a stream can only pass")
        judgement = Judgement(
            verdict=Verdict.LOSSY if accepted else Verdict.NEEDS_INTENT,
            treatment="passes, record by record, as accepted"
            if accepted
            else "is refused: say whether it may pass, record by record",
        )
        finding = Finding(
            kind="became-stream",
            subject=spot.subject,
            message=f"{names(old)} became {names(new)}: a stream of records in one version",
            old=ours.place,
            new=theirs.place,
            side=spot.side,
            up=judgement,
            down=judgement,
        )
        became = Excess(walk.ledger.enter(finding), finding.gaps)
    return Records(bridge_whole(walk, any_schema(ours), any_schema(theirs), spot), became)


def bridge_body_presence(walk: Walk, old: Body, new: Body, spot: Spot) -> Lens:
    """A request body that one version insists on and the other does not."""
    needed = _needed(walk.old, old), _needed(walk.new, new)
    if needed[0] == needed[1] or _is_left_unsaid(walk, needed):
        return ()
    kind = f"body-became-{'required' if needed[1] else 'optional'}"
    flow = Flow.UP if needed[1] else Flow.DOWN
    demand, judgement = shortage(walk.ledger.accepted(kind, spot.subject), ABSENT)
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=f"a body is required in the {'new' if needed[1] else 'old'} version alone",
            old=old.place,
            new=new.place,
            side=spot.side,
            up=judgement if flow is Flow.UP else NOTHING,
            down=judgement if flow is Flow.DOWN else NOTHING,
        )
    )
    if not demand:
        return ()
    op = Default(
        field=BODY, value=ABSENT, demand=True, shared=True, loss=Loss.KEEP, difference=found
    )
    return (op,) if flow is Flow.UP else invert((op,))


def _is_left_unsaid(walk: Walk, needed: tuple[bool, bool]) -> bool:
    """Swagger 2.0 specs seldom say that a body is required: not a change when 3.x says it."""
    dialects = walk.old.interface.dialect, walk.new.interface.dialect
    return dialects[0] != dialects[1] and dialects[needed.index(False)] == "2.0"


def _needed(shapes: Shapes, body: Body) -> bool:
    """An object with required fields is not left out, even where the spec does not insist."""
    json = json_content(body.contents)
    shape = shapes.of(json.schema) if json is not None and json.schema is not None else None
    fields = shape.fields.values() if isinstance(shape, ObjectShape) else ()
    return body.required or any(
        field.required and not declared(shapes, field.schema, Side.REQUEST).hidden
        for field in fields
    )


def made_bodies(walk: Walk, old: Body | None, new: Body | None) -> tuple[Lens, Lens]:
    """(before, after all else) for an object that is the request body of one version alone.

    It is there before anything moves into it, and what is left of it then says nothing.
    """
    one, shapes = (old, walk.old) if new is None else (new, walk.new)
    json = json_content(one.contents) if one is not None else None
    shape = shapes.of(json.schema) if json is not None and json.schema is not None else None
    if one is None or (old is not None and new is not None) or not _has_fields(shape):
        return (), ()
    value: Value = {} if _needed(shapes, one) else ABSENT
    made = (Default(field=BODY, value=value, neutral={}, loss=Loss.KEEP, difference=""),)
    return (made, ()) if new is not None else ((), invert(made))


def bridge_contents(
    walk: Walk,
    old: Contents,
    new: Contents,
    places: tuple[Place, Place],
    spot: Spot,
    claims: Claims,
    *,
    required: bool = False,
    bodiless: bool = False,
) -> Lens:
    """Lead a message's body and its content type; the lens is for the whole message.

    Where only one version has a body: `required` if it insists on it, `bodiless` if the other's
    status allows none.
    """
    ours, theirs = json_pair(old, new)
    if ours is not None and theirs is not None:
        schemas = any_schema(ours), any_schema(theirs)
        inner = bridge_whole(walk, *schemas, spot, claims)
        body: Lens = (Focus(path=(BODY,), lens=inner),) if inner else ()
        rest = (
            tuple(one for one in old if not one.is_json),
            tuple(one for one in new if not one.is_json),
        )
        opaque = compare_opaque(walk, *rest, places, spot, schemas)
        led = Led(old=old, new=new, pair=(ours, theirs), places=places)
        return (
            *body,
            *opaque,
            *rename_media_type(walk, ours, theirs, spot),
            *bridge_representations(walk, led, spot),
            *bridge_encodings(walk, *rest, spot, is_alone=False),
        )
    if not old and not new:
        return ()
    if not old or not new:
        one_sided = _OneSided(
            contents=old or new, is_old=bool(old), required=required, bodiless=bodiless
        )
        return _bridge_one_sided(walk, one_sided, places, spot, claims)
    if ours is None and theirs is None:
        opaque = compare_opaque(walk, old, new, places, spot)
        return (*opaque, *bridge_encodings(walk, old, new, spot, is_alone=True))
    return refuse_untranslated(walk, old, new, places, spot)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OneSided:
    """A body that one version has."""

    contents: Contents
    is_old: bool
    required: bool
    bodiless: bool


def _bridge_one_sided(
    walk: Walk, one: _OneSided, places: tuple[Place, Place], spot: Spot, claims: Claims
) -> Lens:
    json = json_content(one.contents)
    schema = json.schema if json is not None else None
    shape = (walk.old if one.is_old else walk.new).of(schema) if schema is not None else None
    if schema is not None and _has_fields(shape) and spot.side is Side.REQUEST:
        return _fields_alone(walk, (schema, shape), places, spot, claims, is_old=one.is_old)
    return _whole_alone(walk, one, places, spot)


def _has_fields(shape: Shape | None) -> TypeGuard[ObjectShape]:
    """An object that may be told field by field; not a map, nor one of any fields."""
    return isinstance(shape, ObjectShape) and (bool(shape.fields) or shape.additional is False)


def _whole_alone(walk: Walk, one: _OneSided, places: tuple[Place, Place], spot: Spot) -> Lens:
    """Nothing in the other version has any of it."""
    kind = f"body-{'removed' if one.is_old else 'added'}"
    accepted = walk.ledger.accepted(kind, spot.subject)
    away = Flow.UP if one.is_old else Flow.DOWN
    leaving = surplus(spot.side, away, accepted, always=one.required, closed=one.bodiless)
    demand, arriving = False, NOTHING
    if spot.side is Side.RESPONSE or one.required:
        demand, arriving = shortage(accepted, ABSENT)
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=f"a body ({names(one.contents)}) is only in the "
            f"{'old' if one.is_old else 'new'} version",
            old=places[0],
            new=places[1],
            side=spot.side,
            up=leaving.judgement if one.is_old else arriving,
            down=arriving if one.is_old else leaving.judgement,
        )
    )
    op = Default(field=BODY, value=ABSENT, demand=demand, loss=leaving.loss, difference=found)
    return invert((op,)) if one.is_old else (op,)


def _fields_alone(
    walk: Walk,
    body: tuple[Schema, ObjectShape],
    places: tuple[Place, Place],
    spot: Spot,
    claims: Claims,
    *,
    is_old: bool,
) -> Lens:
    """A request body of one version: each field is a parameter in the other, or missing there."""
    schema, shape = body
    shapes = walk.old if is_old else walk.new
    component = shapes.name(schema)
    old, new = (shape, _NO_FIELDS) if is_old else (_NO_FIELDS, shape)
    tables = Tables(
        noun="field",
        old=old.fields,
        new=new.fields,
        old_closed=False,
        new_closed=False,
        value=walk.value,
    )
    there = spot.entering(component, component)
    guard = bridge_undeclared(walk, places, old, new, there)
    lens = guard.around(bridge_table(walk, tables, there, claims))
    return (Focus(path=(BODY,), lens=lens),) if lens else ()
