"""`sizes`: how large volumes are at a point, for when no resize in the history tells.

Theory of operation
-------------------
A resize is in the DO stream, the oldest part of which goes, and is nowhere while a journal takes
nothing. So the file is gone, durably, before a volume gets another size, and is written when it has
that. Where it is there no volume got another size after its point, but by what the DO stream tells.
"""

import json
from typing import Any, Final, NamedTuple

import xxhash

from core.stream.anew import write_anew
from core.structure.medium import Folder

SIZES: Final = "sizes"


class Sizes(NamedTuple):
    """The bytes of each volume at a point."""

    point: int
    sizes: tuple[int, ...]


def write_sizes(folder: Folder, what: Sizes) -> None:
    """Put that down, durably."""
    body = json.dumps(what._asdict()).encode()
    write_anew(folder, SIZES, body + b"\n" + xxhash.xxh3_64_hexdigest(body).encode())


def read_sizes(folder: Folder) -> Sizes | None:
    """What is put down; None where nothing is, or where it is not what was written."""
    if SIZES not in folder.names():
        return None
    file = folder.open(SIZES, writable=False)
    try:
        packed = bytearray(file.size())
        file.read_into(packed, 0)
    finally:
        file.close()
    body, _, digest = bytes(packed).rpartition(b"\n")
    if digest != xxhash.xxh3_64_hexdigest(body).encode():
        return None
    found: dict[str, Any] = json.loads(body)
    return Sizes(point=found["point"], sizes=tuple(found["sizes"]))


def forget_sizes(folder: Folder) -> None:
    """A volume is about to get another size: nothing is put down any more, durably."""
    if SIZES in folder.names():
        folder.remove(SIZES)
        folder.sync()
