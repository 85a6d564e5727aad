"""The law behind every verdict: what one side has and the other has not.

A capability that only the newer version has is refused by name while the peer is old: nothing is
lost, and nobody has to decide. A capability that was taken away needs a person's word, for old
clients rely on it. What a client gets beyond what it knows passes; what it needs and does not get
must be supplied.
"""

import json
from dataclasses import dataclass
from typing import Final

from compat.intent.model import AcceptIntent, Then
from compat.intent.problem import IntentError
from compat.lens.ops import Flow, Loss
from compat.model.schema import Absent, Json
from compat.plan.bridge import Judgement, Verdict
from compat.plan.spot import Side

_LOSS = {Then.PASS: Loss.KEEP, Then.DROP: Loss.DROP, Then.REFUSE: Loss.REFUSE}
_DONE = {
    Loss.KEEP: "passes as it is",
    Loss.DROP: "is dropped and counted",
    Loss.REFUSE: "is refused when it is used",
}
_VALUE_SHOWN_MAX: Final = 40  # characters


@dataclass(frozen=True, slots=True)
class Stance:
    """What becomes of a value, and how that is judged."""

    loss: Loss
    judgement: Judgement


def surplus(
    side: Side, flow: Flow, accepted: AcceptIntent | None, *, always: bool, closed: bool
) -> Stance:
    """The sender has a value that the receiver has no place for.

    `always`: every message carries it; `closed`: the receiver's schema forbids what it does not
    declare.
    """
    if accepted is not None:
        usual = Loss.REFUSE if side is Side.REQUEST else Loss.DROP if closed else Loss.KEEP
        loss = _LOSS[accepted.then] if accepted.then else usual
        return _stance(loss, Verdict.LOSSY)
    if side is Side.RESPONSE:
        if closed:
            return _stance(Loss.DROP, Verdict.LOSSY)
        return _stance(Loss.KEEP, Verdict.NONE)
    new_capability = flow is Flow.DOWN
    if new_capability and not always:
        return _stance(Loss.REFUSE, Verdict.LOSSY)
    return _stance(Loss.REFUSE, Verdict.NEEDS_INTENT)


def excess(side: Side, flow: Flow, accepted: AcceptIntent | None, what: str) -> Judgement:
    """The sender's values go beyond what the receiver admits, and nothing can turn one into
    another: those that do are refused until a person says that they pass, and the receiver deals
    with those it does not know.

    Raises IntentError for an acceptance that wants them dropped or refused.
    """
    if accepted is not None:
        only_passes(accepted, f"{what} can only pass")
        return Judgement(verdict=Verdict.LOSSY, treatment=f"{what} passes, as accepted")
    if side is Side.REQUEST and flow is Flow.DOWN:
        return Judgement(
            verdict=Verdict.LOSSY, treatment=f"{what} passes; the old server may reject it"
        )
    return Judgement(
        verdict=Verdict.NEEDS_INTENT, treatment=f"{what} is refused: say what it becomes"
    )


def shortage(accepted: AcceptIntent | None, supplied: Json | Absent) -> tuple[bool, Judgement]:
    """The receiver needs a value that the sender does not send; (refuse when missing, verdict).

    `supplied` is what it gets instead, if anything.
    """
    if not isinstance(supplied, Absent):
        treatment = f"is supplied: {_shown(supplied)}"
        return False, Judgement(verdict=Verdict.DEFAULTED, treatment=treatment)
    if accepted is None:
        return True, Judgement(
            verdict=Verdict.NEEDS_INTENT, treatment="is missing: say which value to supply"
        )
    if accepted.then is Then.REFUSE:
        return True, Judgement(verdict=Verdict.LOSSY, treatment="is missing: refused, as accepted")
    return False, Judgement(verdict=Verdict.LOSSY, treatment="stays missing, as accepted")


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _VALUE_SHOWN_MAX else f"{text[:_VALUE_SHOWN_MAX]}…"


def only_passes(accepted: AcceptIntent, why: str) -> None:
    """Raises IntentError where a person wants more done than there is a way to do."""
    if accepted.then not in (None, Then.PASS):
        raise IntentError(
            f"{why}: it cannot be followed by `then: {accepted.then}`",
            where=str(accepted.place),
            hint="leave `then` out, map the values, or convert them with a hook",
        )


def _stance(loss: Loss, verdict: Verdict) -> Stance:
    return Stance(loss, Judgement(verdict=verdict, treatment=_DONE[loss]))
