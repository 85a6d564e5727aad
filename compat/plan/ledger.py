"""The planner's book: differences found, decisions used, questions left open.

Every difference is entered once; met again on another side, its judgements get the worse of both.
What the intent says is handed out here, so that an entry which nothing asked for is known.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from compat.intent.model import AcceptIntent, Action, BridgeIntent, Intent, OperationIntent
from compat.intent.problem import ExpiredError, IntentError
from compat.lens.ops import DifferenceId, Flow
from compat.model.place import Place
from compat.model.role import Role
from compat.model.schema import ABSENT, Absent, Json
from compat.plan.bridge import Acceptance, Difference, HookKind, HookNeed, Judgement, Verdict
from compat.plan.spot import Side, Spot, role
from compat.suggest.leftovers import Leftover, Settled

A = TypeVar("A", bound=Action)

NOTHING = Judgement(verdict=Verdict.NONE, treatment="nothing to do")


def fingerprint(kind: str, subject: str) -> DifferenceId:
    """Twelve hex digits from the place and nature of a change, from no wording."""
    return hashlib.sha256(f"{kind}\0{subject}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A difference about to be entered; `up` and `down` judge the two ways of what is sent.

    `value` is as in `Difference`.
    """

    kind: str
    subject: str
    message: str
    old: Place | None
    new: Place | None
    side: Side
    up: Judgement = NOTHING
    down: Judgement = NOTHING
    stub: str = ""
    value: Json | Absent = ABSENT

    @property
    def id(self) -> DifferenceId:
        return fingerprint(self.kind, self.subject)

    @property
    def gaps(self) -> frozenset[Flow]:
        """The ways on which nothing bridges it and nobody has accepted that."""
        judged = {Flow.UP: self.up, Flow.DOWN: self.down}
        return frozenset(flow for flow, one in judged.items() if one.verdict.is_gap)


@dataclass(eq=False)
class Ledger:
    """One planning run's book; `today` (ISO 8601) decides which acceptances have expired."""

    intent: Intent
    today: str
    roles: frozenset[Role] = frozenset(Role)
    """The roles that the part at hand is about; differences are no matter in any other."""
    met: list[DifferenceId] = field(default_factory=list)
    """Where the ids of differences go as they are entered: the list of who is asking."""
    leftovers: list[Leftover] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    _differences: dict[DifferenceId, Difference] = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)
    _hooks: dict[str, HookNeed] = field(default_factory=dict)
    _misfits: dict[tuple[int, str], IntentError] = field(default_factory=dict)
    _fitted: set[tuple[int, str]] = field(default_factory=set)
    _by_address: dict[str, list[BridgeIntent]] = field(default_factory=dict)
    _addresses: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for bridge in self.intent.bridges:
            self._by_address.setdefault(bridge.at, []).append(bridge)

    def enter(self, finding: Finding) -> DifferenceId:
        """Book a difference and give its id."""
        self.met.append(finding.id)
        accepted = self.accepted(finding.kind, finding.subject)
        judgements = {
            who: judgement if who in self.roles else NOTHING
            for who, judgement in (
                (role(finding.side, Flow.UP), finding.up),
                (role(finding.side, Flow.DOWN), finding.down),
            )
        }
        known = self._differences.get(finding.id)
        if known is not None:
            stub = _of_both(known, judgements, finding.stub)
            judgements = _worse(known.judgements, judgements)
            self._differences[finding.id] = replace(known, judgements=judgements, stub=stub)
            return finding.id
        self._differences[finding.id] = Difference(
            id=finding.id,
            kind=finding.kind,
            subject=finding.subject,
            message=finding.message,
            old=finding.old,
            new=finding.new,
            judgements=judgements,
            acceptance=_acceptance(accepted) if accepted else None,
            stub=finding.stub if _is_gap(judgements) else "",
            value=finding.value,
        )
        return finding.id

    def accepted(self, kind: str, subject: str) -> AcceptIntent | None:
        """The person's word on this difference, if there is one; expired ones are an error.

        Of several that fit, the one that is most exact counts.
        """
        if not self.intent.accepts:
            return None
        identifier, text = fingerprint(kind, subject), f"{kind} {subject}"
        fitting = [
            accept for accept in self.intent.accepts if _fits(accept.pattern, identifier, text)
        ]
        for accept in fitting:
            self._used.add(id(accept))
            if accept.until is not None and accept.until < self.today:
                raise ExpiredError(
                    f"the acceptance of {kind} {subject} ran out on {accept.until}",
                    where=str(accept.place),
                    hint=f"bridge the difference, or have {accept.owner} renew it",
                )
        return max(fitting, key=lambda accept: _exactness(accept.pattern), default=None)

    def is_accepted(self, kind: str, subject: str) -> bool:
        """Would a difference be accepted if there was one? Asking does not use the entry."""
        identifier, text = fingerprint(kind, subject), f"{kind} {subject}"
        return any(_fits(accept.pattern, identifier, text) for accept in self.intent.accepts)

    def actions(self, spot: Spot, kind: type[A]) -> Iterator[tuple[A, Place]]:
        """What the intent says at this address, of one sort, and where it says so."""
        if self._by_address:
            self._addresses.update(spot.texts)
        for text in spot.texts:
            for bridge in self._by_address.get(text, ()):
                if isinstance(bridge.action, kind):
                    self._used.add(id(bridge))
                    yield bridge.action, bridge.place

    def speaks_of(self, spot: Spot, kinds: tuple[type[Action], ...]) -> bool:
        """Does the intent say any of that at this address?"""
        stated = (bridge for text in spot.texts for bridge in self._by_address.get(text, ()))
        return any(isinstance(bridge.action, kinds) for bridge in stated)

    def misfit(self, action: Action, item: str, error: IntentError) -> None:
        """Here the item of the action fits nothing; it is an error unless it fits elsewhere."""
        self._misfits.setdefault((id(action), item), error)

    def fits(self, action: Action, item: str) -> None:
        """The item of the action has found its place."""
        self._fitted.add((id(action), item))

    def misfits(self) -> Iterator[IntentError]:
        """What is wrong with items that fit nowhere."""
        for item, error in self._misfits.items():
            if item not in self._fitted:
                yield error

    def action(self, spot: Spot, kind: type[A]) -> A | None:
        """The first of them, for what can be said once only."""
        return next((action for action, _ in self.actions(spot, kind)), None)

    def operation(self, entry: OperationIntent) -> None:
        self._used.add(id(entry))

    def hook(self, need: HookNeed) -> None:
        self._hooks[need.name] = need

    def known(self, entry: OperationIntent | BridgeIntent | AcceptIntent) -> Iterable[str]:
        """What such an entry might have been about."""
        match entry:
            case BridgeIntent():
                return sorted(self._addresses)
            case AcceptIntent():
                return [f"{one.kind} {one.subject}" for one in self.differences()]
            case OperationIntent():
                return ()

    def unused(self) -> Iterator[OperationIntent | BridgeIntent | AcceptIntent]:
        """Entries of the intent that matched nothing."""
        entries: Iterable[OperationIntent | BridgeIntent | AcceptIntent] = (
            *self.intent.operations,
            *self.intent.bridges,
            *self.intent.accepts,
        )
        for entry in entries:
            if id(entry) not in self._used:
                yield entry

    def differences(self) -> tuple[Difference, ...]:
        return tuple(sorted(self._differences.values(), key=_order))

    def hooks(self) -> tuple[HookNeed, ...]:
        return tuple(self._hooks[name] for name in sorted(self._hooks))


def value_hook_needs(name: str, difference: DifferenceId, purpose: str) -> tuple[HookNeed, ...]:
    """The two functions that a value hook stands for."""
    return tuple(
        HookNeed(name=f"{name}_{flow}", kind=HookKind.VALUE, difference=difference, purpose=purpose)
        for flow in Flow
    )


def _is_gap(judgements: Mapping[Role, Judgement]) -> bool:
    return any(judgement.verdict.is_gap for judgement in judgements.values())


def _of_both(known: Difference, met: Mapping[Role, Judgement], stub: str) -> str:
    """What to write for a gap met once more: nothing where what helps here is no help there."""
    if not _is_gap(met):
        return known.stub
    if not known.verdict.is_gap or known.stub == stub:
        return stub
    return ""


def _worse(one: Mapping[Role, Judgement], other: Mapping[Role, Judgement]) -> dict[Role, Judgement]:
    merged = dict(one)
    for who, judgement in other.items():
        if who not in merged or merged[who].verdict < judgement.verdict:
            merged[who] = judgement
    return {who: merged[who] for who in Role if who in merged}


def _acceptance(accept: AcceptIntent) -> Acceptance:
    return Acceptance(reason=accept.reason, owner=accept.owner, until=accept.until)


def _fits(pattern: str, identifier: str, text: str) -> bool:
    if pattern == identifier:
        return True
    pieces = pattern.split("*")
    if len(pieces) == 1:
        return pattern == text
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:-1]:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return at <= len(text) - len(pieces[-1])


def _exactness(pattern: str) -> tuple[bool, int]:
    return "*" not in pattern, len(pattern.replace("*", ""))


def intent_words(entry: OperationIntent | BridgeIntent | AcceptIntent) -> str:
    match entry:
        case OperationIntent():
            return str(entry.operation)
        case BridgeIntent():
            return entry.at
        case AcceptIntent():
            return entry.pattern


def _order(difference: Difference) -> tuple[str, str, str]:
    return difference.subject, difference.kind, difference.id


def with_operations(difference: Difference, operations: Iterable[str]) -> Difference:
    """The difference, telling which operations meet it."""
    return replace(difference, operations=tuple(sorted(set(operations))))
