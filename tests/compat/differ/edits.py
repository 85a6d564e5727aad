"""Small edits of a document, at any place of it."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any


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
