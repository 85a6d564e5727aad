"""Where the nodes of one document stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
