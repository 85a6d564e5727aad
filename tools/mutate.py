"""`python -m tools.mutate PACKAGE`: does verifying notice when any one line of a package is broken?

The package is broken in one place after the other, in copies, and each is tried with the checks and
messages of `isthmus compat verify`. What nobody notices survives: either a check is missing, or the
change makes no difference, which `EQUIVALENT` then has to argue.
"""

import multiprocessing
import os
import re
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from types import FrameType
from typing import Final

import click

from compat.cli.order import order_of
from compat.cli.planning import make_plan
from compat.emit.package import runtime_parts
from compat.emit.tree import HOOKS
from compat.errors import CompatError, Exit
from compat.lens.ops import Flow
from compat.plan.bridge import BridgePlan
from compat.verify.bench import Bench
from compat.verify.cases import Case, Versions
from compat.verify.checks.agreement import lens_agreement
from compat.verify.checks.edits import edits
from compat.verify.checks.wholeness import wholeness
from compat.verify.corpus import Effort, all_cases
from compat.verify.excuses import Excuses
from compat.verify.package import Package, PackageError, imported
from compat.verify.verifying import CHECKS
from tools.mutants import Mutant, mutants

MUTANT_S: Final = 120.0

_EMPTY_BODY: Final = r"    if same\(body, \{\}\):\n"

EQUIVALENT: Final[tuple[tuple[str, str], ...]] = (
    (
        r"^__init__\.py:\d+: text changed: (module|has no attribute) ->",
        "words of an AttributeError, for people to read",
    ),
    (
        r'^(old|new)_client\.py:\d+: text changed: "" -> "x"\n> ROUTER = Router\(.*\bbase="",',
        "the caller's base path is nothing, and every path is looked up as it is anyhow",
    ),
    (
        r"number changed: 500 -> 501\n[\s\S]*\n"
        r"> ( *if 400 <= answer.status < )500:\n( +return .*)\n"
        r" *if 500 <= answer.status < 600:\n\2(\n|$)",
        "the next range, which begins with 500, is led the same way",
    ),
    (
        r'text changed: "([0-9a-f]{12})" -> "\1x"\n[\s\S]*\n> .* = restyled\([^\n]*, "", "\1"\)\n',
        "nothing is refused where texts are not joined",
    ),
    (
        r'text changed: "string" -> "stringx"\n[\s\S]*\n> .*\bread_parameter\(',
        "a text that is to be a text is read as it is, like one of a kind that is unknown",
    ),
    (
        r"statement deleted: body = None -> pass\n[\s\S]*\n {8}if not body:\n> +body = None"
        rf"[\s\S]*\n{_EMPTY_BODY}        body = None\n    answer = yield ",
        "a body that holds nothing goes just before the request is sent, too",
    ),
    (
        r"statement deleted: body = \{\} -> pass\n[\s\S]*\n"
        r"    if body is None:\n        body = \{\}\n"
        r"((?!.*body = None).*\n)* {8}if body is None:\n> +body = \{\}\n",
        "there is a body from further above on",
    ),
    (
        r'\n> +path\["(\w+)"\] = \[\w+\]\n.*\n'
        r'    if "\1" in path:\n {8}query\["\1"\] = path.pop\("\1"\)\n',
        "a query has the same pair of a text and of a list of that text",
    ),
    (
        r"number changed: 0 -> 1\n[\s\S]*\n> +if type\((\w+)\) is int and \1 > 0:\n"
        r"(.*\n){2,3} +else:\n +converted = scaled_down\(\1, ",
        "what does not go the quick way goes the other, to the same",
    ),
    (
        r'statement deleted: (\w+) = value\.get\("(\w+)"\) -> pass\n[\s\S]*\n'
        r'    \1 = value\.get\("\2"\)\n    if isinstance\(\1, dict\) and "\w+" in \1:\n'
        r' .* = \1\.pop\("\w+"\)\n +if not \1:\n +del value\["\2"\]\n.*\n'
        r'> +\1 = value\.get\("\2"\)\n',
        "it is held already, and has nothing in it where it is gone",
    ),
)
"""(pattern of a mutant as it is printed and of what is around it, why it makes no difference)."""


class TooLongError(Exception):
    """A mutant that does not come to an end."""


@dataclass(eq=False)
class Trial:
    """All that judging a mutant needs; made once, and inherited by the processes that judge."""

    folder: Path
    plan: BridgePlan
    bench: Bench
    cases: Sequence[Case]
    found: Counter[str] = field(default_factory=Counter)

    def complaint(self, package: Package, path: Path) -> str:
        """The first check that notices something, or nothing; `path` is the file that is broken."""
        if next(wholeness(package, self.plan), None) is not None:
            return "wholeness"
        bench = Bench(
            package=package,
            plan=self.plan,
            versions=self.bench.versions,
            excuses=self.bench.excuses,
            expectations=self.bench.expectations,
        )
        return next(self._complaints(bench, path), "")

    def _complaints(self, bench: Bench, path: Path) -> Iterator[str]:
        """What is likely to notice comes first: of a lens its own values, else whole messages."""
        checks = (self._lenses, self._cases)
        for check in checks if path.parts[0] == "lenses" else checks[::-1]:
            yield from check(bench, path)
        for name in self.plan.lenses:
            for flow in Flow:
                yield from ("edits" for _ in edits(bench, name, flow, frozenset()))

    def _lenses(self, bench: Bench, path: Path) -> Iterator[str]:
        for name in sorted(self.plan.lenses, key=lambda each: not path.stem.startswith(each)):
            for flow in Flow:
                yield from ("lenses" for _ in lens_agreement(bench, name, flow))

    def _cases(self, bench: Bench, path: Path) -> Iterator[str]:
        for case in sorted(self.cases, key=lambda each: self._distance(each, path)):
            run = bench.run(case)
            for name, (check, origins) in CHECKS.items():
                if case.origin in origins:
                    yield from (name for _ in check(bench, run))

    def _distance(self, case: Case, path: Path) -> int:
        """Cases that lead through the broken file are tried first."""
        first = case.exchange.operation.path.strip("/").partition("/")[0]
        by_role = case.role in path.stem
        by_path = path.stem.startswith(re.sub(r"[^a-z0-9]+", "_", first.lower()))
        return -by_role - by_path


TRIAL: Trial | None = None  # what the judging processes inherit


def prepared(folder: Path) -> Trial:
    """The trial of a package, which must be sound to begin with. Raises CompatError."""
    plan = make_plan(order_of(folder).inputs).plan
    with imported(folder) as package:
        bench = Bench(
            package=package,
            plan=plan,
            versions=Versions(plan),
            excuses=Excuses(plan),
            expectations={},
        )
        trial = Trial(folder=folder, plan=plan, bench=bench, cases=all_cases(bench, Effort()))
        complaint = trial.complaint(package, Path("__init__.py"))
        if complaint:
            raise CompatError(f"{folder} is not sound ({complaint})", hint="verify it first")
    return trial


def judged(mutant: Mutant) -> str:
    """The name of what notices the mutant, or nothing. For a process of its own."""
    assert TRIAL is not None
    with TemporaryDirectory() as scratch:
        copy = Path(scratch, TRIAL.folder.name)
        shutil.copytree(TRIAL.folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / mutant.path).write_text(mutant.source, "utf-8")
        signal.signal(signal.SIGALRM, _give_up)
        signal.setitimer(signal.ITIMER_REAL, MUTANT_S)
        try:
            with imported(copy) as package:
                return TRIAL.complaint(package, mutant.path)
        except PackageError:
            return "import"
        except TooLongError:
            return "time"
        except Exception as error:
            return type(error).__name__
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise TooLongError


def emitted(folder: Path) -> Iterator[Path]:
    """The files of a package that the emitter wrote for it alone."""
    for path in sorted(folder.rglob("*.py")):
        relative = path.relative_to(folder)
        if str(relative) not in (*runtime_parts(), HOOKS) and "__pycache__" not in relative.parts:
            yield relative


@click.command()
@click.argument("package", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1)
@click.option("--only", default="", help="Only files whose path contains this.")
def main(package: Path, jobs: int, only: str) -> None:
    """Break the generated PACKAGE line by line and show what verifying does not notice."""
    global TRIAL
    folder = package.resolve()
    TRIAL = prepared(folder)
    every = [
        mutant
        for path in emitted(folder)
        if only in str(path)
        for mutant in mutants(path, (folder / path).read_text("utf-8"))
    ]
    click.echo(f"{package.name}: {len(every)} mutants, {len(TRIAL.cases)} messages")
    began = monotonic()
    counts: Counter[str] = Counter()
    argued, left = 0, 0
    for mutant, notice in _tried(every, jobs):
        reason = "" if notice else _argument(mutant)
        counts[notice] += bool(notice)
        argued, left = argued + bool(reason), left + (not notice and not reason)
        if reason:
            click.echo(f"  makes no difference: {mutant}\n    {reason}")
        elif not notice:
            click.echo(f"  SURVIVES: {mutant}")
    for notice, count in (+counts).most_common():
        click.echo(f"  {count:>6}  noticed by {notice}")
    click.echo(
        f"{len(every)} mutants: {counts.total()} noticed, {argued} make no difference, "
        f"{left} survive; {monotonic() - began:.0f} s"
    )
    sys.exit(Exit.FINDINGS if left else Exit.OK)


def _tried(every: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with the name of what notices it, as soon as it is known."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        yield from zip(every, pool.map(judged, every, chunksize=4), strict=True)


def _argument(mutant: Mutant) -> str:
    """Why the mutant makes no difference; nothing where nobody says so."""
    text = f"{mutant}\n{mutant.around}"
    return next((why for pattern, why in EQUIVALENT if re.search(pattern, text)), "")


if __name__ == "__main__":
    main()
