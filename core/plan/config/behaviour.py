"""How a group behaves: from what it wrote to how far its copy is behind, and what a journal holds.

Theory of operation
-------------------
What hosts write is a curve of bytes over time, A. A link that serves S bytes by then has sent

    D(t) = S(t) + min over s <= t of (A(s) - S(s))

of them, which is a queue without loss. The byte that was written at t is gone when D reaches A(t):
how long that takes is the lag. The same once more, with D for A, is the copy that applies what
came. The series is taken to come again and again; looked at is its second time, so that what is
left of one evening is there the next morning.

Within a sample hosts are taken to write evenly. Samples should be as short as the lag matters.
"""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from core.plan.config.state import Link, Load, Measured
from core.units import NANOSECONDS_PER_SECOND

Rates: TypeAlias = npt.NDArray[np.float64]

SHARES: Final = 100_000
"""Bandwidth is given in so many parts of a link."""

_SEGMENT_BYTES: Final = 1460
_MATHIS: Final = 1.22
_PERIODS: Final = 3
_BYTE: Final = 0.5
PERCENTILE: Final = 95
_CALIBRATED_MIN, _CALIBRATED_MAX = 0.5, 3.0
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """By what predicted lags are multiplied, and how far off they are then: root mean square of
    the difference, as a share of the mean that was measured; None where nothing was."""

    factor: float = 1.0
    error: float | None = None


def every_s(load: Load) -> float:
    """Seconds of a sample."""
    return load.every_ns / NANOSECONDS_PER_SECOND


def carried(link: Link, load: Load) -> Rates:
    """What all of the link carries during each sample, in bytes in a second."""
    minutes = load.begin + np.arange(len(load.rates)) * load.every_ns // (60 * 10**9)
    of_day = np.array([link.at(each) for each in range(1440)], dtype=np.float64)
    found: Rates = of_day[minutes % 1440]
    return found


def one_stream_max(link: Link) -> float:
    """What one connection reaches on a link that loses packets, in bytes in a second."""
    if not link.loss or not link.rtt_ns:
        return math.inf
    rtt_s = link.rtt_ns / NANOSECONDS_PER_SECOND
    return _SEGMENT_BYTES * _MATHIS / (rtt_s * math.sqrt(link.loss))


def served(link: Link, whole: Rates, ratio: float, shares: npt.NDArray[np.int64]) -> Rates:
    """What is taken off hosts' writes in each sample, at each share of the link: (shares, samples).

    `whole` is what the link carries (see `carried`); a byte of theirs takes `ratio` bytes of it.
    """
    rates = shares[:, None] * whole[None, :] / SHARES
    return np.minimum(rates, one_stream_max(link)) / ratio


def lags(rates: Rates, seconds: float, service: Rates) -> Rates:
    """How long what is written at the end of each sample is on its way: (shares, samples) in
    seconds; infinite where more is written than ever can be sent."""
    samples = len(rates)
    arrived = _curve(rates[None, :], seconds)[0]
    sent = _curve(service, seconds)
    departed = sent + np.minimum.accumulate(arrived - sent, axis=1)
    wanted = arrived[samples + 1 : 2 * samples + 1]
    if (service == service[:, :1]).all():
        backlog = wanted - departed[:, samples + 1 : 2 * samples + 1]
        found = np.maximum(0.0, backlog - _BYTE) / service[:, :1]
    else:
        found = np.array([_reached(each, wanted, seconds) for each in departed])
    cannot = rates.sum() > service.sum(axis=1) * (1 + _ROUNDING)
    found[cannot] = math.inf
    result: Rates = found
    return result


def unapplied(rates: Rates, seconds: float, service: Rates, apply: float) -> Rates:
    """The most that the copy has got and not applied, at each share: bytes."""
    samples = len(rates)
    arrived = _curve(rates[None, :], seconds)[0]
    sent = _curve(service, seconds)
    departed = sent + np.minimum.accumulate(arrived - sent, axis=1)
    done = np.arange(departed.shape[1]) * seconds * apply
    waiting = departed - done - np.minimum.accumulate(departed - done, axis=1)
    most: Rates = waiting[:, samples : 2 * samples + 1].max(axis=1)
    if rates.mean() > apply:
        most = np.full_like(most, math.inf)
    return most


class Behaviour:
    """What one group writes, asked for again and again; what was found is kept."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.rates = np.asarray(load.rates, dtype=np.float64)
        self.seconds = every_s(load)
        self.mean = float(self.rates.mean())
        self.busy = float(np.percentile(self.rates, PERCENTILE))
        """Bytes in a second, in all but the busiest twentieth of the time."""
        self.calibration = calibrated(load)
        curve = np.cumsum(np.tile(self.rates, 2)) * self.seconds
        self._curve = np.concatenate(([0.0], curve))
        self._times = np.arange(len(self._curve)) * self.seconds
        self._within: dict[int, float] = {}
        known = [(NANOSECONDS_PER_SECOND, 1.0), *load.fold]
        self._lengths = np.log([float(each) for each, _ in known])
        self._shares = [share for _, share in known]

    def bytes_within(self, nanoseconds: int) -> float:
        """The most that is written in any time of that length."""
        found = self._within.get(nanoseconds)
        if found is None:
            found = self._within[nanoseconds] = self._most_within(nanoseconds)
        return found

    def _most_within(self, nanoseconds: int) -> float:
        samples, curve, times = len(self.rates), self._curve, self._times
        period_s = samples * self.seconds
        whole, rest_s = divmod(nanoseconds / NANOSECONDS_PER_SECOND, period_s)
        begins, ends = times[: samples + 1], times[samples:]
        after = np.interp(begins + rest_s, times, curve) - curve[: samples + 1]
        before = curve[samples:] - np.interp(ends - rest_s, times, curve)
        return float(whole * curve[samples] + max(after.max(), before.max()))

    def unique_share(self, nanoseconds: int) -> float:
        """What is different places of all that is written in so long.

        Between two times that were measured it falls with the logarithm; beyond the last it is
        that one's, and what is shorter than the first begins at all of it in a second.
        """
        length = math.log(max(1, nanoseconds))
        return float(np.interp(length, self._lengths, self._shares))

    def unique_within(self, nanoseconds: int) -> float:
        """Bytes of different places that are written in any time of that length, at most."""
        return self.bytes_within(nanoseconds) * self.unique_share(nanoseconds)


def calibrated(load: Load) -> Calibration:
    """The predictor held against what a node has measured of the group."""
    told = load.measured
    if told is None:
        return Calibration()
    predicted = predicted_lags(load, told)
    seen = np.asarray(told.lag_s)
    if not np.isfinite(predicted).all() or not predicted.any() or not seen.any():
        return Calibration()
    factor = float(
        np.clip(seen @ predicted / (predicted @ predicted), _CALIBRATED_MIN, _CALIBRATED_MAX)
    )
    off = math.sqrt(float(np.mean((seen - factor * predicted) ** 2)))
    return Calibration(factor, off / float(seen.mean()))


def predicted_lags(load: Load, told: Measured) -> Rates:
    """Seconds of lag at the end of each sample, as the link was when they were measured."""
    rates = np.asarray(told.rates, dtype=np.float64)
    service = np.full((1, len(rates)), told.bandwidth / load.ratios[told.level])
    found: Rates = lags(rates, told.every_ns / NANOSECONDS_PER_SECOND, service)[0]
    return found


def _curve(rates: Rates, seconds: float) -> Rates:
    """Bytes by the end of each sample, over all periods, from 0 on: (rows, samples + 1)."""
    sums = np.cumsum(np.tile(rates, _PERIODS), axis=1) * seconds
    return np.concatenate((np.zeros((len(rates), 1)), sums), axis=1)


def _reached(departed: Rates, wanted: Rates, seconds: float) -> Rates:
    """How long after the end of each sample of the second period all until then has departed."""
    index = np.searchsorted(departed, wanted - _BYTE)
    beyond = index >= len(departed)
    index = np.clip(index, 1, len(departed) - 1)
    step = departed[index] - departed[index - 1]
    part = (wanted - departed[index - 1]) / np.where(step > 0, step, 1.0)
    at = (index - 1 + np.clip(part, 0.0, 1.0)) * seconds
    own = (np.arange(len(wanted)) + len(wanted) + 1) * seconds
    found: Rates = np.where(beyond, math.inf, np.maximum(0.0, at - own))
    return found
