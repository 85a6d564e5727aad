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
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gate.excess import Guard, admitted, enter_excess
from compat.plan.gate.gaps import incompatible, stated_hook
from compat.plan.ledger import Finding
from compat.plan.spot import Spot
from compat.plan.values.alternatives import as_scalar, is_free
from compat.plan.values.arrays import holds_any_one, same_prefix
from compat.plan.values.bounds import admitted_kinds, bridge_bounds, excludes, flows, kinds_overlap
from compat.plan.values.keywords import bridge_keywords
from compat.plan.values.likeness import equal
from compat.plan.values.scalars import bridge_scalars
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
    schemas = old.schema, new.schema
    shapes = walk.old.of(old.schema), walk.new.of(new.schema)
    if isinstance(shapes[0], ArrayShape) and isinstance(shapes[1], ArrayShape):
        if not same_prefix(walk, shapes[0], shapes[1]):
            why = "the first items of the list are others"
            return incompatible(walk, *schemas, spot, why)
        restyled = _restyled(walk, old, new, spot) if in_list else ""
        guard = bridge_keywords(walk, schemas, shapes, spot)
        guard += bridge_bounds(walk, schemas, shapes[0].bounds, shapes[1].bounds, spot)
        item = _bridge_text(walk, old, new, spot)
        lens = guard.around((Focus(path=(ITEM,), lens=item),) if item else ())
        return _on_items(lens, old.style, new.style, restyled, in_list=in_list)
    guard = Guard()
    if isinstance(shapes[0], ArrayShape) or isinstance(shapes[1], ArrayShape):
        several = isinstance(shapes[0], ArrayShape)
        if not holds_any_one(*((walk.old, old.schema) if several else (walk.new, new.schema))):
            return incompatible(walk, *schemas, spot, "a value is no such list of one")
        guard = _bridge_wrapped(walk, old, new, spot, in_list=in_list)
    lens = _bridge_text(walk, old, new, spot)
    return guard.around((Focus(path=(ITEM,), lens=lens),) if lens and in_list else lens)


def _bridge_text(walk: Walk, old: Parameter, new: Parameter, spot: Spot) -> Lens:
    """Lead one text: the value, or an item of it."""
    one = _item(old.schema, walk.old.of(old.schema))
    other = _item(new.schema, walk.new.of(new.schema))
    before, after = _textual(walk.old, one), _textual(walk.new, other)
    if before is None or after is None:
        return () if _are_same(walk, one, other) else _bridge_retyped(walk, one, other, spot)
    stated = walk.ledger.speaks_of(spot, (Encode, ScaleUnit))
    if not stated and not kinds_overlap(before.kinds, after.kinds):
        return _bridge_retyped(walk, one, other, spot)
    guard = bridge_keywords(walk, (one, other), (before, after), spot)
    lens = bridge_scalars(walk, (one, other), before, after, spot)
    return guard.around(_on_text(lens, before, after))


def _item(schema: Schema, shape: Shape) -> Schema:
    """What one text is."""
    if not isinstance(shape, ArrayShape):
        return schema
    return shape.items if shape.items is not None else Schema(place=schema.place)


def _textual(shapes: Shapes, schema: Schema) -> ScalarShape | None:
    """What a text may say; any value is any text. None for what no one scalar says, or no text."""
    match shapes.of(schema):
        case ScalarShape() as shape:
            return shape
        case AnyShape():
            text = frozenset({Kind.STRING})
            return ScalarShape(kinds=text, enum=None, format="", bounds=UNBOUNDED)
        case UnionShape() as shape:
            return as_scalar(shapes, shape)
        case _:
            return None


def _on_text(lens: Lens, old: ScalarShape, new: ScalarShape) -> Lens:
    """A lens for JSON scalars, applied to the text that stands for one."""
    if not lens:
        return ()
    return (*_as_text(old, forward=False), *lens, *_as_text(new, forward=True))


def _as_text(shape: ScalarShape, *, forward: bool) -> Lens:
    """A text that is none of one kind is left for the next."""
    kinds = sorted(shape.kinds - {Kind.STRING})
    return tuple(
        Convert(codec=TextCodec(kind=kind), forward=forward, difference="") for kind in kinds
    )


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


# --- other types, and unions that are no one scalar -----------------------------------------------


def _bridge_retyped(walk: Walk, old: Schema, new: Schema, spot: Spot) -> Lens:
    """The text is the same, what it may say is not."""
    nouns = _noun(walk.old, old), _noun(walk.new, new)
    is_same = nouns[0] == nouns[1]
    message = f"{nouns[0]}, others in each version" if is_same else " became ".join(nouns)
    excess = flows(
        not _takes_all(walk.new, new, walk.old, old), not _takes_all(walk.old, old, walk.new, new)
    )
    places, what = (old.place, new.place), "a value of the other type"
    found = enter_excess(walk, places, spot, "kinds-changed", message, excess, what)
    return found.guard(_texts(walk.old, old), _texts(walk.new, new)).around(())


def _takes_all(shapes: Shapes, receiver: Schema, others: Shapes, sender: Schema) -> bool:
    """Is any text of the sender's one of the receiver's? Sure of it, or False.

    A format that one version alone names is no word of what texts may be there.
    """
    sent, taken = _alternatives(others, sender), _alternatives(shapes, receiver)
    if sent is None or taken is None:
        return False
    formats = {one.format for one in sent} - {""}
    free = [one for one in taken if is_free(one) and not excludes(one.format, "")]
    wide = [one.kinds for one in free if not one.format or formats <= {one.format}]
    kinds = admitted_kinds(frozenset[Kind]().union(*wide))
    return Kind.STRING in kinds or all(one.kinds <= kinds for one in sent)


def _alternatives(shapes: Shapes, schema: Schema) -> list[ScalarShape] | None:
    """The scalars of which one is said; None where anything else is, or more than that."""
    shape = shapes.of(schema)
    scalar = _textual(shapes, schema)
    if scalar is not None:
        return None if shapes.notes(schema).further else [scalar]
    if not isinstance(shape, UnionShape) or shape.exclusive:
        return None
    inner = [(shapes.of(one), shapes.notes(one).further) for one in shape.variants]
    scalars = [one for one, further in inner if isinstance(one, ScalarShape) and not further]
    return scalars if len(scalars) == len(inner) else None


def _texts(shapes: Shapes, schema: Schema) -> Admits | None:
    """The texts that a value of the schema is written as, None where a limit cannot say that."""
    shape = _textual(shapes, schema)
    if shape is None or shapes.notes(schema).further:
        return None
    if is_free(shape):
        some = "|".join(_TEXTS[kind] for kind in sorted(shape.kinds))
        return Admits(bounds=Bounds(pattern=rf"\A({some})\Z"))
    return admitted(shapes, schema) if shape.kinds == {Kind.STRING} else None


def _are_same(walk: Walk, old: Schema, new: Schema) -> bool:
    """Do both admit the same values, whatever the order of their variants?"""
    ours, theirs = walk.old.of(old), walk.new.of(new)
    if equal(walk, old, new) or not isinstance(ours, UnionShape):
        return equal(walk, old, new)
    if not isinstance(theirs, UnionShape) or ours.exclusive != theirs.exclusive:
        return False
    left = list(theirs.variants)
    for one in ours.variants:
        partner = next((other for other in left if equal(walk, one, other)), None)
        if partner is None:
            return False
        left.remove(partner)
    return not left


def _noun(shapes: Shapes, schema: Schema) -> str:
    found = _textual(shapes, schema)
    if found is not None:
        return "/".join(sorted(found.kinds))
    return "one of several" if isinstance(shapes.of(schema), UnionShape) else "several values"
