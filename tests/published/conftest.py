"""One generated package per pair and session."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.published.shims import Calls, reviewed_shim


@pytest.fixture(scope="session")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Calls]:
    """The package of a pair, by the name of its intent."""
    made: dict[str, Calls] = {}

    def get(name: str) -> Calls:
        if name not in made:
            folder: Path = tmp_path_factory.mktemp("shims")
            made[name] = Calls(reviewed_shim(name, folder))
        return made[name]

    return get
