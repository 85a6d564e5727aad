"""What a path is: a device, or a file that is there or is to be made.

Whoever writes an image holds a lock on it. So does, for a moment, whoever gives its name to another
file: nobody may begin to write what has no name any more.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.driver.backend.backend import Backend
from core.driver.backend.device import DeviceBackend
from core.driver.backend.file import FileBackend
from core.driver.backend.kinds import refuse_other_kinds
from core.errors import CoreError


class ImageBusyError(CoreError):
    """Another process serves an image."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "another process serves this image", where=str(path), hint="end that one first"
        )


def open_backend(path: Path, create: int | None = None) -> Backend:
    """A volume to be written, for this process alone; `create` is the size of one to be made."""
    backend: Backend
    refuse_other_kinds(path)
    if not path.exists():
        if create is None:
            raise CoreError(
                "there is no such image",
                where=str(path),
                hint="bring it back; a new one is made by `isthmus protect --create SIZE`",
            )
        backend = FileBackend.create(path, create)
    elif stat.S_ISBLK(path.stat().st_mode):
        backend = DeviceBackend(path)
    else:
        backend = FileBackend(path)
    try:
        _lock(backend.fd, path)
    except BaseException:
        backend.close()
        raise
    return backend


@contextmanager
def at_rest(path: Path) -> Iterator[None]:
    """Nobody serves the image in a file, if it is there, and nobody begins to.

    Raises ImageBusyError where somebody does.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        yield
        return
    except OSError as error:
        raise CoreError(
            f"whether another process serves it is not known: {error.strerror}", where=str(path)
        ) from None
    try:
        _lock(number, path)
        yield
    finally:
        os.close(number)


def _lock(number: int, path: Path) -> None:
    """Lock what was opened, which has to have its name still."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ImageBusyError(path) from None
    try:
        is_named = os.path.samestat(os.fstat(number), path.stat())
    except FileNotFoundError:
        is_named = False
    if not is_named:
        raise CoreError("this was replaced while it was opened", where=str(path), hint="try again")
