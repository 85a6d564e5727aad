"""What a change does to the set of values that may be sent, and how bad that is.

One law for every rule: whoever sends may no longer send what is not accepted any more, and whoever
receives may meet what it did not know. So a narrower request breaks old clients, and so does a
wider response; seen from a new client and an old server it is the other way round.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final


class Effect(StrEnum):
    """What the new version admits, beside what the old one did."""

    SAME = "same"  # nothing is admitted or excluded
    WIDER = "wider"
    NARROWER = "narrower"
    OTHER = "other"  # something was added, and something else taken away
    STATED = "stated"  # a limit is written down that may have held all along
    UNSTATED = "unstated"  # the other way round
    UNKNOWN = "unknown"  # cannot be decided


class Level(IntEnum):
    """How bad a change is for those who use the old version."""

    INFO = 1
    WARN = 2
    ERR = 3


class Direction(StrEnum):
    """Who sends what has changed."""

    REQUEST = "request"
    RESPONSE = "response"

    @property
    def other(self) -> "Direction":
        return Direction.RESPONSE if self is Direction.REQUEST else Direction.REQUEST


_REVERSED: Final[Mapping[Effect, Effect]] = {
    Effect.WIDER: Effect.NARROWER,
    Effect.NARROWER: Effect.WIDER,
    Effect.STATED: Effect.UNSTATED,
    Effect.UNSTATED: Effect.STATED,
}
_OF_REQUESTS: Final[Mapping[Effect, Level]] = {
    Effect.NARROWER: Level.ERR,
    Effect.OTHER: Level.ERR,
    Effect.STATED: Level.WARN,
    Effect.UNKNOWN: Level.WARN,
}


class Turn(StrEnum):
    """What a place makes of the effect of a change in it."""

    KEPT = "kept"
    TURNED = "turned"  # below `not` what widens narrows
    LOST = "lost"  # it may be either, or both

    def then(self, below: "Turn") -> "Turn":
        """Of a place in another one."""
        if Turn.LOST in (self, below):
            return Turn.LOST
        return Turn.KEPT if self is below else Turn.TURNED


def reverse(effect: Effect) -> Effect:
    """The effect of the opposite change."""
    return _REVERSED.get(effect, effect)


def level_for_old_client(effect: Effect, direction: Direction) -> Level:
    """How bad it is for an old client that talks to a new server."""
    seen = effect if direction is Direction.REQUEST else reverse(effect)
    return _OF_REQUESTS.get(seen, Level.INFO)


def level_for_new_client(effect: Effect, direction: Direction) -> Level:
    """How bad it is for a new client that talks to an old server."""
    return level_for_old_client(reverse(effect), direction)
