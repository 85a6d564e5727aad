"""Strange pairs of specs: a share of them here, and what would be noticed."""

import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from compat.differ.interface import changes
from compat.differ.reading import read_changed
from compat.errors import Exit
from compat.load import load
from tools import fuzz
from tools.edits import Corpus, pair
from tools.fuzz import ROOT, Said, block, corpus, differing

SHARE = 250
FEW = 40
RUN_S = 240.0


@cache
def source() -> Corpus:
    return corpus()


def test_strange_specs_are_compared_or_refused() -> None:
    said = block(source(), 1_000_000, SHARE)
    assert said.failures == {}
    assert sum(said.outcomes.values()) == SHARE
    assert min(said.outcomes[how] for how in ("changed", "refused", "same")) > 0


def test_a_pair_is_known_by_its_seed() -> None:
    assert pair(source(), 7) == pair(source(), 7)
    seen = [pair(source(), seed) for seed in range(FEW)]
    assert sum(old != new for old, new in seen) > FEW / 2


def test_two_processes_with_other_hashes_say_the_same() -> None:
    words = ("--pairs", str(FEW), "--first", "77")
    done = subprocess.run(
        [sys.executable, "-m", "tools.fuzz", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert done.returncode == Exit.OK, done.stdout + done.stderr
    assert done.stdout.startswith(f"{FEW} pairs, each in 2 processes: ")


def test_an_error_of_ours_is_a_failure_with_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise KeyError("nobody thought of it")

    monkeypatch.setattr(fuzz, "changes", broken)
    said = block(source(), 0, FEW)
    assert said.outcomes["failed"] == len(said.failures) > 0
    assert all("nobody thought of it" in text for text in said.failures.values())


def test_a_pair_that_does_not_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: Any) -> Any:
        while True:
            pass

    monkeypatch.setattr(fuzz, "changes", endless)
    monkeypatch.setattr(fuzz, "PAIR_S", 0.05)
    assert "TooLongError" in "".join(block(source(), 0, 3).failures.values())


def test_changes_of_a_spec_against_itself_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    real = changes

    def talkative(old: Any, new: Any, *more: Any) -> Any:
        return real(*((source_of_changes, new) if old.digest == new.digest else (old, new)), *more)

    versions = [interface(name) for name in ("v1", "v2")]
    source_of_changes = versions[0]
    monkeypatch.setattr(fuzz, "changes", talkative)
    assert "against itself" in "".join(block(source(), 0, FEW).failures.values())


def test_changes_that_only_the_whole_has_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "read_changed", lambda old, _: read_changed(old, old))
    failures = block(source(), 0, FEW).failures.values()
    assert "other changes without what is the same in both" in "".join(failures)


def interface(name: str) -> Any:
    path = ROOT / "tests" / "data" / "appliance" / f"{name}.yaml"
    return load(path.name, lambda _: path.read_bytes(), validate=False).interface


def test_blocks_of_which_two_processes_do_not_say_the_same_are_found() -> None:
    one, same, other = (
        Said(first=first, digest=digest, outcomes={}, failures={})
        for first, digest in ((0, "a"), (250, "b"), (250, "c"))
    )
    assert differing([one, one, same, same]) == []
    assert differing([one, one, same, other]) == [250]
