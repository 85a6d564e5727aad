"""Where the nodes of one document stand."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final

from compat.load.pointer import split

NO_MARKS: Final[Mapping[str, "Mark"]] = MappingProxyType({})


@dataclass(slots=True, eq=False)
class Mark:
    """The place of a node: of its key in an object, of itself elsewhere; counted from 1.

    `text` is the source text of a plain YAML scalar that stands for something else than text.
    """

    line: int
    column: int
    children: Mapping[str, "Mark"] = field(default_factory=lambda: NO_MARKS)
    text: str | None = None


class Below(Mapping[str, Mark]):
    """The marks of a node's children, made when one of them is asked for."""

    def __init__(self, make: Callable[[], Mapping[str, Mark]]) -> None:
        self._make = make

    @cached_property
    def _marks(self) -> Mapping[str, Mark]:
        return self._make()

    def __getitem__(self, key: str) -> Mark:
        return self._marks[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._marks)

    def __len__(self) -> int:
        return len(self._marks)


def exact(root: Mark, pointer: str) -> Mark | None:
    mark: Mark | None = root
    for token in split(pointer):
        if mark is None:
            return None
        mark = mark.children.get(token)
    return mark


def nearest(root: Mark, pointer: str) -> Mark:
    """The mark of the node, or of its nearest ancestor that exists."""
    mark = root
    for token in split(pointer):
        below = mark.children.get(token)
        if below is None:
            break
        mark = below
    return mark
