"""What is marked of production does not depend on how writes come together."""

from hypothesis import given
from hypothesis import strategies as st

from core.machine.journal.touched import Touched, touched_runs
from core.sim.medium import MemoryFolder, blank_volume
from core.stream.regions import REGION_SHIFT

REGION_BYTES = 1 << REGION_SHIFT
SIZE = 6 * REGION_BYTES
OFFSETS = st.lists(st.integers(0, SIZE), max_size=12)


@given(OFFSETS, st.sampled_from((512, 4096, REGION_BYTES, 2 * REGION_BYTES + 512)))
def test_writes_of_one_length_are_marked_as_one_after_the_other(
    offsets: list[int], length: int
) -> None:
    marked = []
    for together in (True, False):
        folder, volume = MemoryFolder(), blank_volume(SIZE)
        touched = Touched(folder, [SIZE])
        if together:
            touched.capture(0, volume, touched.claim_each(0, offsets, length))
        else:
            for offset in offsets:
                touched.capture(0, volume, touched.claim(0)(offset, length))
        touched.seal()
        marked.append(touched_runs(folder, 0))
    assert marked[0] == marked[1]
    assert all(_within(offset, length, marked[0]) for offset in offsets)


def _within(offset: int, length: int, runs: list[tuple[int, int]]) -> bool:
    return any(at <= offset and offset + length <= at + size for at, size in runs)
