"""Commands that a node has run for an answer: each in a process of its own, for so long at most."""

import json
import logging
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Thread
from typing import Any, Final

from core.driver.node.process import Bell, Process, command, environment
from core.errors import CoreError, Exit
from core.site.problem import Problem
from core.units import size_text

ANSWER_BYTES_MAX: Final = 16 << 20
ERRORS_BYTES_MAX: Final = 64 << 10
USUAL_S: Final = 30.0
"""What most are done within."""
PROGRESS: Final = {"ISTHMUS_PROGRESS": "json"}

_LOG: Final = logging.getLogger("isthmus.node")
_END_S: Final = 5.0


class Cancelled(Exception):  # noqa: N818 -- it is no error
    """Somebody has let it be."""


class _Reading(Thread):
    """Takes what a process says, as it says it."""

    def __init__(self, number: int, size: int, heard: Callable[[bytes], object]) -> None:
        super().__init__(daemon=True)
        self._number, self._size, self._heard = number, size, heard
        self.text = bytearray()
        self.start()

    def run(self) -> None:
        while piece := os.read(self._number, 1 << 16):
            if len(self.text) < self._size:
                self.text += piece
            self._heard(piece)


def run(
    words: Sequence[str],
    *,
    within_s: float,
    cancelled: Bell | None = None,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
    has_findings: bool = False,
) -> Any:
    """The JSON that `isthmus` prints with these words; it may have findings.

    Raises Problem where it refuses, or is not done in time, and Cancelled.
    """
    begun = subprocess.Popen(
        [*command(), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**environment(), **PROGRESS},
        start_new_session=True,
    )
    assert begun.stdout is not None
    assert begun.stderr is not None
    process = Process(begun.pid, begun)
    told = _Progress(progress)
    out = _Reading(begun.stdout.fileno(), ANSWER_BYTES_MAX, lambda _: None)
    err = _Reading(begun.stderr.fileno(), ERRORS_BYTES_MAX, told.hear)
    try:
        bells = () if cancelled is None else (cancelled,)
        deadline = time.monotonic() + within_s
        if not process.ended(max(0.0, within_s), *bells):
            process.end(_END_S)
            if cancelled is not None and cancelled.rings() and time.monotonic() < deadline:
                raise Cancelled
            raise Problem(
                "late",
                f"it was not done within {within_s:.0f} s",
                hint="ask again, and give it longer if that can be said (deadline_s)",
            )
        code = begun.wait()
        _all_is_read(out, err)
        if code != Exit.OK and not (has_findings and code == Exit.FINDINGS):
            raise _refusal(code, bytes(err.text))
        if len(out.text) >= ANSWER_BYTES_MAX:
            raise Problem(
                "refused",
                f"the answer has more than {size_text(ANSWER_BYTES_MAX)}",
                hint="ask at the node itself, where the commands without --site have no such bound",
            )
        return json.loads(out.text)
    finally:
        if begun.poll() is None:
            process.end(_END_S)
        _all_is_read(out, err)
        begun.stderr.close()
        process.bury()


def _all_is_read(*streams: Thread) -> None:
    for each in streams:
        each.join(_END_S)


class _Progress:
    """Finds in what a command says how far it is."""

    def __init__(self, progress: Callable[[int, int], object]) -> None:
        self._progress, self._rest = progress, b""

    def hear(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            if (told := _counted(line)) is not None:
                self._progress(told["done"], told["total"])


def _counted(line: bytes) -> Mapping[str, int] | None:
    if not line.startswith(b'{"progress": '):
        return None
    try:
        found: Mapping[str, int] = json.loads(line)["progress"]
    except ValueError:
        return None
    return found


def _refusal(code: int, errors: bytes) -> CoreError:
    """What a command that ended so has said."""
    lines = [line for line in errors.decode(errors="replace").splitlines() if line.strip()]
    told = [nth for nth, line in enumerate(lines) if line.startswith("isthmus: ")]
    if code != Exit.BAD_INPUT or not told:
        last = lines[-1] if lines else "without a word"
        _LOG.error("a command of the node ended with %d: %s", code, last)
        return Problem(
            "bug", f"a command of the node ended with {code}", hint="the node's log says more"
        )
    what = lines[told[-1]].removeprefix("isthmus: ")
    hint = " ".join(line.strip() for line in lines[told[-1] + 1 :])
    return Problem("refused", what, hint=hint)
