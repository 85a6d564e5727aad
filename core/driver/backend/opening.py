"""What a path is: a device, or a file that is there or is to be made."""

import fcntl
import stat
from pathlib import Path

from core.driver.backend.backend import Backend
from core.driver.backend.device import DeviceBackend
from core.driver.backend.file import FileBackend
from core.driver.backend.kinds import refuse_other_kinds
from core.errors import CoreError


class ImageBusyError(CoreError):
    """Another process serves an image."""


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
        fcntl.flock(backend.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        backend.close()
        raise ImageBusyError(
            "another process serves this image", where=str(path), hint="end that one first"
        ) from None
    return backend
