"""Hosts go on at once where a copy is taken over; nothing of what came, or they wrote, is lost."""

from errno import ENOSPC

import pytest
from hypothesis import settings

from tests.core.machine.succession import taken_over
from tests.core.machine.two_sites import Two
from tests.core.recorder import WRITE, Request, run_of

LONG = settings.default is settings.get_profile("long")
SEEDS = 2400 if LONG else 24


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS // 6))
def test_hosts_have_what_was_acknowledged_whatever_befalls_the_site(first: int) -> None:
    found = lacking = checked = 0
    for seed in range(first, first + SEEDS // 6):
        two = Two(seed)
        for _ in range(two.rng.choice((0, 100, 400))):
            two.step()
        if two.rng.random() < 0.7:
            two.heal()
        two.fed = two.rng.choice((1, 3, 20))
        for _ in range(two.rng.choice((60, 200))):
            two.step()
        after = taken_over(two)
        if after is None:
            continue
        after.open()
        for nth in range(two.rng.choice((20, 150))):
            after.step()
            if nth % 30 == 0:
                after.check()
        after.settle()
        found, lacking, checked = found + 1, lacking + after.lacking, checked + after.checked
    assert found > SEEDS // 18
    assert lacking > SEEDS // 18
    assert checked


def test_a_block_that_cannot_be_made_whole_is_an_error_of_that_request_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two = Two(3)
    two.heal()
    after = taken_over(two)
    assert after is not None
    after.open()
    assert after.behind is not None
    volume = after.behind.volumes[0]

    def full(data: bytes, offset: int) -> None:
        if not offset:
            raise OSError(ENOSPC, "no room")
        written.append(offset)
        write(data, offset)

    written = list[int]()
    write, before, whole = (
        volume._scratch.write,
        bytearray(8192),
        Request(WRITE, 4096, 4096, b"w" * 4096),
    )
    volume.read_into(before, 0)
    part = Request(WRITE, 512, 512, b"p" * 512)
    with monkeypatch.context() as patch:
        patch.setattr(volume._scratch, "write", full)
        run = run_of([part, whole])
        assert after.journal.write(0, run, client=1) == {0: ENOSPC}
    assert written == [4096]
    held = bytearray(8192)
    volume.read_into(held, 0)
    assert held == before[:4096] + whole.data
    # In the stream it is a write, and one that takes it back.
    for each in (part, whole, Request(WRITE, 512, 512, bytes(before[512:1024]))):
        after.recorder.write(0, each)
    after.acknowledged = after.journal.end
    after.write()
    after.settle()


@pytest.mark.parametrize("seed", range(200 if LONG else 6))
def test_what_a_loss_of_power_takes_from_the_stream_is_in_no_image(seed: int) -> None:
    """Whoever feeds the images does not wait for hosts to flush."""
    two = Two(seed)
    two.heal()
    after = taken_over(two)
    assert after is not None
    for _ in range(8):
        after.open()
        after.feed()
        for _ in range(3):
            after.write()
        while after.distribute():
            pass
        after.fall(power=True)
    after.settle()
