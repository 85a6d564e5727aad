"""Worlds of a test refer to themselves, and hold whole disks: they go before the next test."""

import gc
from collections.abc import Iterator

import pytest


@pytest.hookimpl
def pytest_collection_finish() -> None:
    """What there is by now stays, and need not be looked through after each test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _worlds_go(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if request.path.parent.name in ("machine", "sim", "stream"):
        gc.collect()
