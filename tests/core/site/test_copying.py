"""How a copy is fed: what is wanted, how a worker is begun with it, and what it is told."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli.copy import limits
from core.driver.link import copying as driver
from core.driver.node.spec import contract, read_spec
from core.errors import CoreError
from core.machine.link.bandwidth import parse_schedule
from core.machine.link.regulation import Policy
from core.site import group
from core.site.copying import WINDOW, changed, is_other, orders, regulation, settings_of, words_of
from core.units import parse_size

COPY: dict[str, Any] = {"url": "u", "site": "right", "mode": "async", "link": "unix:/l"}
NONE = {"lag": None, "lag_time": None, "unapplied": None}
IDLE = {"mode": "async", "within": None, "bandwidth": "none", "policy": "none", "bounds": NONE}


def test_the_least_that_is_taken_is_the_same_everywhere() -> None:
    schemas = read_spec()["components"]["schemas"]
    bounds = schemas["Bounds"]["properties"]
    assert WINDOW == driver.WINDOW
    assert schemas["Within"]["minimum"] == driver.WINDOW_MIN
    assert bounds["lag"]["minimum"] == bounds["unapplied"]["minimum"] == limits.BYTES_MIN
    assert bounds["lag_seconds"]["minimum"] * 10**9 == limits.TIME_NS_MIN


def test_what_was_never_said_has_its_value_and_is_not_said_to_the_worker() -> None:
    assert settings_of(COPY) == {**IDLE, "bounds": {}, "compression": "adaptive"}
    assert [*words_of(COPY)] == ["--mode=async"]
    assert settings_of({**COPY, "mode": "semi-sync"})["within"] == WINDOW
    assert [*orders(COPY, IDLE)] == []


def test_whether_it_is_packed_is_told_to_a_worker_that_says_whether_it_does() -> None:
    off = changed(COPY, {"compression": "off"})
    assert [*words_of(off)] == ["--mode=async", "--copy-compression=off"]
    assert [*orders(off, IDLE)] == []
    has = {**IDLE, "compression": {"mode": "adaptive", "frames": 0, "sent": 0}}
    assert [*orders(off, has)] == [("copy compression", {"compression": "off"})]
    assert [*orders(COPY, has)] == []


def test_how_a_copy_was_fed_holds_for_that_of_whoever_took_over() -> None:
    chosen = {"bandwidth": "20MiB", "compression": "off", "bounds": {"lag": 4 << 20}}
    fed = changed(COPY, {**chosen, "policy": "snapshot"})
    volumes = [{"name": "data", "image": "/i", "size": 1 << 20}]
    here = {
        "id": "0" * 24,
        "name": "db",
        "volumes": volumes,
        "retention": {},
        "epoch": 3,
        "role": "production",
        "copies": [fed],
    }
    asked = group.asked_copy(here, fed, node="1" * 24, site="left")
    shape = contract().validator("components", "schemas", "NewReceived", "properties", "fed")
    assert [*shape.iter_errors(asked["fed"])] == []
    there = group.new_copy(asked, number="0" * 24, created="now", images=["/c"])
    told = {**settings_of({**there["fed"], "mode": there["mode"]}), "site": "left"}
    assert not is_other(fed, told)
    assert is_other(changed(fed, {"policy": "block"}), told)
    assert is_other(changed(fed, {"mode": "sync"}), told)
    assert not is_other(fed, {"mode": fed["mode"], "policy": None}), "an earlier release"
    learned = group.learned(there, {**asked, "fed": {}})
    assert learned["fed"] == {}
    taken = group.taken_over(there, sizes={}, operation="f", point=7)
    back = group.fed_as(taken, {**COPY, "mode": "sync"})
    assert settings_of(back) == {**settings_of(fed), "mode": "sync"}
    assert settings_of(group.fed_as(here, COPY)) == settings_of(COPY)


def test_each_part_is_told_where_it_differs_and_no_other() -> None:
    full = changed(
        COPY,
        {
            "mode": "semi-sync",
            "within": 1 << 20,
            "bandwidth": "20MiB@08:00-18:00 none",
            "bounds": {"lag": 4 << 20, "lag_seconds": 1.5},
        },
    )
    assert full["policy"] == "regulate"
    assert [*words_of(full)] == [
        *("--mode=semi-sync", "--copy-within=1048576", "--copy-bandwidth=20MiB@08:00-18:00 none"),
        *("--copy-policy=regulate", "--copy-lag=4194304", "--copy-lag-time=1500000000ns"),
    ]
    told: dict[str, Any] = {
        "copy mode": {"mode": "semi-sync", "within": 1 << 20},
        "copy bandwidth": {"bandwidth": "20MiB@08:00-18:00 none"},
        "copy policy": {
            "policy": "regulate",
            "bounds": {"lag": 4 << 20, "lag_time": 1_500_000_000},
        },
    }
    assert dict(orders(full, IDLE)) == told
    has = {**full, "bounds": {**NONE, "lag": 4 << 20, "lag_time": 1_500_000_000}}
    assert [*orders(full, has)] == []
    for name, do in (
        ("mode", "copy mode"),
        ("within", "copy mode"),
        ("bandwidth", "copy bandwidth"),
        ("policy", "copy policy"),
        ("bounds", "copy policy"),
    ):
        assert dict(orders(full, {**has, name: None})) == {do: told[do]}


def test_what_is_not_named_stays() -> None:
    full = changed(COPY, {"mode": "semi-sync", "within": 1 << 20})
    full = changed(full, {"policy": "mark", "bounds": {"unapplied": 4 << 20}})
    assert changed(full, {"mode": "sync"}) == {**full, "mode": "sync"}
    assert settings_of(changed(changed(full, {"mode": "sync"}), {"mode": "semi-sync"})) == (
        settings_of(full)
    )
    assert changed(full, {"bounds": {"lag": 4 << 20}})["policy"] == "mark"
    off = changed(full, {"policy": "none"})
    assert settings_of(off)["bounds"] == {"unapplied": 4 << 20}
    assert changed(off, {"bounds": {"lag": 4 << 20}})["policy"] == "none"


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"within": 1 << 20}, "no window"),
        ({"mode": "sync", "within": 1 << 20}, "no window"),
        ({"policy": "block"}, "has no bound"),
        ({"policy": "mark", "bounds": {}}, "has no bound"),
        ({"bandwidth": "20MiB@25:00-26:00"}, "no two times"),
    ],
)
def test_what_goes_not_together_is_refused(asked: Any, what: str) -> None:
    with pytest.raises(CoreError, match=what):
        changed(COPY, asked)


def test_the_worst_is_told_in_seconds_and_bytes() -> None:
    worst = {"value": 2_500_000_000, "margin": -500_000_000, "time_ns": 7, "load": 1, "drain": None}
    link = {
        "unapplied": 1,
        "load": 2,
        "drain": None,
        "applied_rate": 3,
        "delay_s": 0.5,
        "longest_delay_s": 1.0,
        "worst": {"lag_time": {**worst, "cause": "slow"}},
    }
    found = regulation(link, str)
    assert found is not None
    assert found["worst"] == {
        "lag_seconds": {
            "value": 2.5,
            "margin": -0.5,
            "time": "7",
            "load": 1,
            "drain": None,
            "cause": "slow",
        }
    }
    assert (found["delay_seconds"], found["longest_delay_seconds"]) == (0.5, 1.0)
    assert regulation({}, str) is None


MAX = 1 << 50
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["sync", "semi-sync", "async"]),
        "within": st.integers(driver.WINDOW_MIN, MAX),
        "bandwidth": st.sampled_from(["none", "64KiB", "20MB@8:00-18:00 none", "1PiB", "1KiB"]),
        "policy": st.sampled_from(limits.POLICIES),
        "compression": st.sampled_from(["adaptive", "off"]),
        "bounds": st.fixed_dictionaries(
            {},
            optional={
                "lag": st.integers(limits.BYTES_MIN, MAX),
                "lag_seconds": st.floats(1, 31_536_000) | st.integers(1, 31_536_000),
                "unapplied": st.integers(limits.BYTES_MIN, MAX),
            },
        ),
    },
)


@given(st.lists(ASKED, max_size=4))
def test_whatever_was_taken_a_worker_can_be_begun_with_and_then_is_told_nothing(
    asked: list[dict[str, Any]],
) -> None:
    copy = COPY
    for each in asked:
        with suppress(CoreError):
            copy = {**changed(copy, each)}
    told = dict(word.split("=", 1) for word in words_of(copy))
    within = told.get("--copy-within")
    bounds = limits.bounds_of(
        *(told.get(f"--copy-{name}") for name in ("lag", "lag-time", "unapplied"))
    )
    policy = told.get("--copy-policy")
    found = limits.limits_of(None if policy is None else Policy(policy), bounds)
    says = {
        "mode": told["--mode"],
        "within": None if within is None else driver.checked_window(parse_size(within)),
        "bandwidth": str(parse_schedule(told.get("--copy-bandwidth", "none"))),
        "policy": found.policy,
        "compression": {"mode": told.get("--copy-compression", "adaptive")},
        "bounds": {**NONE, **{each.value: value for each, value in found.bounds.items()}},
    }
    assert [*orders(copy, says)] == []
    for do, arguments in orders(copy, {}):
        if do == "copy policy":
            assert limits.asked_limits(arguments, found) == found
