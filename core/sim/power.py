"""What may be found after a loss of power: every state, or a seeded choice of them.

Of the changes that were not synced any may have become durable and any not, in files and volumes
alike and in no order, with any state of names that may be durable. Up to a number of changes all
their subsets are made. Above it none, all, and a seeded choice, in which some of what survives does
so in part: a write up to a sector or from one on, what was stored through a map word by word.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Final, NamedTuple

from core.sim.medium import SECTOR_BYTES, Blob, Change, MemoryFolder, MemoryVolume

_WORD_BYTES: Final = 8
_TORN_ONE_IN: Final = 4


@dataclass(frozen=True, slots=True)
class Machine:
    """The disks of a group: the journal's folder, and the volumes."""

    folder: MemoryFolder
    volumes: tuple[MemoryVolume, ...]


@dataclass(frozen=True, slots=True)
class Thoroughness:
    """All subsets of up to `all_up_to` changes, and `samples` of those of more."""

    all_up_to: int
    samples: int


NOTHING: Final = Thoroughness(-1, 0)
"""Nothing survives that was not synced, and everything does."""


def after_power_loss(machine: Machine, how: Thoroughness, rng: Random) -> Iterator[Machine]:
    """The machines that may be found."""
    namings = {tuple(sorted(each)): each for each in machine.folder.namings()}
    for naming in namings.values():
        blobs = (*naming.values(), *(each.blob for each in machine.volumes))
        unsynced = [each.unsynced() for each in blobs]
        count = sum(map(len, unsynced))
        for chosen in _choices(count, how, rng):
            picks = iter(chosen)
            made = [
                blob.surviving(
                    [
                        _torn(blob, change, rng) if pick == _TORN else change
                        for change in changes
                        if (pick := next(picks))
                    ]
                )
                for blob, changes in zip(blobs, unsynced, strict=True)
            ]
            yield Machine(
                MemoryFolder(dict(zip(naming, made, strict=False))),
                tuple(MemoryVolume(each) for each in made[len(naming) :]),
            )


class Fate(NamedTuple):
    """One machine that may be found, and what of unsynced changes was lost or survived in part."""

    machine: Machine
    lost: int
    torn: int
    names_lost: int


def drawn(machine: Machine, rng: Random) -> Fate:
    """One of the machines that may be found: nothing may survive, or all, or what chance has it."""
    namings = list(machine.folder.namings())
    naming = rng.choice(namings)
    blobs = (*naming.values(), *(each.blob for each in machine.volumes))
    shares = rng.choice(((0.0,), (1.0,), (0.0, 1.0), (rng.random(),), (0.1, 0.5, 0.9)))
    made, lost, torn = [], 0, 0
    for blob in blobs:
        changes = blob.unsynced()
        if not changes:
            made.append(Blob(blob.durable))
            continue
        share, kept = rng.choice(shares), []
        for change in changes:
            if rng.random() >= share:
                lost += 1
            elif 0 < share < 1 and rng.randrange(_TORN_ONE_IN) == 0:
                torn += 1
                kept.append(_torn(blob, change, rng))
            else:
                kept.append(change)
        made.append(blob.surviving(kept))
    folder = MemoryFolder(dict(zip(naming, made, strict=False)))
    volumes = tuple(MemoryVolume(each) for each in made[len(naming) :])
    return Fate(Machine(folder, volumes), lost, torn, len(namings) - 1 - namings.index(naming))


_LOST, _KEPT, _TORN = range(3)


def _choices(count: int, how: Thoroughness, rng: Random) -> Iterator[Sequence[int]]:
    if count <= how.all_up_to:
        yield from product((_LOST, _KEPT), repeat=count)
        return
    yield (_LOST,) * count
    yield (_KEPT,) * count
    for _ in range(how.samples):
        share = rng.random()
        yield [
            _LOST if rng.random() > share else _TORN if rng.randrange(_TORN_ONE_IN) == 0 else _KEPT
            for _ in range(count)
        ]


def _torn(blob: Blob, change: Change, rng: Random) -> Change:
    offset, data = change
    if data is None:
        return change
    if blob.mapped and len(data) == SECTOR_BYTES:
        old = bytes(blob.durable[offset : offset + len(data)]).ljust(len(data), b"\0")
        words = range(0, len(data), _WORD_BYTES)
        return offset, b"".join(rng.choice((old, data))[at : at + _WORD_BYTES] for at in words)
    border = rng.randrange(len(data) // SECTOR_BYTES + 1) * SECTOR_BYTES
    return (offset, data[:border]) if rng.random() < 0.5 else (offset + border, data[border:])
