"""What a copy lacks is shipped as one: it goes from one point of production to the next at once."""

from collections.abc import Sequence
from errno import ENOSPC

import pytest
from hypothesis import settings

from core.sim.faults import CREATE, Operation
from core.stream import folding
from core.stream.history import History
from core.stream.names import Place, numbers, places
from core.wire.link import BrokenLinkError, Frame, Kind
from core.wire.segment import HEAD_BYTES, Stream
from tests.core.machine.test_intake import Copy
from tests.core.machine.two_sites import Two
from tests.core.recorder import WRITE, Request, run_of
from tests.core.world import held, pass_on

LONG = settings.default is settings.get_profile("long")
SEEDS = 600 if LONG else 6


def settled(seed: int = 5) -> Two:
    """Production with a copy that has all there is."""
    two = Two(seed)
    two.open()
    two.open_copy()
    two.connect()
    two.settle()
    return two


def write_over(two: Two, times: int, *, at: int = 8192) -> None:
    """Hosts write the same place so often."""
    assert two.production is not None
    for nth in range(times):
        request = Request(WRITE, at, 4096, bytes([nth % 256]) * 4096)
        two.recorder.write(1, request)
        assert not two.production.journal.write(1, run_of([request]), client=1)


def complete(two: Two, times: int = 20) -> None:
    """Segments that are complete, and wait to be shipped as one."""
    two.fold()
    two.begin_epoch()
    for _ in range(3):
        write_over(two, times)
        two.begin_epoch()


def folds(two: Two) -> Sequence[Place]:
    """The segments that stand for several, in the journal of the copy."""
    names = two.there.machine.folder.names()
    return [each for each in places(names, Stream.DO) if each.rounds]


@pytest.fixture(autouse=True)
def of_many_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links break in the midst of what is shipped as one."""
    monkeypatch.setattr(folding, "_FOLD_BYTES_MAX", 8 << 10)


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS // 2))
def test_a_copy_that_is_shipped_snapshots_is_exact_whatever_befalls_both(first: int) -> None:
    folded = checked = 0
    for seed in range(first, first + SEEDS // 2):
        two = Two(seed)
        two.folding = 3
        for nth in range(two.rng.choice((100, 400, 800))):
            two.step()
            if nth % 40 == 0:
                two.check()
        two.heal()
        two.unlink()
        folded, checked = folded + two.folded, checked + two.checked
    assert folded
    assert checked


def test_a_snapshot_is_nothing_before_all_of_it_is_there() -> None:
    two = settled()
    assert two.journal is not None
    complete(two)
    points = two.journal.end
    while two.journal.coming is None or two.journal.coming.size == 0:
        two.ship()
        two.distribute()
    assert two.journal.end == points
    history = History(two.there.machine.folder, where="there", live=True)
    assert history.end == points
    history.close()
    assert held(two.there.machine.volumes) == two.recorder.states[points]
    while not folds(two):
        two.ship()
    assert two.journal.end > points
    assert two.journal.durable == two.journal.end
    history = History(two.there.machine.folder, where="there", live=True)
    added = history.points()["sequence"]
    assert added[added > points].tolist() == [two.journal.end]
    history.close()


def test_of_what_was_written_again_and_again_the_last_is_sent() -> None:
    two = settled()
    complete(two)
    assert two.link is not None
    while not folds(two):
        two.ship()
    flights = two.link[0].flights
    assert (flights.count, flights.size < flights.written // 20) == (1, True)
    two.fold()
    two.heal()


def test_what_is_left_of_one_write_is_applied_together() -> None:
    """It is in more pieces than a batch has; what is behind its sequence would be left out."""
    two = settled()
    assert two.production is not None
    two.fold()
    two.begin_epoch()
    over = [Request(WRITE, at << 10, 512, bytes([at]) * 512) for at in range(1, 22, 3)]
    for each in (Request(WRITE, 0, 24 << 10, b"w" * (24 << 10)), *over):
        two.recorder.write(1, each)
        assert not two.production.journal.write(1, run_of([each]), client=1)
    two.begin_epoch()
    while not folds(two):
        two.ship()
    two.fold()
    two.heal()


def test_it_goes_on_where_a_link_broke() -> None:
    two = settled()
    assert two.journal is not None
    two.fold()
    two.begin_epoch()
    for at in range(24):
        write_over(two, 1, at=at * 512)
    two.begin_epoch()
    while two.journal.coming is None or two.journal.coming.size == 0:
        two.ship()
    coming, came = two.journal.coming, two.journal.coming.size
    two.connect()
    two.fold()
    assert two.link is not None
    while two.link[0].flights.total == 0:
        two.ship()
    assert two.journal.coming is coming
    assert 0 < came <= coming.size
    two.ship()
    assert two.journal.coming is coming
    while not folds(two):
        two.ship()
    two.fold()
    two.heal()


def test_it_begins_behind_a_segment_that_has_gone_once_the_copy_had_all_of_it() -> None:
    two = settled()
    assert two.production is not None
    assert two.journal is not None
    write_over(two, 3)
    two.settle()
    two.begin_epoch()
    while two.journal._segment is not None:
        two.ship()
    two.unlink()
    spot, shelf = two.journal.spot, two.production.shelf
    assert spot is not None
    assert spot.offset
    shelf.keep("distribution", two.journal.end + 1)
    shelf.let_go()
    assert spot.number not in numbers(two.here.machine.folder.names(), Stream.DO)
    two.connect()
    assert two.link is not None, "it is not taken for another copy"
    complete(two)
    while not folds(two):
        two.ship()
    assert folds(two)[0].number == spot.number + 1
    two.fold()
    two.heal()


def test_one_that_is_not_shipped_any_more_leaves_nothing() -> None:
    two = settled()
    assert two.journal is not None
    complete(two)
    while two.journal.coming is None or two.journal.coming.size == 0:
        two.ship()
    two.connect()
    two.settle()
    assert not two.journal.coming
    assert not any(name.endswith(".new") for name in two.there.machine.folder.names())
    assert folds(two) == []
    two.heal()


def test_what_a_copy_does_not_take_is_shipped_as_it_is() -> None:
    """An earlier release knows of no segment that stands for several."""
    two = settled()
    assert two.link is not None
    shipper = two.link[0]
    shipper._cover_bytes_max = 0
    complete(two)
    assert not shipper.is_folding
    two.settle()
    assert folds(two) == []


def test_a_copy_without_room_for_it_waits_and_nothing_is_lost() -> None:
    two = settled()
    two.fed = 0
    assert two.journal is not None
    two.journal.shelf.keep("a reader", 1)
    two.journal.shelf.retention = two.journal.shelf.retention._replace(size=0)
    complete(two)
    for _ in range(40):
        two.ship()
    assert two.journal.coming is None
    assert two.waiting, "it is to be tried again"


COVER = {"first": 1, "number": 2, "slot": 1, "second": 1}


def covering(time_ns: int = 0, size: int = 1 << 16, step_ns: int = 1) -> bytes:
    return b"".join(each.to_bytes(8, "little") for each in (time_ns, size, step_ns))


@pytest.mark.parametrize(
    ("fields", "payload"),
    [
        (COVER, covering()[:-1]),
        (COVER | {"slot": 0}, covering()),
        (COVER | {"number": 0}, covering()),
        (COVER, covering(size=HEAD_BYTES - 1)),
        (COVER, covering(size=1 << 40)),
    ],
    ids=("cut off", "never folded", "of no segment", "too small", "too large"),
)
def test_what_is_no_segment_that_stands_for_others_is_refused(
    fields: dict[str, int], payload: bytes
) -> None:
    copy = Copy()
    with pytest.raises(BrokenLinkError):
        copy.take(Kind.COVER, payload, **fields)
    assert copy.journal.coming is None


def test_one_that_does_not_come_next_is_refused() -> None:
    copy = Copy()
    copy.begin()
    with pytest.raises(BrokenLinkError, match="does not come next"):
        copy.take(Kind.COVER, covering(), **COVER | {"first": 2, "number": 3})


def test_one_that_is_sealed_before_its_end_is_refused() -> None:
    copy = Copy()
    copy.take(Kind.COVER, covering(), **COVER)
    with pytest.raises(BrokenLinkError):
        copy.take(Kind.SEALED, first=1, number=7)
    assert copy.journal.end == 0


@pytest.mark.parametrize("at", [HEAD_BYTES, HEAD_BYTES + 8])
def test_damage_in_one_is_refused(at: int) -> None:
    two = settled()
    complete(two)
    assert two.link is not None
    shipper, _, intake = two.link
    while True:
        head, *payload = shipper.frames()
        frame = b"".join(payload)
        if head[4] == Kind.DATA and two.journal is not None and two.journal.coming is not None:
            break
        two.waiting = (head, *payload)
        two.ship()
    coming = two.journal.coming
    found = bytearray(frame)
    found[at % len(found)] ^= 1
    with pytest.raises(BrokenLinkError):
        intake.take(
            Frame(Kind.DATA, len(found), first=coming.head.number, second=HEAD_BYTES),
            memoryview(found),
        )
    assert coming.size == 0


def full_of(two: Two, ending: str) -> None:
    """The disk of the copy has no room for new files whose names end so, and nothing may go."""

    def watch(operation: Operation) -> None:
        if operation.kind == CREATE and operation.target.endswith(ending):
            raise OSError(ENOSPC, "full")
        pass_on(operation)

    assert two.journal is not None
    two.journal.shelf.keep("a reader", 1)
    two.there.watch = watch


def with_room(two: Two) -> None:
    """It has again: what is to be shipped as one comes."""
    assert two.journal is not None
    two.there.watch = pass_on
    while not folds(two):
        two.ship()
    two.journal.shelf.keep("a reader", None)
    two.fold()
    two.heal()


def test_where_the_disk_is_full_as_it_begins_nothing_is_made() -> None:
    two = settled()
    two.fed = 0
    assert two.journal is not None
    full_of(two, ".data.new")
    complete(two)
    for _ in range(40):
        two.ship()
    assert two.waiting, "it is to be tried again"
    assert (two.journal.coming, two.journal.shelf.coming) == (None, 0)
    with_room(two)


def test_where_the_disk_is_full_as_all_of_it_is_there_nothing_is_half_done() -> None:
    """Its records have no room: nobody may read it before they have."""
    two = settled()
    two.fed = 0
    assert two.journal is not None
    complete(two)
    while two.journal.coming is None or two.journal.coming.size == 0:
        two.ship()
    before = two.journal.coming, two.journal.end
    full_of(two, ".meta.new")
    for _ in range(40):
        two.ship()
    assert two.waiting, "it is to be tried again"
    assert folds(two) == []
    assert (two.journal.coming, two.journal.end) == before
    with_room(two)
