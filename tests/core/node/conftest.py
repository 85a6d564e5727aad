"""A node that the tests of a module share, and somebody who asks it."""

from collections.abc import Iterator

import httpx
import pytest

from tests.core.cli.conftest import here
from tests.core.node.running import Node, node

__all__ = ["here"]


@pytest.fixture(scope="module")
def left() -> Iterator[Node]:
    with node() as found:
        yield found


@pytest.fixture(scope="module")
def asking(left: Node) -> Iterator[httpx.Client]:
    with left.client() as client:
        yield client
