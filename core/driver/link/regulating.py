"""A copy that is kept within bounds: what is seen of it, and the hosts that wait for that.

There is no thread for it. Whoever has written, or waits to be acknowledged, looks how far the copy
is, now and then; so does whoever ships, and who asks for the status.
"""

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final, NamedTuple

from core.machine.link.flights import Flown
from core.machine.link.lag import Lag, Part
from core.machine.link.pace import LOOK_NS_MAX, Pace
from core.machine.link.regulation import CONTROL_NS, Bound, Policy, Regulation, Seen, Worst
from core.units import NANOSECONDS_PER_SECOND, size_text

_GRAIN_NS: Final = 5_000_000
_NOTHING: Final = Part(0, 0)


class Limits(NamedTuple):
    """How far behind a copy may be, and what is done for that."""

    policy: Policy
    bounds: Mapping[Bound, int]


UNLIMITED: Final = Limits(Policy.NONE, {})


class Answered(NamedTuple):
    """What it was sent, and what it said last: how far it is, and what it has not applied."""

    is_connected: bool
    sent: int
    received: int
    unapplied: int
    flown: Flown = Flown()
    queued: int | None = None


class Regulating:
    """Of one copy. It takes no lock of the group's, and nobody who calls it may have that."""

    def __init__(
        self, limits: Limits, answered: Callable[[], Answered], mark: Callable[[], None]
    ) -> None:
        """`answered` hears what there is of the copy; `mark` gives it up for now."""
        self._answered, self._mark = answered, mark
        self._last = answered()
        self._lock = Lock()
        self._regulation = Regulation(limits.policy, limits.bounds)
        self._pace = Pace()
        self._lag = Lag(self._last.received, grain_ns=_GRAIN_NS)
        self._next_ns = 0
        self._held_ns = 0

    def found(self, end: int, size: int, age_ns: int) -> None:
        """So much is in the journal that the copy lacks, from before this process was begun."""
        with self._lock:
            self._lag.wrote(end, size, time.monotonic_ns() - age_ns)

    def wrote(self, end: int, size: int) -> None:
        """Hosts wrote a chunk of so many bytes, up to a write."""
        now_ns = time.monotonic_ns()
        with self._lock:
            self._lag.wrote(end, size, now_ns)
        self.look(now_ns)

    def hold(self, size: int) -> "Hold | None":
        """What holds back the acknowledgement of that chunk."""
        if self._pace.is_free:
            return None
        now_ns = time.monotonic_ns()
        with self._lock:
            place = self._pace.place(size, now_ns)
            if not self._pace.left_ns(place, now_ns, now_ns):
                return None
        return Hold(self, place, now_ns)

    def look(self, now_ns: int) -> None:
        """See how far the copy is, if that was not done just now."""
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + CONTROL_NS
        answered = self._answered()
        with self._lock:
            self._see(answered, now_ns)
            marks = self._regulation.marks
        if marks:
            self._mark()

    def left_ns(self, place: float, since_ns: int) -> int:
        """How long a chunk is to be held yet that has a place since a time."""
        now_ns = time.monotonic_ns()
        self.look(now_ns)
        with self._lock:
            left_ns = self._pace.left_ns(place, since_ns, now_ns)
            if not left_ns:
                self._held_ns = max(self._held_ns, now_ns - since_ns)
        return min(left_ns, LOOK_NS_MAX)

    def switch(self, limits: Limits) -> None:
        """From now on it is another policy."""
        with self._lock:
            self._regulation.switch(limits.policy, limits.bounds)
        self._next_ns = 0
        self.look(time.monotonic_ns())

    @property
    def limits(self) -> Limits:
        """What it is now."""
        with self._lock:
            return Limits(self._regulation.policy, dict(self._regulation.bounds))

    @property
    def is_at_work(self) -> bool:
        """Is anything held back?"""
        return not self._pace.is_free

    @property
    def is_folding(self) -> bool:
        """Is what the copy lacks to be shipped as one?"""
        return self._regulation.is_folding

    @property
    def is_too_much(self) -> bool:
        """Would a copy that is to be marked so be too slow for what hosts write now?"""
        with self._lock:
            is_calm = self._regulation.is_calm(self._lag.written, time.monotonic_ns())
            return self._regulation.policy is Policy.MARK and not is_calm

    def status(self, coming: Part = _NOTHING) -> dict[str, Any]:
        """The bounds, what is bounded now, the worst of it and why, and what hosts wait.

        `coming` is what is not in the journal yet.
        """
        now_ns = time.monotonic_ns()
        self.look(now_ns)
        with self._lock:
            regulation, bounds = self._regulation, self._regulation.bounds
            queue, wire, remote, apply = self._lag.parts(now_ns)
            delay_ns = self._pace.delay_ns(now_ns)
            return {
                "policy": regulation.policy.value,
                "bounds": {each.value: bounds.get(each) for each in Bound},
                "lag": {
                    "bytes": queue.size + wire.size,
                    "seconds": _seconds(queue.age_ns + wire.age_ns),
                    "parts": {
                        **_part("splitter", coming),
                        **_part("queue", queue),
                        **_part("wire", wire),
                        **_part("remote", remote),
                        **_part("apply", apply),
                        "regulation_seconds": _seconds(delay_ns),
                    },
                },
                "unapplied": self._last.unapplied,
                "written": self._lag.written,
                "load": int(regulation.load),
                "drain": _rate(regulation.link.rate),
                "applied_rate": _rate(regulation.applying.rate),
                "delay_s": _seconds(delay_ns),
                "longest_delay_s": _seconds(self._held_ns),
                "worst": {
                    bound.value: _worst(bound, worst, bounds.get(bound), now_ns)
                    for bound, worst in regulation.worst.items()
                },
            }

    def _see(self, answered: Answered, now_ns: int) -> None:
        lag, regulation, self._last = self._lag, self._regulation, answered
        sent = answered.sent if answered.is_connected else 0
        lag.seen(
            sent=sent,
            received=answered.received,
            unapplied=answered.unapplied,
            queued=answered.queued,
        )
        size, since = lag.lacking
        age_ns = 0 if since is None else max(0, now_ns - since)
        seen = Seen(
            *(answered.is_connected, lag.written, size, age_ns, answered.unapplied, answered.flown)
        )
        regulation.look(seen, now_ns)
        self._pace.set(regulation.rate, stands=regulation.blocks, now_ns=now_ns)


class Hold:
    """The acknowledgement of a chunk, which has a place in the row of all."""

    __slots__ = ("_place", "_regulating", "_since_ns")

    def __init__(self, regulating: Regulating, place: float, since_ns: int) -> None:
        self._regulating, self._place, self._since_ns = regulating, place, since_ns

    def left_s(self) -> float:
        """See `core.driver.nbd.export`."""
        return self._regulating.left_ns(self._place, self._since_ns) / NANOSECONDS_PER_SECOND


def _part(name: str, part: Part) -> dict[str, float]:
    return {f"{name}_bytes": part.size, f"{name}_seconds": _seconds(part.age_ns)}


def _worst(bound: Bound, worst: Worst, high: int | None, now_ns: int) -> dict[str, Any]:
    return {
        "value": worst.value,
        "margin": None if high is None else high - worst.value,
        "time_ns": time.time_ns() - (now_ns - worst.at_ns),
        "drain": _rate(worst.drain),
        "load": int(worst.load),
        "cause": _cause(bound, worst),
    }


def _cause(bound: Bound, worst: Worst) -> str:
    if not worst.value:
        return ""
    if not worst.was_connected:
        return "the copy was not connected"
    does = "applied" if bound is Bound.UNAPPLIED else "took"
    drain = "nothing yet" if worst.drain is None else f"{size_text(int(worst.drain))}/s"
    return f"hosts wrote {size_text(int(worst.load))}/s, and the copy {does} {drain}"


def _rate(rate: float | None) -> int | None:
    return None if rate is None else int(rate)


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / NANOSECONDS_PER_SECOND, 3)
