"""Opening a journal whose image is a replica, and what a crash left of it.

After a crash the replica is where the distributor left it, and the streams make every point of it.
Production may lack what was not durable, and may hold what came after the journal's end: it is
given what it held at the end in every region that the open epoch had marked, and wherever it wrote:
of its last writes the marks may be missing.

The replica may hold what came after the journal's end, too, if it was fed so quickly that a loss of
power took the writes from the DO stream alone. No write of the journal would put that right. So the
blocks that the open epoch captured are given their pre-images, and the distributor begins the epoch
again.

While there are no pre-images the replica is of no use for that, nor where it is gone. Then
production is given the writes of the open epoch again, and keeps what came after the journal's end,
which hosts were never told of as durable. Regions that the replica may lack are marked
(`giving_up.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from core.machine.journal.access import recover_access
from core.machine.journal.recovery import (
    Recovered,
    give,
    make_durable,
    seal_stream,
    seal_undo,
    shelf_of,
)
from core.machine.journal.replicated import Production, half
from core.machine.journal.shelf import Retention
from core.machine.journal.sizing import refuse_other_replicas, refuse_other_sizes
from core.machine.journal.touched import touched_runs
from core.machine.journal.writer import Volume
from core.stream.history import History
from core.stream.part import Part
from core.stream.payloads import read_at
from core.stream.phases import Event, State, after
from core.stream.point import PointIndex
from core.stream.standing import read_standing
from core.stream.touched import touched
from core.structure.medium import Folder
from core.structure.painting import paint
from core.wire.record import Kind
from core.wire.segment import Stream

_COPY_BYTES: Final = 1 << 20


def open_production(
    folder: Folder,
    volumes: Sequence[Volume],
    replicas: Sequence[Volume] | None,
    *,
    where: str,
    clock: Callable[[], int],
    retention: Retention,
) -> Production:
    """The journal in a folder, recovered if it has to be, in a new epoch; nobody may feed yet.

    `replicas` are None where they cannot be had: then somebody may still feed them.
    """
    history = History(folder, where=where)
    history.refuse_lost_end()
    if replicas is not None:
        recover_access(history, replicas)
    make_durable(history)
    standing = read_standing(folder, where=where)
    assert standing is not None
    refuse_other_sizes(history, volumes, standing)
    if replicas is not None:
        epoch = epoch_after(history, standing.applied)
        first = epoch.head.first if epoch else standing.applied + 1
        refuse_other_replicas(history, replicas, standing, first)
    if standing.state is State.MARKING:
        write_back(folder, volumes)
    # While production is marked, only a journal that was not taken up again has left something.
    is_clean = history.unsealed is None or standing.state is State.MARKING
    rewritten = 0
    event = None if is_clean else Event.CRASHED
    if replicas is None:
        event = Event.GONE
    else:
        seal_undo(folder, history)
    if history.unsealed is not None and standing.state is not State.MARKING:
        if replicas is not None and standing.state is State.DISTRIBUTING:
            try:
                rewritten = _recovered(folder, history, volumes, replicas, standing.applied)
            except OSError:
                event = Event.GONE
        if event is Event.GONE:
            write_back(folder, volumes)
        if event is Event.GONE or standing.state is not State.DISTRIBUTING:
            rewritten = write_again(history, volumes)
    shelf = shelf_of(folder, history, half(retention), (Stream.DO,))
    production = Production(folder, volumes, history, shelf, clock=clock)
    production.recovered = Recovered(end=history.end, clean=is_clean, bytes_rewritten=rewritten)
    if event and (event is Event.GONE or after(standing.state, event) is not standing.state):
        production.give_up(history, event)
    # Not before: what is sealed is taken for something that came to its end.
    seal_stream(folder, history.do)
    production.begin()
    history.close()
    return production


def epoch_after(history: History, applied: int) -> Part | None:
    """The epoch of the first write that the replicas may not have."""
    return next((part for part in reversed(history.do) if part.head.first <= applied + 1), None)


def _recovered(
    folder: Folder,
    history: History,
    volumes: Sequence[Volume],
    replicas: Sequence[Volume],
    applied: int,
) -> int:
    """Bring production to the journal's end, and replicas to where the streams begin."""
    rewritten = _bring_production_to_end(folder, history, volumes, replicas)
    part = epoch_after(history, applied)
    if part is not None and part is history.unsealed:
        take_back(history, replicas, part)
    return rewritten


def write_again(history: History, volumes: Sequence[Volume], *, since: int | None = None) -> int:
    """Carry out the writes of the open epoch once more, or `since` one; all before is durable.

    A volume may have a later size already. What was written beyond that was cut off afterwards, and
    would give a file a size that no resize did.
    """
    written = 0
    payloads = history.payloads(Stream.DO)
    first = history.do[-1].head.first if since is None else since
    sizes = [volume.size() for volume in volumes]
    for record in history.written(since=first, until=history.end):
        number, place = int(record["volume"]), int(record["position"])
        volume, offset, length = volumes[number], int(record["offset"]), int(record["length"])
        if record["kind"] == Kind.RESIZE:
            volume.resize(length)
            sizes[number] = length
            continue
        length = min(length, sizes[number] - offset)
        if length <= 0:
            continue
        if record["kind"] == Kind.WRITE:
            volume.write(read_at(payloads, place, length), offset)
            written += length
        else:
            volume.zero(offset, length)
    for volume in volumes:
        volume.sync()
    return written


def write_back(folder: Folder, volumes: Sequence[Volume]) -> None:
    """Make durable what hosts wrote while the journal took nothing, or what volumes were given.

    A sync that failed before would have later ones succeed without it: one of hosts' writes, or of
    a recovery that did not come to its end. What the journal's last epoch wrote may be marked, too,
    which is durable: that is the same once more.
    """
    for number, volume in enumerate(volumes):
        for start, length in touched_runs(folder, number):
            stop = min(start + length, volume.size())
            for at in range(start, stop, _COPY_BYTES):
                piece = bytearray(min(_COPY_BYTES, stop - at))
                volume.read_into(piece, at)
                volume.write(piece, at)
        volume.sync()


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
        rewritten += give(volume, index, replica, runs)
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


def take_back(history: History, replicas: Sequence[Volume], epoch: Part) -> None:
    """Give replicas what they held when an epoch began, wherever that was captured."""
    point = epoch.head.first - 1
    for number, replica in enumerate(replicas):
        index = PointIndex(history, volume=number, point=point, image_size=replica.size())
        if replica.size() != index.size:
            replica.resize(index.size)
        give(replica, index, replica, index.runs())
        replica.sync()
