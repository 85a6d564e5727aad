"""An image as the site keeps it, and the words its process is begun with."""

from collections.abc import Mapping
from typing import Any, Final

from core.site.store import Document

KIND: Final = "image"
OPENING: Final = "opening"
OPEN: Final = "open"
FAILED: Final = "failed"


def new_image(asked: Mapping[str, Any], *, number: str, created: str) -> Document:
    """An image that is not served yet."""
    return {
        "id": number,
        "group": asked["group"],
        "created": created,
        "state": OPENING,
        "at": asked["at"],
        "writable": asked.get("writable", False),
        "sequence": None,
        "uris": [],
    }


def opened(image: Document, ready: Mapping[str, Any]) -> Document:
    """The image, now that its process has said that it is ready."""
    return {**image, "state": OPEN, "sequence": ready["point"], "uris": [*ready["uris"]]}


def image_words(image: Document, *, journal: str, socket: str, scratch: str) -> tuple[str, ...]:
    """The words of the command that serves it."""
    words = ["image", "open", journal, f"--at={image['at']}", "--listen", f"unix:{socket}"]
    words += ["--scratch", scratch]
    if image["writable"]:
        words.append("--writable")
    return tuple(words)
