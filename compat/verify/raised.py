"""Where a person's hooks file was at fault, and how an exception is told."""

from pathlib import PurePath
from traceback import FrameSummary, extract_tb
from typing import Final

from compat.emit.tree import HOOKS

RAISED: Final = (Exception, SystemExit)
"""What code of a package may raise: one that would end the program is broken, and ends no other."""


def place_in_hooks(error: BaseException) -> int | None:
    """The line of the hooks file at which it was raised, or that is no Python; None elsewhere."""
    if isinstance(error, SyntaxError) and error.filename and _is_hooks(error.filename):
        return error.lineno or 1
    frames = _frames_in_hooks(error)
    return frames[-1].lineno if frames else None


def told(error: BaseException) -> str:
    """What was raised, and the hook that raised it where one did."""
    what = f"{type(error).__name__}: {error}"
    frames = _frames_in_hooks(error)
    if not frames:
        return what
    return f"{HOOKS}:{frames[-1].lineno}: {frames[0].name} raised {what}"


def _frames_in_hooks(error: BaseException) -> list[FrameSummary]:
    """The outermost first: that is the hook itself."""
    found = extract_tb(error.__traceback__)
    return [frame for frame in found if _is_hooks(frame.filename)]


def _is_hooks(path: str) -> bool:
    return PurePath(path).name == HOOKS
