"""A copy whose images were production before, as production of now meets it."""

from core.driver.folder import DiskFolder
from core.errors import CoreError
from core.machine.journal.concurrent import Concurrent
from core.machine.journal.replicated import Production
from core.stream.rejoining import Rejoining


class AnewError(CoreError):
    """The copy has to be greeted again, and then is one."""


def join(
    production: Production | Concurrent, folder: DiskFolder, rejoining: Rejoining
) -> AnewError:
    """Take into account what the copy's images have besides; the group's lock is held."""
    if not isinstance(production, Concurrent):
        raise CoreError(
            "the copy was production before, and this site keeps no history of its own",
            where=str(folder.path),
            hint="give the copy new images, or another folder, and all is copied to it",
        )
    production.join(rejoining)
    return AnewError("the copy was production before: what differs is copied")
