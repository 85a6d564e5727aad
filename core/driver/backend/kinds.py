"""What may be an image: a file or a block device, and no other thing that has a path."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import CoreError

_OTHERS: Final[tuple[tuple[Callable[[int], bool], str], ...]] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
)


def refuse_other_kinds(path: Path) -> None:
    """Raises CoreError, before it is opened, where there is something that can be no image."""
    try:
        mode = path.stat().st_mode
    except OSError:  # whoever opens it says so
        return
    for is_it, name in _OTHERS:
        if is_it(mode):
            raise CoreError(
                f"this is {name}",
                where=str(path),
                hint="an image is a file, a block device, or the URI of an NBD server's export",
            )
