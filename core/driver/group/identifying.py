"""Of what images a journal is, and that those which are to be protected are these."""

import secrets
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from core.driver.backend.place import export_name, recorded
from core.driver.folder import DiskFolder
from core.driver.group.copies import is_continued, refuse_copies
from core.driver.group.given import refuse_unnamed
from core.driver.group.volume import GroupVolume
from core.driver.group.wanted import Wanted
from core.errors import CoreError
from core.machine.journal.shelf import SEGMENTS_MIN
from core.stream.identity import (
    LINK,
    NOWHERE,
    SEGMENT_BYTES,
    Identity,
    Member,
    read_identity,
    write_identity,
)
from core.stream.names import IDENTITY
from core.stream.rejoining import REJOINING
from core.stream.segment import file_bytes
from core.stream.taken import TAKEN
from core.units import count_text, size_text

SEGMENT_BYTES_MIN: Final = 1 << 20
SEGMENTS_WANTED: Final = 32
JOURNAL_BYTES_MIN: Final = SEGMENTS_MIN * file_bytes(SEGMENT_BYTES_MIN)


def names_of(wanted: Wanted) -> tuple[str, ...]:
    """What the volumes are called; raises CoreError where the journal is of other images."""
    if wanted.names:
        return wanted.names
    refuse_unnamed(wanted.images)
    names = _names(wanted)
    _refuse_other_journal(wanted, names)
    return names


def is_behind(journal: Path) -> bool:
    """Was it that of a copy which was taken over, and whose images may lack something?"""
    if not (journal / IDENTITY).exists():
        return False
    with closing(DiskFolder(journal)) as folder:
        return _is_taken(journal, read_identity(folder, where=str(journal)))


def _is_taken(journal: Path, identity: Identity) -> bool:
    return identity.is_copy and (journal / TAKEN).exists()


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
    is_taken = _is_taken(wanted.journal, identity)
    paths = [each.replica if is_taken else each.path for each in identity.volumes]
    is_theirs = paths == [*map(recorded, wanted.images)]
    return identity.names if is_theirs else ()


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
    kept = [(each.name, each.path, each.replica) for each in identity.volumes]
    if _is_taken(wanted.journal, identity):
        kept = [(each.name, each.replica, "") for each in identity.volumes]
        is_same = bool(wanted.copies)
    replicas = [""] * len(wanted.images) if is_same else _recorded_replicas(wanted)
    paths = [recorded(place) for place in wanted.images]
    asked = [(name, path, "" if is_same else to) for name, path, to in kept]
    if asked != list(zip(names, paths, replicas, strict=True)):
        told = ", ".join(f"{path}{_kept_by(to)}" for _, path, to in kept)
        raise CoreError(
            f"this is the journal of {told}",
            where=where,
            hint="protect these, in this order, or name another folder",
        )


def _kept_by(replica: str) -> str:
    """Where history is kept of an image, in words."""
    if replica == NOWHERE or not replica:
        return ""
    if replica.startswith(LINK):
        return f" with a copy at {replica.removeprefix(LINK)} (--copy)"
    return f" with replica {replica}"


def _recorded_replicas(wanted: Wanted) -> list[str]:
    """How a journal remembers where history of each volume is kept; empty where it is its own."""
    if wanted.copies:
        return [wanted.copies[0].place.recorded] * len(wanted.images)
    return [*map(recorded, wanted.replicas)] or [""] * len(wanted.images)


def identity_of(
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


def refuse_fixed_sizes(identity: Identity, volumes: Sequence[GroupVolume]) -> None:
    """What cannot be resized has the size that it had when its journal began."""
    for member, volume in zip(identity.volumes, volumes, strict=True):
        if not volume.is_resizable and volume.size() != member.size:
            raise CoreError(
                f"this has {volume.size()} bytes, and had {member.size} when its journal began",
                where=member.path,
                hint="give it back its size, or protect it with a new journal",
            )
