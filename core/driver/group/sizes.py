"""Putting down how large the volumes of a group are, whenever that changes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from core.driver.folder import DiskFolder
from core.stream.sizes import Sizes, forget_sizes, read_sizes, write_sizes
from core.structure.medium import Image


def remember_sizes(folder: DiskFolder, volumes: Sequence[Image], end: int) -> None:
    """What the volumes have at the end is put down, unless it is; a full disk is no error."""
    sizes = tuple(each.size() for each in volumes)
    with suppress(OSError):
        told = read_sizes(folder)
        if told is None or told.sizes != sizes:
            write_sizes(folder, Sizes(end, sizes))


@contextmanager
def changing_sizes(
    folder: DiskFolder, volumes: Sequence[Image], end: Callable[[], int]
) -> Iterator[None]:
    """Volumes get other sizes within; after an error of that nothing is put down."""
    forget_sizes(folder)
    yield
    remember_sizes(folder, volumes, end())
