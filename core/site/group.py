"""A group as the site keeps it, and the words its worker is begun with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.machine.journal.ladder import parse_ladder
from core.site.problem import Problem
from core.site.store import Document

KIND: Final = "group"
NAME: Final = "name"  # the kind of what says which group has a name
RETENTION: Final[Mapping[str, Any]] = {"journal_size": 20 << 30, "window": "24h", "ladder": ""}


def check_new(asked: Mapping[str, Any]) -> None:
    """Raises CoreError where a new group cannot be: each of its volumes is its own."""
    parse_ladder(asked.get("retention", {}).get("ladder", ""))
    for what in ("name", "image"):
        counts = Counter(each[what] for each in asked["volumes"])
        if twice := [value for value, count in counts.items() if count > 1]:
            raise Problem("invalid", f"two volumes have the {what} {twice[0]}")


def new_group(
    asked: Mapping[str, Any], *, number: str, created: str, sizes: Sequence[int]
) -> Document:
    """What is kept of a group that was asked for, whose images have or get those sizes."""
    return {
        "id": number,
        "name": asked["name"],
        "created": created,
        "volumes": [
            {"name": each["name"], "image": each["image"], "size": size}
            for each, size in zip(asked["volumes"], sizes, strict=True)
        ],
        "retention": {**RETENTION, **asked.get("retention", {})},
    }


def volume_of(group: Document, name: str) -> Mapping[str, Any]:
    """The volume of that name; raises Problem."""
    for each in group["volumes"]:
        if each["name"] == name:
            found: Mapping[str, Any] = each
            return found
    raise Problem("not-found", f"the group has no volume {name}")


def resized(group: Document, name: str, size: int) -> Document:
    """The group, in which that volume has another size."""
    volumes = [
        {**each, "size": size} if each["name"] == name else each for each in group["volumes"]
    ]
    return {**group, "volumes": volumes}


def worker_words(
    group: Document, *, images: Sequence[str], journal: str, socket: str
) -> tuple[str, ...]:
    """The words of the command that serves it; `images` are called as the volumes are."""
    retention = group["retention"]
    words = ["protect", *images, "--journal", journal, "--listen", f"unix:{socket}"]
    words += ["--journal-size", str(retention["journal_size"])]
    if retention["ladder"]:
        words.append(f"--ladder={retention['ladder']}")
    if retention["window"] != RETENTION["window"] or not retention["ladder"]:
        words.append(f"--window={retention['window']}")
    return tuple(words)
