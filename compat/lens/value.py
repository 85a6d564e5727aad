"""JSON values: what is one, of what kind, when two are the same, and copies.

Nothing here recurses: a value may be nested as deep as memory holds.
"""

from collections.abc import Hashable
from typing import TypeGuard

from compat.model.schema import Json, Kind

_KINDS = {
    type(None): Kind.NULL,
    bool: Kind.BOOLEAN,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    str: Kind.STRING,
    list: Kind.ARRAY,
    dict: Kind.OBJECT,
}


def is_json(value: object) -> TypeGuard[Json]:
    """False for ABSENT and for what is opaque: bytes, a stream."""
    return type(value) in _KINDS


def kind_of(value: Json) -> Kind:
    """The narrowest kind: an integer's is INTEGER, a float's NUMBER."""
    return _KINDS[type(value)]


def same(left: Json, right: Json) -> bool:
    """Whether two values are equal and of one type throughout: `1`, `1.0`, `true` are three."""
    pending: list[tuple[Json, Json]] = [(left, right)]
    while pending:
        one, other = pending.pop()
        if type(one) is not type(other):
            return False
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pending.extend((one[name], other[name]) for name in one)
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pending.extend(zip(one, other, strict=True))
        elif one != other:
            return False
    return True


def identity(value: Json) -> Hashable:
    """Equal for values that are the `same`, and for no others."""
    if not isinstance(value, list | dict):
        return _identity(value)
    found: list[Hashable] = []
    pending: list[Json] = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            names = sorted(one)
            found.append((dict, *names))
            pending.extend(one[name] for name in names)
        elif isinstance(one, list):
            found.append((list, len(one)))
            pending.extend(one)
        else:
            found.append(_identity(one))
    return tuple(found)


def _identity(scalar: Json) -> Hashable:
    """Not a number is not even itself."""
    return type(scalar), object() if scalar != scalar else scalar


def own(value: Json) -> Json:
    """A copy that shares no list and no object with `value`, which is a tree."""
    holder: list[Json] = [value]
    pending: list[list[Json] | dict[str, Json]] = [holder]
    while pending:
        container = pending.pop()
        if isinstance(container, list):
            container[:] = map(_shallow, container)
            members = container
        else:
            container.update((name, _shallow(member)) for name, member in container.items())
            members = list(container.values())
        pending.extend(member for member in members if isinstance(member, list | dict))
    return holder[0]


def _shallow(value: Json) -> Json:
    return value.copy() if isinstance(value, list | dict) else value
