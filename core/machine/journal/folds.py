"""Which epochs are to be folded now, and the first draft of them that is worth it.

While a journal has little room left points are thinned out earlier than the ladder says: the oldest
would go otherwise. What drafts may take has to have room, so that a journal never takes more than
it was given.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

from core.machine.journal.consolidation import (
    NotWorthwhileError,
    draft,
    draft_pre_images,
    folded_place,
    pre_images_of,
)
from core.machine.journal.ladder import Job, plan, pressed
from core.machine.journal.shelf import Retention, Shelf
from core.stream.finding import DamagedError
from core.stream.folding import last_of_each
from core.stream.names import Place, place_of
from core.stream.segment import file_bytes
from core.structure.medium import Folder
from core.wire.segment import Head, Stream

_TASKS_MAX: Final = 32
_PRESSED_AT: Final = 3, 4
"""The part of the journal's size from which on room is short."""
_SAVED: Final = 1, 8
"""The part that folding has to save of what epochs take, so that it is done."""
_SPARE_SEGMENTS: Final = 2
_SHARE_AT_ONCE: Final = 8
"""What is folded at once is at most so small a part of the journal's size."""

Key = tuple[Place, int]


class Order(NamedTuple):
    """What whoever makes a draft is told; `firsts` are where epochs begin when it is adopted."""

    places: Sequence[Place]
    step_ns: int
    bytes_max: int
    pre_images: Sequence[Place]
    firsts: Sequence[int]
    pre_images_bytes_max: int


class Task(NamedTuple):
    """A job, the UNDO segments that are folded when it is done, and where epochs begin then."""

    job: Job
    pre_images: tuple[Head, ...]
    firsts: Sequence[int]

    @property
    def place(self) -> Place:
        """Where the epoch is that is made."""
        return folded_place([*map(place_of, self.job.heads)])

    @property
    def places(self) -> Sequence[Place]:
        """Where all is that is made."""
        undone = [*map(place_of, self.pre_images)]
        return (self.place, folded_place(undone)) if undone else (self.place,)

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.place, self.job.step_ns

    @property
    def order(self) -> Order:
        """What is to be made."""
        taken = sum(file_bytes(head.size) for head in self.job.heads)
        return Order(
            places=[*map(place_of, self.job.heads)],
            step_ns=self.job.step_ns,
            bytes_max=taken - taken * _SAVED[0] // _SAVED[1],
            pre_images=[*map(place_of, self.pre_images)],
            firsts=self.firsts,
            pre_images_bytes_max=sum(file_bytes(head.size) for head in self.pre_images),
        )

    @property
    def bytes_max(self) -> int:
        """What all drafts may take."""
        order = self.order
        return order.bytes_max + order.pre_images_bytes_max


class Held(NamedTuple):
    """What a shelf had at a moment, which says all that folding depends on."""

    heads: tuple[Head, ...]
    undone: tuple[Head, ...]
    kept: int | None
    size: int
    retention: Retention


class Made(NamedTuple):
    """Which draft was made: `declined` counts the orders before that were not worth it, or whole.

    With none of all, all of them are.
    """

    declined: int
    epoch: bool
    pre_images: bool


def held(shelf: Shelf) -> Held:
    """What a shelf has now."""
    heads, undone = shelf.heads(Stream.DO), shelf.heads(Stream.UNDO)
    return Held(heads, undone, shelf.kept, shelf.size, shelf.retention)


def tasks(
    there: Held, *, begin: int | None, now_ns: int, declined: Collection[Key]
) -> Sequence[Task]:
    """What may be folded now, the oldest first, of what was not declined before.

    `begin` is the first write of the history that is offered; None where none is. Pre-images are
    folded where they are the journal's own.
    """
    return [*islice(_tasks(there, begin, now_ns, declined), _TASKS_MAX)]


def _tasks(
    there: Held, begin: int | None, now_ns: int, declined: Collection[Key]
) -> Iterator[Task]:
    heads = [each for each in there.heads if begin and each.first >= begin]
    if not heads:
        return
    size, ladder = there.retention.size, there.retention.ladder
    if there.size * _PRESSED_AT[1] >= size * _PRESSED_AT[0]:
        ladder = pressed(ladder)
    room = size - there.size - _SPARE_SEGMENTS * file_bytes(heads[-1].size)
    at_once, kept = size // _SHARE_AT_ONCE, there.kept
    for job in plan(heads, ladder, now_ns=now_ns, kept=kept, bytes_max=at_once):
        pre_images = pre_images_of(job, there.undone, kept=kept, bytes_max=at_once)
        inner = {head.number for head in job.heads[1:]}
        task = Task(job, pre_images, [head.first for head in heads if head.number not in inner])
        if task.bytes_max <= room and task.key not in declined:
            yield task


def make_first(folder: Folder, orders: Sequence[Order], *, group: bytes, where: str) -> Made:
    """Make the first draft that is worth it, and that of the pre-images that go with it."""
    for nth, order in enumerate(orders):
        try:
            draft(
                folder,
                order.places,
                partial(last_of_each, step_ns=order.step_ns),
                group=group,
                where=where,
                step_ns=order.step_ns,
                bytes_max=order.bytes_max,
            )
        except (NotWorthwhileError, DamagedError):
            continue
        return Made(nth, epoch=True, pre_images=_make_pre_images(folder, order, group, where))
    return Made(len(orders), epoch=False, pre_images=False)


def _make_pre_images(folder: Folder, order: Order, group: bytes, where: str) -> bool:
    """Make the draft of an order's pre-images, if there is anything to be saved."""
    if not order.pre_images:
        return False
    try:
        draft_pre_images(
            folder,
            order.pre_images,
            order.firsts,
            group=group,
            where=where,
            bytes_max=order.pre_images_bytes_max,
        )
    except (NotWorthwhileError, DamagedError):
        return False
    return True
