"""What the tests of the proxy share."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_package_outlives_its_test() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("shim_"):
            del sys.modules[name]
