"""Parameters of a pair of operations."""

from collections.abc import Iterator, Mapping
from typing import Final

from compat.differ.atom import Lone
from compat.differ.change import Change
from compat.differ.effect import Direction, Effect, Level
from compat.differ.lifecycle import Life, Removal, Turn, deprecation, is_promised, removal
from compat.differ.naming import Holder
from compat.differ.numbered import numbered
from compat.differ.pairing import Resolve
from compat.differ.teller import Teller
from compat.match.template import parameter_names
from compat.model.assertions import variants_of
from compat.model.interface import Location, Operation, Parameter
from compat.model.schema import ANY_KIND, Kind, Schema

_ENDS: Final[Mapping[Turn, str]] = {
    Turn.REACTIVATED: "request-parameter-reactivated",
    Turn.DEPRECATED: "request-parameter-deprecated",
    Turn.DEPRECATED_WITH_SUNSET: "request-parameter-deprecated",
    Turn.SUNSET_MISSING: "request-parameter-deprecated-sunset-missing",
    Turn.SUNSET_INVALID: "request-parameter-sunset-parse",
    Turn.SUNSET_TOO_SMALL: "request-parameter-sunset-date-too-small",
    Turn.SUNSET_DELETED: "request-parameter-sunset-deleted",
    Turn.SUNSET_CHANGED_TOO_SMALL: "request-parameter-sunset-date-changed-too-small",
}
_REMOVALS: Final[Mapping[Removal, tuple[str, Level | None]]] = {
    Removal.WITHOUT_DEPRECATION: ("request-parameter-removed", None),
    Removal.WITH_DEPRECATION: ("request-parameter-removed-with-deprecation", Level.INFO),
    Removal.BEFORE_SUNSET: ("request-parameter-removed-before-sunset", Level.ERR),
    Removal.SUNSET_INVALID: ("request-parameter-sunset-parse", Level.ERR),
}
_LABELS: Final = ("label", "matrix")
_OBJECT: Final = frozenset({Kind.OBJECT})
_COMPOSITE: Final = frozenset({Kind.ARRAY, Kind.OBJECT})


def parameters(teller: Teller) -> Iterator[Change]:
    """Those that came, went or stayed."""
    ours, theirs = _by_name(teller.old), _by_name(teller.new)
    for key, one in ours.items():
        other = theirs.get(key)
        if other is None:
            yield _removed(teller, one)
        else:
            yield from _parameter(teller, one, other)
    for key, other in theirs.items():
        if key not in ours:
            yield _added(teller, other)


def _by_name(operation: Operation) -> dict[tuple[tuple[str, str], int], Parameter]:
    """A path parameter by its position: clients do not see its name."""
    names = parameter_names(operation.key.path)

    def key(each: Parameter) -> tuple[str, str]:
        name = each.name.lower() if each.location is Location.HEADER else each.name
        if each.location is Location.PATH and name in names:
            name = str(names.index(name))
        return each.location, name

    return numbered(operation.parameters, key)


def _called(parameter: Parameter) -> str:
    return f"{parameter.location} parameter {parameter.name}"


def _removed(teller: Teller, one: Parameter) -> Change:
    rule, level = _REMOVALS[removal(_life(one), teller.comparison.policy)]
    if not is_promised(Life(deprecated=False, extensions=teller.old.extensions)):
        level = Level.INFO
    part, effect = _called(one), teller.loss(required=one.required)
    told = (rule, "name", effect, part, one, teller.new)
    return teller.change(*told, settled=level, lone=Lone.OLD)


def _added(teller: Teller, other: Parameter) -> Change:
    effect = Effect.NARROWER if other.required else Effect.SAME
    presence = "required" if other.required else "optional"
    rule = f"new-{presence}-request-parameter"
    if other.location is Location.PATH:
        rule = "new-request-path-parameter"
    elif _is_of_path(teller, other):
        rule = f"new-{presence}-request-default-parameter-to-existing-path"
    return teller.change(rule, "name", effect, _called(other), teller.old, other, lone=Lone.NEW)


def _is_of_path(teller: Teller, parameter: Parameter) -> bool:
    """Does it stand at the path, for all its operations?"""
    pointer = parameter.place.pointer
    return "/paths/" in pointer and not pointer.startswith(f"{teller.new.place.pointer}/")


def _life(parameter: Parameter) -> Life:
    return Life(deprecated=parameter.deprecated, extensions=parameter.extensions)


def _parameter(teller: Teller, one: Parameter, other: Parameter) -> Iterator[Change]:
    part = _called(one)
    before, after = _life(one), _life(other)
    for turn in deprecation(before, after, teller.comparison.policy):
        told = (_ENDS[turn], "deprecated", Effect.SAME, part, one, other)
        yield teller.change(*told, before=before.end, after=after.end, settled=turn.level)
    if one.required != other.required:
        rule, effect = "request-parameter-became-optional", Effect.WIDER
        if other.required:
            is_header = other.location is Location.HEADER
            name = "header-property" if is_header else "parameter"
            rule, effect = f"request-{name}-became-required", Effect.NARROWER
        yield teller.change(rule, "required", effect, part, one, other)
    yield from written(teller, one, other, part, "request-parameter", Direction.REQUEST)
    for name, was, allowed in (
        ("allow-reserved", one.allow_reserved, other.allow_reserved),
        ("allow-empty-value", one.allow_empty, other.allow_empty),
    ):
        if was != allowed:
            effect = Effect.WIDER if allowed else Effect.NARROWER
            rule = f"request-parameter-{name}-{'added' if allowed else 'removed'}"
            yield teller.change(rule, name, effect, part, one, other)
    old, new = value_schemas(one, other)
    yield from teller.schemas(old, new, Direction.REQUEST, Holder.PARAMETER, part)


def value_schemas(one: Parameter, other: Parameter) -> tuple[Schema, Schema]:
    """The schemas of the values, which stand in the content where both have one."""
    if one.content is None or other.content is None:
        return one.schema, other.schema
    return one.content.schema or one.schema, other.content.schema or other.schema


def written(
    teller: Teller,
    one: Parameter,
    other: Parameter,
    part: str,
    rule: str,
    direction: Direction,
) -> Iterator[Change]:
    """How a value becomes text."""
    for aspect, (before, after) in (
        ("style", _styles(teller, one, other)),
        ("media-type", (_media_type(one), _media_type(other))),
    ):
        if before != after:
            yield teller.change(
                f"{rule}-{aspect}-changed",
                aspect,
                Effect.OTHER,
                part,
                one,
                other,
                direction=direction,
                before=before,
                after=after,
            )


def _styles(teller: Teller, one: Parameter, other: Parameter) -> tuple[str, str]:
    """How both are written, the same for what is one text in any style."""
    ours, theirs = teller.comparison.old.resolve, teller.comparison.new.resolve
    if not any(each.written.startswith(_LABELS) for each in (one, other)) and not (
        _may_be(one.schema, _COMPOSITE, ours) and _may_be(other.schema, _COMPOSITE, theirs)
    ):
        return "", ""
    return _style(one, ours), _style(other, theirs)


def _style(parameter: Parameter, resolve: Resolve) -> str:
    """Objects and lists of lists have styles of their own, and labels stand before any value."""
    is_own = parameter.written.startswith(_LABELS)
    items = resolve(parameter.schema).items
    is_nested = items is not None and _may_be(items, _COMPOSITE, resolve)
    if parameter.written and (is_own or is_nested or _may_be(parameter.schema, _OBJECT, resolve)):
        return parameter.written
    return parameter.style.value


def _may_be(schema: Schema, wanted: frozenset[Kind], resolve: Resolve) -> bool:
    """Can a value be of one of the kinds, as far as types tell?"""
    waiting, seen = [schema], set[int]()
    while waiting:
        here = resolve(waiting.pop())
        if id(here) in seen or here.kinds.isdisjoint(wanted):
            continue
        seen.add(id(here))
        below = (*here.all_of, *variants_of(here))
        if not below or here.kinds != ANY_KIND:
            return True
        waiting += below
    return False


def _media_type(parameter: Parameter) -> str:
    return "" if parameter.content is None else parameter.content.name
