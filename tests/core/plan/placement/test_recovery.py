"""What a crash costs, by who is lost in it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plan.placement.recovery import (
    CRASHES,
    Toll,
    Work,
    crash_of,
    crashes,
    milliseconds,
    shared_ends,
    toll_of,
    work_after,
)
from core.plan.placement.topology import (
    Appliance,
    Group,
    Hypervisor,
    Placement,
    Resync,
    Topology,
    Volume,
)

RESYNC = Resync(read=400, signature=200, link=100, fixed=7_000_000)
VOLUME = Volume(name="v", size=4000, exposed=300, open=20, backlog=300, used_by=("h0", "h2"))
SITE = Topology(
    resync=RESYNC,
    hypervisors=tuple(Hypervisor(name=f"h{n}") for n in range(4)),
    appliances=(Appliance(name="a0", mirror="a1"), Appliance(name="a1")),
    groups=(Group(name="g", volumes=(VOLUME,)),),
)


def test_every_crash_is_in_the_table_once() -> None:
    for lost in product((True, False), repeat=3):
        matching = [
            work
            for pattern, work in CRASHES
            if all(wanted in (None, found) for wanted, found in zip(pattern, lost, strict=True))
        ]
        assert len(matching) == 1, lost


@pytest.mark.parametrize(
    ("lost", "work"),
    [
        ("splitter", Work.OPEN),
        ("appliance", Work.MARKED),
        ("mirror", Work.NOTHING),
        ("splitter appliance", Work.SWEEP),
        ("splitter mirror", Work.OPEN),
        ("appliance mirror", Work.TOLD),
        ("splitter appliance mirror", Work.SWEEP),
        ("", Work.NOTHING),
    ],
)
def test_who_would_still_know(lost: str, work: Work) -> None:
    gone = {name: name in lost.split() for name in ("splitter", "appliance", "mirror")}
    assert work_after(**gone) is work


@pytest.mark.parametrize(
    ("work", "backlog", "toll"),
    [
        (Work.NOTHING, 0, Toll()),
        (Work.OPEN, 0, Toll(copied=20)),
        (Work.MARKED, 0, Toll(copied=300)),
        (Work.TOLD, 300, Toll(copied=300)),
        (Work.TOLD, 299, Toll(swept=4000)),
        (Work.SWEEP, 300, Toll(swept=4000)),
    ],
)
def test_what_it_is_about(work: Work, backlog: int, toll: Toll) -> None:
    volume = Volume(name="v", size=4000, exposed=300, open=20, backlog=backlog)
    assert toll_of(volume, work) == toll


@pytest.mark.parametrize(
    ("rates", "swept", "copied"),
    [((400, 200, 100), 10_000, 10_000), ((400, 50, 100), 20_000, 10_000), ((10, 50, 40), 1, 1)],
)
def test_the_slowest_of_what_it_needs_counts(
    rates: tuple[int, int, int], swept: int, copied: int
) -> None:
    resync = Resync(read=rates[0], signature=rates[1], link=rates[2])
    if swept == 1:  # a tenth of a second for each byte
        assert milliseconds(Toll(swept=1), resync) == milliseconds(Toll(copied=1), resync) == 100
        return
    assert milliseconds(Toll(swept=1000), resync) == swept
    assert milliseconds(Toll(copied=1000), resync) == copied


@pytest.mark.parametrize(
    ("hosts", "costs"),
    [
        ({"a0": "h1", "a1": "h3"}, (20, 300, 20, 0)),
        ({"a0": "h0", "a1": "h3"}, (4000, 0, 20, 0)),
        ({"a0": "h1", "a1": "h0"}, (20, 300, 20, 0)),
        ({"a0": "h3", "a1": "h3"}, (20, 0, 20, 300)),
        ({"a1": "h3"}, (4000, 0, 4000, 0)),
        ({"a0": "h1"}, (20, 300, 20, 0)),
    ],
)
def test_the_bytes_of_each_crash(hosts: dict[str, str], costs: tuple[int, ...]) -> None:
    """Of a volume that two use: one alone costs what it has open, with the appliance all of it."""
    found = crashes(SITE, Placement(hosts, {"g": "a0"}))
    assert tuple(each.moved for each in found) == costs


def test_what_comes_before_is_counted_once_and_only_where_there_is_work() -> None:
    placement = Placement({"a0": "h1", "a1": "h3"}, {"g": "a0"})
    assert crash_of(SITE, placement, "h1").time_ms == 3000 + 7
    assert crash_of(SITE, placement, "h3").time_ms == 0
    assert crash_of(SITE, placement, "h1").times_ms() == {"g": 3007}


def test_who_shares_a_rate_equally_is_done_at() -> None:
    assert shared_ends([10, 30, 20]) == [30, 60, 50]
    assert shared_ends([]) == []


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_the_last_ends_when_all_is_done_and_none_before_its_own_work(works: list[int]) -> None:
    ends = shared_ends(works)
    assert max(ends) == sum(works)
    for work, end in zip(works, ends, strict=True):
        others = sum(min(work, other) for other in works)
        assert end == others
