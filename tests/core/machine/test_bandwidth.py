"""What a copy may be sent: by the time of day, and never more than that."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CoreError
from core.machine.link.bandwidth import ANY, BURST_NS, RATE_MIN, Allowance, parse_schedule

SECOND = 1_000_000_000
MIB = 1 << 20
NIGHT = 3 * 60


@pytest.mark.parametrize(
    ("text", "by_day", "by_night"),
    [
        ("none", math.inf, math.inf),
        ("20MiB", 20 * MIB, 20 * MIB),
        ("20MiB@08:00-18:00", 20 * MIB, math.inf),
        ("20MiB@08:00-18:00 100MiB", 20 * MIB, 100 * MIB),
        ("none@22:00-6:30 5MiB", 5 * MIB, math.inf),
        ("1MiB@00:00-24:00", MIB, MIB),
    ],
)
def test_the_first_window_that_has_the_time_counts(
    text: str, by_day: float, by_night: float
) -> None:
    schedule = parse_schedule(text)
    assert (schedule.rate(12 * 60), schedule.rate(NIGHT)) == (by_day, by_night)
    assert parse_schedule(str(schedule)) == schedule


def test_a_window_begins_with_its_first_minute_and_ends_before_its_last() -> None:
    schedule = parse_schedule("1MiB@08:00-18:00")
    rates = [schedule.rate(each) for each in (479, 480, 1079, 1080)]
    assert rates == [math.inf, MIB, MIB, math.inf]
    assert parse_schedule("none") is ANY


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "missing"),
        ("fast", "no size"),
        ("20MiB@", "no size"),
        ("20MiB@8-18", "no size"),
        ("20MiB@08:00-08:00", "no two times"),
        ("20MiB@08:60-18:00", "no two times"),
        ("20MiB@08:00-24:01", "no two times"),
        ("20MiB@24:00-25:00", "no two times"),
        ("1KiB", "cannot be kept"),
        ("20MiB 0@08:00-18:00", "cannot be kept"),
    ],
)
def test_what_is_no_schedule_is_refused(text: str, words: str) -> None:
    with pytest.raises(CoreError, match=words):
        parse_schedule(text)


@given(
    st.integers(RATE_MIN, 1 << 30),
    st.lists(st.tuples(st.integers(0, 2 * SECOND), st.integers(1, 8 * MIB)), max_size=60),
)
def test_no_more_is_sent_than_the_rate_a_burst_and_a_frame(
    rate: int, frames: list[tuple[int, int]]
) -> None:
    now_ns = sent = largest = 0
    allowance = Allowance(now_ns)
    burst = rate * BURST_NS / SECOND
    for pause_ns, size in frames:
        now_ns += pause_ns
        now_ns += allowance.wait_ns(rate, now_ns)
        assert allowance.wait_ns(rate, now_ns) <= 1
        allowance.spend(size)
        sent, largest = sent + size, max(largest, size)
        assert sent <= rate * now_ns / SECOND + burst + largest + len(frames)


def test_what_was_not_taken_is_not_saved_up() -> None:
    allowance = Allowance(0)
    assert allowance.wait_ns(MIB, 100 * SECOND) == 0
    allowance.spend(10 * MIB)
    waits_ns = allowance.wait_ns(MIB, 100 * SECOND)
    assert waits_ns == pytest.approx(10 * SECOND - BURST_NS, abs=1000)


def test_a_rate_that_changes_counts_from_then_on() -> None:
    allowance = Allowance(0)
    allowance.wait_ns(MIB, 0)
    allowance.spend(10 * MIB)
    slow_ns = allowance.wait_ns(MIB, 0)
    assert allowance.wait_ns(10 * MIB, 0) == pytest.approx(slow_ns / 10, rel=0.01)
    assert allowance.wait_ns(math.inf, 1) == 0
    assert allowance.wait_ns(MIB, 2) == 0, "what was sent without a limit is not owed"
