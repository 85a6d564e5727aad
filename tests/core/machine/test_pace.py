"""What is measured of a link, what waits for it, and when a chunk may be acknowledged."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.machine.link.drain import Drain
from core.machine.link.pace import HOLD_NS_MAX, LOOK_NS_MAX, Pace
from core.stream.backlog import MARKS_MAX, Backlog

SECOND = 1_000_000_000


@given(
    st.lists(
        st.tuples(st.integers(1, 1 << 20), st.integers(0, SECOND // 10)), min_size=1, max_size=60
    ),
    st.integers(1 << 16, 1 << 24),
)
def test_a_chunk_waits_for_all_before_it_at_the_pace_and_never_longer_than_anything_may(
    chunks: Sequence[tuple[int, int]], rate: int
) -> None:
    """Beside the same, written as times at which a row of chunks is done."""
    pace, now, free = Pace(), 0, 0.0  # what is free is so a burst before it is needed
    pace.set(float(rate), stands=False, now_ns=0)
    for size, pause in chunks:
        now += pause
        place = pace.place(size, now)
        begins = max(free, float(now - LOOK_NS_MAX))
        left = pace.left_ns(place, now, now)
        assert left == pytest.approx(min(max(0.0, begins - now), HOLD_NS_MAX), abs=1000)
        now += left
        assert pace.left_ns(place, now - left, now) <= 1000
        free = min(begins, float(now)) + size * 1e9 / rate


def test_what_waited_as_long_as_anything_may_owes_nothing_any_more() -> None:
    pace = Pace()
    pace.set(1000.0, stands=False, now_ns=0)
    first, second = pace.place(10_000, 0), pace.place(500, 0)
    assert pace.left_ns(first, 0, 0) == 0
    assert pace.left_ns(second, 0, 0) == HOLD_NS_MAX
    assert pace.left_ns(second, 0, HOLD_NS_MAX) == 0
    assert pace.delay_ns(HOLD_NS_MAX) == SECOND // 2


def test_nothing_waits_once_hosts_are_free() -> None:
    pace = Pace()
    pace.set(1000.0, stands=False, now_ns=0)
    pace.place(1 << 20, 0)
    place = pace.place(1, 0)
    pace.set(float("inf"), stands=False, now_ns=1)
    assert pace.is_free
    assert (pace.left_ns(place, 0, 1), pace.delay_ns(1)) == (0, 0)


def test_a_row_that_stands_lets_nothing_go_however_long_it_waited() -> None:
    pace = Pace()
    place = pace.place(4096, 0)
    pace.set(float("inf"), stands=True, now_ns=0)
    assert pace.left_ns(place, 0, 100 * SECOND) == LOOK_NS_MAX
    assert pace.delay_ns(100 * SECOND) == HOLD_NS_MAX
    pace.set(1000.0, stands=False, now_ns=100 * SECOND)
    assert pace.left_ns(place, 0, 100 * SECOND) == 0


def test_a_drain_is_what_left_while_something_waited_and_at_least_what_left_otherwise() -> None:
    drain = Drain()
    for tenth in range(100):
        drain.saw(100 * tenth, 5000, tenth * SECOND // 10)
    assert drain.rate == pytest.approx(1000)
    for tenth in range(100, 300):  # hosts write less than it could take
        drain.saw(10_000 + (tenth - 100), 0, tenth * SECOND // 10)
    assert drain.rate == pytest.approx(1000)
    left = 10_199
    for tenth in range(300, 310):  # and then more than it was thought to take
        left += 1_000_000
        drain.saw(left, 2_000_000, tenth * SECOND // 10)
    assert 5_000_000 < (drain.rate or 0) < 10_000_000


def test_a_drain_that_stands_becomes_slow_and_a_pause_says_nothing() -> None:
    drain = Drain()
    for second in range(5):
        drain.saw((second * 8) << 20, 64 << 20, second * SECOND)
    assert drain.rate == pytest.approx(8 << 20)
    for second in range(5, 25):
        drain.saw(32 << 20, 64 << 20, second * SECOND)
    assert drain.rate is not None
    assert drain.rate < 1 << 20
    stood = drain.rate
    drain.pause()
    drain.saw(32 << 20, 64 << 20, 1000 * SECOND)
    assert drain.rate == stood


@given(st.data())
def test_a_backlog_tells_what_a_list_of_all_writes_would(data: st.DataObject) -> None:
    backlog, now, end, passed = Backlog(0, grain=5_000_000), 0, 0, 0
    writes: list[tuple[int, int, int]] = []  # the write, its bytes, when it came
    for _ in range(data.draw(st.integers(1, 40))):
        now += data.draw(st.integers(10_000_000, SECOND))  # each has a mark of its own
        if data.draw(st.booleans()):
            end, size = end + 1, data.draw(st.integers(1, 1 << 20))
            writes.append((end, size, now))
            backlog.add(end, size, now)
        else:
            passed = data.draw(st.integers(passed, end))
            backlog.passed(passed)
        left = [each for each in writes if each[0] > passed]
        expected = (sum(each[1] for each in left), left[0][2] if left else None)
        assert backlog.beyond == expected
        assert backlog.total == sum(each[1] for each in writes)
        assert backlog.end == end


def test_writes_of_one_mark_count_as_evenly_spread_and_may_be_told_out_of_order() -> None:
    backlog = Backlog(0, grain=5_000_000)
    backlog.add(8, 400, 100)
    backlog.add(4, 400, 101)
    backlog.passed(2)
    assert backlog.beyond == (600, 100)
    backlog.add(2, 50, 102)
    assert backlog.beyond == (600, 100), "what is passed already waits for nothing"


def test_a_long_backlog_has_few_marks() -> None:
    backlog = Backlog(0, grain=5_000_000)
    for number in range(1, 20 * MARKS_MAX):
        backlog.add(number, 10, number * 10_000_000)
    assert len(backlog._marks) <= MARKS_MAX
    backlog.passed(10 * MARKS_MAX)
    size, since = backlog.beyond
    assert size == pytest.approx(10 * (10 * MARKS_MAX - 1), rel=0.001)
    assert since == pytest.approx(10 * MARKS_MAX * 10_000_000, rel=0.01)
