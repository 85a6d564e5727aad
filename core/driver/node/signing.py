"""Signing a range of a volume, as a step of an operation."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from core.driver.folder import FILE_MODE
from core.driver.node import errand
from core.driver.node.operations import Step
from core.driver.node.places import Places
from core.driver.node.process import Bell
from core.site.store import Document

_ASKED: Final = ("at", "offset", "length", "granularity", "algorithm")


def signing(places: Places) -> Step:
    """The step; the signatures go to a file, and all else is its result."""

    def step(
        document: Document, within_s: float, bell: Bell, progress: Callable[[int, int], object]
    ) -> Mapping[str, Any]:
        asked = document["request"]
        words = ["signature", str(places.journal(document["group"])), asked["volume"]]
        words += [f"--{name}={asked[name]}" for name in _ASKED]
        words += ["--anew"] if asked.get("anew") else []
        told = errand.run(
            [*words, "--format", "json"], within_s=within_s, cancelled=bell, progress=progress
        )
        told["target"] = document["group"]
        _write(places.result(document["id"]), told)
        return {name: value for name, value in told.items() if name != "signatures"}

    return step


def _write(path: Path, document: Any) -> None:
    """A file for its owner alone, there at once or not at all."""
    draft = path.with_suffix(".new")
    number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        json.dump(document, file)
    draft.replace(path)
