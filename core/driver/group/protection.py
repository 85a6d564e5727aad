"""From images and a folder to a group that can be served."""

import logging
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from core.driver.backend.place import Uri, recorded
from core.driver.folder import DiskFolder
from core.driver.group.boot import lost_memory, remember_boot
from core.driver.group.consolidation import Consolidation
from core.driver.group.copies import begun_copies, numbered_copies
from core.driver.group.given import refuse_empty, refuse_lost
from core.driver.group.group import Group
from core.driver.group.identifying import identity_of, is_behind, names_of, refuse_fixed_sizes
from core.driver.group.leaving import leave, refuse_exchanged
from core.driver.group.local import open_local
from core.driver.group.opening import FED_WAIT_S, opened, opened_of_copy
from core.driver.group.replicas import Progress, ReplicaImage, Replicas, WhenFull
from core.driver.group.signed import keep_signatures
from core.driver.group.signing import Signing
from core.driver.group.sizes import remember_sizes
from core.driver.group.sparing import Sparing
from core.driver.group.succession import succeeding
from core.driver.group.usable import refuse_unusable
from core.driver.group.volume import GroupVolume
from core.driver.group.wanted import Protected, Wanted
from core.driver.lock import WriterLock
from core.errors import CoreError
from core.machine.journal.concurrent import Concurrent
from core.machine.journal.reopening import open_production
from core.machine.journal.replicated import Production, begin_initialising, is_initialised
from core.machine.journal.several import open_several
from core.machine.journal.shipping import open_shipped
from core.stream.copies import FIRST, known_numbers
from core.stream.identity import Identity
from core.stream.left import forget_left
from core.stream.names import IDENTITY

_LOG: Final = logging.getLogger("isthmus.feed")
_REPLICA_POLL_S: Final = 0.1


@contextmanager
def protected(wanted: Wanted, progress: Progress) -> Iterator[Protected]:
    """The group, until it is closed in good order; nobody may be connected to it by then."""
    names = names_of(wanted)
    refuse_lost(wanted.images, wanted.journal)
    made = () if (wanted.journal / IDENTITY).exists() else wanted.replicas
    refuse_unusable(wanted.images, made, wanted.journal, create=wanted.create is not None)
    with ExitStack() as stack:
        held = stack.enter_context(ExitStack())
        if is_behind(wanted.journal):
            volumes = opened_of_copy(held, wanted.images)
        else:
            volumes = [
                keep_signatures(opened(held, place, wanted.create)) for place in wanted.images
            ]
        refuse_empty(wanted.images, volumes)
        folder = DiskFolder(wanted.journal, make=True)
        stack.callback(folder.close)
        stack.enter_context(WriterLock(wanted.journal))
        identity = identity_of(folder, wanted, names, volumes)
        refuse_fixed_sizes(identity, volumes)
        refuse_exchanged(folder, wanted.images, volumes)
        if identity.is_copy:
            yield from succeeding(wanted, folder, identity, volumes, held)
            return
        if identity.is_shipped:
            group = yield from _shipped(wanted, folder, identity, volumes)
        elif wanted.replicas:
            group = yield from _replicated(wanted, folder, identity, volumes, progress)
        else:
            group = yield from _local(wanted, folder, identity, volumes)
        if not group.failure:
            leave(folder, identity, volumes, wanted.replicas)


def _local(
    wanted: Wanted, folder: DiskFolder, identity: Identity, volumes: Sequence[GroupVolume]
) -> Generator[Protected, None, Group]:
    """A group whose history is kept here, and at another site, too, if that is wanted."""
    forget_left(folder)
    journal, recovered, found = open_local(wanted, folder, identity, volumes)
    group = Group(journal, identity.names, volumes)
    with ExitStack() as stack:
        copies = begun_copies(wanted.copies, found, group, folder, identity)
        for each in copies:
            stack.callback(each.stop)
        signing = Signing(group, wanted.signing_rate)
        stack.callback(signing.stop)
        stack.callback(Sparing(lambda: journal.shelf, group.lock).stop)
        consolidation = Consolidation(group, lambda: journal.shelf, folder)
        stack.callback(consolidation.stop)
        yield Protected(
            wanted=wanted,
            group=group,
            identity=identity,
            folder=folder,
            images=tuple(volumes),
            recovered=recovered,
            replicas=None,
            consolidation=consolidation,
            copies=copies,
            signing=signing,
        )
    group.close()
    return group


def _replicated(
    wanted: Wanted,
    folder: DiskFolder,
    identity: Identity,
    volumes: Sequence[GroupVolume],
    progress: Progress,
) -> Generator[Protected, None, Group]:
    with ExitStack() as stack:
        is_new = not is_initialised(folder)
        replicas = _first_replicas(stack, wanted, volumes) if is_new else _replicas(stack, wanted)
        refuse_exchanged(folder, wanted.replicas, replicas or (), are_replicas=True)
        forget_left(folder)
        if is_new:
            begin_initialising(folder, volumes)
        found = open_production(
            folder,
            volumes,
            replicas,
            where=str(wanted.journal),
            clock=time.time_ns,
            retention=wanted.retention,
        )
        remember_sizes(folder, volumes, found.journal.end)
    with ExitStack() as stack:
        images = [ReplicaImage(place) for place in wanted.replicas]
        for image in images:
            stack.callback(image.close)
        group = Group(found.journal, identity.names, volumes, replicas or ())
        replicas_fed = Replicas(
            group,
            found,
            folder,
            wanted.journal,
            size=wanted.retention.size,
            when_full=wanted.when_full or WhenFull.FAST_FORWARD,
            progress=progress,
        )
        replicas_fed.start()
        stack.callback(replicas_fed.stop)
        consolidation = Consolidation(
            group, lambda: found.shelf, folder, lambda: found.standing.begin
        )
        stack.callback(consolidation.stop)
        stack.callback(Sparing(lambda: found.shelf, group.lock).stop)
        signing = Signing(group, wanted.signing_rate)
        stack.callback(signing.stop)
        yield Protected(
            wanted=wanted,
            group=group,
            identity=identity,
            folder=folder,
            images=tuple(images),
            recovered=found.recovered,
            replicas=replicas_fed,
            consolidation=consolidation,
            signing=signing,
        )
    group.close()
    return group


def _opening(wanted: Wanted) -> dict[str, Any]:
    """How a journal is opened."""
    return {
        "where": str(wanted.journal),
        "clock": time.time_ns,
        "retention": wanted.retention,
        "lost_memory": lost_memory(wanted.journal),
    }


def _shipped(
    wanted: Wanted,
    folder: DiskFolder,
    identity: Identity,
    volumes: Sequence[GroupVolume],
) -> Generator[Protected, None, Group]:
    """A group whose history is kept at other sites; of one copy, while no other is known."""
    forget_left(folder)
    numbers = numbered_copies(wanted.copies, folder, identity)
    found: Sequence[Production | Concurrent]
    if {*numbers, *known_numbers(folder)} == {FIRST}:
        if not is_initialised(folder):
            begin_initialising(folder, volumes)
        found = (open_shipped(folder, volumes, **_opening(wanted)),)
        recovered = found[0].recovered
    else:
        found, recovered = open_several(folder, volumes, copies=numbers, **_opening(wanted))
    production = found[0]
    remember_boot(wanted.journal)
    remember_sizes(folder, volumes, production.journal.end)
    group = Group(production.journal, identity.names, volumes)
    with ExitStack() as stack:
        copies = begun_copies(
            wanted.copies, zip(numbers, found, strict=True), group, folder, identity
        )
        for each in copies:
            stack.callback(each.stop)
        stack.callback(Sparing(lambda: production.shelf, group.lock).stop)
        signing = Signing(group, wanted.signing_rate)
        stack.callback(signing.stop)
        yield Protected(
            wanted=wanted,
            group=group,
            identity=identity,
            folder=folder,
            images=(),
            recovered=recovered,
            replicas=None,
            consolidation=None,
            copies=copies,
            signing=signing,
        )
    group.close()
    return group


def _first_replicas(
    stack: ExitStack, wanted: Wanted, volumes: Sequence[GroupVolume]
) -> list[GroupVolume]:
    """Those of a new journal, which are made where they are not there."""
    replicas = []
    for place, volume in zip(wanted.replicas, volumes, strict=True):
        replica = opened(stack, place, volume.size())
        if replica.size() != volume.size() and not replica.is_resizable:
            raise CoreError(
                f"the replica has {replica.size()} bytes, and the image {volume.size()}",
                where=recorded(place),
                hint="give it that size",
            )
        replicas.append(replica)
    return replicas


def _replicas(stack: ExitStack, wanted: Wanted) -> list[GroupVolume] | None:
    """Those that there are; None, and not an error of hosts, where one cannot be had.

    Whoever fed them for a process that was killed may take a moment to end.
    """
    deadline = time.monotonic() + FED_WAIT_S
    while True:
        try:
            return [opened(stack, place) for place in wanted.replicas]
        except CoreError as error:
            stack.close()
            is_there = all(isinstance(each, Uri) or each.exists() for each in wanted.replicas)
            if not is_there or time.monotonic() >= deadline:
                if wanted.needed:
                    raise
                _LOG.warning("history begins anew: %s", error.placed)
                return None
            time.sleep(_REPLICA_POLL_S)
