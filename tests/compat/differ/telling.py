"""What is told of two documents."""

import json
from collections.abc import Iterable
from typing import Any

from compat.differ.change import Change
from compat.differ.interface import changes
from compat.load import load
from compat.model.interface import Interface
from tests.compat.differ.judged import POLICY

Document = dict[str, Any]


def loaded(document: Document) -> Interface:
    return load("spec.json", lambda _: json.dumps(document).encode(), validate=False).interface


def compared(old: Document, new: Document) -> list[Change]:
    return list(changes(loaded(old), loaded(new), POLICY))


def listed(found: Iterable[Change]) -> list[str]:
    """The rules, each with its level for an old client."""
    return sorted({f"{change.level.name} {change.id}" for change in found})


def told(old: Document, new: Document) -> list[str]:
    return listed(compared(old, new))
