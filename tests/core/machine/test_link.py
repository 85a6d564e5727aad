"""A point that a copy offers is exact; and once all heals the copy is what production is."""

from contextlib import suppress

import pytest
from hypothesis import settings

from core.errors import CoreError
from core.machine.journal.shelf import JournalFullError
from core.stream.phases import Event
from core.wire.link import Frame, Kind
from core.wire.segment import Stream
from tests.core.machine.two_sites import Two
from tests.core.recorder import WRITE, Request, run_of

LONG = settings.default is settings.get_profile("long")
SEEDS = 3000 if LONG else 36


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS // 6))
def test_a_copy_is_exact_whatever_befalls_both_sites(first: int) -> None:
    connected = checked = signed = 0
    for seed in range(first, first + SEEDS // 6):
        two = Two(seed)
        for nth in range(two.rng.choice((100, 400, 800))):
            two.step()
            if nth % 40 == 0:
                two.check()
        two.heal()
        connected, checked = connected + two.connected, checked + two.checked
        signed += two.signed
    assert connected > SEEDS // 6
    assert checked
    assert signed


@pytest.mark.parametrize("seed", range(36, 300 if LONG else 44))
def test_what_a_copy_has_and_has_not_applied_is_not_lost_with_its_streams(seed: int) -> None:
    """Production does not mark it where a generation begins: the copy has it."""
    two = Two(seed)
    two.fed = 3
    for _ in range(two.rng.choice((100, 400, 800))):
        two.step()
    two.heal()


def test_a_copy_is_in_sync_once_it_has_all_that_was_sent_before() -> None:
    """What was acknowledged without it, and is on its way, would be lost with production."""
    two = Two(5)
    two.open()
    two.open_copy()
    two.connect()
    two.write()
    two.settle()
    two.write()
    two.connect()
    assert two.link is not None
    assert two.production is not None
    shipper = two.link[0]
    while shipper.frames():
        pass
    assert not shipper.is_live
    shipper.heard(Frame(Kind.ACK, first=two.production.journal.end))
    assert shipper.is_live


def test_what_was_acknowledged_while_a_copy_caught_up_counts_before_it_is_in_sync() -> None:
    two = Two(5)
    two.open()
    two.open_copy()
    two.connect()
    two.settle()
    two.write()
    two.connect()
    assert two.link is not None
    assert two.production is not None
    shipper = two.link[0]
    while shipper.frames():
        pass
    caught_up = two.production.journal.end
    two.write()
    end = two.production.journal.end
    assert not shipper.awaits(end)
    shipper.heard(Frame(Kind.ACK, first=caught_up))
    assert shipper.is_live is False
    shipper.heard(Frame(Kind.ACK, first=end))
    assert shipper.awaits(end + 1)


def test_hosts_that_write_all_the_time_wait_for_the_copy_as_soon_as_it_had_all_once() -> None:
    """Else it would have all but the last few writes for ever."""
    two = Two(5)
    two.open()
    two.open_copy()
    two.connect()
    two.settle()
    two.write()
    assert two.link is not None
    assert two.production is not None
    shipper = two.link[0]
    assert shipper._resync is not None
    end, regions = two.production.journal.end, shipper._resync._durable
    shipper.catch_up(end)
    assert not shipper.awaits(end)
    while shipper.frames():
        pass
    shipper.heard(Frame(Kind.ACK, number=regions, first=end - 1))
    assert not shipper.awaits(end + 1)
    shipper.heard(Frame(Kind.ACK, number=regions, first=end))
    assert (shipper.is_level, shipper.is_live) == (True, False)
    assert shipper.awaits(end + 2)
    shipper.heard(Frame(Kind.ACK, number=regions, first=end + 2))
    assert shipper.is_live


def test_a_link_that_is_broken_promises_nothing() -> None:
    two = Two(5)
    two.open()
    two.open_copy()
    two.connect()
    two.settle()
    assert two.link is not None
    shipper = two.link[0]
    assert shipper.awaits(1 << 40)
    shipper.end()
    assert not shipper.is_live
    assert not shipper.awaits(1 << 40)


def test_epochs_without_a_write_go_once_the_copy_has_them_and_not_before() -> None:
    """It is shipped one segment after the other: a copy could not go on behind one that is gone."""
    two = Two(5)
    two.open()
    two.open_copy()
    two.connect()
    two.settle()
    assert two.production is not None
    with suppress(JournalFullError):
        for _ in range(64):
            two.production.journal.begin_epoch()
    for _ in range(400):
        two.ship()
        two.distribute()
    two.write()
    for _ in range(400):
        two.ship()
        two.distribute()
    assert two.link is not None
    assert two.link[0].received == two.production.journal.end


def test_what_the_copy_has_goes_from_production_and_its_files_are_used_again() -> None:
    two = Two(5)
    two.open()
    two.open_copy()
    two.connect()
    two.settle()
    assert two.production is not None
    shelf, files = two.production.shelf, 0
    for _ in range(30):
        two.production.journal.begin_epoch()
        two.write()
        two.settle()
        files = max(files, len(shelf.heads(Stream.DO)) + len(shelf._free))
    assert files <= 8
    assert shelf.heads(Stream.DO)[-1].number > 30


def test_what_came_is_applied_before_a_generation_makes_it_void() -> None:
    """Production marks no more than it wrote since what was durable at the copy."""
    two = Two(5)
    two.open()
    two.open_copy()
    two.connect()
    two.settle()
    assert two.production is not None
    two.recorder.write(1, data := Request(WRITE, 0, 8192, bytes(range(256)) * 32))
    assert not two.production.journal.write(1, run_of([data]), client=1)
    two.production.journal.begin_epoch()
    for _ in range(20):
        two.ship()
    two.production.mark(Event.BEHIND)
    two._generation()
    two.connect()
    two.heal()
    assert two.connected > 1


def test_a_copy_whose_image_was_cut_off_is_not_taken_for_one() -> None:
    two = Two(5)
    two.open()
    two.open_copy()
    two.connect()
    two.settle()
    image = two.there.machine.volumes[0]
    size = image.size()
    image.resize(size // 2)
    with pytest.raises(CoreError, match=f"this has {size // 2} bytes, and the journal left it"):
        two.open_copy()
    image.resize(size)
    two.open_copy()
