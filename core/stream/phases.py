"""In which state the feeding of replicas is, and what changes that.

Rule: every change of state is in this table. Each byte that goes to a replica takes five phases
while DISTRIBUTING, three in FAST_FORWARD, which leaves out that what is overwritten is read and
kept, and one while INITIALISING or RESYNCING, in which the replica is copied from production.
While MARKING the journal takes nothing: it is known of production by region what was written.

    state          pre-images   hosts' writes go to       points are offered
    INITIALISING   no           journal, production       no
    DISTRIBUTING   yes          journal, production       from the beginning of history on
    FAST_FORWARD   no           journal, production       no
    MARKING        no           production, marks         those that there were
    RESYNCING      no           journal, production       no
    SHIPPING       no           journal, production       by the copy, where it is

A copy at another site keeps pre-images and points itself: what production has of it is SHIPPING.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """How replicas are fed."""

    INITIALISING = "initialising"
    DISTRIBUTING = "distributing"
    FAST_FORWARD = "fast-forward"
    MARKING = "marking"
    RESYNCING = "resyncing"
    SHIPPING = "shipping"


class Event(StrEnum):
    """What may happen to the feeding of replicas."""

    ALIKE = "alike"  # the replicas are what production was when an epoch began
    PRESSED = "pressed"  # what waits for the replicas, or pre-images, take too much room
    CAUGHT_UP = "caught up"  # little waits for the replicas, and an epoch begins
    FULL = "full"  # the journal cannot take the next write
    BEHIND = "behind"  # a copy elsewhere is further behind than it may be
    CRASHED = "crashed"  # whoever served the group did not come to an end
    GONE = "gone"  # what the replicas hold is not known
    TAKEN = "taken"  # whoever has the replicas writes on them, and keeps nothing of what they held
    READY = "ready"  # the replicas can be fed again
    SHIPPED = "shipped"  # a copy elsewhere has every region, and begins history by itself


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = {
    (State.INITIALISING, Event.ALIKE): State.DISTRIBUTING,
    (State.INITIALISING, Event.FULL): State.MARKING,
    (State.INITIALISING, Event.BEHIND): State.MARKING,
    (State.INITIALISING, Event.CRASHED): State.MARKING,
    (State.INITIALISING, Event.GONE): State.MARKING,
    (State.DISTRIBUTING, Event.PRESSED): State.FAST_FORWARD,
    (State.DISTRIBUTING, Event.FULL): State.MARKING,
    (State.DISTRIBUTING, Event.CRASHED): State.DISTRIBUTING,
    (State.DISTRIBUTING, Event.GONE): State.MARKING,
    (State.DISTRIBUTING, Event.TAKEN): State.MARKING,
    (State.FAST_FORWARD, Event.CAUGHT_UP): State.DISTRIBUTING,
    (State.FAST_FORWARD, Event.FULL): State.MARKING,
    (State.FAST_FORWARD, Event.CRASHED): State.MARKING,
    (State.FAST_FORWARD, Event.GONE): State.MARKING,
    (State.MARKING, Event.READY): State.RESYNCING,
    (State.MARKING, Event.CRASHED): State.MARKING,
    (State.MARKING, Event.GONE): State.MARKING,
    (State.MARKING, Event.TAKEN): State.MARKING,
    (State.RESYNCING, Event.ALIKE): State.DISTRIBUTING,
    (State.RESYNCING, Event.FULL): State.MARKING,
    (State.RESYNCING, Event.BEHIND): State.MARKING,
    (State.RESYNCING, Event.CRASHED): State.MARKING,
    (State.RESYNCING, Event.GONE): State.MARKING,
    (State.INITIALISING, Event.SHIPPED): State.SHIPPING,
    (State.RESYNCING, Event.SHIPPED): State.SHIPPING,
    (State.SHIPPING, Event.FULL): State.MARKING,
    (State.SHIPPING, Event.BEHIND): State.MARKING,
    (State.SHIPPING, Event.CRASHED): State.MARKING,
    (State.SHIPPING, Event.GONE): State.MARKING,
}

COPYING: Final = frozenset({State.INITIALISING, State.RESYNCING})


def after(state: State, event: Event) -> State:
    """The next state; an event that cannot happen in a state is a mistake of ours (KeyError)."""
    return TRANSITIONS[state, event]
