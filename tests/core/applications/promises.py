"""What a host was promised: things that it wrote one after the other, each acknowledged durable."""

from collections.abc import Sequence
from typing import NamedTuple


class Promise(NamedTuple):
    """When a thing was sent to be kept, and when the answer was there that it is."""

    sent_ns: int
    acknowledged_ns: int


def lost(promises: Sequence[Promise], held: int, *, at_ns: int) -> int:
    """How many are missing of those acknowledged by a time, where the first `held` are there.

    None may be there that was sent later.
    """
    promised = sum(each.acknowledged_ns <= at_ns for each in promises)
    sent = sum(each.sent_ns <= at_ns for each in promises)
    assert held <= sent, f"{held} are there when {sent} had been sent"
    return max(0, promised - held)
