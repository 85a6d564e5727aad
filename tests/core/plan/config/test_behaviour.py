"""What is predicted is what a queue does, step by step."""

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from core.plan.config.behaviour import Behaviour, calibrated, lags, one_stream_max, unapplied
from core.plan.config.state import Link, Load, Measured
from core.plan.goals.goal import MINUTE_NS
from tests.core.plan.config.drawn import drawn_load

SECOND = 10**9


def stepped(rates: list[float], service: float, seconds: float, fine: int) -> list[float]:
    """Seconds that the end of each sample waits, by a queue of small steps."""
    backlog, found = 0.0, []
    for rate in rates * 2:
        for _ in range(fine):
            backlog = max(0.0, backlog + (rate - service) * seconds / fine)
        found.append(backlog / service)
    return found[len(rates) :]


@pytest.mark.parametrize("seed", range(5))
def test_the_lag_is_that_of_a_queue(seed: int) -> None:
    rng = Random(seed)
    rates = [rng.uniform(0, 10e6) for _ in range(24)]
    service = sum(rates) / len(rates) * rng.uniform(1.01, 2)
    found = lags(np.array(rates), 60.0, np.full((1, 24), service))[0]
    assert found == pytest.approx(stepped(rates, service, 60.0, 50), abs=1e-3)


def test_the_lag_of_a_link_that_changes_with_the_hour() -> None:
    """One MB/s comes, two are sent in one half and a half in the other: what is left waits."""
    rates = np.full(4, 1e6)
    service = np.array([[2e6, 2e6, 0.5e6, 0.5e6]])
    found = lags(rates, 100.0, service)[0]
    # 50 MB are left at the end of the third sample, which half a MB/s takes 100 s for
    assert found == pytest.approx([0.0, 0.0, 100.0, 50.0], abs=1e-3)


def test_more_than_can_ever_be_sent_waits_for_ever() -> None:
    found = lags(np.full(4, 2e6), 60.0, np.array([[1e6] * 4, [3e6] * 4]))
    assert np.isinf(found[0]).all()
    assert (found[1] == 0).all()


def test_what_is_not_applied_is_what_comes_faster_than_that() -> None:
    rates, service = np.array([4e6, 0.0, 0.0, 0.0]), np.full((1, 4), 2e6)
    # two MB/s come for two samples of 10 s, and 1.5 MB/s are applied
    assert unapplied(rates, 10.0, service, 1.5e6)[0] == pytest.approx(10e6)
    assert math.isinf(unapplied(rates, 10.0, service, 0.9e6)[0])


def test_bytes_within_a_time_are_the_most_of_any_such_time() -> None:
    load = replace(drawn_load(Random(1), 0, 24, 1e6), every_ns=3600 * SECOND)
    behaviour = Behaviour(load)
    hourly = [rate * 3600.0 for rate in load.rates]
    pairs = zip(hourly, hourly[1:] + hourly[:1], strict=True)
    assert behaviour.bytes_within(3600 * SECOND) == pytest.approx(max(hourly))
    assert behaviour.bytes_within(2 * 3600 * SECOND) == pytest.approx(max(map(sum, pairs)))
    assert behaviour.bytes_within(48 * 3600 * SECOND) == pytest.approx(2 * sum(hourly))


def test_what_is_unique_falls_with_the_logarithm_of_the_time() -> None:
    load = replace(
        drawn_load(Random(1), 0, 24, 1e6), fold=((MINUTE_NS, 0.8), (60 * MINUTE_NS, 0.4))
    )
    behaviour = Behaviour(load)
    middle = int(MINUTE_NS * math.sqrt(60))
    assert behaviour.unique_share(middle) == pytest.approx(0.6)
    assert behaviour.unique_share(600 * MINUTE_NS) == 0.4
    assert behaviour.unique_share(1) == 1.0


def test_a_history_corrects_the_predictor_which_tells_its_error() -> None:
    load = drawn_load(Random(3), 0, 24, 1e6)
    bandwidth = int(sum(load.rates) / 24 * 1.2)
    plain = lags(np.array(load.rates, float), load.every_ns / SECOND, np.full((1, 24), bandwidth))
    lag_s = tuple(1.25 * each for each in plain[0])

    def measured(*seen: float) -> Load:
        """The same group now that more is written, and what was measured before."""
        told = Measured(
            every_ns=load.every_ns,
            rates=load.rates,
            bandwidth=bandwidth,
            level="none",
            lag_s=seen,
        )
        return replace(load, rates=tuple(3 * each for each in load.rates), measured=told)

    found = calibrated(measured(*lag_s))
    assert found.factor == pytest.approx(1.25)
    assert found.error == pytest.approx(0.0, abs=1e-6)
    off = tuple(each * (1.3 if nth % 2 else 0.7) for nth, each in enumerate(lag_s))
    wrong = calibrated(measured(*off))
    assert wrong.error is not None
    assert wrong.error > 0.1
    assert calibrated(load).error is None


def test_a_link_that_loses_packets_bounds_a_connection() -> None:
    link = Link(
        name="wan", bandwidth=10**9, windows=(), rtt_ns=100_000_000, loss=0.01, reserve=0, cents=0
    )
    assert one_stream_max(link) == pytest.approx(1460 * 1.22 / (0.1 * 0.1))
    assert math.isinf(one_stream_max(replace(link, loss=0.0)))
