"""Which blocks are held is what a set of blocks says."""

from hypothesis import given
from hypothesis import strategies as st

from core.structure.blocks import BLOCK_BYTES, Blocks

EDGE = 4096 * BLOCK_BYTES  # where one region ends and the next begins
RANGES = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 1 << 17), st.integers(EDGE - (1 << 16), EDGE + (1 << 16))),
        st.integers(1, 1 << 16),
    ),
    max_size=20,
)


def within(offset: int, length: int) -> range:
    return range(offset // BLOCK_BYTES, (offset + length - 1) // BLOCK_BYTES + 1)


@given(RANGES, RANGES)
def test_it_is_what_a_set_of_blocks_says(
    taken: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    blocks, held = Blocks(), set[int]()
    for offset, length in taken:
        missing = [block for run in blocks.take(offset, length) for block in within(*run)]
        assert sorted(missing) == missing
        assert set(missing) == set(within(offset, length)) - held
        assert len(missing) == len(set(missing))
        held |= set(missing)
    for offset, length in asked:
        assert blocks.holds(offset, length) == held.issuperset(within(offset, length))


@given(
    RANGES,
    st.lists(st.integers(EDGE - (1 << 16), EDGE + (1 << 16)), max_size=20),
    st.sampled_from((512, BLOCK_BYTES, 3 * BLOCK_BYTES)),
    st.sampled_from((1, 512, BLOCK_BYTES)),
)
def test_many_of_one_length_are_taken_as_one_after_the_other(
    taken: list[tuple[int, int]], offsets: list[int], length: int, unit: int
) -> None:
    together, singly = Blocks(), Blocks()
    for offset, size in taken:
        together.take(offset, size)
        singly.take(offset, size)
    aligned = [offset // unit * unit for offset in offsets]
    missing = [run for offset in aligned for run in singly.take(offset, length)]
    assert [*together.take_each(aligned, length)] == missing


@given(RANGES, RANGES)
def test_runs_are_the_whole_range_in_pieces_that_are_held_or_not(
    taken: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    blocks, held = Blocks(), set[int]()
    for offset, length in taken:
        blocks.take(offset, length)
        held |= set(within(offset, length))
    for offset, length in asked:
        at = offset
        for begin, count, is_held in blocks.runs(offset, length):
            assert begin == at
            assert count > 0
            assert {block in held for block in within(begin, count)} == {is_held}
            at += count
        assert at == offset + length
