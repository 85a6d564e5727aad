"""Segments of which nothing is missing, opened for reading."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.stream.finding import DamagedError
from core.stream.names import Place
from core.stream.part import Part, find_part
from core.structure.medium import Folder


@contextmanager
def whole_parts(
    folder: Folder,
    places: Sequence[Place],
    group: bytes,
    where: str,
    *,
    is_ended: bool = True,
) -> Iterator[Sequence[Part]]:
    """The segments of those places, which are whole, and sealed where they are ended."""
    parts: list[Part] = []
    try:
        for place in places:
            found = find_part(folder, place, group=group, where=where, live=not is_ended)
            if found.part is not None:
                parts.append(found.part)
            if found.findings:
                raise found.findings[0].error()
            if found.part is None or (is_ended and not found.part.sealed):
                raise DamagedError("its records are not sealed", where=f"{where}/{place.data}")
        yield parts
    finally:
        for part in parts:
            part.close()
