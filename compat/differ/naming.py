"""The id of the rule for a change of a schema, in the grammar of the published ids."""

from enum import StrEnum
from typing import Final

from compat.differ.atom import Atom, Guard
from compat.differ.effect import Direction


class Holder(StrEnum):
    """What the schema is a schema of."""

    BODY = "body"
    PARAMETER = "parameter"
    HEADER = "header"


_HIDDEN: Final = {
    Direction.REQUEST: Guard.READ_ONLY,
    Direction.RESPONSE: Guard.WRITE_ONLY,
}
"""Fields that are not in messages of this direction."""


def is_hidden(direction: Direction, *guards: Guard) -> bool:
    """Whether messages of the direction do not have the field at all."""
    return _HIDDEN[direction] in guards


def home(direction: Direction, holder: Holder, *, is_nested: bool) -> str:
    """What the rules of a schema begin with that stands there."""
    match holder:
        case Holder.HEADER:
            return f"response-header{'-property' if is_nested else ''}"
        case Holder.PARAMETER:
            return f"request-parameter{'-property' if is_nested else ''}"
        case Holder.BODY:
            return f"{direction}-{'property' if is_nested else 'body'}"


def rule_id(
    atom: Atom, direction: Direction, holder: Holder, *, is_nested: bool, hidden: bool
) -> str:
    """`is_nested` tells a field's schema from its own, `hidden` that messages do not have it."""
    if atom.stem in ("property-removed", "property-added", *_REQUIREDNESS):
        return _of_field(atom, direction, hidden=hidden)
    if atom.field:
        return f"{direction}-{atom.stem}"
    begin, stem = home(direction, holder, is_nested=is_nested), atom.stem
    if holder is not Holder.BODY:
        return f"{begin}-{stem}"
    if direction is Direction.RESPONSE and stem == "pattern-generalized":
        stem = "pattern-changed"
    if not is_nested:
        is_listed = direction is Direction.RESPONSE and stem == "enum-value-removed"
        return f"{direction}-mediatype-{stem}" if is_listed else f"{begin}-{stem}"
    return f"{direction}-{_HIDDEN[direction]}-property-{stem}" if hidden else f"{begin}-{stem}"


_REQUIREDNESS: Final = ("property-became-required", "property-became-optional")


def _of_field(atom: Atom, direction: Direction, *, hidden: bool) -> str:
    presence = "required" if atom.required else "optional"
    default = "-with-default" if atom.required and atom.has_default else ""
    if direction is Direction.RESPONSE:
        shown = "-write-only" if hidden else ""
        if atom.stem in _REQUIREDNESS:
            return f"response{shown}-{atom.stem}"
        return f"response-{presence}{shown}-{atom.stem}"
    if atom.stem == "property-added":
        return f"new-{presence}-request-property{default}"
    if atom.stem == "property-became-required":
        return f"request-{atom.stem}{default}"
    return f"request-{atom.stem}"
