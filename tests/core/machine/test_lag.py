"""What a copy lacks: where it is, and how much of it may be acknowledged."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from core.machine.link.lag import Lag, Part
from core.machine.link.window import Window

GRAIN = 5_000_000
APART = 10_000_000


class Write(NamedTuple):
    end: int
    size: int
    at_ns: int


def age(writes: list[Write], now_ns: int) -> int:
    return now_ns - writes[0].at_ns if writes else 0


@given(st.data())
def test_the_parts_are_those_that_a_list_of_all_writes_tells(data: st.DataObject) -> None:
    lag, now_ns, writes = Lag(0, grain_ns=GRAIN), 0, list[Write]()
    sent = received = taken = applied = 0
    for _ in range(data.draw(st.integers(1, 40))):
        now_ns += data.draw(st.integers(APART, 10**9))
        if data.draw(st.booleans()):
            writes.append(Write(len(writes) + 1, data.draw(st.integers(1, 1 << 20)), now_ns))
            lag.wrote(*writes[-1])
        else:
            sent = data.draw(st.integers(sent, len(writes)))
            received = data.draw(st.integers(received, sent))
            taken = data.draw(st.integers(taken, received))
            applied = data.draw(st.integers(applied, taken))
            unapplied = sum(each.size for each in writes[applied:received])
            queued = sum(each.size for each in writes[taken:received])
            lag.seen(sent=sent, received=received, unapplied=unapplied, queued=queued)
        queue, wire, remote, apply = lag.parts(now_ns)
        assert queue == (sum(each.size for each in writes[sent:]), age(writes[sent:], now_ns))
        assert wire.size == sum(each.size for each in writes[received:sent])
        assert queue.age_ns + wire.age_ns == age(writes[received:], now_ns)
        assert remote.size == sum(each.size for each in writes[taken:received])
        assert apply.size == sum(each.size for each in writes[applied:taken])
        until_taken_ns = queue.age_ns + wire.age_ns + remote.age_ns
        if remote.size:
            assert until_taken_ns == age(writes[taken:], now_ns)
        if remote.size + apply.size:
            assert until_taken_ns + apply.age_ns == age(writes[applied:], now_ns)
        assert lag.written == sum(each.size for each in writes)


def test_what_a_copy_had_to_apply_before_is_told_without_a_time() -> None:
    lag = Lag(7, grain_ns=GRAIN)
    lag.seen(sent=7, received=7, unapplied=4096)
    assert lag.parts(10**9) == (Part(0, 0), Part(0, 0), Part(0, 0), Part(4096, 0))


@given(st.integers(1 << 16, 1 << 22), st.lists(st.integers(1, 1 << 18), min_size=1, max_size=200))
def test_beyond_what_the_copy_must_have_there_is_a_window_and_hardly_less(
    size: int, writes: list[int]
) -> None:
    window = Window(size)
    for nth in range(len(writes)):
        needed = window.wrote(nth + 1, writes[nth])
        beyond = sum(writes[needed : nth + 1])
        assert beyond <= size
        if needed:
            assert beyond + writes[needed - 1] + size // 64 > size


def test_what_several_wrote_may_be_told_in_another_order() -> None:
    window = Window(1 << 16)
    window.wrote(2, 1 << 16)
    assert window.wrote(1, 1 << 15) == 2
    assert window.wrote(3, 1 << 16) == 2
    assert window.wrote(4, 1) == 3
