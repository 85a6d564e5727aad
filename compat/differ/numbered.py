"""Things by what they are called, where several may be called the same."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def numbered(things: Iterable[T], name: Callable[[T], K]) -> dict[tuple[K, int], T]:
    """By name and number, in their order: the first of a name is 0."""
    seen: dict[K, int] = {}
    found: dict[tuple[K, int], T] = {}
    for thing in things:
        key = name(thing)
        number = seen.get(key, 0)
        found[key, number] = thing
        seen[key] = number + 1
    return found
