"""Where a node keeps what: every name below its folder is made of ids that it has given."""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from core.driver.folder import FOLDER_MODE
from core.errors import CoreError
from core.site.problem import Problem
from core.structure.blocks import BLOCK_BYTES

_SOCKET_MAX: Final = 107  # bytes that the name of a unix socket has at most
_ID_LENGTH: Final = 24
_SECTOR_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Places:
    """The folder of a node."""

    top: Path

    def make(self) -> None:
        """All that is always there, for the owner alone; raises CoreError."""
        longest = self.socket("0" * _ID_LENGTH)
        if len(os.fsencode(longest)) > _SOCKET_MAX:
            raise CoreError(
                f"unix sockets below it would have names of more than {_SOCKET_MAX} bytes",
                where=str(self.top),
                hint="choose a folder with a shorter name",
            )
        for each in (self.top, *(self.top / name for name in _FOLDERS)):
            try:
                each.mkdir(FOLDER_MODE, exist_ok=True)
                each.chmod(FOLDER_MODE)
            except OSError as error:
                raise CoreError(f"cannot be made: {error.strerror}", where=str(each)) from None

    @property
    def store(self) -> Path:
        """The file of the store."""
        return self.top / "site.db"

    @property
    def sockets(self) -> Path:
        """The folder of all sockets."""
        return self.top / "run"

    @property
    def volumes(self) -> Path:
        """The folder of the names of all volumes, by their groups."""
        return self.top / "volumes"

    def socket(self, number: str) -> Path:
        """Where a group or an image is served."""
        return self.sockets / f"{number}.sock"

    def uri(self, number: str, volume: str) -> str:
        """The same, as clients write it."""
        return f"nbd+unix:///{quote(volume, safe='')}?socket={quote(str(self.socket(number)))}"

    def link(self, number: str) -> str:
        """Where a copy waits for production on this machine."""
        return f"unix:{self.sockets / f'{number}.link'}"

    def journal(self, group: str) -> Path:
        """The history of a group."""
        return self.top / "journals" / group

    def log(self, number: str) -> Path:
        """What a process says beside its result."""
        return self.top / "logs" / f"{number}.log"

    def result(self, operation: str) -> Path:
        """What an operation has made that is too long for the store."""
        return self.top / "results" / f"{operation}.json"

    def scratch(self, image: str) -> Path:
        """Where it is kept what is written on an image."""
        return self.top / "scratch" / image

    def named_images(self, group: str, images: dict[str, str]) -> list[str]:
        """Paths to the images that end in the names of the volumes, by which they are served."""
        folder = self.volumes / group
        folder.mkdir(FOLDER_MODE, exist_ok=True)
        found = []
        for name, image in images.items():
            link = folder / f"{name}.img"
            if not link.is_symlink():
                link.symlink_to(image)
            found.append(str(link))
        return found

    def forget_group(self, group: str, *, with_history: bool) -> None:
        """Nothing is left but its images, and its history unless that goes, too."""
        shutil.rmtree(self.volumes / group, ignore_errors=True)
        self.socket(group).unlink(missing_ok=True)
        Path(self.link(group).removeprefix("unix:")).unlink(missing_ok=True)
        self.log(group).unlink(missing_ok=True)
        if with_history:
            shutil.rmtree(self.journal(group), ignore_errors=True)

    def forget_image(self, image: str) -> None:
        """Nothing is left of it."""
        shutil.rmtree(self.scratch(image), ignore_errors=True)
        self.socket(image).unlink(missing_ok=True)
        self.log(image).unlink(missing_ok=True)


_FOLDERS: Final = ("run", "journals", "logs", "results", "scratch", "volumes")


def image_path(word: str, folders: tuple[Path, ...], places: Places) -> Path:
    """The file or device that an image is, links followed; raises Problem if it lies elsewhere."""
    try:
        path = Path(word).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # such as links in a circle
        raise Problem(
            "refused",
            f"{word}: there can be no such image: {error}",
            hint="name a file or a device by its whole path",
        ) from None
    is_ours = path.is_relative_to(places.top.resolve())
    if is_ours or not any(path.is_relative_to(each) and path != each for each in folders):
        raise Problem(
            "refused",
            f"{word}: images do not lie there",
            hint="the configuration of the node names the folders that they lie in",
        )
    return path


def image_size(path: Path, wanted: int | None) -> int:
    """How big an image is, or is to be made; raises Problem where there can be none."""
    try:
        is_there = path.exists()
    except OSError as error:
        raise Problem("refused", f"{path}: {error.strerror}") from None
    if not is_there:
        if wanted is None:
            raise Problem("refused", f"{path}: there is no such image", hint="give its size")
        if not path.parent.is_dir():
            raise Problem("refused", f"{path}: there is no folder {path.parent}")
        return wanted
    if not (path.is_file() or path.is_block_device()):
        raise Problem("refused", f"{path}: neither a file nor a block device")
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
    except OSError as error:
        raise Problem("refused", f"{path}: {error.strerror}") from None
    if wanted not in (None, size):
        raise Problem("refused", f"{path}: it has {size} bytes, and not {wanted}")
    if size < BLOCK_BYTES or size % _SECTOR_BYTES:
        raise Problem("refused", f"{path}: no volume has {size} bytes")
    return size


def sizes_there(volumes: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    """How big the images of volumes are, by their names, as far as they are there."""
    found = {}
    for each in volumes:
        with suppress(OSError):
            found[each["name"]] = Path(each["image"]).stat().st_size
    return found


def make_folder(path: Path) -> None:
    """A folder for images, for the owner alone; raises Problem."""
    try:
        path.mkdir(FOLDER_MODE, exist_ok=True)
    except OSError as error:
        raise Problem("refused", f"{path}: cannot be made: {error.strerror}") from None


def forget_images(paths: Sequence[Path]) -> None:
    """Images that were made for a copy go, and the folder that they lay in."""
    for each in paths:
        each.unlink(missing_ok=True)
    for each in {path.parent for path in paths}:
        with suppress(OSError):  # it is not empty
            each.rmdir()


def make_image(path: Path, size: int) -> None:
    """An image of one hole, durable in its folder; one that is there is left alone."""
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise Problem("refused", f"{path}: cannot be made: {error.strerror}") from None
    try:
        os.ftruncate(number, size)
        os.fsync(number)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Problem("refused", f"{path}: cannot be made: {error.strerror}") from None
    finally:
        os.close(number)
    around = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(around)
    finally:
        os.close(around)
