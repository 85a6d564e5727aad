"""Giving a volume of a group another size while it is open."""

import os
import stat
from pathlib import Path
from typing import Final, NamedTuple

from core.driver.group.sizes import changing_sizes
from core.driver.group.wanted import Protected
from core.errors import CoreError
from core.units import size_text

SECTOR_BYTES: Final = 512
SIZE_MAX: Final = (1 << 63) - SECTOR_BYTES


class Resized(NamedTuple):
    """What was done: sizes in bytes, and the point at which the volume has the new one."""

    volume: str
    before: int
    size: int
    point: int


def resize(group: Protected, name: object, size: object) -> Resized:
    """Give the volume of that name a size in bytes; raises CoreError where that cannot be.

    It shrinks only while nobody uses the group: a client would write beyond the end.
    """
    names, served = group.identity.names, group.group
    if not isinstance(name, str) or name not in names:
        raise CoreError(f"no volume is called {name!r}", hint=f"the group has {', '.join(names)}")
    if type(size) is not int or not 0 < size <= SIZE_MAX or size % SECTOR_BYTES:
        raise CoreError(
            f"no volume has {size!r} bytes",
            hint=f"give a multiple of {SECTOR_BYTES} bytes, as 10MiB or 10GiB: "
            "a bare number is bytes, MB is decimal",
        )
    number = names.index(name)
    for place in group.wanted.places[number]:
        if isinstance(place, Path):
            _refuse_impossible(place, size)
    before = served.volumes[number].size()
    if size < before:
        with served.without_clients():
            served.refuse_fixed_size(number)
            with changing_sizes(group.folder, served.volumes, lambda: served.journal.end):
                served.journal.resize(number, size)
    elif size > before:
        served.refuse_fixed_size(number)
        with changing_sizes(group.folder, served.volumes, lambda: served.journal.end):
            served.resize(number, size)
    return Resized(name, before, size, served.journal.end)


def _refuse_impossible(path: Path, size: int) -> None:
    """What is journaled has to be done: nothing else is written before it is."""
    if stat.S_ISBLK(path.stat().st_mode):
        raise CoreError(
            "a block device has the size that it has", where=str(path), hint="only files change it"
        )
    number = os.open(path.parent, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(number, size)
    except OSError as error:
        raise CoreError(
            f"no file can have {size_text(size)} there: {error.strerror}", where=str(path)
        ) from None
    finally:
        os.close(number)
