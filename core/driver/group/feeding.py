"""The process that feeds the replicas of a group, beside the one that serves it.

It works on the journal's folder, and takes nothing of the serving process's time. It opens the
replicas, says that it is ready, and begins when it is told to by a line on standard input. From
then on a line of JSON on standard output tells what has changed, also of the first point that there
is; it ends when its standard input does, so that it never outlives the process that began it.

    {"ready": true}
    {"state": "resyncing", "durable": 4711, "applied": 4800, "taken": 4820, "first": 0,
     "copied": 1048576, "total": 8388608}
    {"state": "distributing", "durable": 4711, "applied": 4800, "taken": 4820, "first": 1201}
    {"epoch": true}         nothing waits, and history could begin if an epoch did
"""

import json
import os
import select
import sys
import time
from contextlib import ExitStack
from threading import Lock
from typing import Any, Final

from core.driver.backend.opening import ImageBusyError
from core.driver.backend.place import place_of
from core.driver.folder import DiskFolder
from core.driver.group.sparing import Sparing
from core.driver.group.volume import GroupVolume, open_volume
from core.driver.image import open_image
from core.errors import CoreError
from core.machine.distributor import Distributor, Pressure
from core.machine.journal.access import be_noticed, recover_access
from core.machine.journal.feeding import Feeding, open_feeding
from core.machine.journal.replicated import half
from core.machine.journal.shelf import Retention
from core.stream.history import History
from core.stream.identity import read_identity
from core.stream.phases import COPYING, State
from core.stream.regions import REGION_SHIFT
from core.stream.segment import file_bytes

_IDLE_S: Final = 0.05
_GATHER_S: Final = 0.02
"""Once nothing waits of what was seen, what comes is gathered: each look opens files."""
_EPOCH_S: Final = 1.0
_PROGRESS_S: Final = 0.2
_HIGH, _LOW = 0.7, 0.3  # of what the DO stream may take


def feed(journal: str, size: int, *, gives_up: bool) -> None:
    """Feed until standard input ends; `size` is the budget of the journal in bytes.

    `gives_up`: points are given up where the replicas fall behind.
    """
    with ExitStack() as stack:
        folder = DiskFolder(journal)
        stack.callback(folder.close)
        members = read_identity(folder, where=journal).volumes
        replicas, production = [], []
        for member in members:
            replica = _opened(member.replica)
            if replica is None:
                return
            stack.callback(replica.close)
            replicas.append(replica)
            if member.path:
                production.append(open_image(place_of(member.path)))
                stack.callback(production[-1].close)
        _say({"ready": True})
        if not _read():
            return
        history = History(folder, where=journal, live=True)
        stack.callback(history.close)
        recover_access(history, replicas)
        be_noticed(history)
        retention = Retention(size=size, window_ns=0)
        feeding = open_feeding(folder, history, retention=retention)
        distributor = Distributor(
            history,
            feeding,
            replicas,
            production,
            pressure=_pressure(retention, history) if gives_up else None,
        )
        lock = Lock()
        sparing = Sparing(lambda: feeding.shelf, lock)
        stack.callback(sparing.stop)
        _feed_on(distributor, feeding, history, lock)
        sparing.stop()
        feeding.close()


def _feed_on(distributor: Distributor, feeding: Feeding, history: History, lock: Lock) -> None:
    """Do what there is to be done until standard input ends."""
    said: dict[str, Any] = {}
    pause_s, asked, told = 0.0, 0.0, 0.0
    while not _is_told_to_end(pause_s):
        with lock:
            distributor.look()
            did_something = distributor.step()
            if did_something and distributor.waits:
                pause_s = 0.0
            else:
                pause_s = _GATHER_S if did_something else _IDLE_S
        standing = {
            "state": feeding.state.value,
            "durable": feeding.applied,
            "applied": distributor.applied,
            "taken": distributor.upcoming,
            "first": history.first if feeding.state is State.DISTRIBUTING else 0,
        }
        if feeding.state in COPYING:
            copied, total = feeding.progress
            copied += distributor.just_copied << REGION_SHIFT
            standing |= {"copied": copied, "total": total}
        is_progress = {**said, "copied": 0} == {**standing, "copied": 0}
        if standing != said and not (is_progress and time.monotonic() - told < _PROGRESS_S):
            said, told = standing, time.monotonic()
            _say(said)
        if not did_something and distributor.wants_epoch and time.monotonic() - asked > _EPOCH_S:
            asked = time.monotonic()
            _say({"epoch": True})


def _pressure(retention: Retention, history: History) -> Pressure:
    epochs = half(retention).size // file_bytes(history.identity.segment_bytes)
    return Pressure(high=max(2, int(epochs * _HIGH)), low=max(1, int(epochs * _LOW)))


def _opened(replica: str) -> GroupVolume | None:
    """A replica, once nobody else has it; None where it is told to end before."""
    while True:
        try:
            return open_volume(place_of(replica))
        except ImageBusyError:
            if _is_told_to_end(_IDLE_S):
                return None


def _is_told_to_end(pause_s: float) -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], pause_s)
    return bool(readable) and not _read()


def _read() -> bytes:
    """What comes next on standard input; nothing at its end."""
    return os.read(sys.stdin.fileno(), 64)


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        feed(sys.argv[1], int(sys.argv[2]), gives_up=sys.argv[3] == "fast-forward")
    except CoreError as error:
        sys.exit(error.placed)
    except OSError as error:
        sys.exit(str(error))
