"""What the tests of the core's commands share."""

import pytest

from tests.compat.cli.running import QUIET
from tests.core.cli.running import Here


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    """Commands run in this process, with nothing in the environment that changes what they say."""
    for name in QUIET:
        monkeypatch.delenv(name, raising=False)
    return Here(capsys)
