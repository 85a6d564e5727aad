"""What the help of each command says of how it ends."""

from collections.abc import Mapping
from typing import Final

from core.errors import Exit

TERMINATED: Final = 128 + 15  # as shells have it
_EVERY: Final[Mapping[int, str]] = {
    Exit.OK: "done",
    Exit.BAD_INPUT: "bad input, or it could not be done: the message tells why, and what to do",
    Exit.BUG: "a bug of ours",
    Exit.INTERRUPTED: "interrupted",
    Exit.OUTPUT_CLOSED: "whoever read the output went away",
    TERMINATED: "told to end, by SIGTERM",
}
SERVING: Final[Mapping[int, str]] = {
    Exit.OK: "told to end, by SIGTERM or SIGINT, and ended in good order",
    Exit.INTERRUPTED: "",
    Exit.OUTPUT_CLOSED: "",
    TERMINATED: "",
}


def exits(otherwise: Mapping[int, str] | None = None) -> str:
    """The end of a command's help: its exit codes, where some mean `otherwise`, or nothing."""
    told = {**_EVERY, **(otherwise or {})}
    lines = [f"  {int(code):<3}  {what}" for code, what in sorted(told.items()) if what]
    return "\n".join(("\b", "Exit codes:", *lines))
