"""The journal of a group whose history is kept here, and at another site, too, if wanted."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from core.driver.folder import DiskFolder
from core.driver.group.boot import lost_memory, remember_boot
from core.driver.group.sizes import remember_sizes
from core.driver.group.volume import GroupVolume
from core.driver.group.wanted import Wanted
from core.machine.journal.concurrent import Concurrent, open_concurrent
from core.machine.journal.recovery import Recovered, open_journal
from core.machine.journal.writer import Journal


class Local(NamedTuple):
    """It is `shipped` where there is a copy at another site."""

    journal: Journal
    recovered: Recovered
    shipped: Concurrent | None


def open_local(wanted: Wanted, folder: DiskFolder, volumes: Sequence[GroupVolume]) -> Local:
    """Open it, recovered if it has to be."""
    given: dict[str, Any] = {
        "where": str(wanted.journal),
        "clock": time.time_ns,
        "retention": wanted.retention,
    }
    if wanted.copy is None:
        found = Local(*open_journal(folder, volumes, **given), None)
    else:
        is_lost = lost_memory(wanted.journal)
        shipped, recovered = open_concurrent(folder, volumes, lost_memory=is_lost, **given)
        found = Local(shipped.journal, recovered, shipped)
    remember_boot(wanted.journal)
    remember_sizes(folder, volumes, found.journal.end)
    return found
