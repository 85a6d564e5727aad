"""Controls: a defect that is planted in the product is found, within 500 seeds."""

import sys

import pytest
from hypothesis import settings

from tests.core.sim.mutants import MUTANTS, SELDOM, found_at

LONG = settings.default is settings.get_profile("long")
SOUGHT = [name for name in MUTANTS if LONG or name not in SELDOM]
SEEDS_MAX = 500


@pytest.mark.parametrize("name", sorted(SELDOM))
def test_a_defect_that_is_sought_in_the_long_mode_can_be_planted(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    MUTANTS[name](monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", SOUGHT)
def test_a_planted_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = found_at(name, monkeypatch, SEEDS_MAX)
    sys.stderr.write(f"\n{name}: seed {seed}\n")
    assert seed is not None
