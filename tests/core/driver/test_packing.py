"""When frames are packed, and when they wait: what hosts wait for never does, and is not owed."""

from random import Random

from core.driver.link.limiting import Limiting
from core.driver.link.packing import SLOW, Compression, Packing
from core.machine.link.bandwidth import parse_schedule
from core.units import NANOSECONDS_PER_SECOND

SIZE = 1 << 20
ALIKE = (bytes(64), b"a" * SIZE)
ANY = (bytes(64), Random(1).randbytes(SIZE))
SMALL = (bytes(64),)


def took(rate: int) -> int:
    return SIZE * NANOSECONDS_PER_SECOND // rate


def test_frames_are_packed_where_the_link_takes_longer_or_there_is_less_of_it() -> None:
    packing = Packing(Compression.ADAPTIVE)
    assert packing.packed(ALIKE, is_limited=False) is ALIKE, "nothing is known of the link"
    packing.sent(SIZE, took(4 * SLOW))
    assert packing.packed(ALIKE, is_limited=False) is ALIKE
    assert packing.packed(ALIKE, is_limited=True) is not ALIKE
    packing.sent(SIZE, took(SLOW // 4))
    assert packing.packed(ALIKE, is_limited=False) is not ALIKE
    for _ in range(16):
        packing.sent(SIZE, took(4 * SLOW))
    assert packing.packed(ALIKE, is_limited=False) is ALIKE
    assert Packing(Compression.OFF).packed(ALIKE, is_limited=True) is ALIKE


def test_a_call_that_takes_its_time_is_no_slow_link() -> None:
    packing = Packing(Compression.ADAPTIVE)
    for _ in range(10_000):
        packing.sent(4200, 150_000)
    assert packing.packed(ALIKE, is_limited=False) is ALIKE
    for _ in range(10_000):
        packing.sent(4200, 400_000)
    assert packing.packed(ALIKE, is_limited=False) is not ALIKE


def test_what_does_not_get_smaller_is_not_attempted_each_time_and_what_is_small_never() -> None:
    packing = Packing(Compression.ADAPTIVE)
    assert packing.packed(SMALL, is_limited=True) is SMALL
    assert packing.packed(ALIKE, is_limited=True) is not ALIKE
    assert packing.packed(ANY, is_limited=True) is ANY
    passed = 0
    while packing.packed(ALIKE, is_limited=True) is ALIKE:
        packing.packed(SMALL, is_limited=True)
        passed += 1
    assert passed == 4


def test_what_hosts_waited_for_is_not_owed_afterwards() -> None:
    limiting = Limiting(parse_schedule("1MiB"), lambda: True)
    assert limiting.wait_s(is_live=True) == 0
    limiting.spend(1 << 40, is_live=True)
    assert limiting.wait_s(is_live=False) == 0
    limiting.spend(2 << 20, is_live=False)
    assert 1 < limiting.wait_s(is_live=False) < 2
    assert limiting.wait_s(is_live=True) == 0
