"""From images and a folder to a group that can be served."""

import logging
import secrets
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.driver.backend.place import Place, Uri, export_name, recorded
from core.driver.folder import DiskFolder
from core.driver.group.boot import lost_memory, remember_boot
from core.driver.group.consolidation import Consolidation
from core.driver.group.copies import begun_copies, is_continued, numbered_copies, refuse_copies
from core.driver.group.given import refuse_empty, refuse_lost, refuse_unnamed
from core.driver.group.group import Group
from core.driver.group.leaving import leave, refuse_exchanged
from core.driver.group.replicas import Progress, ReplicaImage, Replicas, WhenFull
from core.driver.group.sizes import remember_sizes
from core.driver.group.sparing import Sparing
from core.driver.group.usable import refuse_unusable
from core.driver.group.volume import GroupVolume, open_volume
from core.driver.link.copying import Copying
from core.driver.link.shipped import ShippedCopy
from core.driver.lock import WriterLock
from core.errors import CoreError
from core.machine.journal.concurrent import Concurrent, open_concurrent
from core.machine.journal.recovery import Recovered
from core.machine.journal.reopening import open_production
from core.machine.journal.replicated import Production, begin_initialising, is_initialised
from core.machine.journal.several import open_several
from core.machine.journal.shelf import SEGMENTS_MIN, Retention
from core.machine.journal.shipping import open_shipped
from core.stream.copies import FIRST, known_numbers
from core.stream.identity import SEGMENT_BYTES, Identity, Member, read_identity, write_identity
from core.stream.left import forget_left
from core.stream.names import IDENTITY
from core.stream.rejoining import REJOINING
from core.stream.segment import file_bytes
from core.structure.medium import SparseImage
from core.units import count_text, size_text

SEGMENT_BYTES_MIN: Final = 1 << 20
SEGMENTS_WANTED: Final = 32
JOURNAL_BYTES_MIN: Final = SEGMENTS_MIN * file_bytes(SEGMENT_BYTES_MIN)

_LOG: Final = logging.getLogger("isthmus.feed")
_REPLICA_WAIT_S: Final = 15.0
_REPLICA_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be protected; `create` is the size of images that are not there yet.

    `replicas` are as many as `images`, or none: then history is kept of the images themselves, and
    `when_full` has no meaning; or by `copies` at other sites. Where replicas are `needed` they are
    not done without. With `names` the images are those that a journal calls so, wherever they are
    now.
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

    @property
    def places(self) -> tuple[tuple[Place, ...], ...]:
        """For each volume where its image is, and its replica if it has one."""
        return tuple(zip(*filter(None, (self.images, self.replicas)), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A group that is open. `images` are what its history is of."""

    wanted: Wanted
    group: Group
    identity: Identity
    folder: DiskFolder
    images: tuple[SparseImage, ...]
    recovered: Recovered
    replicas: Replicas | None
    consolidation: Consolidation | None
    copies: tuple[ShippedCopy, ...] = ()


@contextmanager
def protected(wanted: Wanted, progress: Progress) -> Iterator[Protected]:
    """The group, until it is closed in good order; nobody may be connected to it by then."""
    names = wanted.names
    if not names:
        refuse_unnamed(wanted.images)
        names = _names(wanted)
        _refuse_other_journal(wanted, names)
    refuse_lost(wanted.images, wanted.journal)
    made = () if (wanted.journal / IDENTITY).exists() else wanted.replicas
    refuse_unusable(wanted.images, made, wanted.journal, create=wanted.create is not None)
    with ExitStack() as stack:
        volumes = [_opened(stack, place, wanted.create) for place in wanted.images]
        refuse_empty(wanted.images, volumes)
        folder = DiskFolder(wanted.journal, make=True)
        stack.callback(folder.close)
        stack.enter_context(WriterLock(wanted.journal))
        identity = _identity(folder, wanted, names, volumes)
        _refuse_other_sizes(identity, volumes)
        refuse_exchanged(folder, wanted.images, volumes)
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
    numbers = numbered_copies(wanted.copies, folder, identity)
    found, journal, recovered = open_concurrent(folder, volumes, copies=numbers, **_opening(wanted))
    remember_boot(wanted.journal)
    remember_sizes(folder, volumes, journal.end)
    group = Group(journal, identity.names, volumes)
    with ExitStack() as stack:
        copies = begun_copies(
            wanted.copies, zip(numbers, found, strict=True), group, folder, identity
        )
        for each in copies:
            stack.callback(each.stop)
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
        yield Protected(
            wanted=wanted,
            group=group,
            identity=identity,
            folder=folder,
            images=tuple(images),
            recovered=found.recovered,
            replicas=replicas_fed,
            consolidation=consolidation,
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
        )
    group.close()
    return group


def _first_replicas(
    stack: ExitStack, wanted: Wanted, volumes: Sequence[GroupVolume]
) -> list[GroupVolume]:
    """Those of a new journal, which are made where they are not there."""
    replicas = []
    for place, volume in zip(wanted.replicas, volumes, strict=True):
        replica = _opened(stack, place, volume.size())
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
    deadline = time.monotonic() + _REPLICA_WAIT_S
    while True:
        try:
            return [_opened(stack, place, None) for place in wanted.replicas]
        except CoreError as error:
            stack.close()
            is_there = all(isinstance(each, Uri) or each.exists() for each in wanted.replicas)
            if not is_there or time.monotonic() >= deadline:
                if wanted.needed:
                    raise
                _LOG.warning("history begins anew: %s", error.placed)
                return None
            time.sleep(_REPLICA_POLL_S)


def segment_bytes_of(journal_bytes: int) -> int:
    """The size of segments for a journal of that size: a power of two."""
    share = max(1, journal_bytes // SEGMENTS_WANTED)
    return max(SEGMENT_BYTES_MIN, min(SEGMENT_BYTES, 1 << share.bit_length() - 1))


def _names(wanted: Wanted) -> tuple[str, ...]:
    names = _names_kept(wanted) or tuple(map(export_name, wanted.images))
    for name in names:
        if names.count(name) > 1:
            raise CoreError(
                f"two images would be exported as {name}",
                hint="an export has the name of its file without the suffix: rename one",
            )
    refuse_copies(wanted.copies)
    if wanted.copies and wanted.replicas:
        raise CoreError(
            "history is kept of a replica here, or of a copy at another site",
            hint="give either --replica or --copy",
        )
    if wanted.replicas and len(wanted.replicas) != len(wanted.images):
        raise CoreError(
            f"{count_text(len(wanted.images), 'image')} and "
            f"{count_text(len(wanted.replicas), 'replica')}",
            hint="give a --replica for each image, in the same order",
        )
    places = [recorded(each) for each in (*wanted.images, *wanted.replicas)]
    for each in places:
        if places.count(each) > 1:
            raise CoreError(
                "this is given twice", where=each, hint="a replica is an image of its own"
            )
    if wanted.when_full is not None and not wanted.replicas:
        raise CoreError(
            "--when-full is about replicas, and there are none",
            hint="without --replica the oldest points go when the journal is full",
        )
    if wanted.retention.size < JOURNAL_BYTES_MIN:
        raise CoreError(
            f"a journal of {size_text(wanted.retention.size)} is too small",
            hint=f"give it at least {size_text(JOURNAL_BYTES_MIN)}",
        )
    return names


def _names_kept(wanted: Wanted) -> tuple[str, ...]:
    """What the journal calls these images, if it is theirs: one that was a copy has other names."""
    if not (wanted.journal / IDENTITY).exists():
        return ()
    with closing(DiskFolder(wanted.journal)) as folder:
        identity = read_identity(folder, where=str(wanted.journal))
    is_theirs = [each.path for each in identity.volumes] == [*map(recorded, wanted.images)]
    return identity.names if is_theirs else ()


def _opened(stack: ExitStack, place: Place, create: int | None) -> GroupVolume:
    volume = open_volume(place, create)
    stack.callback(volume.close)
    return volume


def _refuse_other_journal(wanted: Wanted, names: Sequence[str]) -> None:
    """Nothing is made where the journal that is there is of other images."""
    if not (wanted.journal / IDENTITY).exists():
        if (wanted.journal / REJOINING).exists():
            raise CoreError(
                "these images are to be a copy: another site has taken over",
                where=str(wanted.journal),
                hint="serve them with `isthmus receive`",
            )
        return
    where = str(wanted.journal)
    folder = DiskFolder(wanted.journal)
    try:
        identity = read_identity(folder, where=where)
        is_same = is_continued(wanted.copies, folder, identity)
    finally:
        folder.close()
    replicas = [""] * len(wanted.images) if is_same else _recorded_replicas(wanted)
    paths = [recorded(place) for place in wanted.images]
    kept = [(each.name, each.path, each.replica) for each in identity.volumes]
    asked = [(name, path, "" if is_same else to) for name, path, to in kept]
    if asked != list(zip(names, paths, replicas, strict=True)):
        told = ", ".join(f"{path} with replica {to}" if to else path for _, path, to in kept)
        raise CoreError(
            f"this is the journal of {told}",
            where=where,
            hint="protect these, in this order, or name another folder",
        )


def _recorded_replicas(wanted: Wanted) -> list[str]:
    """How a journal remembers where history of each volume is kept; empty where it is its own."""
    if wanted.copies:
        return [wanted.copies[0].place.recorded] * len(wanted.images)
    return [*map(recorded, wanted.replicas)] or [""] * len(wanted.images)


def _identity(
    folder: DiskFolder, wanted: Wanted, names: Sequence[str], volumes: Sequence[GroupVolume]
) -> Identity:
    """That of the journal, which has to be of these images; a new one where there is none."""
    where = str(wanted.journal)
    replicas = _recorded_replicas(wanted)
    paths = [*map(recorded, wanted.images)]
    if IDENTITY not in folder.names():
        members = tuple(
            Member(name=name, path=path, size=volume.size(), replica=replica)
            for name, path, volume, replica in zip(names, paths, volumes, replicas, strict=True)
        )
        identity = Identity(
            group=secrets.token_bytes(16),
            volumes=members,
            segment_bytes=segment_bytes_of(wanted.retention.size),
        )
        write_identity(folder, identity)
        return identity
    identity = read_identity(folder, where=where)
    if wanted.retention.size < SEGMENTS_MIN * file_bytes(identity.segment_bytes):
        least = size_text(SEGMENTS_MIN * file_bytes(identity.segment_bytes))
        raise CoreError(
            f"its segments need a journal of {least} at least",
            where=where,
            hint=f"--journal-size {least}",
        )
    return identity


def _refuse_other_sizes(identity: Identity, volumes: Sequence[GroupVolume]) -> None:
    """What cannot be resized has the size that it had when its journal began."""
    for member, volume in zip(identity.volumes, volumes, strict=True):
        if not volume.is_resizable and volume.size() != member.size:
            raise CoreError(
                f"this has {volume.size()} bytes, and had {member.size} when its journal began",
                where=member.path,
                hint="give it back its size, or protect it with a new journal",
            )
