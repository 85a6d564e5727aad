"""The background keeps to its budget, and to less of it while others need the machine."""

from core.machine.filling import BUDGET_BYTES, check_pause_s, pause_s

MIB = 1 << 20


def rate(size: int, took_s: float, *, is_busy: bool) -> float:
    """Bytes a second, with what is rested after them."""
    return size / (took_s + pause_s(size, took_s, rate=BUDGET_BYTES, is_busy=is_busy))


def test_a_budget_is_kept_and_a_sixteenth_of_it_while_hosts_write() -> None:
    assert round(rate(MIB, 0.001, is_busy=False)) == BUDGET_BYTES
    assert round(rate(MIB, 0.001, is_busy=True)) == BUDGET_BYTES // 16


def test_what_is_slow_is_asked_for_less() -> None:
    assert round(rate(MIB, 0.1, is_busy=False)) == MIB
    assert round(rate(MIB, 0.1, is_busy=True)) == round(MIB / 10)


def test_holes_cost_time_alone() -> None:
    assert pause_s(0, 0.0, rate=BUDGET_BYTES, is_busy=False) == 0.0
    assert MIB / check_pause_s(MIB, rate=BUDGET_BYTES) == BUDGET_BYTES / 16
