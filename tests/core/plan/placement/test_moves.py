"""From one placement to another, and no crash costs more than it may on the way."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import CoreError
from core.plan.placement.changing import added, lost, maintained, migrated
from core.plan.placement.checker import complaints
from core.plan.placement.moves import Order, ordered
from core.plan.placement.planner import NoPlacementError, plan
from core.plan.placement.recovery import crashes
from core.plan.placement.topology import (
    Appliance,
    Group,
    Hypervisor,
    Limits,
    Placement,
    Resync,
    Topology,
    Volume,
)
from tests.core.plan.placement.sites import placements, small

LONG = settings.default is settings.get_profile("long")


def group(name: str, exposed: int, *, writes: int = 0, used_by: tuple[str, ...] = ()) -> Group:
    volume = Volume(name="v", size=9000, exposed=exposed, writes=writes, used_by=used_by)
    return Group(name=name, volumes=(volume,))


SITE = Topology(
    resync=Resync(read=1000, signature=1000, link=1000),
    hypervisors=tuple(Hypervisor(name=f"h{n}") for n in range(3)),
    appliances=(
        Appliance(name="a0", writes_max=10),
        Appliance(name="a1", writes_max=10),
        Appliance(name="a2", writes_max=10),
    ),
    groups=(group("big", 500, writes=10), group("one", 300, writes=5), group("two", 200, writes=5)),
)
AT_HOME = {"a0": "h0", "a1": "h1", "a2": "h2"}


def walked(start: Placement, order: Order) -> list[Placement]:
    """Every placement on the way, the first and the last among them."""
    hosts, chosen = dict(start.hosts), dict(start.appliances)
    found = [Placement(dict(hosts), dict(chosen))]
    for move in order.moves:
        (hosts if move.is_appliance else chosen)[move.name] = move.target
        found.append(Placement(dict(hosts), dict(chosen)))
    return found


def worst(topology: Topology, placement: Placement) -> int:
    return max(each.time_ms for each in crashes(topology, placement))


def check(topology: Topology, start: Placement, target: Placement, order: Order) -> None:
    """What is told of an order is so, and it leads where it should."""
    on_the_way = walked(start, order)
    assert on_the_way[-1] == Placement(dict(target.hosts), dict(target.appliances))
    worsts = [worst(topology, each) for each in on_the_way]
    assert [each.worst_ms for each in order.moves] == worsts[1:]
    assert order.peak_ms == max(worsts)
    if order.is_within:
        assert order.peak_ms <= order.limit_ms
        if not [*complaints(topology, start)]:
            assert not [text for each in on_the_way for text in complaints(topology, each)]


def test_groups_change_places_by_way_of_a_third() -> None:
    start = Placement(AT_HOME, {"big": "a0", "one": "a1", "two": "a1"})
    target = Placement(AT_HOME, {"big": "a1", "one": "a0", "two": "a0"})
    order = ordered(SITE, start, target)
    assert order.is_within
    assert len(order.moves) == 4
    check(SITE, start, target, order)


def test_what_appliances_take_of_writes_is_never_exceeded_however_far_the_limit_is() -> None:
    start = Placement(AT_HOME, {"big": "a0", "one": "a1", "two": "a1"})
    target = Placement(AT_HOME, {"big": "a1", "one": "a0", "two": "a0"})
    order = ordered(SITE, start, target, 10_000)
    assert order.is_within
    check(SITE, start, target, order)


def test_no_group_waits_on_an_appliance_that_does_not_take_it() -> None:
    site = replace(
        SITE, appliances=(*SITE.appliances[:2], Appliance(name="a2", tenants=frozenset({"other"})))
    )
    start = Placement(AT_HOME, {"big": "a0", "one": "a1", "two": "a1"})
    target = Placement(AT_HOME, {"big": "a1", "one": "a0", "two": "a0"})
    order = ordered(site, start, target)
    assert not order.is_within
    check(site, start, target, order)


ZONES = replace(
    SITE,
    hypervisors=tuple(Hypervisor(name=f"h{n}", zone=zone) for n, zone in enumerate("xxyx")),
    latencies={("x", "y"): 9},
)
STAYS = {"big": "a0", "one": "a1", "two": "a1"}
PARTED = {"big": "a1", "one": "a0", "two": "a0"}


@pytest.mark.parametrize(
    ("site", "start", "target", "first"),
    [
        pytest.param(
            replace(ZONES, groups=(*(group(name, 0) for name in STAYS),)),
            Placement({"a0": "h0", "a1": "h1", "a2": "h2"}, STAYS),
            Placement({"a0": "h1", "a1": "h3", "a2": "h2"}, STAYS),
            "a1",
            id="a hypervisor has to have room",
        ),
        pytest.param(
            replace(
                ZONES,
                hypervisors=tuple(
                    replace(each, appliances_max=2, tenant_slots=1) for each in ZONES.hypervisors
                ),
                groups=(*(replace(group(name, 0), tenant=name) for name in ("big", "one")),),
            ),
            Placement({"a0": "h0", "a1": "h1", "a2": "h2"}, {"big": "a0", "one": "a1"}),
            Placement({"a0": "h1", "a1": "h3", "a2": "h2"}, {"big": "a0", "one": "a1"}),
            "a1",
            id="a hypervisor has to have a slot for those of an appliance that comes",
        ),
        pytest.param(
            replace(
                ZONES,
                hypervisors=(
                    *ZONES.hypervisors[:2],
                    Hypervisor(name="h2", zone="y", tenant_slots=0),
                    ZONES.hypervisors[3],
                ),
            ),
            Placement({"a0": "h0", "a1": "h2", "a2": "h1"}, dict.fromkeys(STAYS, "a0")),
            Placement(
                {"a0": "h0", "a1": "h3", "a2": "h1"}, {"big": "a1", "one": "a0", "two": "a0"}
            ),
            "a1",
            id="a hypervisor has to have a slot for a group that comes",
        ),
        pytest.param(
            replace(
                ZONES,
                groups=(
                    *ZONES.groups[1:],
                    replace(group("big", 500, used_by=("h1",)), latency_max=5),
                ),
            ),
            Placement({"a0": "h0", "a1": "h2", "a2": "h1"}, dict.fromkeys(STAYS, "a0")),
            Placement(
                {"a0": "h0", "a1": "h3", "a2": "h1"}, {"big": "a1", "one": "a0", "two": "a0"}
            ),
            "a1",
            id="a group goes to no appliance that is too far away",
        ),
        pytest.param(
            replace(
                ZONES,
                groups=(
                    *ZONES.groups[1:],
                    replace(group("big", 500, used_by=("h1",)), latency_max=5),
                ),
            ),
            Placement(
                {"a0": "h0", "a1": "h3", "a2": "h1"}, {"big": "a0", "one": "a1", "two": "a1"}
            ),
            Placement({"a0": "h2", "a1": "h3", "a2": "h1"}, dict.fromkeys(STAYS, "a1")),
            "big",
            id="an appliance goes not too far away from its groups",
        ),
    ],
)
def test_what_a_rule_asks_for_comes_first(
    site: Topology, start: Placement, target: Placement, first: str
) -> None:
    site = replace(site, appliances=tuple(Appliance(name=f"a{n}") for n in range(3)))
    order = ordered(site, start, target, 100_000)
    assert order.is_within
    assert order.moves[0].name == first
    check(site, start, target, order)


def test_where_every_order_exceeds_the_limit_none_is_said_to_keep_it() -> None:
    """Two change places with one, and there is no third: 800 ms at some time."""
    two = tuple(Appliance(name=f"a{n}") for n in range(2))
    site = replace(SITE, appliances=two)
    homes = {"a0": "h0", "a1": "h1"}
    start = Placement(homes, {"big": "a0", "one": "a1", "two": "a1"})
    target = Placement(homes, {"big": "a1", "one": "a0", "two": "a0"})
    order = ordered(site, start, target)
    assert (order.is_within, order.limit_ms) == (False, 500)
    check(site, start, target, order)
    assert ordered(site, start, target, 800).is_within


def test_without_a_third_there_is_no_order_and_that_is_said() -> None:
    site = replace(SITE, appliances=SITE.appliances[:2])
    homes = {"a0": "h0", "a1": "h1"}
    start = Placement(homes, {"big": "a0", "one": "a1", "two": "a1"})
    target = Placement(homes, {"big": "a1", "one": "a0", "two": "a0"})
    order = ordered(site, start, target)
    assert not order.is_within
    check(site, start, target, order)


def test_the_order_counts_where_a_limit_is_near() -> None:
    """`big` has to go before the others come: at most 500 ms at any time, where 1000 could be."""
    site = replace(SITE, appliances=tuple(Appliance(name=f"a{n}") for n in range(3)))
    start = Placement(AT_HOME, {"big": "a0", "one": "a1", "two": "a1"})
    target = Placement(AT_HOME, {"big": "a2", "one": "a0", "two": "a0"})
    order = ordered(site, start, target, 500)
    assert order.is_within
    assert order.moves[0].name == "big"
    check(site, start, target, order)
    assert not ordered(site, start, target, 499).is_within


@given(st.integers(0, 400), st.data())
@settings(max_examples=2000 if LONG else 30)
def test_every_order_is_what_it_is_said_to_be_and_one_is_found_where_there_is_one(
    seed: int, data: st.DataObject
) -> None:
    topology = small(seed)
    topology = replace(topology, today=None, limits=Limits())
    every = [*placements(topology)][:200]
    if not every:
        return
    start, target = (data.draw(st.sampled_from(every)) for _ in range(2))
    limit = data.draw(st.sampled_from((None, worst(topology, start), worst(topology, target))))
    order = ordered(topology, start, target, limit)
    check(topology, start, target, order)
    if not order.is_within and worst(topology, start) <= order.limit_ms:
        assert not any(_goes(topology, start, each, order.limit_ms) for each in _ways(order))


def _ways(order: Order) -> list[Order]:
    found = permutations(order.moves) if len(order.moves) < 6 else ()
    return [replace(order, moves=each) for each in found]


def _goes(topology: Topology, start: Placement, order: Order, limit: int) -> bool:
    on_the_way = walked(start, order)
    return all(
        worst(topology, each) <= limit and not [*complaints(topology, each)] for each in on_the_way
    )


def test_what_runs_nowhere_is_begun_first() -> None:
    site = lost(
        replace(
            SITE, today=Placement(AT_HOME, dict.fromkeys(("big", "one"), "a0") | {"two": "a1"})
        ),
        ["h2"],
    )
    assert site.today is not None
    assert "a2" not in site.today.hosts
    roomy = replace(site, hypervisors=tuple(replace(h, appliances_max=2) for h in site.hypervisors))
    found = plan(roomy, work_max=5.0)
    order = ordered(roomy, site.today, found.placement)
    assert order.moves[0].name == "a2"
    assert order.moves[0].source == ""
    check(roomy, site.today, found.placement, order)


def test_a_machine_that_moves_to_where_its_appliance_is_is_repaired_without_a_sweep() -> None:
    today = Placement(AT_HOME, {"big": "a0", "one": "a1", "two": "a2"})
    site = replace(SITE, groups=(group("big", 500, used_by=("h1",)), *SITE.groups[1:]), today=today)
    assert not [
        each
        for each in plan(site, work_max=5.0).placement.hosts.items()
        if each not in today.hosts.items()
    ]
    after = migrated(site, "big", "h1", "h0")
    assert worst(after, today) == 9000
    found = plan(after, work_max=5.0)
    order = ordered(after, today, found.placement)
    assert worst(after, found.placement) <= 500
    assert order.is_within
    assert all(not each.is_appliance for each in order.moves)
    check(after, today, found.placement, order)


def test_a_hypervisor_in_maintenance_is_drained_and_the_new_one_is_used() -> None:
    today = Placement(AT_HOME, {"big": "a0", "one": "a1", "two": "a2"})
    site = added(maintained(replace(SITE, today=today), ["h1"]), "h9", "rack")
    found = plan(site, work_max=5.0)
    assert found.placement.hosts == {**AT_HOME, "a1": "h9"}
    order = ordered(site, today, found.placement)
    assert [(each.name, each.target) for each in order.moves] == [("a1", "h9")]
    assert order.is_within


def test_where_a_drain_has_nowhere_to_go_it_is_said() -> None:
    site = maintained(replace(SITE, today=None), ["h1"])
    with pytest.raises(NoPlacementError) as raised:
        plan(site, work_max=5.0)
    assert raised.value.hint == "there are 3 appliances, and hypervisors can run 2 of them"


@pytest.mark.parametrize("seed", range(12))
def test_what_befalls_a_site_has_a_plan_or_none_and_its_order_is_true(seed: int) -> None:
    topology = replace(small(seed), today=None, limits=Limits())
    try:
        today = plan(topology, work_max=5.0).placement
    except NoPlacementError:
        return
    site = replace(topology, today=today)
    name = topology.hypervisors[0].name
    for befell in (maintained(site, [name]), added(site, "h9", "x")):
        try:
            found = plan(befell, work_max=5.0)
        except NoPlacementError:
            continue
        check(befell, today, found.placement, ordered(befell, today, found.placement))


REFUSED: tuple[Callable[[], Topology], ...] = (
    lambda: migrated(SITE, "gone", "h0", "h1"),
    lambda: migrated(SITE, "big", "h9", "h1"),
    lambda: migrated(SITE, "big", "h0", "h1"),
    lambda: added(SITE, "h1", ""),
    lambda: lost(SITE, ["h0", "h1", "h2"]),
    lambda: lost(SITE, ["h9"]),
    lambda: maintained(SITE, ["h9"]),
)


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_cannot_befall_a_site_is_refused(wrong: Callable[[], Topology]) -> None:
    with pytest.raises(CoreError) as raised:
        wrong()
    assert raised.value.hint
