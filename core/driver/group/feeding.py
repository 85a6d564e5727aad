"""The process that feeds the replicas of a group, beside the one that serves it.

It works on the journal's folder, and takes nothing of the serving process's time. A line of JSON on
standard output tells how far it came, whenever that is durable or a batch is done; it ends when its
standard input does, so that it never outlives the process that began it.
"""

import json
import select
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from core.driver.backend.backend import Backend
from core.driver.backend.opening import ImageBusyError, open_backend
from core.driver.folder import DiskFolder
from core.driver.group.volume import BackendVolume
from core.machine.distributor import Distributor
from core.machine.journal.access import be_noticed, recover_access
from core.machine.journal.replicated import open_feeding
from core.machine.journal.shelf import Retention
from core.stream.history import History

_IDLE_S: Final = 0.05


def feed(journal: str, size: int) -> None:
    """Feed until standard input ends; `size` is the budget of the journal in bytes."""
    with ExitStack() as stack:
        folder = DiskFolder(journal)
        stack.callback(folder.close)
        history = History(folder, where=journal, live=True)
        stack.callback(history.close)
        replicas = []
        for member in history.identity.volumes:
            backend = _opened(Path(member.replica))
            if backend is None:
                return
            stack.callback(backend.close)
            replicas.append(BackendVolume(backend))
        recover_access(history, replicas)
        be_noticed(history)
        feeding = open_feeding(folder, history, retention=Retention(size=size, window_ns=0))

        def record(applied: int) -> None:
            feeding.record(applied)
            _say(durable=applied)

        distributor = Distributor(
            history, feeding.undo, replicas, applied=feeding.applied, record=record
        )
        _say(durable=feeding.applied)
        pause_s = 0.0
        while not _is_told_to_end(pause_s):
            distributor.look()
            pause_s = 0.0 if distributor.step() else _IDLE_S
            if not pause_s:
                _say(applied=distributor.applied)
        feeding.undo.seal()


def _opened(replica: Path) -> Backend | None:
    """A replica, once nobody else has it; None where it is told to end before."""
    while True:
        try:
            return open_backend(replica)
        except ImageBusyError:
            if _is_told_to_end(_IDLE_S):
                return None


def _is_told_to_end(pause_s: float) -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], pause_s)
    return bool(readable) and not sys.stdin.buffer.read(1)


def _say(**what: int) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    feed(sys.argv[1], int(sys.argv[2]))
