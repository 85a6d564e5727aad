"""Marks of the regions of volumes: one byte for each MiB, in a file for each volume.

`stale-G-N` says where volume N and its replica may differ when generation G of feeding begins,
`direct-G-N` where somebody has written on the replica since, and `copied-G-N` what of both was
copied.
"""

from collections.abc import Iterator
from typing import Final

from core.structure.medium import Folder

REGION_SHIFT: Final = 20
VOLUME_BYTES_MAX: Final = 1 << 46
"""A volume that is larger has no copy: its marks alone would take 64 MiB."""

CLEAN, MARKED = 0, 1


def stale_name(generation: int, number: int) -> str:
    """The file of what may differ."""
    return f"stale-{generation}-{number}"


def direct_name(generation: int, number: int) -> str:
    """The file of what whoever has the replica wrote on it."""
    return f"direct-{generation}-{number}"


def copied_name(generation: int, number: int) -> str:
    """The file of what was copied."""
    return f"copied-{generation}-{number}"


def count_of(size: int) -> int:
    """How many regions a volume of so many bytes has; one at least."""
    return max(1, -(-size >> REGION_SHIFT))


def all_of(size: int) -> bytearray:
    """The marks of a volume of which every region is marked."""
    return bytearray((MARKED,)) * count_of(size)


def span(offset: int, length: int) -> tuple[int, int]:
    """The first region of a range that is not empty, and the one behind its last."""
    return offset >> REGION_SHIFT, (offset + length - 1 >> REGION_SHIFT) + 1


def mark(marks: bytearray, offset: int, length: int) -> None:
    """Mark the regions of a range, which may be empty or beyond what is marked yet."""
    if length > 0:
        first, stop = span(offset, length)
        marks.extend(bytes(max(0, stop - len(marks))))
        marks[first:stop] = bytes((MARKED,)) * (stop - first)


def runs(marks: bytearray) -> Iterator[tuple[int, int]]:
    """The (offset, length) of what is marked, in bytes, in order."""
    begin = marks.find(MARKED)
    while begin >= 0:
        end = marks.find(CLEAN, begin)
        end = len(marks) if end < 0 else end
        yield begin << REGION_SHIFT, end - begin << REGION_SHIFT
        begin = marks.find(MARKED, end)


def each_region(marks: bytearray) -> Iterator[tuple[int, int]]:
    """The (offset, length) of each region that is marked, in bytes, in order."""
    for nth, each in enumerate(marks):
        if each:
            yield nth << REGION_SHIFT, 1 << REGION_SHIFT


def read_marks(folder: Folder, name: str) -> bytearray:
    """The marks of a file; none where there is no such file."""
    if name not in folder.names():
        return bytearray()
    file = folder.open(name, writable=False)
    try:
        marks = bytearray(file.size())
        file.read_into(marks, 0)
    finally:
        file.close()
    return marks


def differing(folder: Folder, generation: int, number: int) -> bytearray:
    """Where a volume and its replica may differ, whichever of them was written."""
    marks = read_marks(folder, stale_name(generation, number))
    for offset, length in runs(read_marks(folder, direct_name(generation, number))):
        mark(marks, offset, length)
    return marks


def left(folder: Folder, generation: int, number: int) -> bytearray:
    """What of a volume is still to be copied."""
    marks = differing(folder, generation, number)
    copied = read_marks(folder, copied_name(generation, number))
    return bytearray(
        MARKED if mark and not (nth < len(copied) and copied[nth]) else CLEAN
        for nth, mark in enumerate(marks)
    )
