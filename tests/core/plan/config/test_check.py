"""The checker finds whatever is wrong with a plan, and knows nothing of how it was found."""

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.plan.config.check import complaints
from core.plan.config.planning import Plan, WrongPlanError, plan_of
from core.plan.config.setting import Access, Predicted, Sending, Setting
from core.plan.goals.goal import DAY_NS
from tests.core.plan.config.drawn import drawn_system
from tests.house.tree import ROOT


@pytest.fixture(scope="module")
def plan() -> Plan:
    goals, state = drawn_system(2, 4, appliances=3, samples=24, tightness=0.3)
    found = plan_of(goals, state, {})
    assert all(each.sending is not Sending.MARK for each in found.settings.values())
    return found


Spoil = Callable[[Setting, Predicted], tuple[Setting, Predicted]]


def setting(**changes: Any) -> Spoil:
    return lambda own, predicted: (replace(own, **changes), predicted)


def scaled(name: str, factor: float) -> Spoil:
    def spoilt(own: Setting, predicted: Predicted) -> tuple[Setting, Predicted]:
        return setting(**{name: int(getattr(own, name) * factor)})(own, predicted)

    return spoilt


def said(**factors: float) -> Spoil:
    return lambda own, predicted: (
        own,
        replace(
            predicted,
            **{name: int(getattr(predicted, name) * part) for name, part in factors.items()},
        ),
    )


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (setting(appliance="nowhere"), "appliance that there is not"),
        (lambda own, said: (replace(own, standby=own.appliance), said), "its standby is"),
        (setting(level="best"), "nothing is known"),
        (setting(share=1), "too little bandwidth"),
        (setting(share=95_000), "link wan: all groups take"),
        (setting(log_percent=2), "its access log has 2 %"),
        (setting(log_percent=99), "its access log has 99 %"),
        (scaled("journal_bytes", 0.5), "its journal has room for"),
        (setting(journal_bytes=1 << 60), "of bytes"),
        (setting(journal_bytes=1 << 10), "its journal is none"),
        (setting(sending=Sending.MARK), "it is not copied, and takes something"),
        (setting(sending=Sending.SNAPSHOT, interval_ns=77), "it is sent as snapshot"),
        (said(rto_ns=0.1), "an image takes"),
        (said(cpu=1e9), "thousandths of a core"),
        (said(cpu=0), "thousandths of a core, not 0"),
        (setting(phases=3), "without history it has a window"),
        (setting(sending=Sending.SYNC, interval_ns=0, share=1), "hosts would wait for the link"),
        (
            setting(sending=Sending.SEMI_SYNC, interval_ns=0, within_ns=1),
            "its lag is bound to less than can be kept",
        ),
        (
            setting(sending=Sending.SEMI_SYNC, interval_ns=0, within_ns=10**9, share=2_000),
            "its lag is bound to fewer bytes than are on their way",
        ),
        (
            setting(sending=Sending.SEMI_SYNC, interval_ns=0, within_ns=10**9, share=1),
            "hosts are held up",
        ),
        (said(memory_bytes=0, window_ns=4.0), "its journal has room for"),
    ],
)
def test_what_is_wrong_with_a_setting_is_found(plan: Plan, spoil: Spoil, word: str) -> None:
    assert complaints(plan.goals, plan.state, plan.settings, plan.predicted) == ()
    name = plan.goals[0].group
    spoilt = spoil(plan.settings[name], plan.predicted[name])
    settings, predicted = dict(plan.settings), dict(plan.predicted)
    settings[name], predicted[name] = spoilt
    found = complaints(plan.goals, plan.state, settings, predicted)
    needle = word.replace("of bytes", "bytes")
    assert any(needle in each for each in found), found


def test_a_map_that_takes_more_memory_than_is_said_is_found(plan: Plan) -> None:
    name = plan.goals[0].group
    slow = replace(plan.state.pools[0], apply=1, memory=0)
    settings = {**plan.settings, name: replace(plan.settings[name], access=Access.VIRTUAL)}
    predicted = {**plan.predicted, name: replace(plan.predicted[name], memory_bytes=0)}
    found = complaints(plan.goals, replace(plan.state, pools=(slow,)), settings, predicted)
    assert any("its map takes" in each for each in found), found


def test_a_test_for_which_the_access_log_is_too_small_is_found(plan: Plan) -> None:
    goals = (replace(plan.goals[0], test_ns=30 * DAY_NS), *plan.goals[1:])
    found = complaints(goals, plan.state, plan.settings, plan.predicted)
    assert any("its access log is full before a test is over" in each for each in found), found


def test_a_write_that_takes_longer_than_it_may_is_found(plan: Plan) -> None:
    goals = (replace(plan.goals[0], latency_ns=0), *plan.goals[1:])
    name = goals[0].group
    sync = replace(plan.settings[name], sending=Sending.SYNC, interval_ns=0)
    found = complaints(goals, plan.state, {**plan.settings, name: sync}, plan.predicted)
    assert any("a write would take longer than it may" in each for each in found), found


def test_less_bandwidth_than_the_rpo_needs_is_found(plan: Plan) -> None:
    late = (Sending.ASYNC, Sending.SNAPSHOT)
    name = next(name for name, each in plan.settings.items() if each.sending in late)
    own = plan.settings[name]
    settings = {**plan.settings, name: replace(own, share=own.share // 3)}
    found = complaints(plan.goals, plan.state, settings, plan.predicted)
    assert any("may be lost" in each for each in found), found


def test_a_loss_of_an_appliance_that_the_rest_cannot_take_is_found(plan: Plan) -> None:
    first, *others = plan.state.appliances
    small = tuple(replace(each, iops=1) for each in others)
    state = replace(plan.state, appliances=(first, *small))
    found = complaints(plan.goals, state, plan.settings, plan.predicted)
    assert any("after the loss of" in each for each in found), found


def test_one_tenant_s_goals_never_take_what_is_another_s(plan: Plan) -> None:
    goals = (replace(plan.goals[0], tenant="small"), *plan.goals[1:])
    state = replace(plan.state, tenants={"small": 1})
    found = complaints(goals, state, plan.settings, plan.predicted)
    for what in ("link wan: tenant small", "pool far: tenant small", "appliances: tenant small"):
        assert any(what in each for each in found), (what, found)


def test_a_group_without_a_setting_is_found(plan: Plan) -> None:
    settings = {name: each for name, each in plan.settings.items() if name != "group000"}
    assert complaints(plan.goals, plan.state, settings, plan.predicted)


def test_a_plan_that_it_complains_of_never_leaves(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.plan.config.planning.complaints", lambda *_: ("it lies", "twice"))
    with pytest.raises(WrongPlanError, match=r"is wrong: it lies \(and 1 more\)"):
        plan_of(plan.goals[:1], replace(plan.state, groups=plan.state.groups[:1]), {})


def test_it_shares_no_code_with_what_finds_plans() -> None:
    source = Path(ROOT, "core", "plan", "config", "check.py").read_text(encoding="utf-8")
    imported = {
        node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert {each for each in imported if each.startswith("core.")} == {
        "core.plan.config.setting",  # what is checked, and the limits of what may be set
        "core.plan.config.state",
        "core.plan.goals.goal",
    }
