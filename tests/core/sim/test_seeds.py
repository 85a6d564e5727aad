"""Worlds of many seeds: whatever befalls them, what was promised holds."""

import os
import subprocess
import sys

import pytest
from hypothesis import settings

from core.sim import world
from core.sim.life import Life
from core.sim.plan import LIES, Trouble
from core.sim.runs import NANOSECONDS_PER_HOUR, Totals, lives
from tests.compat.cli.running import PROCESS_S, ROOT, environment

LONG = settings.default is settings.get_profile("long")
SEEDS = 2000 if LONG else 80
HOURS = 50 if LONG else 1
SHARES = 4  # tests that processes share
RARE = frozenset({*LIES, Trouble.FEEDER_KILLED, Trouble.FOLDING_KILLED})


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_what_was_promised_holds_in_every_world(share: int) -> None:
    totals = Totals()
    for outcome in lives(range(share, SEEDS, SHARES), jobs=1, twice=False):
        totals.add(outcome)
    sys.stderr.write(f"\n{totals.seeds} worlds, {totals.hours:.1f} simulated hours\n")
    failed = [f"isthmus simulate --seed {each.seed}: {each.failure}" for each in totals.failed]
    assert failed == []
    assert totals.virtual_ns >= HOURS * NANOSECONDS_PER_HOUR // SHARES
    assert {*totals.never} <= (set() if LONG else RARE)


def test_a_world_without_an_end_is_a_failure_of_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "STEPS_MAX", 1000)
    assert "there is no end" in Life(0).run().failure


def test_the_same_seed_is_the_same_world_in_another_process() -> None:
    told = "from core.sim.life import Life; print(*(Life(each).run().digest for each in (3, 4)))"
    found = {
        subprocess.run(
            [sys.executable, "-c", told],
            cwd=ROOT,
            env=environment(PYTHONPATH=str(ROOT), PYTHONHASHSEED=seed),
            capture_output=True,
            text=True,
            check=True,
            timeout=PROCESS_S,
        ).stdout
        for seed in ("0", "1")
    }
    assert found == {" ".join(Life(each).run().digest for each in (3, 4)) + os.linesep}


def test_other_seeds_are_other_worlds() -> None:
    assert len({Life(seed).run().digest for seed in range(6)}) == 6
