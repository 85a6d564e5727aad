"""The texts that stand for a parameter's value, in each version's way."""

from collections.abc import Iterator

from compat.intent.model import Encode, ScaleUnit
from compat.lens.codecs import RestyleCodec, TextCodec
from compat.lens.ops import ITEM, Convert, Flow, Focus, Lens
from compat.model.interface import Parameter, Style
from compat.model.schema import UNBOUNDED, Kind, Schema
from compat.model.shape import AnyShape, ArrayShape, ScalarShape, Shape, Shapes, UnionShape
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gaps import stated_hook
from compat.plan.ledger import NOTHING, Finding
from compat.plan.likeness import equal
from compat.plan.scalars import bridge_scalars, compare_bounds, kinds_overlap
from compat.plan.spot import Spot
from compat.plan.stance import excess
from compat.plan.walk import Walk


def bridge_texts(
    walk: Walk, old: Parameter, new: Parameter, spot: Spot, *, in_list: bool = True
) -> Lens:
    """Lead a parameter's texts; with `in_list` unset the message holds one text, not a list."""
    hooked = stated_hook(walk, old.schema, new.schema, spot)
    if hooked is not None:
        return hooked
    lens = tuple(_restyled(walk, old, new, spot)) if in_list else ()
    many = walk.old.of(old.schema), walk.new.of(new.schema)
    if isinstance(many[0], ArrayShape) and isinstance(many[1], ArrayShape):
        compare_bounds(walk, (old.schema, new.schema), many[0].bounds, many[1].bounds, spot)
    one, other = _item(old.schema, many[0]), _item(new.schema, many[1])
    before, after = _textual(walk.old, one), _textual(walk.new, other)
    if before is None or after is None:
        if before is not after or not equal(walk, one, other):
            _enter_retyped(walk, old, new, spot, frozenset(Flow))
        return lens
    stated = walk.ledger.speaks_of(spot, (Encode, ScaleUnit))
    if not stated and not kinds_overlap(before.kinds, after.kinds):
        # The text is the same, what it may say is not: free text admits all the other types do.
        lacks_text = {Flow.UP: after, Flow.DOWN: before}
        flows = frozenset(f for f, to in lacks_text.items() if Kind.STRING not in to.kinds)
        _enter_retyped(walk, old, new, spot, flows)
        return lens
    inner = bridge_scalars(walk, (one, other), before, after, spot)
    return (*lens, *_on_texts(inner, before, after, in_list=in_list))


def _item(schema: Schema, shape: Shape) -> Schema:
    """What one text is."""
    if not isinstance(shape, ArrayShape):
        return schema
    return shape.items if shape.items is not None else Schema(place=schema.place)


def _textual(shapes: Shapes, schema: Schema) -> ScalarShape | None:
    """What a text may say; any value is any text. None for what takes more than one text."""
    match shapes.of(schema):
        case ScalarShape() as shape:
            return shape
        case AnyShape():
            return _free(frozenset({Kind.STRING}))
        case UnionShape(variants=variants):
            inner = [shapes.of(variant) for variant in variants]
            scalars = [one for one in inner if isinstance(one, ScalarShape) and one.enum is None]
            if not inner or len(scalars) < len(inner):
                return None
            return _free(frozenset().union(*(one.kinds for one in scalars)))
        case _:
            return None


def _free(kinds: frozenset[Kind]) -> ScalarShape:
    return ScalarShape(kinds=kinds, enum=None, format="", bounds=UNBOUNDED)


def _on_texts(lens: Lens, old: ScalarShape, new: ScalarShape, *, in_list: bool) -> Lens:
    """A lens for JSON scalars, applied to the texts that stand for them."""
    if not lens:
        return ()
    read = () if old.kinds == {Kind.STRING} else (_as_text(old, forward=False),)
    write = () if new.kinds == {Kind.STRING} else (_as_text(new, forward=True),)
    led = (*read, *lens, *write)
    return (Focus(path=(ITEM,), lens=led),) if in_list else led


def _as_text(shape: ScalarShape, *, forward: bool) -> Convert:
    return Convert(codec=TextCodec(kind=min(shape.kinds)), forward=forward, difference="")


def _restyled(walk: Walk, old: Parameter, new: Parameter, spot: Spot) -> Iterator[Convert]:
    """An array that is written in another style, or a single value that became an array."""
    many = tuple(
        isinstance(shapes.of(one.schema), ArrayShape)
        for shapes, one in ((walk.old, old), (walk.new, new))
    )
    if Style.DEEP in (old.style, new.style):
        if old.style is not new.style:
            _enter_deep(walk, old, new, spot)
    elif many == (True, True) and old.style is not new.style:
        done = Judgement(verdict=Verdict.LOSSLESS, treatment="written in the other style")
        found = walk.ledger.enter(
            Finding(
                kind="parameter-style-changed",
                subject=spot.subject,
                message=f"a list in the style {old.style} became {new.style}",
                old=old.place,
                new=new.place,
                side=spot.side,
                up=done,
                down=done,
            )
        )
        yield Convert(codec=RestyleCodec(old=old.style, new=new.style), difference=found)
    elif many[0] != many[1]:
        _enter_wrapped(walk, old, new, spot, Flow.UP if many[1] else Flow.DOWN)


def _enter_deep(walk: Walk, old: Parameter, new: Parameter, spot: Spot) -> None:
    """One text per field, each a parameter of its own: nothing leads that to other texts."""
    left = Judgement(verdict=Verdict.UNBRIDGEABLE, treatment="passes as it is")
    walk.ledger.enter(
        Finding(
            kind="parameter-style-changed",
            subject=spot.subject,
            message=f"the style {old.style} became {new.style}",
            old=old.place,
            new=new.place,
            side=spot.side,
            up=left,
            down=left,
        )
    )


def _enter_wrapped(walk: Walk, old: Parameter, new: Parameter, spot: Spot, to_list: Flow) -> None:
    kind = "wrapped-in-list" if to_list is Flow.UP else "unwrapped-from-list"
    accepted = walk.ledger.accepted(kind, spot.subject)
    more = excess(spot.side, to_list.back, accepted, "more than one value")
    walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message="one value in a version, a list of them in the other",
            old=old.place,
            new=new.place,
            side=spot.side,
            up=NOTHING if to_list is Flow.UP else more,
            down=more if to_list is Flow.UP else NOTHING,
        )
    )


def _enter_retyped(
    walk: Walk, old: Parameter, new: Parameter, spot: Spot, flows: frozenset[Flow]
) -> None:
    """`flows` are those in which a text may come that the receiver does not admit."""
    kind, what = "kinds-changed", "a value of the other type"
    accepted = walk.ledger.accepted(kind, spot.subject)
    up, down = (
        excess(spot.side, flow, accepted, what) if flow in flows else NOTHING for flow in Flow
    )
    walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=f"{_noun(walk.old, old)} became {_noun(walk.new, new)}",
            old=old.place,
            new=new.place,
            side=spot.side,
            up=up,
            down=down,
        )
    )


def _noun(shapes: Shapes, parameter: Parameter) -> str:
    found = _textual(shapes, _item(parameter.schema, shapes.of(parameter.schema)))
    return "/".join(sorted(found.kinds)) if found is not None else "several values"
