"""How the time of `compat diff` grows with what changed, on one spec that stays as large.

A number of its operations get a parameter more, spread evenly. What counts is the processor's time
of the whole process, for a machine that does other things besides has no other bearing on it.
"""

import json
import statistics
import sys
from itertools import islice
from pathlib import Path
from typing import Any, Final

from tools.benchmarks.process import Run, run

EDITED: Final = (0, 1, 10, 100, 1000)
_METHODS: Final = frozenset(("get", "put", "post", "delete", "patch"))
_PARAMETER: Final = {"name": "added", "in": "query", "schema": {"type": "string"}}


def curve(spec: Path, rounds: int, folder: Path) -> str:
    """A table with a row for each number of edited operations."""
    document = json.loads(spec.read_text(encoding="utf-8"))
    versions = [_written(document, count, folder) for count in (0, *EDITED)]
    found: dict[int, list[Run]] = {count: [] for count in EDITED}
    _compare(versions[0], versions[0])  # so that modules are compiled
    for _ in range(rounds):
        for count, new in zip(EDITED, versions[1:], strict=True):
            found[count].append(_compare(versions[0], new))
    title = f"{spec.parent.name}/{spec.name}, its operations edited: processor time, whole process"
    return "\n".join([title, "-" * len(title), *_rows(found)])


def _compare(old: Path, new: Path) -> Run:
    words = ["compat", "diff", str(old), str(new), "--format", "json"]
    return run([sys.executable, "-m", "compat", *words], "")


def _written(document: Any, count: int, folder: Path) -> Path:
    """The spec with so many of its operations edited."""
    copy = json.loads(json.dumps(document))
    operations = [
        operation
        for item in copy["paths"].values()
        for method, operation in item.items()
        if method in _METHODS
    ]
    step = max(1, len(operations) // max(1, count))
    for operation in islice(operations, 0, step * count, step):
        operation.setdefault("parameters", []).append(_PARAMETER)
    path = folder / f"edited-{count}.json"
    path.write_text(json.dumps(copy, indent=2), encoding="utf-8")
    return path


def _rows(found: dict[int, list[Run]]) -> list[str]:
    """Each with what it takes beyond no edit at all, in the same rounds."""
    rows = [f"{'edited':>6}   {'median':>8}   {'spread':>14}   {'beyond 0':>9}   for each"]
    for count, runs in found.items():
        seconds = [each.processor_s for each in runs]
        pairs = zip(seconds, found[0], strict=True)
        beyond = statistics.median(ours - fixed.processor_s for ours, fixed in pairs)
        spread = f"{min(seconds):.2f} .. {max(seconds):.2f}"
        each_ms = f"{beyond / count * 1e3:8.2f} ms" if count else ""
        rows.append(
            f"{count:>6}   {statistics.median(seconds):6.2f} s   {spread:>14}   "
            f"{beyond:7.2f} s   {each_ms}".rstrip()
        )
    return rows
