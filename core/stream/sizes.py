"""`sizes`: how large volumes are at a point, for when no resize in the history tells.

Theory of operation
-------------------
A resize is in the DO stream, the oldest part of which goes, and is nowhere while a journal takes
nothing. So the file is gone, durably, before a volume gets another size, and is written when it has
that. Where it is there no volume got another size after its point, but by what the DO stream tells.
"""

from typing import Final, NamedTuple

from core.stream.document import forget_document, read_document, write_document
from core.structure.medium import Folder

SIZES: Final = "sizes"


class Sizes(NamedTuple):
    """The bytes of each volume at a point."""

    point: int
    sizes: tuple[int, ...]


def write_sizes(folder: Folder, what: Sizes) -> None:
    """Put that down, durably."""
    write_document(folder, SIZES, what._asdict())


def read_sizes(folder: Folder) -> Sizes | None:
    """What is put down; None where nothing is, or where it is not what was written."""
    try:
        found = read_document(folder, SIZES)
    except ValueError:
        return None
    return Sizes(point=found["point"], sizes=tuple(found["sizes"])) if found else None


def forget_sizes(folder: Folder) -> None:
    """A volume is about to get another size: nothing is put down any more, durably."""
    forget_document(folder, SIZES)
