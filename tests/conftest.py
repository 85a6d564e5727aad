"""Settings of every test run: how much is generated, and what must be there."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from tests.shared import SPEC_PAIRS

# The same examples in each run, and no verdict that depends on how busy the machine is.
settings.register_profile(
    "default",
    max_examples=50,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# New examples in each run; those that failed are kept and tried first the next time.
settings.register_profile(
    "long",
    parent=settings.get_profile("default"),
    max_examples=2000,
    derandomize=False,
    database=DirectoryBasedExampleDatabase(".hypothesis/examples"),
)
settings.load_profile("default")


def pytest_configure() -> None:
    """Skipping is for laptops: continuous integration without the published specs proves little."""
    if os.environ.get("CI") and not SPEC_PAIRS.is_dir():
        raise pytest.UsageError(f"CI is set, but the published specs are not in {SPEC_PAIRS}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is marked so is for the long mode."""
    if settings.default is settings.get_profile("long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="in the long mode"))


@pytest.fixture(autouse=True)
def _garbage_is_collected_as_ever() -> Iterator[None]:
    """Commands, which end soon, put that off; those that run inside a test would do so for all."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
