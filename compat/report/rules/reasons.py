"""Why a change has its level for a role, in words: those of the law, or of what overrules it."""

from collections.abc import Mapping
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect, Level, reverse
from compat.differ.ledger import LEDGER
from compat.model.role import Role

_SENT: Final[Mapping[Effect, str]] = {
    Effect.SAME: "what it may send is the same",
    Effect.WIDER: "all that it may send is accepted",
    Effect.UNSTATED: "all that it may send is accepted",
    Effect.NARROWER: "it may send what the server does not accept",
    Effect.OTHER: "it may send what the server does not accept",
    Effect.STATED: "it may send what the server refuses, or ignores as it always may have",
    Effect.UNKNOWN: "it cannot be told whether the server accepts all that it may send",
}
_GOT: Final[Mapping[Effect, str]] = {
    Effect.SAME: "what it may get is the same",
    Effect.NARROWER: "all that it may get is what it expects",
    Effect.STATED: "all that it may get is what it expects",
    Effect.WIDER: "it may get what it does not expect",
    Effect.OTHER: "it may get what it does not expect",
    Effect.UNSTATED: "it may miss what it used to get, or get what was ruled out",
    Effect.UNKNOWN: "it cannot be told whether it expects all that it may get",
}
_SETTINGS: Final = "settings ask for it"
_POLICY: Final = "no message changes, but what is promised of how long things stay"
_NOTED: Final = "no message changes, and it is only told"
_GONE: Final = "what was promised is gone"
_MAY_GO: Final = "it may go, as was announced"


def reason(change: Change, role: Role) -> str:
    """A part of a sentence; of a change that has parts, why its worst part is as bad as it is."""
    if change.parts:
        return reason(max(change.parts, key=lambda part: part.level_for(role)), role)
    if change.ruled is not None:
        return _SETTINGS
    if role is Role.OLD_CLIENT:
        if change.settled is not None:
            return _settled(change.effect, change.settled)
        if change.id in LEDGER:
            return LEDGER[change.id][1]
    effect = change.effect if role is Role.OLD_CLIENT else reverse(change.effect)
    return (_SENT if change.direction is Direction.REQUEST else _GOT)[effect]


def _settled(effect: Effect, level: Level) -> str:
    if effect is Effect.SAME:
        return _POLICY if level > Level.INFO else _NOTED
    return _GONE if level > Level.INFO else _MAY_GO
