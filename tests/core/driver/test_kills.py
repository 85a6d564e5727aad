"""Processes that are killed at any moment: what they acknowledged is there, at every point."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings

from core.driver.folder import DiskFolder
from core.stream.history import History
from core.stream.point import PointIndex
from tests.core.driver.killed import opened, steps
from tests.core.driver.programs import needs
from tests.core.journals import Made, made
from tests.core.recorder import Recorder
from tests.house.tree import ROOT

# A process that comes to its end before it is killed is looked at, too, and not counted.
LONG = settings.default is settings.get_profile("long")
KILLS = 100 if LONG else 5
SIZES = (96 << 10, 64 << 10)
CALLS = "pwrite64,pwritev,fdatasync,fsync,renameat,fallocate,ftruncate,unlinkat,openat"


@dataclass
class Victim:
    """Images and their journal, which one process after the other writes and does not close."""

    disks: Made
    killed: int = 0

    def command(self, seed: int) -> list[str]:
        module = "tests.core.driver.killed"
        paths = [str(each) for each in (self.disks.folder, *self.disks.images)]
        return [sys.executable, "-m", module, str(seed), *paths]

    def survives(self, seed: int, before: Sequence[str], delay_s: float | None) -> None:
        """Have a process killed, and look at what it left."""
        base = len(self.disks.recorder.states) - 1
        sizes = [path.stat().st_size for path in self.disks.images]
        process = subprocess.Popen(
            [*before, *self.command(seed)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        with process.stdout as told:
            first = told.readline()
            if delay_s is not None:
                time.sleep(delay_s)
                process.kill()
            said = [first, *told.read().splitlines()]
        code = process.wait()
        self.killed += code in (-signal.SIGKILL, 128 + signal.SIGKILL)
        acknowledged = max((int(each) for each in said if each.strip()), default=base)
        self.record(seed, sizes)
        self.check(acknowledged)

    def record(self, seed: int, sizes: Sequence[int]) -> None:
        """All that the process may have written."""
        recorder = self.disks.recorder
        for number, what in steps(seed, sizes):
            if isinstance(what, int):
                recorder.resize(number, what)
                continue
            for each in what:
                recorder.write(number, each)

    def check(self, acknowledged: int) -> None:
        """What the images hold is the journal's end, and points are what they were."""
        states = self.disks.recorder.states
        _, end = opened(self.disks.folder, self.disks.images)
        assert acknowledged <= end < len(states)
        held = tuple(path.read_bytes() for path in self.disks.images)
        assert held == states[end]
        folder = DiskFolder(self.disks.folder)
        history = History(folder, where="journal", live=True)
        assert not history.findings
        points = [history.first, *history.points()["sequence"].tolist()]
        for point in points[:: max(1, len(points) // 8)]:
            assert self.state_at(history, point) == states[point], point
        nobody_asks: list[tuple[bytes, ...]] = [()] * history.first
        self.disks.recorder = Recorder(nobody_asks + states[history.first : end + 1])
        history.close()
        folder.close()

    def state_at(self, history: History, point: int) -> tuple[bytes, ...]:
        found = []
        for number, path in enumerate(self.disks.images):
            image = DiskFolder(path.parent).open(path.name, writable=False)
            index = PointIndex(history, volume=number, point=point, image_size=image.size())
            whole = bytearray(index.size)
            index.read_into(whole, 0, image)
            found.append(bytes(whole))
            image.close()
        return tuple(found)


@pytest.mark.slow
def test_a_process_that_is_killed_at_any_moment_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    rng, victim = Random(31), Victim(made(tmp_path, SIZES))
    for seed in range(3 * KILLS):
        if victim.killed == KILLS:
            break
        victim.survives(seed, (), rng.random() * 0.1)
    assert victim.killed == KILLS


@pytest.mark.slow
def test_a_process_that_is_killed_in_a_system_call_keeps_what_it_acknowledged(
    tmp_path: Path,
) -> None:
    needs("strace")
    rng, victim = Random(32), Victim(made(tmp_path, SIZES))
    for seed in range(3 * KILLS):
        if victim.killed == KILLS:
            break
        call = rng.choice(CALLS.split(","))
        nth = rng.randint(1, 40) if call in ("pwrite64", "pwritev", "fdatasync") else 8
        nth = rng.randint(200, 900) if call == "openat" else rng.randint(1, nth)
        inject = f"inject={call}:signal=KILL:when={nth}"
        victim.survives(seed, ("strace", "-qq", "-o", "/dev/null", "-e", inject), None)
    assert victim.killed == KILLS
