"""Defects planted in the product, each of which some seed has to find."""

import inspect
import sys
import textwrap
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import pytest

from core.machine import distributor
from core.machine.journal import (
    consolidation,
    drafts,
    giving_up,
    ladder,
    recovery,
    replicated,
    shelf,
    stale,
    thinning,
    touched,
    undo,
    writer,
)
from core.sim import world
from core.sim.faults import WatchedFile, WatchedFolder, WatchedVolume
from core.sim.runs import lived
from core.stream import part, payloads, point, segment, standing, view
from core.wire import chunk, preimage

Mutant = Callable[[pytest.MonkeyPatch], None]


def _deaf(home: Any, name: str, patch: pytest.MonkeyPatch) -> None:
    """What a function of the product asks to be synced is not."""
    function = getattr(home, name).__qualname__
    for kind in (WatchedFile, WatchedVolume, WatchedFolder):
        patch.setattr(kind, "sync", _unless(function, kind.sync))


def _unless(function: str, sync: Callable[[Any], None]) -> Callable[[Any], None]:
    def heard(disk: Any) -> None:
        if sys._getframe(1).f_code.co_qualname != function:
            sync(disk)

    return heard


def changed(home: Any, name: str, before: str, after: str, patch: pytest.MonkeyPatch) -> None:
    """A function with one piece of its code replaced."""
    function = getattr(home, name)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(before) == 1, f"{name} has {source.count(before)} of {before!r}"
    scope: dict[str, Any] = {}
    exec(source.replace(before, after), inspect.unwrap(function).__globals__, scope)
    patch.setattr(home, name, scope[name])


def replaced(home: Any, name: str, value: object, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(home, name, value)


MUTANTS: Final[Mapping[str, Mutant]] = {
    "pre-images are not synced": partial(_deaf, undo.UndoStream, "capture"),
    "volumes are not synced when an epoch ends": partial(_deaf, writer.Journal, "_roll"),
    "sizes and notes are not synced": partial(_deaf, writer.Journal, "_append_durably"),
    "a new segment is not synced": partial(_deaf, segment.Segment, "_begin"),
    "marks of production are not synced": partial(_deaf, touched.Touched, "capture"),
    "a flush is acknowledged and does nothing": partial(
        replaced, writer.Journal, "flush", lambda _: None
    ),
    "pre-images are taken after the write": partial(
        changed,
        writer.Journal,
        "write_piece",
        "        if missing:\n            self._keep(number, missing)\n"
        "        errors = volume.write_run(run)\n",
        "        errors = volume.write_run(run)\n"
        "        if missing:\n            self._keep(number, missing)\n",
    ),
    "of several runs the last is not captured": partial(
        changed,
        undo.UndoStream,
        "capture",
        "if claimed and self",
        "if (claimed := claimed[:1]) and self",
    ),
    "a file is used again without its new head": partial(
        changed,
        segment.Segment,
        "_begin",
        "    self.data.write((packed,), 0)\n",
        "    if used[0].endswith('.new'):\n        self.data.write((packed,), 0)\n",
    ),
    "checksums of what was written are not looked at": partial(
        replaced, chunk.Chunk, "is_whole", lambda *_: True
    ),
    "checksums of pre-images are not looked at": partial(
        replaced, preimage.Batch, "is_whole", lambda *_: True
    ),
    "a new size is not journaled": partial(
        changed, writer.Journal, "resize", "self._append_durably(", "(lambda *_: None)("
    ),
    "what a shrink cuts off is not kept": partial(
        changed, writer.Journal, "resize", "if size < before:", "if False:"
    ),
    "recovery takes what it reads for durable": partial(
        replaced, recovery, "make_durable", lambda _: None
    ),
    "recovery does not capture what is missing": partial(
        replaced, recovery, "_capture_missing", lambda *_: None
    ),
    "recovery gives volumes nothing": partial(
        changed, recovery, "_bring_to_end", "index.runs()", "()"
    ),
    "the oldest pre-image is not on top": partial(
        changed, point.PointIndex, "__init__", "undo[::-1]", "undo"
    ),
    "a view does not look for pre-images": partial(replaced, view._Late, "look", lambda _: None),
    "epochs that a replica needs go": partial(replaced, shelf.Shelf, "keep", lambda *_: None),
    "a rewind leaves the last volume": partial(
        changed,
        world,
        "rewind",
        "enumerate(zip(volumes, images, strict=True))",
        "list(enumerate(zip(volumes, images, strict=True)))[: max(1, len(volumes) - 1)]",
    ),
    "errors of a volume are not told": partial(
        changed, writer.Journal, "write_piece", "    if errors:\n", "    if False:\n"
    ),
    "writes go on after a failure": partial(
        replaced, writer.Journal, "_refuse_after_failure", lambda _: None
    ),
    "times go back with the clock": partial(
        changed, writer.Journal, "_append", "max(self._time_ns, self._clock())", "self._clock()"
    ),
    "a distributor forgets zeroes": partial(
        changed, distributor.Distributor, "_distribute", "replica.zero(start, length)", "pass"
    ),
    "a torn end is read on": partial(
        changed, chunk, "chunks", "not chunk.is_whole(body, seed) or", ""
    ),
    "a mark is not set for the next region": partial(
        replaced, touched.Touched, "capture", lambda *_: None
    ),
    "an epoch's segment is not sealed with its records": partial(
        changed, part, "_records", "sealed = seal == seal_of(body, head.seed)", "sealed = True"
    ),
    "what is written meanwhile is not marked": partial(
        replaced, stale.Stale, "claim", lambda *_: lambda *_: ()
    ),
    "what the journal had for the replicas is not marked": partial(
        changed,
        giving_up,
        "_doubted",
        'begin, stop = touched(written[written["volume"] == number])',
        "begin, stop = touched(written[:0])",
    ),
    "what is left to be copied is not marked": partial(
        changed,
        giving_up,
        "_doubted",
        "if standing.state in (*COPYING, State.MARKING):",
        "if False:",
    ),
    "regions are not copied": partial(
        replaced, distributor.Distributor, "_make_alike", lambda *_: None
    ),
    "history begins before the copy is whole": partial(
        changed,
        distributor.Distributor,
        "_begins",
        "if self._reached is None or self._reached >= part.head.first:",
        "if self._reached is None:",
    ),
    "points are offered while replicas are copied": partial(
        replaced,
        standing.Standing,
        "begin",
        property(lambda self: self.distributed.begin if self.distributed else None),
    ),
    "a view does not see that history began anew": partial(
        changed,
        view.PointView,
        "_check_heads",
        "if self._begins_now() != self._begin:",
        "if False:",
    ),
    "what was given up is not noted": partial(
        replaced, replicated.Production, "note_gap", lambda _: None
    ),
    "sizes are not given to replicas that are copied": partial(
        changed, distributor.Distributor, "_begin_copying", "replica.resize(size)", "pass"
    ),
    "a fold leaves one point": partial(
        changed,
        drafts,
        "last_of_each",
        "steps[1:] != steps[:-1]",
        "np.zeros(max(0, len(steps) - 1), bool)",
    ),
    "points are thinned out early": partial(replaced, thinning, "_PRESSED_AT", (0, 1)),
    "every point is thinned out where room is short": partial(
        replaced, ladder, "_shortened", lambda *_: 1
    ),
    "a fold is not synced": partial(_deaf, consolidation, "_write"),
    "of pre-images those of the first epoch are left": partial(
        changed,
        consolidation,
        "pre_images",
        'np.searchsorted(firsts, records["sequence"], side="right")',
        "np.zeros(len(records), np.int64)",
    ),
    "damage is passed on": partial(replaced, payloads.Payloads, "_check", lambda *_: None),
}

SELDOM: Final = frozenset(
    {
        "recovery takes what it reads for durable",
        "what is written meanwhile is not marked",
        "a view does not see that history began anew",
        "every point is thinned out where room is short",
        "a fold is not synced",
        "a fold leaves one point",
        "a torn end is read on",
        "checksums of what was written are not looked at",
        "of pre-images those of the first epoch are left",
    }
)
"""Those that take ten seconds or more to be found."""


def found_at(name: str, patch: pytest.MonkeyPatch, seeds: int) -> int | None:
    """The first seed that finds a defect; None where none does."""
    MUTANTS[name](patch)
    return next((seed for seed in range(seeds) if lived(seed).failure), None)
