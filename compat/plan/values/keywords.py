"""What schemas assert beyond their shapes: patterns of names, conditions, what must not be.

No operation makes a value fit such an assertion or tell whether it does. So where one version alone
makes it, values of the other pass or, while nobody has said that they may, are refused.
"""

import json
import re
from collections.abc import Sequence
from typing import Final

from compat.lens.admits import Admits
from compat.lens.ops import Flow
from compat.lens.value import identity
from compat.model.patterns import searched
from compat.model.schema import ANY_KIND, Further, FurtherKeyword, Json, Kind, Schema
from compat.model.shape import AnyShape, ArrayShape, ObjectShape, ScalarShape, Shape, UnionShape
from compat.plan.gate.excess import Guard, enter_excess
from compat.plan.spot import Spot
from compat.plan.values.bounds import flows
from compat.plan.values.likeness import asserts_same
from compat.plan.walk import Walk

Pair = tuple[Schema, Schema]
Told = tuple[list[Further], list[Further]]
"""What the old version alone asserts, and what the new one does."""

_KINDS: Final = {
    FurtherKeyword.ANY_REQUIRED: "required-choice-changed",
    FurtherKeyword.ONE_REQUIRED: "required-choice-changed",
}
"""Kinds of difference that are not called after their keyword."""

_SHOWN_MAX: Final = 60


def bridge_keywords(walk: Walk, schemas: Pair, shapes: tuple[Shape, Shape], spot: Spot) -> Guard:
    """One difference for each keyword that says another thing in each version.

    Of a union its variants speak, which hold all that it asserts besides. Of any value it is
    said elsewhere that it goes beyond what the other version declares.
    """
    ours, theirs = shapes
    is_any = isinstance(ours, AnyShape), isinstance(theirs, AnyShape)
    if not any(is_any) and (type(ours) is not type(theirs) or isinstance(ours, UnionShape)):
        return Guard()
    stated = (
        _stated(walk.old.notes(schemas[0]).further, ours),
        _stated(walk.new.notes(schemas[1]).further, theirs),
    )
    only_old, only_new = _unmatched(walk, stated, shapes)
    only_old = [] if is_any == (False, True) else only_old
    only_new = [] if is_any == (True, False) else only_new
    guard = _bridge_values(walk, schemas, shapes, spot)
    for kind in dict.fromkeys(_kind(each) for each in (*only_old, *only_new)):
        told = [[each for each in one if _kind(each) == kind] for one in (only_old, only_new)]
        guard += _bridge_keyword(walk, schemas, shapes, spot, kind, (told[0], told[1]))
    return guard


def _stated(further: Sequence[Further], shape: Shape) -> list[Further]:
    """What can exclude a value of the shape."""
    match shape:
        case ObjectShape():
            kinds = frozenset({Kind.OBJECT})
        case ArrayShape():
            kinds = frozenset({Kind.ARRAY})
        case ScalarShape(kinds=kinds):
            pass
        case UnionShape() | AnyShape():
            return list(further)
    return [each for each in further if each.kind is None or each.kind in kinds]


def _unmatched(walk: Walk, stated: Told, shapes: tuple[Shape, Shape]) -> Told:
    """What each version alone asserts."""
    only_old, only_new = [], list(stated[1])
    for one in stated[0]:
        partner = next((other for other in only_new if asserts_same(walk, one, other)), None)
        if partner is None:
            only_old.append(one)
        else:
            only_new.remove(partner)
    return (
        [each for each in only_old if not _is_implied(each, shapes[1])],
        [each for each in only_new if not _is_implied(each, shapes[0])],
    )


def _is_implied(each: Further, other: Shape) -> bool:
    """Does the other version say as much with a format, or with what it requires?"""
    match each.keyword, other:
        case FurtherKeyword.CONTENT_ENCODING, ScalarShape(format="byte"):
            return each.about == ("base64",)
        case FurtherKeyword.CONTENT_MEDIA_TYPE, ScalarShape(format="binary"):
            return each.about == ("application/octet-stream",)
        case FurtherKeyword.DEPENDENT_REQUIRED, ObjectShape():
            return each.about[1] in _required(other)
        case FurtherKeyword.ANY_REQUIRED, ObjectShape():
            return any(_required(other).issuperset(one) for one in json.loads(str(each.about[0])))
        case _:
            return False


def _required(shape: ObjectShape) -> frozenset[str]:
    return frozenset(name for name, field in shape.fields.items() if field.required)


def _kind(each: Further) -> str:
    named = re.sub(r"(?=[A-Z])", "-", each.keyword).lower()
    return _KINDS.get(each.keyword, f"{named}-changed")


def _bridge_keyword(
    walk: Walk, schemas: Pair, shapes: tuple[Shape, Shape], spot: Spot, kind: str, told: Told
) -> Guard:
    first = (*told[0], *told[1])[0]
    sides = zip(("old", "new"), told, strict=True)
    message = ", ".join(
        f"{each.keyword}{_about(each)} in the {side} version alone"
        for side, several in sides
        for each in several
    )
    places, excess = (schemas[0].place, schemas[1].place), _excess(told, shapes)
    what = f"a value beyond the other {first.keyword}"
    met = enter_excess(walk, places, spot, kind, message, excess, what)
    if first.kind is None:
        return met.refusal
    others = Admits(kinds=tuple(sorted(ANY_KIND - {first.kind})))
    return met.guard(others, others)


def _excess(told: Told, shapes: tuple[Shape, Shape]) -> frozenset[Flow]:
    """The ways on which a value may go beyond what the version that it comes to asserts.

    Beside a closed object a pattern of names excludes less than it admits.
    """
    (only_old, only_new), (ours, theirs) = told, shapes
    up = any(_excludes(each, ours) for each in only_new)
    down = any(_excludes(each, theirs) for each in only_old)
    return flows(
        up or any(_admits_more(each, ours, theirs) for each in only_old),
        down or any(_admits_more(each, theirs, ours) for each in only_new),
    )


def _excludes(each: Further, other: Shape) -> bool:
    """Does it exclude any value of the version that does not assert it?"""
    if each.keyword is not FurtherKeyword.PATTERN_PROPERTIES or not isinstance(other, ObjectShape):
        return True
    return other.additional is not False or any(_may_match(each, name) for name in other.fields)


def _may_match(pattern: Further, name: str) -> bool:
    return searched(str(pattern.about[0]), name) is not False


def _admits_more(each: Further, own: Shape, other: Shape) -> bool:
    """Does it admit fields beside a closed object, which the other version's object may not?"""
    match own, other:
        case ObjectShape(additional=here), ObjectShape(additional=there):
            is_pattern = each.keyword is FurtherKeyword.PATTERN_PROPERTIES
            return is_pattern and here is not True and there is not True
        case _:
            return False


def _about(each: Further) -> str:
    said = " ".join(str(one) for one in each.about if one is not None)
    return f" {said[:_SHOWN_MAX]}" if said else ""


# --- lists and objects that an enum names ---------------------------------------------------------


def _bridge_values(walk: Walk, schemas: Pair, shapes: tuple[Shape, Shape], spot: Spot) -> Guard:
    """All at once: hardly any are alike enough to say which became which."""
    match shapes:
        case (ObjectShape(enum=old), ObjectShape(enum=new)) | (
            ArrayShape(enum=old),
            ArrayShape(enum=new),
        ):
            excess = flows(not _are_among(old, new), not _are_among(new, old))
        case _:
            return Guard()
    if not excess:
        return Guard()
    places = schemas[0].place, schemas[1].place
    message, what = "the enum lists other values", "a value outside the list"
    met = enter_excess(walk, places, spot, "enum-changed", message, excess, what)
    return met.guard(_admits(old), _admits(new))


def _admits(enum: tuple[Json, ...] | None) -> Admits:
    """Null is a matter of its own."""
    return Admits(values=None if enum is None else (*enum, None))


def _are_among(values: tuple[Json, ...] | None, others: tuple[Json, ...] | None) -> bool:
    if others is None:
        return True
    return values is not None and set(map(identity, values)) <= set(map(identity, others))
