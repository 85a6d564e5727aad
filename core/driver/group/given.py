"""What images a group is given, looked at before it is served."""

from collections.abc import Iterable
from pathlib import Path

from core.driver.backend.place import Place, export_name, recorded
from core.driver.group.volume import GroupVolume
from core.errors import CoreError
from core.stream.names import IDENTITY


def refuse_unnamed(images: Iterable[Place]) -> None:
    """Raises CoreError where an image would have a name that no client can ask for."""
    for image in images:
        name = export_name(image)
        try:
            name.encode()
        except UnicodeEncodeError:
            raise CoreError(
                "an export has the name of its file, and this is not UTF-8",
                where=recorded(image),
                hint="rename it, or give a symbolic link to it that has another name",
            ) from None


def refuse_lost(images: Iterable[Place], journal: Path) -> None:
    """Raises CoreError where one is missing whose journal is there: it is never made anew.

    All history is what it held before, and hosts were told that it holds what they wrote.
    """
    if not (journal / IDENTITY).exists():
        return
    for image in images:
        if isinstance(image, Path) and not image.exists():
            raise CoreError(
                f"this image is not there, and {journal} has its history",
                where=str(image),
                hint="bring it back, or mount what it is on; "
                "an empty one begins with a journal of its own: name another folder",
            )


def refuse_empty(images: Iterable[Place], volumes: Iterable[GroupVolume]) -> None:
    """Raises CoreError where an image has no bytes: nobody has use for that."""
    for image, volume in zip(images, volumes, strict=True):
        if not volume.size():
            raise CoreError(
                "this image has 0 bytes",
                where=recorded(image),
                hint="bring back what it held; "
                "or take it away, and `isthmus protect --create SIZE` makes one",
            )
