"""Bodies of requests and answers: which content is compared, and content that only one side has."""

from collections.abc import Iterable

from compat.intent.model import Then
from compat.lens.ops import (
    ITEM,
    Default,
    DifferenceId,
    Flow,
    Focus,
    Gap,
    Lens,
    Loss,
    MapValues,
    invert,
)
from compat.model.interface import Content
from compat.model.place import Place
from compat.model.schema import ABSENT, Schema
from compat.model.shape import ObjectShape
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.ledger import NOTHING, Finding
from compat.plan.objects import bridge_table
from compat.plan.spot import Side, Spot
from compat.plan.stance import shortage, surplus
from compat.plan.tables import Tables
from compat.plan.walk import Walk

BODY = "body"
_UNTRANSLATED = Judgement(
    verdict=Verdict.UNBRIDGEABLE, treatment="refused: only JSON is translated"
)
_ACCEPTED = Judgement(verdict=Verdict.LOSSY, treatment="passes untranslated, as accepted")


def json_content(contents: Iterable[Content]) -> Content | None:
    """The content that a lens works on: the first that is JSON."""
    return next((content for content in contents if content.is_json), None)


def bridge_records(
    walk: Walk, old: tuple[Content, ...], new: tuple[Content, ...], spot: Spot
) -> Lens | None:
    """The lens for one record, where at least one version streams records; None where none does."""
    streams = _records(old), _records(new)
    ours, theirs = streams[0] or json_content(old), streams[1] or json_content(new)
    if streams == (None, None) or ours is None or theirs is None:
        return None
    if None in streams:
        accepted = walk.ledger.accepted("became-stream", spot.subject)
        judgement = Judgement(
            verdict=Verdict.LOSSY if accepted else Verdict.NEEDS_INTENT,
            treatment="passes, record by record",
        )
        walk.ledger.enter(
            Finding(
                kind="became-stream",
                subject=spot.subject,
                message=f"{_names(old)} became {_names(new)}: a stream of records in one version",
                old=ours.place,
                new=theirs.place,
                side=spot.side,
                up=judgement,
                down=judgement,
            )
        )
    if ours.schema is None or theirs.schema is None:
        return ()
    return walk.value(ours.schema, theirs.schema, spot, NO_CLAIMS)


def _records(contents: tuple[Content, ...]) -> Content | None:
    return next((content for content in contents if content.is_records), None)


def bridge_contents(
    walk: Walk,
    old: tuple[Content, ...],
    new: tuple[Content, ...],
    places: tuple[Place, Place],
    spot: Spot,
    claims: Claims,
    *,
    required: bool = False,
) -> Lens:
    """Lead a message's body and its content type; the lens is for the whole message.

    `required`: the version that has a body, if only one has, insists on it.
    """
    ours, theirs = json_content(old), json_content(new)
    if ours is not None and theirs is not None:
        if ours.schema is None or theirs.schema is None:
            return ()
        inner = walk.value(ours.schema, theirs.schema, spot, claims)
        body: Lens = (Focus(path=(BODY,), lens=inner),) if inner else ()
        return (*body, *_media_type(walk, ours, theirs, spot))
    if not old and not new:
        return ()
    if not old or not new:
        return _one_sided(
            walk, old or new, places, spot, claims, is_old=bool(old), required=required
        )
    if ours is None and theirs is None:
        _compare_opaque(walk, old, new, spot)
        return ()
    return _untranslated(walk, places, spot, f"{_names(old)} became {_names(new)}")


def _media_type(walk: Walk, old: Content, new: Content, spot: Spot) -> Lens:
    """Both are JSON: the type's name is turned, so that each side sees its own."""
    ours, theirs = old.media_type, new.media_type
    if ours == theirs or "*/*" in (ours, theirs):
        return ()
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="the content type is renamed")
    found = walk.ledger.enter(
        Finding(
            kind="media-type-renamed",
            subject=spot.subject,
            message=f"{ours} became {theirs}, both JSON",
            old=old.place,
            new=new.place,
            side=spot.side,
            up=done,
            down=done,
        )
    )
    names = MapValues(pairs=((ours, theirs),), back=((theirs, ours),), difference=found)
    return (Focus(path=("header", "content-type", ITEM), lens=(names,)),)


def _one_sided(
    walk: Walk,
    contents: tuple[Content, ...],
    places: tuple[Place, Place],
    spot: Spot,
    claims: Claims,
    *,
    is_old: bool,
    required: bool,
) -> Lens:
    """Only one version has a body there."""
    json = json_content(contents)
    schema = json.schema if json is not None else None
    shape = (walk.old if is_old else walk.new).of(schema) if schema is not None else None
    if schema is not None and isinstance(shape, ObjectShape) and spot.side is Side.REQUEST:
        lens = _fields_alone(walk, schema, shape, spot, claims, is_old=is_old)
        made = Default(
            field=BODY,
            value={} if required else ABSENT,
            neutral={},
            loss=Loss.KEEP,
            difference="",
        )
        return (*lens, *invert((made,))) if is_old else (made, *lens)
    kind = f"body-{'removed' if is_old else 'added'}"
    accepted = walk.ledger.accepted(kind, spot.subject)
    away = Flow.UP if is_old else Flow.DOWN
    leaving = surplus(spot.side, away, accepted, always=False, closed=False)
    demand, arriving = False, NOTHING
    if spot.side is Side.RESPONSE:
        demand, arriving = shortage(accepted, supplied=False)
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=f"a body ({_names(contents)}) is only in the "
            f"{'old' if is_old else 'new'} version",
            old=places[0],
            new=places[1],
            side=spot.side,
            up=leaving.judgement if is_old else arriving,
            down=arriving if is_old else leaving.judgement,
        )
    )
    op = Default(field=BODY, value=ABSENT, demand=demand, loss=leaving.loss, difference=found)
    return invert((op,)) if is_old else (op,)


def _fields_alone(
    walk: Walk, schema: Schema, shape: ObjectShape, spot: Spot, claims: Claims, *, is_old: bool
) -> Lens:
    """A request body of one version: each field is a parameter in the other, or missing there."""
    component = (walk.old if is_old else walk.new).canonical(schema).name
    tables = Tables(
        noun="field",
        old=shape.fields if is_old else {},
        new={} if is_old else shape.fields,
        old_closed=False,
        new_closed=False,
        value=walk.value,
    )
    there = spot.entering(component, component)
    lens = bridge_table(walk, tables, there, claims)
    return (Focus(path=(BODY,), lens=lens),) if lens else ()


def _compare_opaque(
    walk: Walk, old: tuple[Content, ...], new: tuple[Content, ...], spot: Spot
) -> None:
    ours, theirs = {c.media_type for c in old}, {c.media_type for c in new}
    if ours == theirs or "*/*" in ours | theirs:
        return
    _enter_untranslated(
        walk,
        (old[0].place, new[0].place),
        spot,
        f"{_names(old)} became {_names(new)}",
        needed=not ours & theirs,
    )


def _untranslated(walk: Walk, places: tuple[Place, Place], spot: Spot, why: str) -> Lens:
    accepted = walk.ledger.accepted("media-type-changed", spot.subject)
    found = _enter_untranslated(walk, places, spot, why, needed=True)
    if accepted is not None and accepted.then is not Then.REFUSE:
        return ()
    return (Focus(path=(BODY,), lens=(Gap(forward=True, back=True, difference=found),)),)


def _enter_untranslated(
    walk: Walk, places: tuple[Place, Place], spot: Spot, why: str, *, needed: bool
) -> DifferenceId:
    accepted = walk.ledger.accepted("media-type-changed", spot.subject)
    judgement = (_ACCEPTED if accepted else _UNTRANSLATED) if needed else NOTHING
    return walk.ledger.enter(
        Finding(
            kind="media-type-changed",
            subject=spot.subject,
            message=why,
            old=places[0],
            new=places[1],
            side=spot.side,
            up=judgement,
            down=judgement,
        )
    )


def _names(contents: tuple[Content, ...]) -> str:
    return ", ".join(content.media_type for content in contents) or "no body"
