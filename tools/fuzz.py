"""`python -m tools.fuzz`: pairs of specs that nobody would write, compared and planned.

Every pair comes to an end within its time, with changes or with a refusal that names a place, and
never with an error of ours. What is said of it is the same, byte for byte, in two processes whose
hashes of texts differ. A spec against itself has no changes, and two that are read without what is
the same in both have those of the whole. A pair is known by its seed: what was found is looked into
with `--first SEED --pairs 1`.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any, Final

import click
import yaml

from compat.differ.change import Change
from compat.differ.documents import Document as Versions
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.differ.reading import read_changed
from compat.errors import CompatError, Exit
from compat.load.opened import Loaded, Opened, opened
from compat.plan.planner import plan
from compat.report.changes.document import changes_document
from compat.report.changes.listing import listing
from compat.report.document import plan_document
from tools.edits import Corpus, Document, pair

ROOT: Final = Path(__file__).resolve().parents[1]
CASES: Final = ROOT.parent / "shared" / "cases" / "oasdiff"
TODAY: Final = "2026-11-28"
BLOCK: Final = 250  # pairs that one line is said about
PAIR_S: Final = 20.0
PLANNED: Final = 5  # of so many pairs one is planned, too
DOCUMENT_BYTES_MAX: Final = 60_000  # of one to begin with
_HASH_SEEDS: Final = ("1", "2")


class TooLongError(Exception):
    """A pair that does not come to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What became of one block of pairs; `failures` are by seed."""

    first: int
    digest: str
    outcomes: dict[str, int]
    failures: dict[str, str]


def corpus() -> Corpus:
    """The specs of the tests, and those of published cases where they lie beside the checkout."""
    paths = [
        *(ROOT / "tests" / "data").glob("*/*.yaml"),
        *CASES.rglob("*.yaml"),
        *CASES.rglob("*.json"),
    ]
    found = []
    for path in sorted(paths):
        if path.stat().st_size <= DOCUMENT_BYTES_MAX:
            document = _read(path.read_text(encoding="utf-8"))
            if isinstance(document, dict) and {"openapi", "swagger"} & document.keys():
                found.append(document)
    return Corpus(found)


def _read(text: str) -> Any:
    """As JSON has it: keys are texts, and so are dates."""
    try:
        return json.loads(json.dumps(yaml.load(text, Loader=yaml.CSafeLoader), default=str))
    except (yaml.YAMLError, TypeError, ValueError):
        return None


def told(old: Document, new: Document, *, planned: bool) -> tuple[str, bytes]:
    """How it ended, in a word, and all that is said of the pair. AssertionError, if it is wrong."""
    try:
        ours, theirs = _loaded(old, "old.json"), _loaded(new, "new.json")
    except CompatError as error:
        return "refused", str(error).encode()
    policy = Policy(today=TODAY)
    again = _loaded(old, "old.json")
    itself = [
        each.id
        for each in changes(ours.interface, again.interface, policy)
        if each.settled is None  # what somebody's policy says is no change
    ]
    assert not itself, f"changes of a spec against itself: {itself}"
    found = tuple(changes(ours.interface, theirs.interface, policy))
    lean = read_changed(_opened(old, "old.json"), _opened(new, "new.json"))
    left = changes(lean.old.interface, lean.new.interface, policy, lean.unchanged)
    assert _facts(left) == _facts(found), "other changes without what is the same in both"
    versions = Versions(old=ours.interface, new=theirs.interface)
    problems = (*ours.problems, *theirs.problems)
    listed = listing((versions,), found, problems=problems)
    documents = [changes_document(listed)]
    if planned:
        made = plan(ours.interface, theirs.interface, today=TODAY)
        documents.append(plan_document(made, problems))
    return "changed" if found else "same", json.dumps(documents).encode()


def _loaded(document: Document, name: str) -> Loaded:
    return _opened(document, name).read(validate=False)


def _opened(document: Document, name: str) -> Opened:
    data = json.dumps(document).encode()
    return opened(name, lambda _: data)


def _facts(found: Iterable[Change]) -> list[tuple[object, ...]]:
    """What is told of each change, and what accepts it."""
    return [
        (
            *(each.id, each.fingerprint, each.level, each.level_for_new_client, each.path),
            *(None if place is None else place.id for place in (each.old, each.new)),
        )
        for each in found
    ]


def block(source: Corpus, first: int, count: int) -> Said:
    """The pairs of `count` seeds from the first one on."""
    digest, outcomes = hashlib.sha256(), Counter[str]()
    failures: dict[str, str] = {}
    for seed in range(first, first + count):
        signal.signal(signal.SIGALRM, _give_up)
        signal.setitimer(signal.ITIMER_REAL, PAIR_S)
        try:
            outcome, text = told(*pair(source, seed), planned=seed % PLANNED == 0)
        except Exception:
            outcome, text = "failed", b""
            failures[str(seed)] = traceback.format_exc(limit=-4)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        outcomes[outcome] += 1
        digest.update(text)
    return Said(first=first, digest=digest.hexdigest(), outcomes=dict(outcomes), failures=failures)


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise TooLongError


def differing(said: Sequence[Said]) -> list[int]:
    """The first seeds of blocks that two processes do not say the same of."""
    known: dict[int, str] = {}
    return sorted(
        {one.first for one in said if known.setdefault(one.first, one.digest) != one.digest}
    )


def _workers(first: int, pairs: int) -> Iterator[subprocess.Popen[str]]:
    for hash_seed in _HASH_SEEDS:
        words = ["--first", str(first), "--pairs", str(pairs), "--worker"]
        yield subprocess.Popen(
            [sys.executable, "-m", "tools.fuzz", *words],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )


def _gathered(first: int, pairs: int) -> Iterator[Said]:
    """What two processes say, as they say it; they run side by side."""
    workers = list(_workers(first, pairs))
    try:
        for lines in zip(*(worker.stdout or () for worker in workers), strict=False):
            yield from (Said(**json.loads(line)) for line in lines)
        for worker in workers:
            if worker.wait() != 0:
                raise CompatError("a worker ended early", hint="see what it printed above")
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


@click.command()
@click.option("--pairs", type=click.IntRange(min=1), default=100_000, show_default=True)
@click.option("--first", type=click.IntRange(min=0), default=0, help="The first pair's seed.")
@click.option("--worker", is_flag=True, hidden=True)
def main(pairs: int, first: int, *, worker: bool) -> None:
    """Compare so many pairs of seeded, strange specs, each in two processes."""
    if worker:
        source = corpus()
        for at in range(first, first + pairs, BLOCK):
            one = block(source, at, min(BLOCK, first + pairs - at))
            click.echo(json.dumps(asdict(one)))
        return
    began, outcomes, every = monotonic(), Counter[str](), list[Said]()
    for one in _gathered(first, pairs):
        every.append(one)
        outcomes.update(one.outcomes)
        for seed, what in one.failures.items():
            click.echo(f"--first {seed} --pairs 1: {what}")
        if sys.stderr.isatty():
            click.echo(
                f"\r{sum(outcomes.values()) // len(_HASH_SEEDS)} of {pairs}", err=True, nl=False
            )
    differ = differing(every)
    for at in differ:
        click.echo(f"not the same twice: between --first {at} and {at + BLOCK}")
    ended = ", ".join(
        f"{count // len(_HASH_SEEDS)} {how}" for how, count in sorted(outcomes.items())
    )
    click.echo(f"{pairs} pairs, each in 2 processes: {ended}; {monotonic() - began:.0f} s")
    sys.exit(Exit.FINDINGS if differ or outcomes["failed"] else Exit.OK)


if __name__ == "__main__":
    main()
