"""Claim: a commit that was acknowledged survives a loss of power.

A process commits while its calls are written down. In states in which a loss of power may leave its
files, at random moments, the store is opened, and has what was acknowledged by then.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from hypothesis import settings

from core.driver.node.store import MODE, SqliteStore
from core.errors import CoreError
from tests.core.driver.programs import needs
from tests.core.node.power import COMMITS, Disk, Step, recorded

LOSSES: Final = 3000 if settings.default is settings.get_profile("long") else 120


def lost(folder: Path, did: Sequence[Step], mode: tuple[str, str], seed: int) -> int:
    """In how many of the states something is lost that was acknowledged."""
    rng, found = Random(seed), 0
    begun = next(nth for nth, step in enumerate(did) if step.do == "say")
    ends = sorted(rng.randint(begun + 1, len(did)) for _ in range(LOSSES))
    disk, promised, at = Disk(folder / "home"), 0, 0
    for nth, end in enumerate(ends):
        for step in did[at:end]:
            disk.do(step)
            if step.do == "say":
                promised = int(step.data)
        at = end
        where = folder / str(nth)
        where.mkdir()
        disk.left(rng, where)
        try:
            store = SqliteStore(where / "site.db", mode=mode)
            kept = store.get("a/n")
            store.close()
        except (CoreError, sqlite3.Error):
            kept = None
        has = kept.document["n"] if kept else 0
        assert has <= COMMITS
        found += has < promised
    return found


def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    needs("strace")
    did = recorded(tmp_path, MODE)
    assert sum(step.do == "say" for step in did) == COMMITS
    assert lost(tmp_path, did, MODE, seed=1) == 0


def test_in_the_mode_that_sqlite_has_by_itself_something_is(tmp_path: Path) -> None:
    """The control of the test above."""
    needs("strace")
    mode = ("delete", "full")
    assert lost(tmp_path, recorded(tmp_path, mode), mode, seed=2) > LOSSES // 20
