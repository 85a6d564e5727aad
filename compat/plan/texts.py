"""The texts that stand for a parameter's value, in each version's way.

A list may be one text with separators in it. What is said of its items, or of their number, is
done with the items apart.
"""

from typing import Final

from compat.intent.model import Encode, ScaleUnit
from compat.lens.admits import Admits
from compat.lens.codecs import RestyleCodec, TextCodec
from compat.lens.encode import SEPARATORS
from compat.lens.ops import ITEM, Convert, DifferenceId, Flow, Focus, Lens, Loss, Unwrap, Wrap
from compat.model.interface import Parameter, Style
from compat.model.schema import UNBOUNDED, Bounds, Kind, Schema
from compat.model.shape import AnyShape, ArrayShape, ScalarShape, Shape, Shapes, UnionShape
from compat.plan.bounds import bridge_bounds
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gaps import stated_hook
from compat.plan.ledger import Finding
from compat.plan.likeness import equal
from compat.plan.limits import Guard, enter_excess
from compat.plan.scalars import bridge_scalars, kinds_overlap
from compat.plan.spot import Spot
from compat.plan.walk import Walk

_WHOLE: Final = "-?(0|[1-9][0-9]*)"
_TEXTS: Final = {
    Kind.BOOLEAN: "true|false",
    Kind.INTEGER: _WHOLE,
    Kind.NUMBER: rf"{_WHOLE}(\.[0-9]+)?([eE][+-]?[0-9]+)?",
    Kind.STRING: r"[\s\S]*",
}
"""The texts that a value of the kind is written as."""


def bridge_texts(
    walk: Walk, old: Parameter, new: Parameter, spot: Spot, *, in_list: bool = True
) -> Lens:
    """Lead a parameter's texts; with `in_list` unset the message holds one text, not a list."""
    hooked = stated_hook(walk, old.schema, new.schema, spot)
    if hooked is not None:
        return hooked
    shapes = walk.old.of(old.schema), walk.new.of(new.schema)
    if isinstance(shapes[0], ArrayShape) and isinstance(shapes[1], ArrayShape):
        restyled = _restyled(walk, old, new, spot) if in_list else ""
        bounds = shapes[0].bounds, shapes[1].bounds
        guard = bridge_bounds(walk, (old.schema, new.schema), *bounds, spot)
        item = _bridge_text(walk, old, new, spot)
        lens = guard.around((Focus(path=(ITEM,), lens=item),) if item else ())
        return _on_items(lens, old.style, new.style, restyled, in_list=in_list)
    guard = Guard()
    if isinstance(shapes[0], ArrayShape) or isinstance(shapes[1], ArrayShape):
        guard = _bridge_wrapped(walk, old, new, spot, in_list=in_list)
    lens = _bridge_text(walk, old, new, spot)
    return guard.around((Focus(path=(ITEM,), lens=lens),) if lens and in_list else lens)


def _bridge_text(walk: Walk, old: Parameter, new: Parameter, spot: Spot) -> Lens:
    """Lead one text: the value, or an item of it."""
    one = _item(old.schema, walk.old.of(old.schema))
    other = _item(new.schema, walk.new.of(new.schema))
    before, after = _textual(walk.old, one), _textual(walk.new, other)
    if before is None or after is None:
        if before is after and equal(walk, one, other):
            return ()
        return _bridge_retyped(walk, old, new, spot, frozenset(Flow))
    stated = walk.ledger.speaks_of(spot, (Encode, ScaleUnit))
    if not stated and not kinds_overlap(before.kinds, after.kinds):
        # The text is the same, what it may say is not: free text admits all the other types do.
        lacks_text = {Flow.UP: after, Flow.DOWN: before}
        flows = frozenset(f for f, to in lacks_text.items() if Kind.STRING not in to.kinds)
        return _bridge_retyped(walk, old, new, spot, flows)
    return _on_text(bridge_scalars(walk, (one, other), before, after, spot), before, after)


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


def _on_text(lens: Lens, old: ScalarShape, new: ScalarShape) -> Lens:
    """A lens for JSON scalars, applied to the text that stands for one."""
    if not lens:
        return ()
    read = () if old.kinds == {Kind.STRING} else (_as_text(old, forward=False),)
    write = () if new.kinds == {Kind.STRING} else (_as_text(new, forward=True),)
    return (*read, *lens, *write)


def _as_text(shape: ScalarShape, *, forward: bool) -> Convert:
    return Convert(codec=TextCodec(kind=min(shape.kinds)), forward=forward, difference="")


# --- lists ----------------------------------------------------------------------------------------


def _restyled(walk: Walk, old: Parameter, new: Parameter, spot: Spot) -> DifferenceId:
    """The difference of a list that is written in another style; none where it is not."""
    if old.style is new.style or Style.DEEP in (old.style, new.style):
        return ""
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="written in the other style")
    return walk.ledger.enter(
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


def _on_items(lens: Lens, old: Style, new: Style, restyled: DifferenceId, *, in_list: bool) -> Lens:
    """A lens for the list of items, applied to the texts that hold them in either style."""
    if Style.DEEP in (old, new):
        return lens
    if not lens:
        codec = RestyleCodec(old=old, new=new)
        return (Convert(codec=codec, difference=restyled),) if restyled else ()
    cut, joined = RestyleCodec(old=old, new=Style.MULTI), RestyleCodec(old=Style.MULTI, new=new)
    inner = (
        *((Convert(codec=cut, difference=restyled),) if old is not Style.MULTI else ()),
        *lens,
        *((Convert(codec=joined, difference=restyled),) if new is not Style.MULTI else ()),
    )
    if in_list:
        return inner
    return (
        Wrap(loss=Loss.KEEP, difference=""),
        *inner,
        Unwrap(loss=Loss.KEEP, difference=""),
    )


def _bridge_wrapped(
    walk: Walk, old: Parameter, new: Parameter, spot: Spot, *, in_list: bool
) -> Guard:
    """A single value that became a list of them, or the other way round."""
    to_list = isinstance(walk.new.of(new.schema), ArrayShape)
    found = enter_excess(
        walk,
        (old.place, new.place),
        spot,
        "wrapped-in-list" if to_list else "unwrapped-from-list",
        "one value in a version, a list of them in the other",
        {Flow.DOWN if to_list else Flow.UP},
        "more than one value",
    )
    separator = SEPARATORS.get(new.style if to_list else old.style)
    single, one = Guard(), Admits(bounds=Bounds(max_items=1))
    if separator is not None:
        uncut = Admits(bounds=Bounds(pattern=rf"\A[^{separator}]*\Z"))
        single = found.guard(uncut, uncut)
    return found.guard(one, one) + single.at(ITEM) if in_list else single


# --- other types ----------------------------------------------------------------------------------


def _bridge_retyped(
    walk: Walk, old: Parameter, new: Parameter, spot: Spot, flows: frozenset[Flow]
) -> Lens:
    """`flows` are those in which a text may come that the receiver does not admit."""
    message = f"{_noun(walk.old, old)} became {_noun(walk.new, new)}"
    places, what = (old.place, new.place), "a value of the other type"
    found = enter_excess(walk, places, spot, "kinds-changed", message, flows, what)
    ours, theirs = (_texts(shapes, one) for shapes, one in ((walk.old, old), (walk.new, new)))
    return found.guard(ours, theirs).around(())


def _texts(shapes: Shapes, parameter: Parameter) -> Admits | None:
    """The texts that a value of the parameter's type, or of its items', is written as."""
    shape = _textual(shapes, _item(parameter.schema, shapes.of(parameter.schema)))
    if shape is None:
        return None
    some = "|".join(_TEXTS[kind] for kind in sorted(shape.kinds))
    return Admits(bounds=Bounds(pattern=rf"\A({some})\Z"))


def _noun(shapes: Shapes, parameter: Parameter) -> str:
    found = _textual(shapes, _item(parameter.schema, shapes.of(parameter.schema)))
    return "/".join(sorted(found.kinds)) if found is not None else "several values"
