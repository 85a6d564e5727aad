"""A point is signed as it was, while its volume is written."""

import pytest

from core.stream.history import History
from core.stream.view import PointView
from core.structure.signature import Scheme
from core.structure.signing import sign
from tests.core.signed import naive_root
from tests.core.stream.test_view import BusyImage, Group

GRAIN = 4096


@pytest.mark.parametrize("seed", range(6))
def test_what_is_written_while_a_point_is_signed_does_not_show(seed: int) -> None:
    group = Group(seed)
    group.load(20)
    point = group.rng.randint(10, 20)
    image = BusyImage(group.volume, lambda: group.load(2))
    view = PointView(History(group.folder, where="j", live=True), image, volume=0, point=point)
    held = group.recorder.states[point][0]
    for offset, length in ((0, len(held)), (1234, len(held) - 5000)):
        tree = sign(view, Scheme(granularity=GRAIN), offset=offset, length=length)
        assert tree.root == naive_root(held[offset : offset + length], GRAIN, "blake2b-256")
    assert image.reads
    assert group.recorder.states[-1][0] != held
