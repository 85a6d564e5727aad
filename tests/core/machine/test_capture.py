"""Which blocks are captured is what a set of blocks says."""

from core.machine.journal.capture import BLOCK_BYTES, Captured
from hypothesis import given
from hypothesis import strategies as st

EDGE = 4096 * BLOCK_BYTES  # where one region ends and the next begins
RANGES = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 1 << 17), st.integers(EDGE - (1 << 16), EDGE + (1 << 16))),
        st.integers(1, 1 << 16),
    ),
    max_size=20,
)


def blocks(offset: int, length: int) -> range:
    return range(offset // BLOCK_BYTES, (offset + length - 1) // BLOCK_BYTES + 1)


@given(RANGES, RANGES)
def test_it_is_what_a_set_of_blocks_says(
    taken: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    captured, held = Captured(), set[int]()
    for offset, length in taken:
        missing = [block for run in captured.take(offset, length) for block in blocks(*run)]
        assert sorted(missing) == missing
        assert set(missing) == set(blocks(offset, length)) - held
        assert len(missing) == len(set(missing))
        held |= set(missing)
    for offset, length in asked:
        assert captured.holds(offset, length) == held.issuperset(blocks(offset, length))
