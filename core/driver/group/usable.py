"""What is looked at before anything is made for a group that is to be protected."""

from collections.abc import Iterable
from pathlib import Path

from core.driver.backend.kinds import refuse_other_kinds
from core.driver.backend.place import Place
from core.errors import CoreError


def refuse_unusable(
    images: Iterable[Place], made: Iterable[Place], journal: Path, *, create: bool
) -> None:
    """Raises CoreError where a start could not come to its end.

    `made` are images that are made where they are not there, as `images` are with `create`.
    """
    files = {each: create for each in images if isinstance(each, Path)}
    files |= {each: True for each in made if isinstance(each, Path)}
    for path, is_made in files.items():
        refuse_other_kinds(path)
        if path.exists():
            continue
        if not is_made:
            raise CoreError(
                "there is no such image",
                where=str(path),
                hint="bring it back; a new one is made by `isthmus protect --create SIZE`",
            )
        _refuse_nowhere(path)
    if journal.exists() and not journal.is_dir():
        raise CoreError("not a folder", where=str(journal), hint="name another for the journal")
    _refuse_nowhere(journal)


def _refuse_nowhere(path: Path) -> None:
    around = path.absolute().parent
    if not around.is_dir():
        raise CoreError(
            f"there is no folder {around}", where=str(path), hint="make it, or name another place"
        )
