"""From what a crash left to a journal that can be written, and volumes that agree with its end.

The last DO segment was sealed, and nothing is to be done, or it was not: then its whole chunks are
what happened. A volume may lack some of that, where it was not durable, and may hold some of what
came after, where only the volume's part was. Both are in blocks that the open epoch captured or
wrote, and each of these is given what it held at the journal's end. That can be done any number of
times, so a crash meanwhile costs nothing.

A chunk whose pre-images did not become durable has not touched its volume: they are captured before
anything else.

A new epoch begins in any case. Behind the last whole chunk of the old one there may be others,
whole but cut off by one that is torn, and nothing may ever be appended between them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from core.machine.journal.shelf import Retention, Shelf
from core.machine.journal.sizing import refuse_other_sizes
from core.machine.journal.undo import UndoStream
from core.machine.journal.writer import Journal, Volume
from core.stream.history import History
from core.stream.names import place_of
from core.stream.noted import noted
from core.stream.part import Part, written_bytes
from core.stream.point import PointIndex
from core.stream.segment import Sealed, seal_again
from core.structure.medium import Folder
from core.wire.note import Gap
from core.wire.record import Kind
from core.wire.segment import HEAD_BYTES, Stream

_COPY_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What was found: the latest point, and how many bytes of volumes were given their value."""

    end: int
    clean: bool
    bytes_rewritten: int


def open_journal(
    folder: Folder,
    volumes: Sequence[Volume],
    *,
    where: str,
    clock: Callable[[], int],
    retention: Retention,
    had: Sequence[int] = (),
) -> tuple[Journal, Recovered]:
    """The journal in a folder, recovered if it has to be, in a new epoch.

    Each copy at another site `had` all up to a write.
    """
    history = History(folder, where=where)
    history.refuse_lost_end()
    refuse_other_sizes(history, volumes)
    identity = history.identity
    end = history.end
    make_durable(history)
    seal_undo(folder, history)
    shelf = shelf_of(folder, history, retention)
    _go_on_trimming(folder, shelf)
    keep_lacking(shelf, had)
    clean, rewritten = history.unsealed is None, 0
    if history.unsealed is not None:
        open_epoch = history.unsealed.head
        # However much it wrote, what it lacks has to be kept: there is no other way to open it.
        shelf.keep("recovery", open_epoch.first, beyond=True)
        stream = UndoStream(
            shelf,
            segment_bytes=identity.segment_bytes,
            first=open_epoch.first,
            time_ns=open_epoch.time_ns,
        )
        _capture_missing(history, stream, volumes, open_epoch.first)
        stream.seal()
        history.close()
        history = History(folder, where=where)
        rewritten = _bring_to_end(history, volumes)
        shelf.keep("recovery", None)
    seal_stream(folder, history.do)
    time_ns = last_time(history)
    keeper = UndoStream(shelf, segment_bytes=identity.segment_bytes, first=end + 1, time_ns=time_ns)
    journal = Journal(shelf, keeper, identity, volumes, clock=clock, first=end + 1, time_ns=time_ns)
    history.close()
    return journal, Recovered(end=end, clean=clean, bytes_rewritten=rewritten)


def make_durable(history: History) -> None:
    """What is read may be in memory alone, where a process was killed and the power stayed on.

    It is written again: after a sync that failed the system takes for durable what is not.
    """
    for part in (*history.undo, *history.do):
        if not part.sealed and part.file is not None:
            file = history.folder.open(place_of(part.head).data, writable=True)
            end = written_bytes(part)
            for at in range(HEAD_BYTES, end, _COPY_BYTES):
                stop = min(at + _COPY_BYTES, end)
                file.write((bytes(part.data[at:stop]),), at)
            file.sync()
            file.close()


def shelf_of(
    folder: Folder,
    history: History,
    retention: Retention,
    streams: Sequence[Stream] = (Stream.DO, Stream.UNDO),
) -> Shelf:
    """The shelf of a journal whose UNDO stream is sealed."""
    identity = history.identity
    shelf = Shelf(
        folder,
        group=identity.group,
        segment_bytes=identity.segment_bytes,
        retention=retention,
        heads=[part.head for part in history.every],
        streams=streams,
    )
    if Stream.DO in streams:
        told = [each.note for each in noted(history) if isinstance(each.note, Gap)]
        shelf.told = told[-1] if told else None
    if Stream.UNDO in streams and history.undo:
        shelf.sealed = Sealed(history.undo[-1].head, len(history.undo[-1].records))
    return shelf


def keep_lacking(shelf: Shelf, had: Sequence[int]) -> None:
    """Nothing goes that a copy lacks which had all up to a write, unless some of that has gone."""
    heads = shelf.heads(Stream.DO)
    found = [each for each in had if heads and heads[0].first <= each + 1]
    shelf.keep("distribution", min(found, default=None))


def _go_on_trimming(folder: Folder, shelf: Shelf) -> None:
    """Let the pre-images go that were about to when the journal was left.

    The oldest has lost its records' file by that, and where it was folded that is not made again.
    """
    done, undone = shelf.heads(Stream.DO), shelf.heads(Stream.UNDO)
    if done and undone and place_of(undone[0]).meta not in folder.names():
        shelf.trim(done[0].first)


def _capture_missing(
    history: History, stream: UndoStream, volumes: Sequence[Volume], first: int
) -> None:
    """Pre-images of the blocks that the open epoch wrote without having captured them."""
    for record in history.overwritten(since=first):
        stream.claim(int(record["volume"]))(int(record["offset"]), int(record["length"]))
    for record in history.written(since=first, until=history.end):
        offset, length = int(record["offset"]), int(record["length"])
        if record["kind"] == Kind.RESIZE:
            offset, length = length, offset - length
        number = int(record["volume"])
        if length > 0 and (claimed := stream.claim(number)(offset, length)):
            stream.capture(number, volumes[number], claimed)


def _bring_to_end(history: History, volumes: Sequence[Volume]) -> int:
    """Give every block that the open epoch touched what it held at the end."""
    rewritten = 0
    for number, volume in enumerate(volumes):
        index = PointIndex(history, volume=number, point=history.end, image_size=volume.size())
        if volume.size() != index.size:
            volume.resize(index.size)
        rewritten += give(volume, index, volume, index.runs())
        volume.sync()
    return rewritten


def give(volume: Volume, index: PointIndex, image: Volume, runs: Iterable[tuple[int, int]]) -> int:
    """Write what an index over an image says of those runs; returns how many bytes."""
    written = 0
    for start, length in runs:
        stop = min(start + length, index.size)
        for at in range(start, stop, _COPY_BYTES):
            piece = bytearray(min(_COPY_BYTES, stop - at))
            index.read_into(piece, at, image)
            volume.write(piece, at)
            written += len(piece)
    return written


def seal_stream(folder: Folder, parts: Sequence[Part]) -> None:
    """From now on the records stand for what the segments hold, of which none is missing.

    Those of the DO stream are sealed when nothing is left to be recovered.
    """
    for part in parts:
        if not part.sealed:
            seal_again(folder, part.head, part.records.tobytes())


def seal_undo(folder: Folder, history: History) -> None:
    """The same of the UNDO stream, but for older segments that are not known to be all there.

    They are damaged, and stay so: a seal would say that there never were other records.
    """
    seal_stream(folder, [*filter(history.is_all_there, history.undo[:-1]), *history.undo[-1:]])


def last_time(history: History) -> int:
    """Of the latest point, in nanoseconds; 0 where nothing was written."""
    times = [int(part.records["time_ns"][-1]) for part in history.do if len(part.records)]
    return times[-1] if times else history.last.head.time_ns if history.last else 0
