"""Opening a journal whose image is a replica, fed from the DO stream by somebody else.

Production has the DO stream, and whoever feeds the replica the UNDO stream, each with half of the
budget, but for the share of accesses (`access.py`). They need not be one process.

After a crash the replica is where the distributor left it, and the streams make every point of it.
Production may lack what was not durable, and may hold what came after the journal's end: it is
given what it held at the end in every region that the open epoch had marked, and wherever it wrote:
of its last writes the marks may be missing.

The replica may hold what came after the journal's end, too, if it was fed so quickly that a loss of
power took the writes from the DO stream alone. No write of the journal would put that right. So the
blocks that the open epoch captured are given their pre-images, and the distributor begins the epoch
again.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import xxhash

from core.machine.journal.access import SHARE, recover_access
from core.machine.journal.recovery import (
    Recovered,
    last_time,
    make_durable,
    seal_stream,
    shelf_of,
)
from core.machine.journal.shelf import Retention
from core.machine.journal.touched import Touched, touched_runs
from core.machine.journal.undo import UndoStream
from core.machine.journal.writer import Journal, Volume
from core.stream.history import History
from core.stream.identity import NotAJournalError
from core.stream.part import Part
from core.stream.point import PointIndex
from core.stream.touched import touched
from core.structure.medium import Folder
from core.structure.painting import paint
from core.wire.record import Kind
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
    replicas: Sequence[Volume],
    *,
    where: str,
    clock: Callable[[], int],
    retention: Retention,
) -> Production:
    """The journal in a folder, recovered if it has to be, in a new epoch; nobody may feed yet."""
    history = History(folder, where=where)
    history.refuse_lost_end()
    recover_access(history, replicas)
    identity, end = history.identity, history.end
    make_durable(history)
    seal_stream(folder, history.undo)
    applied = _applied(folder, where=where)
    clean, rewritten = history.unsealed is None, 0
    if history.unsealed is not None:
        rewritten = _bring_production_to_end(folder, history, volumes, replicas)
        part = _epoch_after(history, applied)
        if part is history.unsealed:
            _take_back(history, replicas, part)
    seal_stream(folder, history.do)
    shelf = shelf_of(folder, history, half(retention), (Stream.DO,))
    shelf.keep("distribution", applied + 1)
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
    shelf = shelf_of(folder, history, half(retention), (Stream.UNDO,))
    applied = _applied(folder, where=history.where)
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
    """What each of two streams may take of what an access to the replicas leaves."""
    return retention._replace(size=(retention.size - retention.size // SHARE) // 2)


def _applied(folder: Folder, *, where: str) -> int:
    file = folder.open(_NAME, writable=False)
    data = bytearray(_POSITION.size)
    try:
        is_whole = file.size() == len(data)
        if is_whole:
            file.read_into(data, 0)
    finally:
        file.close()
    applied, digest = _POSITION.unpack(data)
    if not is_whole or digest != xxhash.xxh3_64_intdigest(int(applied).to_bytes(8, "little")):
        raise NotAJournalError(
            "damaged: how far the replicas are is not known",
            where=f"{where}/{_NAME}",
            hint="nothing was changed; begin a new journal",
        )
    return int(applied)


def _epoch_after(history: History, applied: int) -> Part | None:
    """The epoch of the first write that the replicas may not have."""
    return next((part for part in reversed(history.do) if part.head.first <= applied + 1), None)


def _bring_production_to_end(
    folder: Folder, history: History, volumes: Sequence[Volume], replicas: Sequence[Volume]
) -> int:
    """Give production what it held at the journal's end, where that may be lost."""
    rewritten = 0
    for number, (volume, replica) in enumerate(zip(volumes, replicas, strict=True)):
        index = PointIndex(history, volume=number, point=history.end, image_size=replica.size())
        if volume.size() != index.size:
            volume.resize(index.size)
        runs = _doubtful(folder, history, number)
        rewritten += _give(volume, index, replica, runs)
        volume.sync()
    return rewritten


def _doubtful(folder: Folder, history: History, number: int) -> Iterator[tuple[int, int]]:
    """What of production may be other than at the journal's end, as (offset, length)."""
    written = history.do[-1].records
    written = written[(written["kind"] != Kind.NOTE) & (written["volume"] == number)]
    begin, end = touched(written)
    marked = np.array(touched_runs(folder, number), np.int64).reshape(-1, 2)
    runs = paint(np.concatenate((marked[:, 0], begin)), np.concatenate((marked[:, 1], end - begin)))
    return zip(runs.start.tolist(), runs.length.tolist(), strict=True)


def _give(volume: Volume, index: PointIndex, image: Volume, runs: Iterable[tuple[int, int]]) -> int:
    """Write what an index over an image says; returns how many bytes."""
    written = 0
    for start, length in runs:
        stop = min(start + length, index.size)
        for at in range(start, stop, _COPY_BYTES):
            piece = bytearray(min(_COPY_BYTES, stop - at))
            index.read_into(piece, at, image)
            volume.write(piece, at)
            written += len(piece)
    return written


def _take_back(history: History, replicas: Sequence[Volume], epoch: Part) -> None:
    """Give replicas what they held when an epoch began, wherever that was captured."""
    point = epoch.head.first - 1
    for number, replica in enumerate(replicas):
        index = PointIndex(history, volume=number, point=point, image_size=replica.size())
        if replica.size() != index.size:
            replica.resize(index.size)
        _give(replica, index, replica, index.runs())
        replica.sync()
