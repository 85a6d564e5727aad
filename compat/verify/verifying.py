"""`isthmus compat verify`: every promise of a package, tried on messages made from the specs.

The specs and the intent are planned anew and the package is held against that plan, so that what
is wrong in the package cannot hide behind its own manifest.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Final, Protocol

from compat.errors import CompatError
from compat.lens.ops import Flow
from compat.model.role import Role
from compat.plan.bridge import BridgePlan, Exchange
from compat.verify.bench import Bench, Finding, Run
from compat.verify.cases import Case, Origin, Versions
from compat.verify.checks.admission import admission
from compat.verify.checks.agreement import agreement, lens_agreement
from compat.verify.checks.edits import edits
from compat.verify.checks.ownership import ownership
from compat.verify.checks.passage import passage
from compat.verify.checks.reading import reading
from compat.verify.checks.round_trip import round_trip
from compat.verify.checks.wholeness import wholeness
from compat.verify.checks.witnesses import witnesses
from compat.verify.corpus import Effort, corpus
from compat.verify.evidence import Unwitnessed, Witness
from compat.verify.excuses import Excuses
from compat.verify.package import Package, imported
from compat.verify.reduction import reduced
from compat.verify.report import Failure, Report, case_document

Check = Callable[[Bench, Run], Iterator[Finding]]

_ANY: Final = frozenset(Origin)
_AS_SPECIFIED: Final = frozenset({Origin.DECLARED})

CHECKS: Final[dict[str, tuple[Check, frozenset[Origin]]]] = {
    "agreement": (agreement, _ANY),
    "ownership": (ownership, _ANY),
    "admission": (admission, _AS_SPECIFIED),
    "round trip": (round_trip, _AS_SPECIFIED),
    "passage": (passage, frozenset({Origin.UNKNOWN})),
    "reading": (reading, _AS_SPECIFIED),
}
"""What is checked on the cases of an exchange, and on which of them. Wholeness, lenses, edits and
witnesses are no matter of single exchanges."""

_FAILURES_PER_SUBJECT_MAX: Final = 4
_SIGNATURE_MAX: Final = 80


class Progress(Protocol):
    """Told how far verifying has come; what it raises ends it."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


def silent(what: str, done: int, total: int) -> None:
    """No progress is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`only` restricts the exchanges to those whose "role METHOD /path" contains one of the texts;
    the checks that are not about exchanges are left out then."""

    effort: Effort = field(default_factory=Effort)
    only: tuple[str, ...] = ()


DEFAULTS: Final = Options()


class UnknownOperationError(CompatError):
    """Nothing in the package is called what `only` says."""


def verify(
    folder: Path, plan: BridgePlan, options: Options = DEFAULTS, progress: Progress = silent
) -> Report:
    """Verify the package in the folder against the plan that its inputs give.

    An interruption (KeyboardInterrupt) ends it with what was found so far. Raises PackageError for
    a package that cannot be imported, and UnknownOperationError.
    """
    with imported(folder) as package:
        run = _Verification(package, plan, options, progress, folder)
        try:
            run.everything()
        except KeyboardInterrupt:
            return run.report(complete=False)
        return run.report(complete=True)


@dataclass(eq=False)
class _Verification:
    """One package being verified."""

    package: Package
    plan: BridgePlan
    options: Options
    progress: Progress
    folder: Path
    failures: list[Failure] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    found: list[Witness | Unwitnessed] = field(default_factory=list)
    refused_always: list[str] = field(default_factory=list)
    bench: Bench | None = None

    def everything(self) -> None:
        exchanges = self._exchanges()
        if not self.options.only:
            self._wholeness()
            if self.failures:
                return  # of another plan, or not whole: nothing else would mean anything
        self.bench = Bench(
            package=self.package,
            plan=self.plan,
            versions=Versions(self.plan),
            excuses=Excuses(self.plan),
        )
        steps = len(exchanges) + (0 if self.options.only else 2)
        for done, (role, exchange) in enumerate(exchanges):
            self.progress(f"{role} {exchange.operation}", done, steps)
            self._exchange(self.bench, role, exchange)
        if not self.options.only:
            self.progress("lenses", len(exchanges), steps)
            self._lenses(self.bench)
            self.progress("witnesses", len(exchanges) + 1, steps)
            self._witnesses(self.bench)

    def report(self, *, complete: bool) -> Report:
        excused = dict(self.bench.excused) if self.bench is not None else {}
        return Report(
            package=self.package.name,
            plan=self.plan,
            seed=self.options.effort.seed,
            examples=self.options.effort.examples,
            tried=dict(self.tried),
            failures=tuple(self.failures),
            excused=excused,
            witnesses=tuple(each for each in self.found if isinstance(each, Witness)),
            unwitnessed=tuple(each for each in self.found if isinstance(each, Unwitnessed)),
            refused_always=tuple(self.refused_always),
            complete=complete,
        )

    def _exchanges(self) -> Sequence[tuple[Role, Exchange]]:
        every = [(role, each) for role in Role for each in self.plan.exchanges.get(role, ())]
        if not self.options.only:
            return every
        chosen = [
            (role, each)
            for role, each in every
            if any(text in f"{role} {each.operation}" for text in self.options.only)
        ]
        if not chosen:
            raise UnknownOperationError(
                f"no exchange is called {' or '.join(self.options.only)}",
                where=str(self.folder),
                hint="write a role, a method and a path as the manifest does, or a part of that",
            )
        return chosen

    def _wholeness(self) -> None:
        self.progress("the package", 0, 1)
        self.tried["wholeness"] += 1
        for finding in wholeness(self.package, self.plan):
            self.failures.append(
                Failure(
                    check="wholeness",
                    subject="package",
                    message=finding.message,
                    differences=finding.differences,
                )
            )

    def _exchange(self, bench: Bench, role: Role, exchange: Exchange) -> None:
        subject = f"{role} {exchange.operation}"
        seen: set[tuple[str, str]] = set()
        answered = False
        for case in corpus(bench, role, exchange, self.options.effort):
            run = bench.run(case)
            answered = answered or bool(run.outcome.sent)
            for name, (check, origins) in CHECKS.items():
                if case.origin not in origins:
                    continue
                self.tried[name] += 1
                for finding in check(bench, run):
                    key = name, _signature(finding)
                    if key not in seen and len(seen) < _FAILURES_PER_SUBJECT_MAX:
                        seen.add(key)
                        self._fail(bench, name, check, subject, case, finding)
        if not answered and (exchange.calls or exchange.hook):
            self.refused_always.append(subject)

    def _fail(
        self, bench: Bench, name: str, check: Check, subject: str, case: Case, finding: Finding
    ) -> None:
        def found(smaller: Case) -> Finding | None:
            again = check(bench, bench.run(smaller))
            return next((each for each in again if _signature(each) == _signature(finding)), None)

        smallest = reduced(bench, case, lambda smaller: found(smaller) is not None)
        finding = found(smallest) or finding
        self.failures.append(
            Failure(
                check=name,
                subject=subject,
                message=finding.message,
                differences=finding.differences,
                example=case_document(smallest),
                again=self._again(subject),
            )
        )

    def _again(self, subject: str) -> str:
        effort = self.options.effort
        words = ["isthmus", "compat", "verify", str(self.folder)]
        words += ["--seed", str(effort.seed), "--examples", str(effort.examples)]
        return " ".join(map(quote, [*words, "--only", subject]))

    def _lenses(self, bench: Bench) -> None:
        avoid = frozenset().union(*bench.avoided.values())
        for name in self.plan.lenses:
            for flow in Flow:
                checks = (
                    ("lenses", lens_agreement(bench, name, flow)),
                    ("edits", edits(bench, name, flow, avoid)),
                )
                for check, findings in checks:
                    self.tried[check] += 1
                    first = next(findings, None)
                    if first is not None:
                        self.failures.append(
                            Failure(
                                check=check,
                                subject=f"{name}_{flow}",
                                message=first[1].message,
                                differences=first[1].differences,
                                example=first[0],
                            )
                        )

    def _witnesses(self, bench: Bench) -> None:
        for each in witnesses(bench):
            self.tried["witnesses"] += 1
            self.found.append(each)


def _signature(finding: Finding) -> str:
    """What is wrong, whatever the values and the items' numbers."""
    return re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "", finding.message)[:_SIGNATURE_MAX]
