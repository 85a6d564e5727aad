"""The same specs give the same plan, whatever the hash seed, and whatever was planned before."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from tests.compat.plan.making import TODAY
from tests.compat.plan.specs import interface
from tests.compat.plan.test_ids import NEW, OLD

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = "from tests.compat.plan.test_determinism import digest; print(digest())"


def planned() -> BridgePlan:
    return plan(interface(*OLD), interface(*NEW), today=TODAY)


def digest() -> str:
    """All that a plan says, in its order."""
    made = planned()
    said = (made.differences, made.lenses, made.exchanges, made.hooks)
    return hashlib.sha256(_written(said).encode()).hexdigest()


def _written(said: object) -> str:
    """As `repr`, but for what is only an address in memory."""
    return " ".join(word for word in repr(said).split() if "0x" not in word)


def test_planning_twice_says_the_same() -> None:
    assert digest() == digest()


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_hash_seed_does_not_matter(seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        text=True,
    )
    assert done.stdout.strip() == digest()
