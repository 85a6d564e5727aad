"""Images that a journal knows, and that are not there."""

from collections.abc import Iterable
from pathlib import Path

from core.driver.backend.place import Place
from core.errors import CoreError
from core.stream.names import IDENTITY


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
