"""How far a long operation has come: on a terminal, on standard error.

Nowhere else, but for a program that has asked for it by `ISTHMUS_PROGRESS=json`: it gets lines.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, total_bytes: int) -> Iterator[Callable[[int], object]]:
    """Gives a function that takes how many bytes more are done."""
    if os.environ.get("ISTHMUS_PROGRESS") == "json":
        yield _Lines(total_bytes).told
        return
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total_bytes)
        yield lambda done: shown.advance(task, done)


@contextmanager
def counted(what: str, total: int | None) -> Iterator[Callable[[int], object]]:
    """The same for things that are counted; it may not be known how many they will be."""
    if total is not None and os.environ.get("ISTHMUS_PROGRESS") == "json":
        yield _Lines(total).told
        return
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total)
        yield lambda done: shown.advance(task, done)


class _Lines:
    """A line of JSON now and then, and one in the end."""

    _PAUSE_S = 0.2

    def __init__(self, total: int) -> None:
        self._done, self._total, self._last = 0, total, 0.0

    def told(self, done: int) -> None:
        self._done += done
        now = time.monotonic()
        if now - self._last >= self._PAUSE_S or self._done >= self._total:
            self._last = now
            line = json.dumps({"progress": {"done": self._done, "total": self._total}})
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
