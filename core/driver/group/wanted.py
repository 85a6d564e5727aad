"""What is to be protected, and a group that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.driver.backend.place import Place
from core.driver.folder import DiskFolder
from core.driver.group.catching_up import CatchingUp
from core.driver.group.consolidation import Consolidation
from core.driver.group.group import Group
from core.driver.group.replicas import Replicas, WhenFull
from core.driver.group.signing import Signing
from core.driver.link.copying import Copying
from core.driver.link.shipped import ShippedCopy
from core.errors import CoreError
from core.machine.filling import BUDGET_BYTES
from core.machine.journal.recovery import Recovered
from core.machine.journal.shelf import Retention
from core.stream.identity import Identity
from core.structure.medium import SparseImage
from core.units import count_text

_IMAGES_FIRST: Final = "it is not begun: the images of what was a copy come first"
_JUST_NOW: Final = "it is being begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be protected; `create` is the size of images that are not there yet.

    `replicas` are as many as `images`, or none: then history is kept of the images themselves, and
    `when_full` has no meaning; or by `copies` at other sites. Where replicas are `needed` they are
    not done without. With `names` the images are those that a journal calls so, wherever they are
    now. In the background `signing_rate` bytes a second are signed.
    """

    images: tuple[Place, ...]
    journal: Path
    replicas: tuple[Place, ...] = ()
    retention: Retention
    create: int | None = None
    when_full: WhenFull | None = None
    needed: bool = False
    names: tuple[str, ...] = ()
    copies: tuple[Copying, ...] = ()
    signing_rate: int = BUDGET_BYTES

    @property
    def places(self) -> tuple[tuple[Place, ...], ...]:
        """For each volume where its image is, and its replica if it has one."""
        return tuple(zip(*filter(None, (self.images, self.replicas)), strict=True))


@dataclass(slots=True, kw_only=True)
class Protected:
    """A group that is open. `images` are what its history is of.

    That of a copy which was taken over is `catching_up`; what it is changes when that is over.
    """

    wanted: Wanted
    group: Group
    identity: Identity
    folder: DiskFolder
    images: tuple[SparseImage, ...]
    recovered: Recovered
    replicas: Replicas | None
    consolidation: Consolidation | None
    copies: tuple[ShippedCopy, ...] = ()
    catching_up: CatchingUp | None = None
    signing: Signing | None = None

    @property
    def lacking(self) -> Mapping[str, Any] | None:
        """What the images of a copy that was taken over lack yet."""
        return None if self.catching_up is None else self.catching_up.status()

    @property
    def copies_wait_for(self) -> str:
        """Why copies at other sites that are wanted are not begun."""
        if self.catching_up is None or not self.catching_up.is_over:
            return _IMAGES_FIRST
        return self.catching_up.failure or _JUST_NOW

    def refuse_lacking(self) -> None:
        """Raises CoreError for what is not done before the images have everything."""
        if (lacking := self.lacking) is not None:
            raise CoreError(
                f"the images of what was a copy lack {count_text(lacking['writes'], 'write')} yet",
                where=str(self.wanted.journal),
                hint="wait: they are given these while hosts go on",
            )
