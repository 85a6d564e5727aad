"""Asking the process that serves a group about its copy."""

from collections.abc import Mapping
from typing import Any

from core.cli.opening import opened
from core.driver.control import ask
from core.errors import CoreError


def ask_serving(journal: str, function: str, option: str, **asked: Any) -> Mapping[str, Any]:
    """What it answers; `option` is how `isthmus protect` is told the same."""
    with opened(journal) as found:
        if found.writer is None:
            raise CoreError(
                "nobody serves this group",
                where=journal,
                hint=f"give it to `isthmus protect --copy`, as {option}",
            )
        return ask(found.path, function, **asked)
