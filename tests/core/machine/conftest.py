"""Small regions, so that small volumes have several."""

import pytest

from core.machine.journal import marks, touched
from core.stream import regions


@pytest.fixture(autouse=True)
def _small_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (regions, marks, touched):
        monkeypatch.setattr(module, "REGION_SHIFT", 14)
