"""What differs and is not translated: who meets it, and whether a message is refused for it.

What a newer caller sends passes to the old server, which answers for itself, unless that would
misread it; all else is refused until a person says that it may pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from compat.intent.model import AcceptIntent, Then
from compat.lens.ops import DifferenceId, Flow, Gap, Lens, MapValues
from compat.model.place import Place
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gate.stance import only_passes
from compat.plan.ledger import NOTHING, Finding
from compat.plan.spot import Side
from compat.plan.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Untranslated:
    """A difference of this sort; `what` it is that passes or is refused, as a noun.

    With `misread` an old server would take it for something else rather than reject it; with
    `recognised` unset no operation can tell it from the rest, so that it passes in any case.
    """

    kind: str
    subject: str
    message: str
    what: str
    old: Place | None
    new: Place | None
    side: Side
    misread: bool = False
    recognised: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """The difference, and the flows in which what it is about is refused."""

    difference: DifferenceId
    flows: frozenset[Flow]

    @property
    def lens(self) -> Lens:
        """Refuses any value."""
        if not self.flows:
            return ()
        up, down = Flow.UP in self.flows, Flow.DOWN in self.flows
        return (Gap(forward=up, back=down, difference=self.difference),)

    def of_texts(self, up: Iterable[str], down: Iterable[str]) -> Lens:
        """Refuses these texts alone."""
        refused = tuple(up) if Flow.UP in self.flows else ()
        back = tuple(down) if Flow.DOWN in self.flows else ()
        if not refused and not back:
            return ()
        op = MapValues(
            pairs=(), back=(), refused=refused, back_refused=back, difference=self.difference
        )
        return (op,)


def enter_untranslated(walk: Walk, one: Untranslated, flows: Iterable[Flow]) -> Refusal:
    """Book it; `flows` are those in which it may come to somebody who does not understand it."""
    accepted = walk.ledger.accepted(one.kind, one.subject)
    refuses = accepted is not None and accepted.then is Then.REFUSE and one.recognised
    if accepted is not None and not refuses:
        only_passes(
            accepted, f"{one.what} {'passes or is refused' if one.recognised else 'passes'}"
        )
    met = frozenset(flows)
    judged = {flow: _judged(one, flow, accepted) for flow in met}
    found = walk.ledger.enter(
        Finding(
            kind=one.kind,
            subject=one.subject,
            message=one.message,
            old=one.old,
            new=one.new,
            side=one.side,
            up=judged.get(Flow.UP, NOTHING),
            down=judged.get(Flow.DOWN, NOTHING),
        )
    )
    if accepted is not None or not one.recognised:
        return Refusal(found, met if refuses else frozenset())
    return Refusal(found, frozenset(flow for flow in met if judged[flow].verdict.is_gap))


def _judged(one: Untranslated, flow: Flow, accepted: AcceptIntent | None) -> Judgement:
    if accepted is not None:
        done = "is refused" if accepted.then is Then.REFUSE else "passes"
        return Judgement(verdict=Verdict.LOSSY, treatment=f"{one.what} {done}, as accepted")
    if one.side is Side.REQUEST and flow is Flow.DOWN and not one.misread:
        treatment = f"{one.what} passes; the old server may reject it"
        return Judgement(verdict=Verdict.LOSSY, treatment=treatment)
    treatment = f"{one.what} is refused: nothing translates it, say whether it may pass"
    if not one.recognised:
        treatment = f"{one.what} passes and may not be understood: say that it may"
    verdict = Verdict.UNBRIDGEABLE if one.misread else Verdict.NEEDS_INTENT
    return Judgement(verdict=verdict, treatment=treatment)
