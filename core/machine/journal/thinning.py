"""Which epochs of a journal are to be folded now, and what drafts of that may take.

Theory of operation
-------------------
A ladder says when epochs are folded. While little room is left the first rung begins earlier, and
at the latest where the newer half of the journal ends: a journal that was full of what is too young
would drop its oldest epochs as they are.

A draft needs room before what it stands for goes. A part of the journal is never the writer's
(`Shelf.reserve`), so that there is room when there is no other. How large a fold is shows when its
records are read. So much is tried together at first, and less where that has no room: what is
overwritten again and again is in a large fold once.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

from core.machine.journal.consolidation import pre_images_of
from core.machine.journal.drafts import EpochOrder, PreImagesOrder
from core.machine.journal.ladder import Job, Ladder, plan, pressed
from core.machine.journal.shelf import Shelf
from core.stream.names import Place, folded_place, place_of
from core.stream.segment import file_bytes
from core.wire.segment import Head, Stream

_PRESSED_AT: Final = 3, 4
"""The part of the journal's size from which on room is short."""
_STRETCH_SHARE: Final = 4
"""Then nothing waits for longer than such a part of the time that the journal covers."""
_SAVED: Final = 1, 8
"""The part that folding has to save of what epochs take, so that it is done."""
_SHARES_AT_ONCE: Final = 4, 8
"""What is folded at once is at most so small a part of the journal's size."""


Key = tuple[Place, int]
"""What a task is known by: where the epoch is that it makes, and how far its points are apart."""


class Task(NamedTuple):
    """A job, the UNDO segments that are folded when it is done, and where epochs begin then.

    Drafts of each may take so many bytes; they are made one after the other.
    """

    job: Job
    pre_images: tuple[Head, ...]
    firsts: Sequence[int]
    epoch_bytes_max: int
    pre_images_bytes_max: int

    @property
    def place(self) -> Place:
        """Where the epoch is that is made."""
        return folded_place(self.order.places)

    @property
    def pre_images_place(self) -> Place:
        """Where its pre-images are then, if any are folded."""
        return folded_place(self.pre_images_order.places)

    @property
    def places(self) -> Sequence[Place]:
        """Where all is that is made."""
        return (self.place, self.pre_images_place) if self.pre_images else (self.place,)

    @property
    def order(self) -> EpochOrder:
        """The draft of the epoch."""
        places = [*map(place_of, self.job.heads)]
        return EpochOrder(places, self.job.step_ns, self.epoch_bytes_max)

    @property
    def pre_images_order(self) -> PreImagesOrder:
        """The draft of its pre-images, if any are folded."""
        places = [*map(place_of, self.pre_images)]
        return PreImagesOrder(places, self.firsts, self.pre_images_bytes_max)

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.place, self.job.step_ns

    @property
    def bytes_max(self) -> int:
        """What a draft may take."""
        return max(self.epoch_bytes_max, self.pre_images_bytes_max)


class Stock(NamedTuple):
    """What a shelf had at a moment: segments of both streams, and room for drafts, in bytes."""

    heads: tuple[Head, ...]
    undone: tuple[Head, ...]
    kept: int | None
    ladder: Ladder
    size: int
    taken: int
    room: int


def stock_of(shelf: Shelf, begin: int | None) -> Stock:
    """What may be folded is of the history that begins with that write; nothing with None."""
    heads = shelf.heads(Stream.DO)
    return Stock(
        heads=tuple(head for head in heads if begin is not None and head.first >= begin),
        undone=shelf.heads(Stream.UNDO),
        kept=shelf.kept,
        ladder=shelf.retention.ladder,
        size=shelf.retention.size,
        taken=shelf.size,
        room=shelf.draft_room,
    )


def tasks(stock: Stock, *, now_ns: int, declined: Collection[Key] = ()) -> Iterator[Task]:
    """What may be folded now, but for what was declined before."""
    ladder, stretch_ns_max = stock.ladder, 1 << 62
    if stock.heads and stock.taken * _PRESSED_AT[1] >= stock.size * _PRESSED_AT[0]:
        ladder = pressed(ladder, _age_of_newer_half(stock.heads, now_ns))
        stretch_ns_max = (now_ns - stock.heads[0].time_ns) // _STRETCH_SHARE
    jobs = partial(plan, stock.heads, ladder, now_ns=now_ns, kept=stock.kept)
    seen = {*declined}
    for share in _SHARES_AT_ONCE:
        most = stock.size // share
        for job in jobs(bytes_max=most, stretch_ns_max=stretch_ns_max):
            task = _task(stock, job, most)
            if task.key not in seen:
                seen.add(task.key)
                yield task


def _task(stock: Stock, job: Job, bytes_max: int) -> Task:
    undone = pre_images_of(job, stock.undone, kept=stock.kept, bytes_max=bytes_max)
    inner = {head.number for head in job.heads[1:]}
    taken = _bytes(job.heads)
    return Task(
        job=job,
        pre_images=undone,
        firsts=[head.first for head in stock.heads if head.number not in inner],
        epoch_bytes_max=min(taken - taken * _SAVED[0] // _SAVED[1], stock.room),
        pre_images_bytes_max=min(_bytes(undone), stock.room),
    )


def _age_of_newer_half(heads: Sequence[Head], now_ns: int) -> int:
    """How old the newest epochs become until they take half of what all take."""
    half, taken = _bytes(heads) // 2, 0
    for head in reversed(heads):
        taken += file_bytes(head.size)
        if taken >= half:
            return now_ns - head.time_ns
    return 0


def _bytes(heads: Sequence[Head]) -> int:
    return sum(file_bytes(head.size) for head in heads)
