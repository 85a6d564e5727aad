"""Small edits of a document, at any place of it."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

_SCALARS: Final[tuple[Any, ...]] = ("other", 7, 7.0, True, False, None)
_KEYS: Final[tuple[tuple[str, Any], ...]] = (
    ("minimum", 3),
    ("nullable", True),
    ("description", "Another text."),
    ("x-sunset", "2020-01-01"),
    ("deprecated", True),
    ("$ref", "#/components/schemas/Id"),
    ("servers", [{"url": "/v9"}]),
    ("security", []),
    ("example", 5),
)


def places(document: Any) -> list[tuple[Any, Any]]:
    """Each holder with a key or an index of it, in the order of the document."""
    found: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict | list):
            keys = [*here] if isinstance(here, dict) else range(len(here))
            found += [(here, key) for key in keys]
            waiting += [here[key] for key in keys]
    return found


def edited(document: Any, seed: int) -> Any:
    """A copy with one edit, or with two or three."""
    draw = random.Random(seed)
    copy = deepcopy(document)
    for _ in range(draw.choice((1, 1, 2, 3))):
        edit(copy, draw)
    return copy


def edit(document: Any, draw: random.Random) -> None:
    """Something goes, comes, moves, or becomes something else."""
    holder, key = draw.choice(places(document))
    value = holder[key]
    match draw.choice(("remove", "replace", "add", "borrow", "reorder", "rename")):
        case "remove":
            del holder[key]
        case "add" if isinstance(value, dict):
            name, added = draw.choice(_KEYS)
            value[name] = deepcopy(added)
        case "borrow":
            another, its = draw.choice(places(document))
            holder[key] = deepcopy(another[its])
        case "reorder" if isinstance(value, dict):
            members = [*value.items()]
            value.clear()
            value.update(reversed(members))
        case "rename" if isinstance(holder, dict):
            members = [(f"{name}x" if name == key else name, held) for name, held in holder.items()]
            holder.clear()
            holder.update(members)
        case _:
            holder[key] = draw.choice([each for each in _SCALARS if not _is(each, value)])


def _is(one: Any, other: Any) -> bool:
    return json.dumps(one) == json.dumps(other)


def each_place_edited(document: Any) -> Iterator[tuple[str, Any]]:
    """A copy for each place with what stands there gone, and one with another scalar there."""
    for number in range(len(places(document))):
        for how in ("gone", "another", "reversed"):
            copy = deepcopy(document)
            holder, key = places(copy)[number]
            value = holder[key]
            if how == "gone":
                del holder[key]
            elif how == "another" and not isinstance(value, dict | list):
                holder[key] = f"{value}2" if isinstance(value, str) else 11
            elif how == "reversed" and isinstance(value, dict) and len(value) > 1:
                holder[key] = dict(reversed(value.items()))
            else:
                continue
            yield f"{how} {key} {str(value)[:60]}", copy
