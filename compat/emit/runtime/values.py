"""JSON values and messages: copies, comparison, and what emitted lenses leave to a function.

What is no JSON value (a body of bytes, a stream) passes through everything here untouched.
"""

from __future__ import annotations

import marshal

from .message import Json, Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Final, TypeAlias

    from .message import Body, Pairs

    Object: TypeAlias = dict[str, Json]
    Path: TypeAlias = tuple[str, ...]


class Absent:
    """The type of ABSENT: what a lens answers for a value that goes."""

    __slots__ = ()


ABSENT: Final = Absent()

_SCALARS: Final = frozenset({str, int, float, bool, type(None)})

# How `marshal` marks a list and an object that something else refers to, too.
_SHARED = (b"\xdb", b"\xfb")


def own(value: object) -> Json:
    """A copy that shares no list and no object with the value; what is no JSON is no copy.

    Objects of other classes than dict and list come out as those.
    """
    if not isinstance(value, (dict, list)):
        return value  # type: ignore[return-value]
    if type(value) is dict and _SCALARS.issuperset(map(type, value.values())):
        return dict(value)
    try:
        packed = marshal.dumps(value)
        # An object that stands in two places would come out as one, again in two places. Most never
        # do, so it pays to look for the mark: the older format has no references, but is slower.
        if packed.find(_SHARED[0], 1) >= 0 or packed.find(_SHARED[1], 1) >= 0:
            packed = marshal.dumps(value, 2)
        copy: Json = marshal.loads(packed)
    except ValueError:  # nested deeper than marshal goes, or with objects that are no JSON
        return _copied(value)
    return copy


def _copied(value: Json) -> Json:
    holder: list[Json] = [value]
    pending: list[list[Json] | Object] = [holder]
    while pending:
        container = pending.pop()
        if isinstance(container, list):
            container[:] = map(_shallow, container)
            members: Iterable[Json] = container
        else:
            container.update([(name, _shallow(member)) for name, member in container.items()])
            members = container.values()
        pending.extend([member for member in members if isinstance(member, (list, dict))])
    return holder[0]


def _shallow(value: Json) -> Json:
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, list) else value


def same(left: object, right: object) -> bool:
    """Whether two values are equal and of one type throughout: `1`, `1.0`, `true` are three."""
    if type(left) is not type(right):
        return False
    pending: list[tuple[object, object]] = [(left, right)]
    while pending:
        one, other = pending.pop()
        if type(one) is not type(other):
            return False
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pending.extend([(member, other[name]) for name, member in one.items()])
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pending.extend(zip(one, other, strict=True))
        elif one != other:
            return False
    return True


def is_json(value: object) -> bool:
    """Whether a body can be looked into: there is one, and it is a JSON value."""
    return isinstance(value, (dict, list, str, int, float))


def present(values: Iterable[Json | Absent]) -> list[Json]:
    """Those that are there."""
    return [value for value in values if not isinstance(value, Absent)]


def turned(
    request: Request,
    path: str,
    *,
    body: Body,
    method: str | None = None,
    query: Pairs | None = None,
    headers: Pairs | None = None,
) -> Request:
    """The request to another path with another body, and a method, a query or headers if given."""
    return Request(
        request.method if method is None else method,
        path,
        request.query if query is None else query,
        request.headers if headers is None else headers,
        body,
    )


def passed(answer: Response) -> Response:
    """A copy of an answer that nothing is done to."""
    return revised(answer, body=own(answer.body))


def revised(
    answer: Response,
    *,
    body: Body,
    status: int | None = None,
    headers: Pairs | None = None,
    records: Callable[[Json], Json] | None = None,
) -> Response:
    """The answer with another body, and another status, headers or records where they are given."""
    return Response(
        answer.status if status is None else status,
        answer.headers if headers is None else headers,
        body,
        answer.records if records is None else records,
    )


def texts_at(value: Object, names: tuple[str, ...]) -> list[str] | None:
    """The texts at these fields; None where one is missing or no text."""
    texts = [text for text in map(value.get, names) if isinstance(text, str)]
    return texts if len(texts) == len(names) else None


def stash(value: Object, key: str, shape: str, names: tuple[str, ...]) -> bool:
    """Take the fields away to travel under `key`; False where there is none."""
    fields: Object = {name: value.pop(name) for name in names if name in value}
    if fields:
        value[key] = {"shape": shape, "fields": fields}
    return bool(fields)


def restore(value: Object, key: str, shape: str, names: tuple[str, ...]) -> bool:
    """Put back what `stash` took away, unless the field is there; False where there is no stash."""
    found = value.get(key)
    if not isinstance(found, dict) or found.get("shape") != shape:
        return False
    fields = found.get("fields")
    if not isinstance(fields, dict):
        return False
    del value[key]
    for name in names:
        if name in fields:
            value.setdefault(name, fields[name])
    return True


def move(value: Object, source: Path, target: Path) -> bool:
    """Take the value at `source` to `target`; False where there is none or the way is blocked.

    Objects are made on the way to `target`, and those on the way to `source` that are empty after
    that go. The way is looked at when the value has left.
    """
    holders = [value]
    for name in source[:-1]:
        inner = holders[-1].get(name)
        if not isinstance(inner, dict):
            return False
        holders.append(inner)
    if source[-1] not in holders[-1]:
        return False
    taken = holders[-1].pop(source[-1])
    for holder, name in zip(holders[-2::-1], source[-2::-1], strict=True):
        if not holder[name]:
            del holder[name]
    if _put(value, target, taken):
        return True
    _put(value, source, taken)
    return False


def _put(value: Object, path: Path, new: Json) -> bool:
    for name in path[:-1]:
        inner = value.setdefault(name, {})
        if not isinstance(inner, dict):
            return False
        value = inner
    value[path[-1]] = new
    return True
