"""The checker sees every rule that is broken, and no other."""

from dataclasses import replace

import pytest

from core.plan.placement.checker import Worth, beyond_limits, complaints, worth
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

SITE = Topology(
    resync=Resync(read=1000, signature=1000, link=1000),
    hypervisors=(
        Hypervisor(name="h0", zone="x", appliances_max=2, tenant_slots=1),
        Hypervisor(name="h1", zone="y"),
        Hypervisor(name="h2", zone="y", is_usable=False),
    ),
    appliances=(
        Appliance(name="a0", cluster="c", writes_max=10, mirror="a1"),
        Appliance(name="a1", cluster="c", tenants=frozenset("t")),
    ),
    groups=(
        Group(
            name="g0",
            tenant="t",
            latency_max=5,
            volumes=(Volume(name="v", size=100, writes=6, used_by=("h1",)),),
        ),
        Group(name="g1", tenant="s", volumes=(Volume(name="v", size=50, writes=6),)),
    ),
    apart=(("a0", "a1"),),
    latencies={("x", "y"): 9},
)
GOOD = Placement({"a0": "h0", "a1": "h1"}, {"g0": "a1", "g1": "a0"})


def test_a_placement_that_keeps_all_rules_has_none() -> None:
    assert [*complaints(SITE, GOOD)] == []


@pytest.mark.parametrize(
    ("hosts", "units", "told"),
    [
        ({"a1": "h1"}, {}, "a0 runs nowhere"),
        ({}, {"g0": "gone"}, "g0 is on no appliance"),
        ({"a1": "h2"}, {}, "a1 runs on h2, which is in maintenance"),
        ({"a0": "h1"}, {}, "h1 runs 2 appliances, and can run 1"),
        ({"a1": "h0"}, {}, "a0 and a1 are on one hypervisor"),
        ({}, {"g0": "a0"}, "a0 has 12 bytes written in a second, and takes 10"),
        ({}, {"g1": "a1"}, "g1 is on a1, where its tenant has no slot"),
        ({}, {"g0": "a0"}, "g0 is on a0 on h0, which is too far away"),
        ({}, {"g0": "a0"}, "h0 has 2 tenants, and slots for 1"),
    ],
)
def test_every_rule_that_is_broken_is_told(
    hosts: dict[str, str], units: dict[str, str], told: str
) -> None:
    placed = {**GOOD.hosts, **hosts}
    if told == "a0 runs nowhere":
        del placed["a0"]
    assert told in [*complaints(SITE, Placement(placed, {**GOOD.appliances, **units}))]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(moves_max=0), ["1 groups change their appliance, and 0 may"]),
        (Limits(appliance_moves_max=0), ["1 appliances change their hypervisor, and 0 may"]),
        (Limits(moves_max=1, appliance_moves_max=1), []),
    ],
)
def test_how_far_it_is_from_today_is_told(limits: Limits, told: list[str]) -> None:
    """What is in maintenance has to go, and does not count; nor what its appliance cannot take."""
    today = Placement({"a0": "h1", "a1": "h2"}, {"g0": "a0", "g1": "a1"})
    site = replace(SITE, today=today, limits=limits)
    assert [*beyond_limits(site, GOOD)] == told


def test_what_a_placement_is_worth() -> None:
    site = replace(SITE, apart=(), hypervisors=(*SITE.hypervisors[:2], Hypervisor(name="h3")))
    together = Placement({"a0": "h0", "a1": "h0"}, GOOD.appliances)
    assert worth(site, GOOD) == Worth(0, 1, 100, 100_000, 0, 0)
    assert worth(site, together) == Worth(2, 0, 0, 0, 0, 9)
