"""The plan as people read it."""

import re
from pathlib import Path

import pytest
from rich.console import Console

from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from compat.report.text import plan_text
from compat.source import load_interface
from tests.compat.report.planned import ROOT, TODAY, appliance
from tests.shared import spec

GOLDEN = ROOT / "tests" / "data" / "report"


def shown(made: BridgePlan, *, width: int = 100, everything: bool = False) -> str:
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        console.print(plan_text(made, everything=everything))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def lamps(monkeypatch: pytest.MonkeyPatch) -> BridgePlan:
    """The plan of a small pair, with the specs named as from their own folder."""
    monkeypatch.chdir(GOLDEN)
    old, new = (load_interface(name).interface for name in ("old.yaml", "new.yaml"))
    return plan(old, new, today=TODAY, versions=("v1", "v2"))


def test_a_small_plan_reads_as_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(lamps(monkeypatch))
    assert text == (GOLDEN / "plan.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_it_may_be(width: int) -> None:
    for made in (appliance(), appliance(with_intent=False)):
        assert max(map(len, shown(made, width=width).splitlines())) <= width


def test_what_needs_nothing_is_counted_and_shown_when_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = lamps(monkeypatch)
    short, long = shown(made), shown(made, everything=True)
    assert "1 difference needs nothing and is not shown" in short
    assert "brightness" not in short
    assert "not shown" not in long
    assert "brightness" in long


def test_the_figures_come_before_the_details() -> None:
    made = appliance(with_intent=False)
    lines = shown(made).splitlines()
    figures = f"{len(made.differences)} differences, {len(made.open_gaps)} open gaps"
    assert lines.index(figures) < lines.index("Operations")


def test_an_acceptance_is_shown_with_who_and_why() -> None:
    text = " ".join(shown(appliance(), width=200).split())
    assert "accepted by appliance platform team until 2030-12-31: no client of v1" in text


def test_a_value_that_is_supplied_is_told() -> None:
    assert "is supplied: false" in shown(appliance())


def test_a_spec_cannot_command_the_terminal(tmp_path: Path) -> None:
    document = (GOLDEN / "old.yaml").read_text(encoding="utf-8")
    (tmp_path / "old.yaml").write_text(document.replace("title: Lamps", 'title: "a\\e[2Jb"'))
    old = load_interface(str(tmp_path / "old.yaml")).interface
    new = load_interface(str(GOLDEN / "new.yaml")).interface
    assert old.title == "a\x1b[2Jb"
    text = shown(plan(old, new, today=TODAY), width=400)
    assert "\x1b" not in text
    assert r"a\u001b[2Jb" in text


@pytest.mark.slow
def test_eight_hundred_differences_stay_readable() -> None:
    old, new = (
        load_interface(str(spec(f"airflow/{name}")), validate=False).interface
        for name in ("2.10.0-v1.yaml", "3.0.0-v2.yaml")
    )
    made = plan(old, new, today=TODAY)
    assert len(made.differences) > 700
    lines = shown(made, width=120).splitlines()
    assert len(lines) < 3 * len(made.differences)


def test_of_very_many_entries_the_last_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.report.text.ENTRIES_SHOWN_MAX", 1)
    text = shown(lamps(monkeypatch))
    assert text.count("•") == 1
    assert re.search(r"^and \d+ differences? more; --format json tells all$", text, re.MULTILINE)
