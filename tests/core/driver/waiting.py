"""Waiting for what goes on by itself, within a bound."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from core.driver.control import ask

PATIENCE_S: Final = 120.0
_PAUSE_S: Final = 0.05


def until(what: Callable[[], bool], told: Callable[[], object] = str) -> None:
    """Return once it is so; `told` is what to say where that takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, told()
        time.sleep(_PAUSE_S)


def status(journal: Path) -> Mapping[str, Any]:
    """What the process that serves a group says of it."""
    return ask(journal, "status")


def until_state(journal: Path, *states: str) -> None:
    """Wait until replicas are in one of these states."""
    until(lambda: status(journal)["state"] in states, lambda: status(journal))
