"""What was seen of a running system is told as it was."""

from random import Random

import numpy as np
import pytest

from core.plan.config.behaviour import lags as predicted
from core.plan.config.observed import (
    Look,
    Span,
    applied_rate,
    lags,
    left_rate,
    series_of,
    step_of,
    written,
)
from core.plan.goals.goal import DAY_NS

SECOND = 10**9
MB = 1_000_000
FAR = 2_000_000_000 * SECOND


def queue(rates: list[int], service: int, *, per_second: int = 10, apply: int = 0) -> list[Look]:
    """Looks at a queue: hosts write at each rate for a second, and `service` leaves in one."""
    found, size, left, applied = [Look(FAR, 0, 0, 0, 0)], 0, 0, 0
    for nth, rate in enumerate(rate for rate in rates for _ in range(per_second)):
        size += rate // per_second
        left = min(size, left + service // per_second)
        applied = min(left, applied + (apply or service) // per_second)
        at_ns = FAR + (nth + 1) * SECOND // per_second
        found.append(Look(at_ns, nth + 1, size, size - left, left - applied))
    return found


BURSTS = [0, 9 * MB, 0, 0, 3 * MB, 6 * MB, 0, 0, 0, 0]


def test_a_lag_is_how_long_what_was_written_was_on_its_way_as_it_is_predicted() -> None:
    seen = lags(queue(BURSTS, 4 * MB, per_second=20), SECOND)
    assert seen is not None
    assert seen.bandwidth == pytest.approx(4 * MB, rel=0.01)
    assert seen.rates == tuple(BURSTS[: len(seen.rates)])
    service = np.full((1, len(seen.rates)), float(seen.bandwidth))
    expected = predicted(np.array(seen.rates, float), 1.0, service)[0]
    assert seen.lag_s == pytest.approx(expected.tolist(), abs=0.06)
    assert max(seen.lag_s) == pytest.approx(5 / 4, abs=0.06)


def test_what_was_under_way_at_either_end_is_left_out() -> None:
    """Of that it is not known when it was written, or when it left."""
    looks = queue([9 * MB, 0, 0, 0, *BURSTS, 9 * MB], 4 * MB)
    seen = lags(looks[8:], SECOND)
    assert seen is not None
    assert sum(seen.rates) == pytest.approx(sum(BURSTS))
    service = np.full((1, len(seen.rates)), 4e6)
    expected = predicted(np.array(seen.rates, float), 1.0, service)[0]
    assert seen.lag_s == pytest.approx(expected.tolist(), abs=0.5)


def test_no_sample_ends_while_something_waits() -> None:
    """The end is taken for what was before the beginning, and nothing waited there."""
    seen = lags(queue([0, 0, 0, 5 * MB, 0], 4 * MB)[:45], SECOND)
    assert seen is not None
    assert seen.rates == (0, 0, 0)


def test_a_copy_that_is_never_behind_or_always_tells_no_lag() -> None:
    assert lags(queue([MB] * 8, 4 * MB), SECOND) is None
    assert lags(queue([8 * MB] * 8, 4 * MB)[1:], SECOND) is None


def test_what_leaves_is_a_rate_only_while_something_waits() -> None:
    assert left_rate([queue([MB, 2 * MB, MB, MB], 4 * MB)]) is None
    two = [queue(BURSTS, 4 * MB), queue([each // 2 for each in BURSTS], 2 * MB)]
    assert left_rate(two) == pytest.approx(6 * MB, rel=0.01)
    assert applied_rate(queue(BURSTS, 4 * MB, apply=2 * MB)) == pytest.approx(2 * MB, rel=0.01)
    assert applied_rate(queue([MB, MB], 4 * MB)) is None


def test_what_was_written_while_it_was_looked_at_is_counted() -> None:
    seen = written(queue(BURSTS, 4 * MB), SECOND)
    assert seen is not None
    assert seen.rates == tuple(BURSTS)
    assert (seen.begin_ns, seen.every_ns, seen.iops) == (FAR, SECOND, 10)


def test_looks_that_are_too_few_or_of_two_lives_of_a_process_tell_nothing() -> None:
    looks = queue(BURSTS, 4 * MB)
    assert written(looks[:12] + looks[45:], SECOND) is None
    anew = [each._replace(written=each.written - looks[50].written) for each in looks[51:]]
    assert written(looks[:51] + anew, SECOND) is None
    assert written(looks[:5], SECOND) is None


def test_a_history_becomes_rates_and_loses_no_byte() -> None:
    chance = Random(1)
    for spans in (1, 3, 120):
        length_ns = chance.randrange(SECOND // 2, 700 * SECOND)
        told = [
            Span(
                FAR + nth * length_ns,
                FAR + (nth + 1) * length_ns,
                chance.randrange(9),
                chance.randrange(9 * MB),
                is_thinned=False,
            )
            for nth in range(spans)
        ]
        quiet_ns = chance.randrange(3600 * SECOND)
        found = series_of(told, told[-1].end_ns + quiet_ns)
        assert found is not None
        step_s = found.every_ns / SECOND
        total = sum(each.bytes for each in told)
        assert sum(found.rates) * step_s == pytest.approx(total, abs=step_s * len(found.rates))
        assert len(found.rates) * found.every_ns >= told[-1].end_ns + quiet_ns - FAR
        assert len(found.rates) <= 240
        assert found.iops * len(found.rates) * step_s >= sum(each.writes for each in told)


def test_of_what_was_thinned_out_nothing_is_taken_for_what_was_written() -> None:
    def span(nth: int, *, is_thinned: bool) -> Span:
        return Span(FAR + nth * SECOND, FAR + (nth + 1) * SECOND, 5, MB, is_thinned)

    told = [span(nth, is_thinned=nth == 1) for nth in range(4)]
    found = series_of(told, FAR + 4 * SECOND)
    assert found is not None
    assert (found.begin_ns, found.rates) == (FAR + 2 * SECOND, (MB, MB))
    assert series_of(told[:2], FAR + 4 * SECOND) is None
    assert series_of([], FAR) is None


def test_no_more_is_told_than_is_planned_with() -> None:
    told = [
        Span(FAR + nth * DAY_NS, FAR + (nth + 1) * DAY_NS, 1, MB, is_thinned=False)
        for nth in range(100)
    ]
    found = series_of(told, FAR + 100 * DAY_NS)
    assert found is not None
    assert found.every_ns * len(found.rates) == 60 * DAY_NS
    assert step_of(10 * SECOND) == SECOND
    assert step_of(3600 * SECOND) == 15 * SECOND
