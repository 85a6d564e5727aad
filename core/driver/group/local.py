"""The journal of a group whose history is kept here, and at other sites, too, if wanted."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from core.driver.folder import DiskFolder
from core.driver.group.boot import lost_memory, remember_boot
from core.driver.group.copies import numbered_copies
from core.driver.group.sizes import remember_sizes
from core.driver.group.volume import GroupVolume
from core.driver.group.wanted import Wanted
from core.machine.journal.concurrent import Concurrent, open_concurrent
from core.machine.journal.recovery import Recovered
from core.machine.journal.writer import Journal
from core.stream.identity import Identity


class Local(NamedTuple):
    """It is `shipped` to each copy at another site, which the journal calls by that number."""

    journal: Journal
    recovered: Recovered
    shipped: tuple[tuple[int, Concurrent], ...]


def open_local(
    wanted: Wanted, folder: DiskFolder, identity: Identity, volumes: Sequence[GroupVolume]
) -> Local:
    """Open it, recovered if it has to be."""
    numbers = numbered_copies(wanted.copies, folder, identity)
    found, journal, recovered = open_concurrent(
        *(folder, volumes),
        copies=numbers,
        where=str(wanted.journal),
        clock=time.time_ns,
        retention=wanted.retention,
        lost_memory=lost_memory(wanted.journal),
    )
    remember_boot(wanted.journal)
    remember_sizes(folder, volumes, journal.end)
    return Local(journal, recovered, tuple(zip(numbers, found, strict=True)))
