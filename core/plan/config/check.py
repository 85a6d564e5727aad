"""Whether a plan keeps what it must, and does what it says: reckoned again, sample by sample.

Nothing of how plans are found is used here, nor numpy: what is wrong there is not wrong here, too.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from core.plan.config.setting import (
    BANDWIDTH_MIN,
    INTERVALS_NS,
    LAG_BYTES_MIN,
    LAG_NS_MIN,
    LOG_PERCENT_MAX,
    LOG_PERCENT_MIN,
    Access,
    Predicted,
    Sending,
    Setting,
)
from core.plan.config.state import Appliance, Link, Load, Pool, State
from core.plan.goals.goal import Goal

_SECOND: Final = 1e9
_WHOLE_LINK: Final = 100_000
_NEAR: Final = 1.002
_NEAR_S: Final = 0.002
_MIB: Final = 1 << 20


def complaints(
    goals: Sequence[Goal],
    state: State,
    settings: Mapping[str, Setting],
    predicted: Mapping[str, Predicted],
) -> tuple[str, ...]:
    """Everything that is wrong with a plan, in words; nothing where all is well."""
    loads = {each.name: each for each in state.groups}
    if {each.group for each in goals} != settings.keys() or settings.keys() != predicted.keys():
        return ("it is not of the groups that have goals",)
    found: list[str] = []
    for goal in goals:
        group = _Group(goal, loads[goal.group], state, settings[goal.group])
        words = (*group.beyond_limits(), *group.untrue(predicted[goal.group]))
        found += [f"{goal.group}: {each}" for each in words]
    found += _links(goals, loads, state, settings)
    found += _pools(goals, loads, state, settings, predicted)
    found += _appliances(goals, loads, state, settings, predicted)
    return tuple(found)


class _Group:
    """One group with its setting."""

    def __init__(self, goal: Goal, load: Load, state: State, setting: Setting) -> None:
        self.goal, self.load, self.state, self.setting = goal, load, state, setting
        self.link: Link = next(each for each in state.links if each.name == load.link)
        self.pool: Pool = next(each for each in state.pools if each.name == load.pool)
        self.step_s = load.every_ns / _SECOND
        self.mean = sum(load.rates) / len(load.rates)
        self.is_copied = setting.sending is not Sending.MARK
        self._sums = [0.0]
        for rate in load.rates * 2:
            self._sums.append(self._sums[-1] + rate * self.step_s)

    def beyond_limits(self) -> Iterator[str]:
        """What may not be, whatever it is good for."""
        setting, link = self.setting, self.link
        if not self.is_copied:
            if setting.appliance or setting.standby or setting.share or setting.journal_bytes:
                yield "it is not copied, and takes something all the same"
            return
        names = [each.name for each in self.state.appliances]
        if setting.appliance not in names or setting.standby not in (*names, ""):
            yield "it is on an appliance that there is not"
        if setting.standby == setting.appliance:
            yield "its standby is the appliance that it is on"
        if setting.level not in self.load.ratios:
            yield f"nothing is known of it with compression {setting.level}"
            return
        if setting.share * link.bandwidth // _WHOLE_LINK < BANDWIDTH_MIN * 0.999:
            yield "it has too little bandwidth to keep a link alive"
        if (setting.sending is Sending.SNAPSHOT) != (setting.interval_ns in INTERVALS_NS):
            yield f"it is sent as {setting.sending} every {setting.interval_ns} ns"
        if not LOG_PERCENT_MIN <= setting.log_percent <= LOG_PERCENT_MAX:
            yield f"its access log has {setting.log_percent} % of the journal"
        if setting.journal_bytes < 64 * _MIB or setting.phases not in (3, 5):
            yield "its journal is none"
        is_bounded = setting.regulated or setting.sending is Sending.SEMI_SYNC
        if is_bounded and setting.within_ns < LAG_NS_MIN:
            yield "its lag is bound to less than can be kept"
        if is_bounded and self._least_raw() * setting.within_ns / _SECOND < LAG_BYTES_MIN * 0.999:
            yield "its lag is bound to fewer bytes than are on their way at once"
        if setting.sending is Sending.SYNC:
            if link.rtt_ns > self.goal.latency_ns:
                yield "a write would take longer than it may"
            if any(
                rate > each * 1.0001
                for rate, each in zip(self.load.rates, self.served(), strict=True)
            ):
                yield "hosts would wait for the link"

    def served(self) -> list[float]:
        """What of hosts' writes the link takes in each sample, in bytes a second."""
        link, setting = self.link, self.setting
        most = self._one_connection()
        found = []
        for nth in range(len(self.load.rates)):
            minute = (self.load.begin + int(nth * self.load.every_ns // (60 * 10**9))) % 1440
            rate = link.bandwidth
            for begin, end, other in link.windows:
                if (begin <= minute < end) if begin < end else (minute >= begin or minute < end):
                    rate = other
                    break
            wire = min(rate * setting.share / _WHOLE_LINK, most)
            found.append(wire / self.load.ratios[setting.level])
        return found

    def _one_connection(self) -> float:
        """What losses leave of it."""
        if not self.link.loss or not self.link.rtt_ns:
            return math.inf
        return 1460 * 1.22 / (self.link.rtt_ns / _SECOND * math.sqrt(self.link.loss))

    def _least_wire(self) -> float:
        narrow = min((self.link.bandwidth, *(rate for *_, rate in self.link.windows)))
        return min(narrow * self.setting.share / _WHOLE_LINK, self._one_connection())

    def _least_raw(self) -> float:
        return self._least_wire() / self.load.ratios[self.setting.level]

    def waits(self) -> list[float]:
        """Seconds until what is written at the end of each sample has been sent."""
        rates, served, step = self.load.rates * 3, self.served() * 3, self.step_s
        count = len(self.load.rates)
        arrived, sent = [0.0], [0.0]
        for rate, service in zip(rates, served, strict=True):
            arrived.append(arrived[-1] + rate * step)
            sent.append(min(arrived[-1], sent[-1] + service * step))
        if sum(rates) > sum(served) * (1 + 1e-9):
            return [math.inf] * count
        found, place = [], 0
        for nth in range(count + 1, 2 * count + 1):
            while place < len(sent) and sent[place] < arrived[nth] - 0.5:
                place += 1
            if place <= nth:
                found.append(0.0)
            elif place == len(sent):
                found.append(math.inf)
            else:
                left = (arrived[nth] - sent[place - 1]) / served[place - 1]
                found.append(max(0.0, (place - 1 - nth) * step + left))
        return found

    def untrue(self, told: Predicted) -> Iterator[str]:
        """What is said of it, and is not so; better than what is said it may be."""
        goal, setting = self.goal, self.setting
        if not self.is_copied:
            return
        if setting.level not in self.load.ratios:
            return
        lag_s, held = self._lag()
        if told.rpo_ns / _SECOND * _NEAR + _NEAR_S < lag_s:
            yield f"{lag_s:.3f} s may be lost, and it is said {told.rpo_ns / _SECOND:.3f} s"
        if held * 86_400 > goal.slowdown_ns / _SECOND * _NEAR + _NEAR_S:
            yield f"hosts are held up {held * 86_400:.0f} s a day"
        few = self._unapplied()
        roll_s = 2.0 if setting.access is Access.VIRTUAL else 5.0 + few / self.pool.apply
        if told.rto_ns / _SECOND * _NEAR + _NEAR_S < roll_s:
            yield f"an image takes {roll_s:.3f} s, and it is said {told.rto_ns / _SECOND:.3f} s"
        if told.memory_bytes * _NEAR + 1 < self._mapped(few):
            yield f"its map takes {self._mapped(few):.0f} bytes, not {told.memory_bytes}"
        if told.cpu * _NEAR + 1 < self._packing():
            yield f"it takes {self._packing():.0f} thousandths of a core, not {told.cpu}"
        if setting.phases == 5:
            room = setting.journal_bytes * (100 - setting.log_percent) / 100 * 0.95
            need = self._needed(told.window_ns)
            if need > room * _NEAR:
                yield f"its journal has room for {room:.0f} bytes, and needs {need:.0f}"
        elif told.window_ns:
            yield "without history it has a window"
        kept = setting.journal_bytes * setting.log_percent / 100
        if told.window_ns >= goal.window_ns and self._tested() > kept * _NEAR:
            yield "its access log is full before a test is over"

    def _mapped(self, few: float) -> float:
        """Bytes of memory for an image that is open before all of it is applied."""
        if self.setting.access is not Access.VIRTUAL:
            return 0.0
        write = self.mean / self.load.iops if self.load.iops else 8192.0
        return few / max(write, 1.0) * 64

    def _packing(self) -> float:
        """Thousandths of a core for compression, on the way and in the journal."""
        level = next(each for each in self.state.levels if each.name == self.setting.level)
        journal = self.state.journal_cpu if self.setting.journal_compression else 0
        return _busy(self.load) / 1e6 * (level.cpu + journal)

    def _lag(self) -> tuple[float, float]:
        """The most that may be lost, in seconds, and for what part of a day hosts are held up."""
        setting, rtt_s = self.setting, self.link.rtt_ns / _SECOND
        if setting.sending is Sending.SYNC:
            return 0.0, 0.0
        if setting.sending is Sending.SNAPSHOT:
            size = self._unique(setting.interval_ns) * self.load.ratios[setting.level]
            took_s = size / self._least_wire()
            if took_s > setting.interval_ns / _SECOND * _NEAR:
                return math.inf, 0.0
            return setting.interval_ns / _SECOND + took_s + rtt_s, 0.0
        waits = [each * self._factor() for each in self.waits()]
        if not setting.within_ns:
            return max(waits) + rtt_s, 0.0
        bound_s = setting.within_ns / _SECOND
        late = sum(each > bound_s * 1.0001 for each in waits) / len(waits)
        return min(max(waits), bound_s) + rtt_s, late

    def _factor(self) -> float:
        """By what the lag that was measured differs from what is reckoned."""
        measured = self.load.measured
        if measured is None:
            return 1.0
        service = measured.bandwidth / self.load.ratios[measured.level]
        backlog, expected = 0.0, []
        if sum(measured.rates) > service * len(measured.rates):
            return 1.0
        for rate in measured.rates * 2:
            backlog = max(0.0, backlog + (rate - service) * measured.every_ns / _SECOND)
            expected.append(backlog / service)
        expected = expected[len(measured.rates) :]
        square = sum(each * each for each in expected)
        both = sum(one * other for one, other in zip(expected, measured.lag_s, strict=True))
        return min(3.0, max(0.5, both / square)) if square and both else 1.0

    def _unapplied(self) -> float:
        """The most bytes that the copy has and has not applied."""
        if self.setting.sending is Sending.SNAPSHOT:
            return self._unique(self.setting.interval_ns)
        waiting, most, left = 0.0, 0.0, 0.0
        for rate, service in zip(self.load.rates * 2, self.served() * 2, strict=True):
            sent = min(service * self.step_s, left + rate * self.step_s)
            left += rate * self.step_s - sent
            waiting = max(0.0, waiting + sent - self.pool.apply * self.step_s)
            most = max(most, waiting)
        return most

    def _within(self, seconds: float) -> float:
        """The most that is written in so many seconds."""
        count = len(self.load.rates)
        whole, rest = divmod(seconds, count * self.step_s)
        most = 0.0
        for nth in range(count + 1):
            most = max(most, self._sum_at(nth * self.step_s + rest) - self._sums[nth])
            end = (count + nth) * self.step_s
            most = max(most, self._sums[count + nth] - self._sum_at(end - rest))
        return whole * self._sums[count] + most

    def _sum_at(self, second: float) -> float:
        place = min(len(self._sums) - 2, int(second / self.step_s))
        part = min(1.0, second / self.step_s - place)
        return self._sums[place] + part * (self._sums[place + 1] - self._sums[place])

    def _unique(self, nanoseconds: int) -> float:
        return self._within(nanoseconds / _SECOND) * _unique_share(self.load, nanoseconds)

    def _tested(self) -> float:
        return self.mean * self.goal.test_ns / _SECOND

    def _needed(self, window_ns: int) -> float:
        """Bytes that points take as far back as that, and what waits during a test."""
        setting = self.setting
        every_ns = min(self.goal.every_write_ns, window_ns) if setting.spacing_ns else window_ns
        kept = self._points(every_ns, setting.interval_ns)
        if setting.spacing_ns and window_ns > every_ns:
            apart_ns = max(setting.spacing_ns, setting.interval_ns)
            kept += self._points(window_ns - every_ns, apart_ns)
        ratio = self.load.journal_ratio if setting.journal_compression else 1.0
        return (kept * self.load.journal_growth + self._tested()) * ratio

    def _points(self, length_ns: int, apart_ns: int) -> float:
        every = self._within(length_ns / _SECOND)
        return every * _unique_share(self.load, apart_ns) if apart_ns else every


def _slices(goals: Sequence[Goal], state: State) -> Iterator[tuple[str, list[str], float]]:
    """All groups, and those of each tenant: whose, which, and what part of everything they have."""
    yield "all groups", [each.group for each in goals], 1.0
    for tenant, share in state.tenants.items():
        own = [each.group for each in goals if each.tenant == tenant]
        yield f"tenant {tenant}", own, share / 1000


def _links(
    goals: Sequence[Goal],
    loads: Mapping[str, Load],
    state: State,
    settings: Mapping[str, Setting],
) -> Iterator[str]:
    for link in state.links:
        for whose, names, part in _slices(goals, state):
            taken = sum(settings[name].share for name in names if loads[name].link == link.name)
            if taken > _WHOLE_LINK * (1 - link.reserve / 1000) * part + 1e-6:
                yield f"link {link.name}: {whose} take {taken / 1000:.3f} % of it"


def _pools(
    goals: Sequence[Goal],
    loads: Mapping[str, Load],
    state: State,
    settings: Mapping[str, Setting],
    predicted: Mapping[str, Predicted],
) -> Iterator[str]:
    for pool in state.pools:
        for whose, names, part in _slices(goals, state):
            own = [name for name in names if loads[name].pool == pool.name]
            copied = [name for name in own if settings[name].sending is not Sending.MARK]
            for what, taken, room in (
                ("bytes", sum(settings[name].journal_bytes for name in own), pool.bytes),
                ("memory", sum(predicted[name].memory_bytes for name in own), pool.memory),
                (
                    "operations",
                    sum(_operations(loads[name], settings[name]) for name in copied),
                    pool.iops,
                ),
            ):
                if taken > room * part * 1.0001:
                    yield f"pool {pool.name}: {whose} take {taken:.0f} of {room * part:.0f} {what}"


def _operations(load: Load, setting: Setting) -> float:
    if not setting.interval_ns:
        return setting.phases * load.iops
    return setting.phases * load.iops * _unique_share(load, setting.interval_ns)


def _unique_share(load: Load, nanoseconds: int) -> float:
    """What of all that is written in so long is different places."""
    known = [(1_000_000_000, 1.0), *load.fold]
    for (one, high), (other, low) in pairwise(known):
        if nanoseconds <= other:
            part = math.log(max(one, nanoseconds) / one) / math.log(other / one)
            return high + part * (low - high)
    return known[-1][1]


def _appliances(
    goals: Sequence[Goal],
    loads: Mapping[str, Load],
    state: State,
    settings: Mapping[str, Setting],
    predicted: Mapping[str, Predicted],
) -> Iterator[str]:
    busy = {name: _busy(load) for name, load in loads.items()}
    for each in state.appliances:
        for lost in (None, *(other for other in state.appliances if other is not each)):
            here = [
                name
                for name, setting in settings.items()
                if setting.appliance == each.name
                or (lost and setting.appliance == lost.name and setting.standby == each.name)
            ]
            yield from _overload(each, lost, here, busy, loads, predicted)
    for whose, names, part in _slices(goals, state):
        copied = [name for name in names if settings[name].sending is not Sending.MARK]
        room = part * sum(each.rate for each in state.appliances)
        if sum(busy[name] for name in copied) > room * 1.0001:
            yield f"appliances: {whose} take more of them than they have"


def _overload(
    each: Appliance,
    lost: Appliance | None,
    here: Sequence[str],
    busy: Mapping[str, float],
    loads: Mapping[str, Load],
    predicted: Mapping[str, Predicted],
) -> Iterator[str]:
    after = f" after the loss of {lost.name}" if lost else ""
    for what, taken, room in (
        ("bytes a second", sum(busy[name] for name in here), each.rate),
        ("writes a second", sum(loads[name].iops for name in here), each.iops),
        ("thousandths of a core", sum(predicted[name].cpu for name in here), each.cpu),
    ):
        if taken > room * 1.0001 + 1:
            yield f"appliance {each.name}{after}: {taken:.0f} {what} of {room}"


def _busy(load: Load) -> float:
    """What is written in all but the busiest twentieth of the time, in bytes a second."""
    ordered = sorted(load.rates)
    place = 0.95 * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
