"""What all checks work on: the package beside the plan it was made from, and cases carried out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from compat.lens.interpret import Context
from compat.lens.ops import DifferenceId
from compat.model.role import Role
from compat.plan.bridge import BridgePlan, Exchange
from compat.plan.spot import Side
from compat.verify.cases import Case, Versions
from compat.verify.driving import OURS, Callee, Held, Outcome, drive
from compat.verify.excuses import Excuses
from compat.verify.nodes import PlaceKey
from compat.verify.oracle import Oracle, Touch
from compat.verify.package import Package


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be; `side` is the message at fault, if one is.

    `differences` are those that the finding is about.
    """

    message: str
    side: Side | None = None
    differences: tuple[DifferenceId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A case carried out by the package, and by the oracle: None where only a hook knows how."""

    case: Case
    captured: Mapping[str, str]
    outcome: Outcome
    expected: Outcome | None
    held: Held
    counted: Counter[tuple[str, str]]
    expected_counts: Counter[tuple[str, str]]
    touched: tuple[Touch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the oracle makes of a case."""

    outcome: Outcome | None
    counts: Counter[tuple[str, str]]
    touched: tuple[Touch, ...]


_UNTOLD: Final = Expectation(outcome=None, counts=Counter(), touched=())


@dataclass(eq=False)
class Bench:
    """One package under test.

    Where packages of the same plan are tried with the same cases they share their `expectations`;
    without a place to keep them (None) the oracle is asked each time.
    """

    package: Package
    plan: BridgePlan
    versions: Versions
    excuses: Excuses
    expectations: dict[Case, Expectation] | None = None
    oracle: Oracle = field(init=False)
    context: Context = field(init=False)
    avoided: dict[tuple[Role, str], frozenset[PlaceKey]] = field(default_factory=dict)
    """By role and name of an exchange: the places of fields that are refused there."""
    excused: Counter[DifferenceId] = field(default_factory=Counter)
    """How often a difference was the reason that something is not as the specs say."""

    def __post_init__(self) -> None:
        self.oracle = Oracle(self.plan, self.package.hooks(self.plan))
        lenses = {name: lens.up for name, lens in self.plan.lenses.items()}
        self.context = Context(lenses=lenses)

    @property
    def kinds(self) -> tuple[Any, Any, type[Exception]]:
        module = self.package.module
        return module.Request, module.Response, module.GapError

    def run(self, case: Case, *, foretell: bool = True) -> Run:
        """Carry the case out; without `foretell` the oracle is not asked."""
        captured = self.captured(case)
        expected = self._expected(case, captured) if foretell else _UNTOLD
        before = Counter(self.package.counted())
        held = Held()
        outcome = self.outcome(case, held)
        counted = Counter(self.package.counted())
        counted.subtract(before)
        return Run(
            case=case,
            captured=captured,
            outcome=outcome,
            expected=expected.outcome,
            held=held,
            counted=+counted,
            expected_counts=expected.counts,
            touched=expected.touched,
        )

    def captured(self, case: Case) -> Mapping[str, str]:
        """The raw values of the parameters in the path of the case's request."""
        found = self.versions.caller(case.role).routes.find(case.request.method, case.request.path)
        return found[1] if found is not None else {}

    def outcome(self, case: Case, held: Held | None = None) -> Outcome:
        """What the package makes of the case."""
        start = self.package.face(case.role).exchange
        return drive(start, self.kinds, case.request, self.callee(case), held)

    def callee(self, case: Case) -> Callee:
        """Somebody who answers as the case says."""
        return Callee(self.versions.callee(case.role).routes, case.answers)

    def exchange(self, role: Role, key: object) -> Exchange | None:
        """The exchange of an operation in a role."""
        found = (each for each in self.plan.exchanges.get(role, ()) if each.operation == key)
        return next(found, None)

    def _expected(self, case: Case, captured: Mapping[str, str]) -> Expectation:
        if self.expectations is None:
            return self.expectation(case, captured)
        if case not in self.expectations:
            self.expectations[case] = self.expectation(case, captured)
        return self.expectations[case]

    def expectation(self, case: Case, captured: Mapping[str, str]) -> Expectation:
        """What the oracle makes of the case; `captured` are the values in its path."""
        self.oracle.counts.clear()
        self.oracle.touched.clear()
        outcome = self._foretold(case, captured)
        return Expectation(
            outcome=outcome,
            counts=Counter(self.oracle.counts),
            touched=tuple(self.oracle.touched),
        )

    def _foretold(self, case: Case, captured: Mapping[str, str]) -> Outcome | None:
        exchange = case.exchange
        if exchange.hook is not None:
            return None
        if not exchange.calls:
            return Outcome(sent=(), refused=exchange.gap or "")
        return drive(
            lambda request: self.oracle.exchange(case.role, exchange, captured, request),
            OURS,
            case.request,
            self.callee(case),
        )
