"""Opening a journal whose image is a replica, fed from the DO stream by somebody else.

Production has the DO stream, and whoever feeds the replica the UNDO stream, each with half of the
budget. They need not be one process.

After a crash the replica is where the distributor left it, and the streams make every point of it.
Production may lack what was not durable, and may hold what came after the journal's end: it is
given what it held at the end in every region that the open epoch had marked.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import xxhash

from core.machine.journal.recovery import Recovered, last_time, make_durable, seal_all
from core.machine.journal.shelf import Retention, Shelf
from core.machine.journal.touched import Touched, touched_runs
from core.machine.journal.undo import UndoStream
from core.machine.journal.writer import Journal, Volume
from core.stream.history import History
from core.stream.part import Part
from core.stream.point import PointIndex
from core.structure.medium import Folder, Image
from core.wire.segment import Stream

_NAME: Final = "distributed"
_POSITION: Final = struct.Struct("<QQ")
_COPY_BYTES: Final = 1 << 20


class Production(NamedTuple):
    """A journal of production; `keep` says from which write on the replicas still need it."""

    journal: Journal
    keep: Callable[[int], None]
    recovered: Recovered


class Feeding(NamedTuple):
    """What a distributor begins with.

    `applied` is the last write that the replicas have for sure; `record` writes down that it moved
    on, after which what lies before may go.
    """

    undo: UndoStream
    applied: int
    record: Callable[[int], None]


def is_initialised(folder: Folder) -> bool:
    """Were the replicas made equal to production once?"""
    return _NAME in folder.names()


def record_applied(folder: Folder, applied: int) -> None:
    """Write down how far the replicas are durable."""
    draft = f"{_NAME}.new"
    if draft in folder.names():
        folder.remove(draft)
    file = folder.create(draft, _POSITION.size)
    packed = applied.to_bytes(8, "little")
    file.write((_POSITION.pack(applied, xxhash.xxh3_64_intdigest(packed)),), 0)
    file.sync()
    file.close()
    folder.rename(draft, _NAME)
    folder.sync()


def open_production(
    folder: Folder,
    volumes: Sequence[Volume],
    replicas: Sequence[Image],
    *,
    where: str,
    clock: Callable[[], int],
    retention: Retention,
) -> Production:
    """The journal in a folder, recovered if it has to be, in a new epoch; nobody may feed yet."""
    history = History(folder, where=where)
    history.refuse_lost_end()
    identity, end = history.identity, history.end
    make_durable(history)
    clean, rewritten = history.unsealed is None, 0
    if not clean:
        rewritten = _bring_production_to_end(folder, history, volumes, replicas)
    seal_all(folder, history)
    shelf = Shelf(
        folder,
        group=identity.group,
        segment_bytes=identity.segment_bytes,
        retention=half(retention),
        heads=[part.head for part in history.every],
        streams=(Stream.DO,),
    )
    shelf.keep("distribution", _applied(folder) + 1)
    journal = Journal(
        shelf,
        Touched(folder, [volume.size() for volume in volumes]),
        identity,
        volumes,
        clock=clock,
        first=end + 1,
        time_ns=last_time(history),
    )
    history.close()
    return Production(
        journal,
        lambda first: shelf.keep("distribution", first),
        Recovered(end=end, clean=clean, bytes_rewritten=rewritten),
    )


def open_feeding(folder: Folder, history: History, *, retention: Retention) -> Feeding:
    """The UNDO stream of replicas, in the epoch of the first write that they may not have."""
    identity = history.identity
    shelf = Shelf(
        folder,
        group=identity.group,
        segment_bytes=identity.segment_bytes,
        retention=half(retention),
        heads=[part.head for part in history.every],
        streams=(Stream.UNDO,),
    )
    applied = _applied(folder)
    part = _epoch_after(history, applied)
    first = part.head.first if part else history.end + 1
    shelf.keep("distribution", first)
    undo = UndoStream(
        shelf, segment_bytes=identity.segment_bytes, first=first, time_ns=last_time(history)
    )
    for record in history.overwritten(since=first):
        undo.claim(int(record["volume"]))(int(record["offset"]), int(record["length"]))

    def move_on(applied: int) -> None:
        record_applied(folder, applied)
        shelf.keep("distribution", applied + 1)
        shelf.trim(history.first + 1)

    return Feeding(undo, applied, move_on)


def half(retention: Retention) -> Retention:
    """What each of two streams may take."""
    return retention._replace(size=retention.size // 2)


def _applied(folder: Folder) -> int:
    file = folder.open(_NAME, writable=False)
    data = bytearray(_POSITION.size)
    file.read_into(data, 0)
    file.close()
    applied, digest = _POSITION.unpack(data)
    assert digest == xxhash.xxh3_64_intdigest(int(applied).to_bytes(8, "little"))
    return int(applied)


def _epoch_after(history: History, applied: int) -> Part | None:
    """The epoch of the first write that the replicas may not have."""
    return next((part for part in reversed(history.do) if part.head.first <= applied + 1), None)


def _bring_production_to_end(
    folder: Folder, history: History, volumes: Sequence[Volume], replicas: Sequence[Image]
) -> int:
    """Give production what it held at the journal's end, where that may be lost."""
    rewritten = 0
    for number, (volume, replica) in enumerate(zip(volumes, replicas, strict=True)):
        index = PointIndex(history, volume=number, point=history.end, image_size=replica.size())
        if volume.size() != index.size:
            volume.resize(index.size)
        for start, length in touched_runs(folder, number):
            stop = min(start + length, index.size)
            for at in range(start, stop, _COPY_BYTES):
                piece = bytearray(min(_COPY_BYTES, stop - at))
                index.read_into(piece, at, replica)
                volume.write(piece, at)
                rewritten += len(piece)
        volume.sync()
    return rewritten
