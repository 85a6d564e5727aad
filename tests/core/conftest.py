"""Worlds of a test refer to themselves, and hold whole disks: they go before the next test."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def _others_stay() -> None:
    """What there is by now need not be looked through after each test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _worlds_go() -> Iterator[None]:
    yield
    gc.collect()
