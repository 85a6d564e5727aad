"""From images and a folder to a group that can be served."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.driver.backend.place import Place, export_name, recorded
from core.driver.folder import DiskFolder
from core.driver.group.consolidation import Consolidation
from core.driver.group.feed import Feed
from core.driver.group.group import Group
from core.driver.group.sparing import Sparing
from core.driver.group.volume import GroupVolume, open_volume
from core.driver.image import open_image
from core.driver.lock import WriterLock
from core.errors import CoreError
from core.machine.journal.recovery import Recovered, open_journal
from core.machine.journal.replicated import is_initialised, open_production, record_applied
from core.machine.journal.shelf import SEGMENTS_MIN, Retention
from core.stream.identity import SEGMENT_BYTES, Identity, Member, read_identity, write_identity
from core.stream.names import IDENTITY
from core.stream.segment import file_bytes
from core.structure.medium import SparseImage
from core.units import size_text

SEGMENT_BYTES_MIN: Final = 1 << 20
SEGMENTS_WANTED: Final = 32
JOURNAL_BYTES_MIN: Final = SEGMENTS_MIN * file_bytes(SEGMENT_BYTES_MIN)

_STOP_S: Final = 30.0
_COPY_BYTES: Final = 1 << 20

Progress = Callable[[str, int, int], None]
"""Called with what is done, bytes done so far, and bytes in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be protected; `create` is the size of images that are not there yet.

    `replicas` are as many as `images`, or none: then history is kept of the images themselves.
    """

    images: tuple[Place, ...]
    journal: Path
    replicas: tuple[Place, ...] = ()
    retention: Retention
    create: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A group that is open. `images` are what its history is of."""

    group: Group
    identity: Identity
    folder: DiskFolder
    images: tuple[SparseImage, ...]
    recovered: Recovered
    feed: Feed | None
    consolidation: Consolidation


@contextmanager
def protected(wanted: Wanted, progress: Progress) -> Iterator[Protected]:
    """The group, until it is closed in good order; nobody may be connected to it by then."""
    names = _names(wanted)
    with ExitStack() as stack:
        volumes = [_opened(stack, place, wanted.create) for place in wanted.images]
        folder = DiskFolder(wanted.journal, make=True)
        stack.callback(folder.close)
        stack.enter_context(WriterLock(wanted.journal))
        identity = _identity(folder, wanted, names, volumes)
        _refuse_other_sizes(identity, volumes)
        if wanted.replicas:
            yield from _replicated(wanted, folder, identity, volumes, progress)
        else:
            yield from _local(wanted, folder, identity, volumes)


def _local(
    wanted: Wanted, folder: DiskFolder, identity: Identity, volumes: Sequence[GroupVolume]
) -> Iterator[Protected]:
    where = str(wanted.journal)
    journal, recovered = open_journal(
        folder, volumes, where=where, clock=time.time_ns, retention=wanted.retention
    )
    group = Group(journal, identity.names, volumes)
    sparing = Sparing(journal.shelf, group.lock)
    consolidation = Consolidation(group, folder)
    try:
        yield Protected(
            group=group,
            identity=identity,
            folder=folder,
            images=tuple(volumes),
            recovered=recovered,
            feed=None,
            consolidation=consolidation,
        )
    finally:
        sparing.stop()
        consolidation.stop()
    group.close()


def _replicated(
    wanted: Wanted,
    folder: DiskFolder,
    identity: Identity,
    volumes: Sequence[GroupVolume],
    progress: Progress,
) -> Iterator[Protected]:
    where = str(wanted.journal)
    with ExitStack() as stack:
        replicas = [
            _opened(stack, place, volume.size())
            for place, volume in zip(wanted.replicas, volumes, strict=True)
        ]
        if not is_initialised(folder):
            for name, volume, replica in zip(identity.names, volumes, replicas, strict=True):
                _copy(name, volume, replica, progress)
            record_applied(folder, 0)
        found = open_production(
            folder, volumes, replicas, where=where, clock=time.time_ns, retention=wanted.retention
        )
    with ExitStack() as stack:
        images = [open_image(place) for place in wanted.replicas]
        for image in images:
            stack.callback(image.close)
        group = Group(found.journal, identity.names, volumes, replicas)

        def moved(applied: int) -> None:
            with group.lock:
                found.keep(applied + 1)
            group.made_room()

        consolidation = Consolidation(group, folder)
        feed = Feed(wanted.journal, wanted.retention.size, applied=0, moved=moved)
        sparing = Sparing(found.journal.shelf, group.lock)
        try:
            yield Protected(
                group=group,
                identity=identity,
                folder=folder,
                images=tuple(images),
                recovered=found.recovered,
                feed=feed,
                consolidation=consolidation,
            )
        finally:
            sparing.stop()
            consolidation.stop()
            feed.stop(within_s=_STOP_S)
        group.close()


def segment_bytes_of(journal_bytes: int) -> int:
    """The size of segments for a journal of that size: a power of two."""
    share = max(1, journal_bytes // SEGMENTS_WANTED)
    return max(SEGMENT_BYTES_MIN, min(SEGMENT_BYTES, 1 << share.bit_length() - 1))


def _names(wanted: Wanted) -> tuple[str, ...]:
    names = tuple(map(export_name, wanted.images))
    for name in names:
        if names.count(name) > 1:
            raise CoreError(
                f"two images would be exported as {name}",
                hint="an export has the name of its file without the suffix: rename one",
            )
    if wanted.replicas and len(wanted.replicas) != len(wanted.images):
        raise CoreError(
            f"{len(wanted.images)} images and {len(wanted.replicas)} replicas",
            hint="give a --replica for each image, in the same order",
        )
    if wanted.retention.size < JOURNAL_BYTES_MIN:
        raise CoreError(
            f"a journal of {size_text(wanted.retention.size)} is too small",
            hint=f"give it at least {size_text(JOURNAL_BYTES_MIN)}",
        )
    return names


def _opened(stack: ExitStack, place: Place, create: int | None) -> GroupVolume:
    volume = open_volume(place, create)
    stack.callback(volume.close)
    return volume


def _identity(
    folder: DiskFolder, wanted: Wanted, names: Sequence[str], volumes: Sequence[GroupVolume]
) -> Identity:
    """That of the journal, which has to be of these images; a new one where there is none."""
    where = str(wanted.journal)
    replicas = [*map(recorded, wanted.replicas)] or [""] * len(names)
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
    kept = [(each.name, each.path, each.replica) for each in identity.volumes]
    if kept != list(zip(names, paths, replicas, strict=True)):
        told = ", ".join(f"{path} with replica {to}" if to else path for _, path, to in kept)
        raise CoreError(
            f"this is the journal of {told}",
            where=where,
            hint="protect these, in this order, or name another folder",
        )
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


def _copy(name: str, volume: GroupVolume, replica: GroupVolume, progress: Progress) -> None:
    """Make a replica hold what a volume does."""
    size = volume.size()
    if replica.size() != size:
        if not replica.is_resizable:
            raise CoreError(
                f"the replica of {name} has {replica.size()} bytes, and the image {size}",
                hint="give it that size",
            )
        replica.resize(size)
    replica.clear()
    for offset, length in volume.data(0, size):
        for at in range(offset, offset + length, _COPY_BYTES):
            piece = bytearray(min(_COPY_BYTES, offset + length - at))
            volume.read_into(piece, at)
            replica.write(piece, at)
            progress(name, at + len(piece), size)
    replica.sync()
