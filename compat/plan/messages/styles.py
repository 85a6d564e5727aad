"""How a parameter is written, apart from what its text says: styles, and texts that hold JSON.

Lists are led from style to style (`compat.plan.messages.texts`). An object's styles put its fields
into other parameters or other places of the text, label and matrix put something before it, and
`content` puts a document into it: nothing leads one of these to another.
"""

from collections.abc import Iterator

from compat.intent.model import UseHook
from compat.lens.ops import ITEM, Flow, Focus, Lens, Op
from compat.model.interface import Parameter, Style
from compat.model.shape import ArrayShape, ObjectShape, Shapes, UnionShape
from compat.plan.gate.untranslated import Untranslated, enter_untranslated
from compat.plan.ledger import Finding
from compat.plan.messages.media import any_schema
from compat.plan.spot import Spot
from compat.plan.values.likeness import equal
from compat.plan.values.rehearsal import rehearsed, summary, troubled_flows
from compat.plan.values.whole import bridge_whole
from compat.plan.walk import Walk


def bridge_writing(
    walk: Walk, old: Parameter, new: Parameter, spot: Spot, *, in_list: bool
) -> Lens | None:
    """What refuses a parameter that is written in another way; None where its texts are led."""
    if walk.ledger.speaks_of(spot, (UseHook,)):
        return None
    if old.content is not None or new.content is not None:
        return _bridge_inner(walk, old, new, spot)
    ours = _written(walk.old, old, in_list=in_list)
    theirs = _written(walk.new, new, in_list=in_list)
    objects = _is_object(walk.old, old) and _is_object(walk.new, new)
    if ours == theirs or (objects and "" in (ours, theirs)):
        return _bridge_object(walk, old, new, spot) if objects else None
    one = _untranslated(
        old,
        new,
        spot,
        "parameter-style-changed",
        f"the style {ours or old.style} became {theirs or new.style}",
        "what is written in the other style",
        misread=True,
    )
    return enter_untranslated(walk, one, Flow).lens


def spread(walk: Walk, old: Parameter, new: Parameter, refusing: Lens) -> Iterator[Op]:
    """The same refusal for the names that the fields of an object have on the wire."""
    for shapes, parameter in ((walk.old, old), (walk.new, new)):
        for name in _field_names(shapes, parameter):
            if refusing:
                yield Focus(path=(name,), lens=refusing)


def bridge_notes(walk: Walk, old: Parameter, new: Parameter, spot: Spot) -> Lens:
    """Whether a text may be empty, and whether reserved characters may stand in it as they are."""
    if old.allow_reserved != new.allow_reserved:
        walk.ledger.enter(
            Finding(
                kind="reserved-characters-changed",
                subject=spot.subject,
                message="reserved characters may stand as they are in the "
                f"{'new' if new.allow_reserved else 'old'} version alone; "
                "decoded, the text is the same",
                old=old.place,
                new=new.place,
                side=spot.side,
            )
        )
    if old.allow_empty == new.allow_empty:
        return ()
    one = Untranslated(
        kind="empty-value-allowed" if new.allow_empty else "empty-value-forbidden",
        subject=spot.subject,
        message=f"the value may be empty in the {'new' if new.allow_empty else 'old'} version "
        "alone",
        what="an empty value",
        old=old.place,
        new=new.place,
        side=spot.side,
    )
    refusal = enter_untranslated(walk, one, (Flow.DOWN if new.allow_empty else Flow.UP,))
    inner = refusal.of_texts(("",), ("",))
    return (Focus(path=(ITEM,), lens=inner),) if inner else ()


def _bridge_object(walk: Walk, old: Parameter, new: Parameter, spot: Spot) -> Lens:
    """Fields in texts, which are not led one by one."""
    found = rehearsed(walk, lambda walker: bridge_whole(walker, old.schema, new.schema, spot))
    if not found:
        return ()
    one = _untranslated(
        old,
        new,
        spot,
        "parameter-content-changed",
        f"of the object in its text: {summary(found)}",
        "the object in the text",
    )
    return enter_untranslated(walk, one, troubled_flows(found, spot.side)).lens


def _bridge_inner(walk: Walk, old: Parameter, new: Parameter, spot: Spot) -> Lens:
    """At least one of the texts holds a document."""
    ours, theirs = old.content, new.content
    flows, message = frozenset(Flow), "the text holds a document in one version alone"
    misread = ours is None or theirs is None or ours.is_json != theirs.is_json
    if ours is not None and theirs is not None:
        message = f"the text of {ours.media_type} became one of {theirs.media_type}"
        schemas = any_schema(ours), any_schema(theirs)
        if ours.is_json and theirs.is_json:
            found = rehearsed(walk, lambda walker: bridge_whole(walker, *schemas, spot))
            if not found:
                return ()
            flows, message = troubled_flows(found, spot.side), f"in its text: {summary(found)}"
        elif ours.name == theirs.name:
            if equal(walk, *schemas):
                return ()
            message = f"the versions describe the {ours.media_type} in its text differently"
    one = _untranslated(
        old,
        new,
        spot,
        "parameter-content-changed",
        message,
        "the document in the text",
        misread=misread,
    )
    return enter_untranslated(walk, one, flows).lens


def _untranslated(
    old: Parameter,
    new: Parameter,
    spot: Spot,
    kind: str,
    message: str,
    what: str,
    *,
    misread: bool = False,
) -> Untranslated:
    return Untranslated(
        kind=kind,
        subject=spot.subject,
        message=message,
        what=what,
        old=old.place,
        new=new.place,
        side=spot.side,
        misread=misread,
    )


def _written(shapes: Shapes, parameter: Parameter, *, in_list: bool) -> str:
    """The style where it matters to more than lists; those in a path have nothing that leads it."""
    shape = shapes.of(parameter.schema)
    if _is_object(shapes, parameter) or parameter.written.startswith(("label", "matrix")):
        is_many = isinstance(shape, ArrayShape | ObjectShape | UnionShape)
        return parameter.written if is_many else parameter.written.rstrip("*")
    led = Style.DEEP if in_list else Style.SIMPLE  # in a path lists have the one style alone
    if isinstance(shape, ArrayShape) and (parameter.style is led) is in_list:
        return parameter.style.value
    return ""


def _is_object(shapes: Shapes, parameter: Parameter) -> bool:
    match shapes.of(parameter.schema):
        case ObjectShape():
            return True
        case UnionShape(variants=variants):
            return any(isinstance(shapes.of(one), ObjectShape) for one in variants)
        case _:
            return False


def _field_names(shapes: Shapes, parameter: Parameter) -> Iterator[str]:
    shape = shapes.of(parameter.schema)
    fields = shape.fields if isinstance(shape, ObjectShape) else {}
    match parameter.written:
        case "form*":
            yield from fields
        case "deepObject":
            yield from (f"{parameter.name}[{name}]" for name in fields)
