"""That a copy was taken over: it is production at its site, and receives nothing more."""

from typing import Final, NamedTuple

from core.errors import CoreError
from core.stream.document import read_document, write_document
from core.stream.identity import NotAJournalError
from core.structure.medium import Folder

TAKEN: Final = "taken"


class Taken(NamedTuple):
    """It has every write of production of before up to `point`, and none behind it.

    It is production in that `epoch` of the role. What its images lack of those, they are given
    later; that they have it `journal.json` says.
    """

    point: int
    epoch: int = 2

    def refusal(self, where: str) -> CoreError:
        """Why nothing more is received."""
        return CoreError(
            f"this copy was taken over at write {self.point}, and receives nothing more",
            where=where,
            hint="production is at its site now: look which of both is the one to keep",
        )


def write_taken(folder: Folder, taken: Taken) -> None:
    """Say so durably; it is never taken back."""
    write_document(folder, TAKEN, taken._asdict())


def read_taken(folder: Folder, *, where: str) -> Taken | None:
    """What was said; None where the copy was not taken over."""
    try:
        found = read_document(folder, TAKEN)
    except ValueError:
        raise NotAJournalError(
            "damaged: it was taken over, and at which write is not known", where=f"{where}/{TAKEN}"
        ) from None
    return Taken(**found) if found else None
