"""For each setting the goal and the limit that made it so, in words with numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.plan.config.behaviour import SHARES
from core.plan.config.chosen import Choice
from core.plan.config.menu import Menu
from core.plan.config.places import moves
from core.plan.config.setting import FAST_FORWARD, TRANSFER_FIELDS, Sending
from core.plan.config.state import State
from core.plan.config.transfer import Transfer
from core.plan.entry import PARTS
from core.plan.goals.goal import Goal
from core.units import duration_text, size_text

_MB: Final = 1_000_000
_CENTS: Final = 100


def rate_text(rate: float) -> str:
    """As people give it: `3.1MB/s`, `640kB/s`."""
    if rate >= _MB:
        return f"{rate / _MB:.1f}MB/s"
    return f"{rate / 1000:.0f}kB/s"


def money_text(cents: int) -> str:
    """Whole units of whatever money it is."""
    return f"{round(cents / _CENTS):,}"


@dataclass(frozen=True, slots=True)
class Reasons:
    """Of one group, with what was chosen for it."""

    menu: Menu
    choice: Choice
    state: State

    def all(self) -> Mapping[str, str]:
        """By the name of the setting."""
        if self.choice.transfer.kind == "none":
            why = (
                "there is no room to copy it beside groups of a higher priority: see what is short"
            )
            return {"mode": why}
        return {
            "mode": self._sending(),
            "bandwidth": self._share(),
            "compression": self._level(),
            "regulation": self._regulation(),
            "access": self._access(),
            "journal": self._journal(),
            "access_log": self._log(),
            "journal_compression": self._packing(),
            "retention": self._ladder(),
            "history": self._history(),
            "appliance": self._appliance(),
            "standby": self._standby(),
        }

    @property
    def _goal(self) -> Goal:
        return self.menu.goal

    # How it is sent.

    def _sending(self) -> str:
        own, goal = self.choice.transfer, self._goal
        link = self.state.link(self.menu.load.link)
        words = [f"at most {self._lost(own)} can be lost, and the RPO is {_span(goal.rpo_ns)}"]
        if own.sending is not Sending.SYNC and link.rtt_ns > goal.latency_ns:
            words.append(
                f"sync would hold up each write for {_span(link.rtt_ns)},"
                f" and {_span(goal.latency_ns)} are allowed"
            )
        for sending in Sending:
            if sending not in (own.sending, Sending.MARK):
                others = [each for each in self.menu.transfers if each.sending is sending]
                if others:
                    words.append(f"{sending} {self._against(min(others, key=self._weight))}")
        return "; ".join(words)

    def _share(self) -> str:
        own = self.choice.transfer
        less = [each for each in self._alike("share") if each.share < own.share]
        more = [each for each in self._alike("share") if each.share > own.share]
        words = []
        if less:
            next_less = max(less, key=lambda each: each.share)
            words.append(f"{self._rate(next_less)} {self._against(next_less)}")
        else:
            words.append("it is the least of what would do")
        if more:
            next_more = min(more, key=lambda each: each.share)
            words.append(f"{self._rate(next_more)} {self._against(next_more)}")
        return "; ".join(words)

    def _level(self) -> str:
        own = self.choice.transfer
        found: dict[str, list[Transfer]] = {}
        for each in self.menu.transfers:
            if each.sending is own.sending and each.level != own.level:
                found.setdefault(each.level, []).append(each)
        ratio = self.menu.load.ratios[own.level]
        words = [f"what is sent is {ratio:.0%} of what is written"]
        for level, ways in found.items():
            words.append(f"{level} {self._against(min(ways, key=self._weight))}")
        return "; ".join(words)

    def _regulation(self) -> str:
        own, goal = self.choice.transfer, self._goal
        allowed = "hosts may not be held up"
        if goal.slowdown_ns:
            allowed = f"hosts may be held up {_span(goal.slowdown_ns)} a day"
        if own.sending in (Sending.SYNC, Sending.SNAPSHOT):
            return f"in mode {own.sending} there is nothing to regulate"
        if own.within_ns:
            expected = (
                f"and {_span(own.held_ns)} are expected" if own.held_ns else "and none is expected"
            )
            return f"{allowed}, {expected}; so the lag keeps to {_span(own.within_ns)}"
        return f"{allowed}, and more would be needed" if goal.slowdown_ns else allowed

    def _access(self) -> str:
        own, goal = self.choice.transfer, self._goal
        other = [each for each in self._alike("access") if each is not own]
        words = [f"an image is open after {_span(own.rto_ns)}, and the RTO is {_span(goal.rto_ns)}"]
        words += [f"{each.access} {self._against(each)}" for each in other[:1]]
        return "; ".join(words)

    # What is kept.

    def _journal(self) -> str:
        storage, goal = self.choice.storage, self._goal
        reached = (
            f"it reaches back {_span(storage.window_ns)}, and the window is {_span(goal.window_ns)}"
        )
        if storage.window_ns < goal.window_ns:
            return f"{reached}: more has no room in pool {self.menu.load.pool}"
        others = [
            each
            for each in self.menu.storages[storage.kind]
            if each.journal_bytes < storage.journal_bytes and each.phases == storage.phases
        ]
        if not others:
            return reached
        less = max(others, key=lambda each: each.journal_bytes)
        if less.window_ns < goal.window_ns:
            worse = f"would reach back {_span(less.window_ns)}"
        elif less.cents < storage.cents:
            worse = "would need points that lie further apart, or processors for compression"
        else:
            worse = "would do as well"
        return f"{reached}; {size_text(less.journal_bytes)} {worse}"

    def _log(self) -> str:
        storage, goal = self.choice.storage, self._goal
        if not goal.test_ns:
            return "no time for tests is wanted: it is the least that there is"
        size = size_text(storage.journal_bytes * storage.log_percent // 100)
        return f"a test of {_span(goal.test_ns)} that writes as production does needs {size} of it"

    def _packing(self) -> str:
        ratio = self.menu.load.journal_ratio
        if ratio >= 1:
            return "nothing was measured that it would save"
        if self.choice.storage.journal_compression:
            return f"it takes {ratio:.0%} of the room"
        return f"it would take {ratio:.0%} of the room, and that is not short"

    def _ladder(self) -> str:
        goal, spacing_ns = self._goal, self.choice.storage.spacing_ns
        if goal.every_write_ns >= goal.window_ns:
            return "each write of the whole window is wanted as a point"
        if not spacing_ns:
            return "there is room for each write, which is more than is wanted"
        return (
            f"each write is wanted for {_span(goal.every_write_ns)}, and further back points"
            f" {_span(goal.spacing_ns)} apart at most: that takes less room"
        )

    def _history(self) -> str:
        storage = self.choice.storage
        if storage.phases == FAST_FORWARD:
            return (
                f"with it {storage.phases} operations for each write would be 5, which"
                f" pool {self.menu.load.pool} does not have"
            )
        return f"it takes {storage.iops} operations a second of pool {self.menu.load.pool}"

    # Where it is.

    def _appliance(self) -> str:
        place, kept = self.choice.place, self.menu.current
        if kept and kept.appliance == place.appliance:
            return "it is there, and nothing is gained by moving it"
        return "it has room for it, with any other appliance lost"

    def _standby(self) -> str:
        if not self.choice.place.standby:
            count = len(self.state.appliances)
            return "there is no other" if count == 1 else "no other appliance has room for it"
        return f"it has room for it once {self.choice.place.appliance} is lost"

    # Against what was not chosen.

    def _alike(self, field: str) -> list[Transfer]:
        """What differs in that only."""
        own = self.choice.transfer
        rest = [name for name in TRANSFER_FIELDS if name != field]
        return [
            each
            for each in self.menu.transfers
            if all(getattr(each, name) == getattr(own, name) for name in rest)
        ]

    def _weight(self, each: Transfer) -> tuple[int, int, int]:
        return each.missed, each.also, each.cents

    def _against(self, other: Transfer) -> str:
        """Why another way was not taken."""
        own, goal = self.choice.transfer, self._goal
        if other.missed > own.missed:
            return f"would lose up to {self._lost(other)}"
        if other.also > own.also:
            return f"would open an image after {_span(other.rto_ns)}, RTO {_span(goal.rto_ns)}"
        limit = SHARES * (PARTS - self.state.link(self.menu.load.link).reserve) // PARTS
        if other.share > limit:
            return "would take more than the link has"
        if other.cents > own.cents:
            return f"would cost {money_text(other.cents - own.cents)} more a year"
        if self.menu.current and self.menu.changes_of_transfer(
            other
        ) > self.menu.changes_of_transfer(own):
            return "would change what is configured for too little"
        if other.share > own.share or other.cpu > own.cpu or other.memory > own.memory:
            return "would take what others need more"
        return "would be as good"

    def _lost(self, each: Transfer) -> str:
        return _span(each.rpo_ns)

    def _rate(self, each: Transfer) -> str:
        link = self.state.link(self.menu.load.link)
        return rate_text(each.share * link.bandwidth / SHARES)


def missed_goals(menu: Menu, choice: Choice, state: State) -> Mapping[str, str]:
    """By the name of a goal that is not kept, what is planned instead."""
    goal, transfer, storage = menu.goal, choice.transfer, choice.storage
    if transfer.kind == "none":
        return {"rpo": "it is not copied", "rto": "it is not copied", "window": "it is not copied"}
    found = {}
    if transfer.missed:
        found["rpo"] = f"{_span(transfer.rpo_ns)} instead of {_span(goal.rpo_ns)}"
    if transfer.also:
        found["rto"] = f"{_span(transfer.rto_ns)} instead of {_span(goal.rto_ns)}"
    if storage.window_ns < goal.window_ns:
        found["window"] = f"{_span(storage.window_ns)} instead of {_span(goal.window_ns)}"
    elif storage.missed:
        found["test-access"] = "the access log is too small for it, or points lie too far apart"
    if len(state.appliances) > 1 and not choice.place.standby:
        found["standby"] = f"no other appliance has room once {choice.place.appliance} is lost"
    return found


def moved(menu: Menu, choice: Choice) -> bool:
    """Is anything of it not what it was?"""
    if menu.current is None:
        return True
    kept = type(choice.place)(menu.current.appliance, menu.current.standby)
    return bool(
        menu.changes_of_transfer(choice.transfer)
        or menu.changes_of_storage(choice.storage)
        or moves(kept, choice.place)
    )


def _span(nanoseconds: int) -> str:
    return duration_text(nanoseconds) if nanoseconds else "nothing"
