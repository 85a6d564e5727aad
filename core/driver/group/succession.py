"""From a copy that was taken over to a group that is served, before its images have it all."""

import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from threading import Lock

from core.driver.folder import DiskFolder
from core.driver.group.catching_up import BehindGroupVolume, CatchingUp, scratch
from core.driver.group.consolidation import Consolidation
from core.driver.group.copies import begun_copies
from core.driver.group.group import Group
from core.driver.group.leaving import leave
from core.driver.group.local import open_local
from core.driver.group.opening import opened
from core.driver.group.sparing import Sparing
from core.driver.group.volume import GroupVolume
from core.driver.group.wanted import Protected, Wanted
from core.driver.image import open_image
from core.machine.journal.behind import Behind, recover_behind
from core.machine.journal.concurrent import Concurrent
from core.machine.journal.shelf import Shelf
from core.machine.journal.writer import Journal
from core.stream.identity import Identity, read_identity
from core.stream.left import forget_left
from core.stream.point import Latest
from core.structure.medium import Image


def succeeding(
    wanted: Wanted,
    folder: DiskFolder,
    identity: Identity,
    volumes: Sequence[GroupVolume],
    held: ExitStack,
) -> Generator[Protected, None, None]:
    """The group, whose images are `held` until they are recovered."""
    forget_left(folder)
    history = recover_behind(folder, volumes, where=str(wanted.journal))
    held.close()  # whoever feeds them has them from now on
    with ExitStack() as stack:
        images = [open_image(place) for place in wanted.images]
        for each in images:
            stack.callback(each.close)
        turn = Lock()

        def made(image: Image, latest: Latest) -> BehindGroupVolume:
            file = scratch(wanted.journal, latest.size)
            return BehindGroupVolume(image, latest, file, turn)

        behind = Behind(history, images, made, clock=time.time_ns, retention=wanted.retention)
        group = Group(behind.journal, identity.names, behind.volumes)
        found = Protected(
            wanted=wanted,
            group=group,
            identity=identity,
            folder=folder,
            images=group.volumes,
            recovered=behind.recovered,
            replicas=None,
            consolidation=None,
        )
        heir = _Heir(found, stack)
        yield from _served(found, behind, heir)
        group.close()
        behind.close()
        if heir.images and not group.failure:
            leave(folder, found.identity, heir.images, ())


def _served(
    found: Protected, behind: Behind[BehindGroupVolume], heir: "_Heir"
) -> Generator[Protected, None, None]:
    group = found.group

    def shelf() -> Shelf:
        assert isinstance(group.journal, Journal)
        return group.journal.shelf

    with ExitStack() as stack:
        stack.callback(heir.stop)
        catching_up = CatchingUp(group, behind, found.wanted.journal, heir)
        found.catching_up = catching_up
        stack.callback(catching_up.stop)
        catching_up.start()
        stack.callback(Sparing(shelf, group.lock).stop)
        found.consolidation = Consolidation(
            group, shelf, found.folder, lambda: catching_up.history_begins
        )
        stack.callback(found.consolidation.stop)
        yield found


class _Heir:
    """See `core.driver.group.catching_up.Successor`; what it opens goes with the stack."""

    def __init__(self, found: Protected, stack: ExitStack) -> None:
        self._found, self._stack = found, stack
        self._shipped: tuple[tuple[int, Concurrent], ...] = ()
        self.images: Sequence[GroupVolume] = ()

    def open_images(self) -> Sequence[GroupVolume]:
        """See `Successor`."""
        with ExitStack() as stack:
            images = [opened(stack, place) for place in self._found.wanted.images]
            self._stack.push(stack.pop_all())
        return images

    def take(self, images: Sequence[GroupVolume]) -> None:
        """See `Successor`."""
        found = self._found
        identity = read_identity(found.folder, where=str(found.wanted.journal))
        local = open_local(found.wanted, found.folder, identity, images)
        found.group.succeed(local.journal, images)
        found.identity = identity
        found.images = self.images = tuple(images)
        self._shipped = local.shipped

    def begin(self) -> None:
        """See `Successor`."""
        found = self._found
        found.copies = begun_copies(
            found.wanted.copies, self._shipped, found.group, found.folder, found.identity
        )

    def stop(self) -> None:
        """End what was begun."""
        for each in self._found.copies:
            each.stop()
