"""`isthmus plan config` as it is used."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from compat.errors import Exit
from core.cli.plan.document import schema
from core.machine.journal.ladder import parse_ladder
from core.machine.link.bandwidth import parse_schedule
from tests.core.cli.plan.goals import GOALS, STATE, changed, written
from tests.core.cli.running import Here, isthmus

PAYROLL = ("groups", 0)


@pytest.fixture
def words(tmp_path: Path) -> tuple[str, ...]:
    return written(tmp_path)


def test_a_plan_tells_each_setting_and_why(here: Here, words: tuple[str, ...]) -> None:
    ended = here(*words)
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert "2 groups: all goals are kept" in ended.out
    assert "no plan is better, and the checker agrees" in ended.out
    assert "sync would hold up each write for 20ms, and 2ms are allowed" in ended.out
    assert "it has room for it once a" in ended.out


def test_what_is_printed_is_what_its_schema_says_and_each_setting_has_a_reason(
    here: Here, words: tuple[str, ...]
) -> None:
    found = here.json(*words)
    Draft202012Validator(schema("plan-config")).validate(found)
    for each in found["groups"]:
        assert all(each["reasons"].values())
        assert {*each["reasons"]} == {
            *("mode", "bandwidth", "compression", "regulation", "access", "journal"),
            *("access_log", "journal_compression", "retention", "history"),
            *("appliance", "standby"),
        }


def test_settings_are_as_they_are_configured(here: Here, words: tuple[str, ...]) -> None:
    for each in here.json(*words)["groups"]:
        schedule = parse_schedule(each["setting"]["bandwidth"])
        assert schedule.rate(9 * 60) == pytest.approx(0.6 * schedule.rate(0), rel=1e-3)
        if each["setting"]["ladder"]:
            assert parse_ladder(each["setting"]["ladder"])


def test_a_ladder_is_as_it_is_configured(here: Here, tmp_path: Path) -> None:
    state = changed(STATE, ("pools", 0, "bytes"), "700GiB")
    found = here.json(*written(tmp_path, state=state))
    ladders = [each["setting"]["ladder"] for each in found["groups"]]
    assert any(ladders)
    for each in filter(None, ladders):
        assert " ".join(map(str, parse_ladder(each))) == each


def test_goals_may_be_toml_or_json(here: Here, words: tuple[str, ...], tmp_path: Path) -> None:
    plain = here.json(*words)
    (tmp_path / "goals.json").write_text(json.dumps(GOALS), encoding="utf-8")
    lines = ["goals = 1"]
    for group in GOALS["groups"]:
        lines.append("[[groups]]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in group.items()]
    (tmp_path / "goals.toml").write_text("\n".join(lines), encoding="utf-8")
    for name in ("goals.json", "goals.toml"):
        assert here.json(*words[:2], str(tmp_path / name), *words[3:]) == plain


def test_goals_that_are_at_odds_are_told_with_numbers_and_what_would_help(
    here: Here, tmp_path: Path
) -> None:
    state = changed(STATE, ("links", 0, "bandwidth"), "5MB/s")
    state = changed(state, ("links", 0, "windows"), [])
    ended = here(*written(tmp_path, state=state))
    assert ended.code == Exit.FINDINGS
    assert re.search(
        r"payroll's RPO of 10s needs 5\.\dMB/s; link wan has 5\.0MB/s, of which 10% is its reserve",
        ended.out,
    )
    assert re.search(r"\d+kB/s bandwidth of wan|\d\.\dMB/s bandwidth of wan", ended.out)


def test_what_if_changes_nothing(here: Here, words: tuple[str, ...], tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    plain = here.json(*words)
    ended = here(*words, "--what-if", "link.wan.bandwidth=4MB/s", "--what-if", "appliance.a2=gone")
    assert ended.code == Exit.FINDINGS
    more = here.json(*words, "--what-if", "group.archive.writes=x0.5")
    assert more["worth"]["cents"] < plain["worth"]["cents"]
    easier = here.json(*words, "--what-if", "goal.payroll.rpo=1h")
    assert easier["worth"]["cents"] <= plain["worth"]["cents"]
    assert here.json(*words) == plain
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("link.lan.bandwidth=4MB/s", "there is no lan"),
        ("link.wan.bandwidth=4 parsecs", "does not belong here"),
        ("faster", "this is no change"),
        ("link.wan=50MB/s", "of what is it to be that"),
        ("link.wan.speed=50MB/s", "there is no such key"),
        ("link.wan=gone", "does not belong here"),
        ("appliance.a1.cpu=nan", "NaN does not belong here"),
        ("tenant.red.share=5%", "there is none of these"),
    ],
)
def test_a_change_to_what_there_is_not_is_refused(
    here: Here, words: tuple[str, ...], change: str, word: str
) -> None:
    ended = here(*words, "--what-if", change)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert word in ended.err
    assert "--what-if" in ended.err


def test_what_is_in_force_stays(here: Here, words: tuple[str, ...], tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    assert here(*words, "--format", "json", "--output", plan).code == Exit.OK
    again = here.json(*words, "--current", plan)
    assert [each["changes"] for each in again["groups"]] == [False, False]
    assert "0 of them change" in here(*words, "--current", plan).out


def test_what_more_would_buy_is_told_when_asked(here: Here, tmp_path: Path) -> None:
    state = changed(STATE, ("pools", 0, "bytes"), "300GiB")
    ended = here(*written(tmp_path, state=state), "--worth")
    assert ended.code == Exit.FINDINGS
    line = next(each for each in ended.out.splitlines() if "100GiB more journal" in each)
    assert "of other goals" in line


def test_the_page_is_one_file_with_a_curve_for_each_group(
    here: Here, words: tuple[str, ...]
) -> None:
    page = here(*words, "--format", "html").out
    body = re.sub(r"<!DOCTYPE html>|<meta[^>]*charset[^>]*>", "", page)
    root = ElementTree.fromstring(body)
    assert len([each for each in root.iter() if each.tag.endswith("svg")]) == 2
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert "sync would hold up each write" in page


@pytest.mark.parametrize(
    ("which", "path", "to", "word"),
    [
        ("goals", (*PAYROLL, "rpo"), "10 parsecs", "A time, as 10s"),
        ("goals", (*PAYROLL, "rpo"), "-10s", "A time, as 10s"),
        ("goals", (*PAYROLL, "rpo"), 10, "A time, as 10s"),
        ("goals", (*PAYROLL, "rpo"), None, "rpo is missing"),
        ("goals", (*PAYROLL, "rpo"), "900d", "beyond what can be planned for"),
        ("goals", (*PAYROLL, "rto"), "0s", "give 1s at least"),
        ("goals", (*PAYROLL, "priority"), 11, "from 1 to 10"),
        ("goals", (*PAYROLL, "priority"), "high", "from 1 to 10"),
        ("goals", (*PAYROLL, "outage-cost"), -1, "a number from 0"),
        ("goals", (*PAYROLL, "every-write"), "48h", "longer than the window of 24h"),
        ("goals", (*PAYROLL, "points-every"), "3d", "further apart than the window"),
        ("goals", (*PAYROLL, "speed"), "fast", "there is no such key"),
        ("goals", (*PAYROLL, "tenant"), "nobody", "the state has no tenant nobody"),
        ("goals", (*PAYROLL, "name"), "archive", "two groups named archive"),
        ("goals", (*PAYROLL, "name"), "unknown", "nothing was measured of unknown"),
        ("goals", ("goals",), 2, "write 1"),
        ("goals", ("groups",), [], "at least one"),
        ("goals", ("groups", 1), None, "archive is in the state, and nothing is said"),
        ("state", ("links", 0, "bandwidth"), "25MB", "as 25MB/s"),
        ("state", ("links", 0, "bandwidth"), "0MB/s", "nothing can be done with 0MB/s"),
        ("state", ("links", 0, "rtt"), "90s", "beyond what can be planned for"),
        ("state", ("links", 0, "loss"), 1.5, "below 1"),
        ("state", ("links", 0, "reserve"), "120%", "at most 100%"),
        ("state", ("links", 0, "windows", 0, "from"), "25:99", "time of day"),
        ("state", ("links", 0, "bandwidth"), "9999TB/s", "give 1000GB/s at most"),
        ("state", ("links", 0, "name"), "wan\n", "A name of 1 to 64"),
        ("state", ("pools", 0, "bytes"), "-1GiB", "A size"),
        ("state", ("pools", 0, "bytes"), "99999PiB", "give 1024PiB at most"),
        ("state", ("pools",), [], "at least one"),
        ("state", ("appliances",), None, "appliances is missing"),
        ("state", ("appliances", 1, "name"), "a1", "two appliances named a1"),
        ("state", ("groups", 0, "writes", "rates"), [], "1 to 10080"),
        ("state", ("groups", 0, "writes", "rates", 3), "-3MB/s", "A rate"),
        ("state", ("groups", 0, "writes", "rates", 3), -3, "A rate"),
        ("state", ("groups", 0, "ratios", "best"), 0.5, "there is no such level"),
        ("state", ("groups", 0, "writes", "rates", 3), "9999TB/s", "give 1000GB/s at most"),
        ("state", ("groups", 0, "ratios", "fast"), 1.5, "from 0.001 to 1"),
        ("state", ("groups", 0, "ratios", "fast"), 1e-300, "from 0.001 to 1"),
        ("state", ("groups", 0, "fold", 0, "unique"), 0.1, "not less is unique"),
        ("state", ("groups", 0, "link"), "lan", "there is no link lan"),
        ("state", ("groups", 0, "measured"), {"bandwidth": "5MB/s", "lag": [1]}, "12 samples"),
        ("state", ("tenants",), [{"name": "a", "share": "60%"}] * 2, "two tenants named a"),
        (
            "state",
            ("tenants",),
            [{"name": "a", "share": "60%"}, {"name": "b", "share": "50%"}],
            "together they have 110.0%",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_remedy(
    here: Here, tmp_path: Path, which: str, path: tuple[Any, ...], to: Any, word: str
) -> None:
    goals = changed(GOALS, path, to) if which == "goals" else GOALS
    state = changed(STATE, path, to) if which == "state" else STATE
    ended = here(*written(tmp_path, goals, state))
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert word in ended.err, ended.err
    assert re.search(rf"{which}\.yaml:\d+", ended.err), ended.err
    assert len(ended.err.strip().splitlines()) > 1, ended.err


def test_what_is_no_document_is_told_with_its_place(here: Here, tmp_path: Path) -> None:
    words = written(tmp_path)
    for text, word in (
        ("goals: [", "goals.yaml:2"),
        ("- a\n- b\n", "a mapping"),
        ("", "empty"),
    ):
        (tmp_path / "goals.yaml").write_text(text, encoding="utf-8")
        ended = here(*words)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
        assert word in ended.err
    ended = here("plan", "config", tmp_path / "none.yaml", "--state", tmp_path / "state.yaml")
    assert ended.code == Exit.BAD_INPUT


def test_the_result_never_goes_over_what_it_is_made_from(
    here: Here, words: tuple[str, ...], tmp_path: Path
) -> None:
    ended = here(*words, "--output", tmp_path / "state.yaml")
    assert ended.code == Exit.BAD_INPUT
    assert (tmp_path / "state.yaml").read_text(encoding="utf-8").startswith("state: 1")


def test_another_process_with_other_hashes_plans_the_same(
    here: Here, words: tuple[str, ...], tmp_path: Path
) -> None:
    here(*words, "--format", "json", "--output", tmp_path / "one.json")
    ended = isthmus(*words, "--format", "json", PYTHONHASHSEED="7")
    assert ended.code == Exit.OK
    assert ended.out == (tmp_path / "one.json").read_text(encoding="utf-8")


def test_a_group_of_which_nothing_was_written_yet_is_planned_for(
    here: Here, tmp_path: Path
) -> None:
    quiet = {"name": "archive", "iops": 0, "writes": {"every": "1s", "rates": [0, 0]}}
    state = changed(STATE, ("groups", 1), quiet)
    ended = here(*written(tmp_path, state=state))
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert "all goals are kept" in ended.out


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("disasters-per-year = nan", "wrong.toml:1: disasters-per-year: NaN does not belong here"),
        ("journal-compression = {cpu = nan}", "NaN does not belong here"),
        ("groups = " + "[" * 5000 + "]" * 5000, "this cannot be read"),
        ("state = " + "1" * 5000, "this cannot be read"),
    ],
)
def test_what_only_toml_can_say_is_refused(
    here: Here, words: tuple[str, ...], tmp_path: Path, text: str, word: str
) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text, encoding="utf-8")
    ended = here(*words[:3], "--state", tmp_path / "state.yaml", "--state", wrong)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert word in ended.err, ended.err
    assert len(ended.err.strip().splitlines()) > 1, ended.err


def test_an_effort_that_is_no_number_or_finds_nothing_is_told(
    here: Here, words: tuple[str, ...]
) -> None:
    ended = here(*words, "--effort", "nan")
    assert ended.code == Exit.BAD_INPUT
    assert "nan is no number" in ended.err
    ended = here(*words, "--effort", "0")
    assert ended.code == Exit.BAD_INPUT
    assert "give it more with --effort" in ended.err


def test_costs_that_cannot_be_added_up_are_told_with_their_group(
    here: Here, tmp_path: Path
) -> None:
    goals = changed(GOALS, (*PAYROLL, "loss-cost"), 1_000_000_000)
    state = changed(STATE, ("disasters-per-year",), 1000)
    ended = here(*written(tmp_path, goals, state))
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "goals.yaml: what payroll could cost or take" in ended.err
    assert "look for a cost" in ended.err


@pytest.mark.parametrize(
    ("name", "value"),
    [("access_log_percent", 0), ("journal_bytes", 10**25), ("journal_bytes", 1), ("share", 1.0)],
)
def test_what_is_in_force_and_beyond_all_limits_is_not_kept(
    here: Here, words: tuple[str, ...], tmp_path: Path, name: str, value: float
) -> None:
    plan = here.json(*words)
    plan["groups"][0]["setting"][name] = value
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    again = here.json(*words, "--current", tmp_path / "plan.json")
    assert [each["changes"] for each in again["groups"]] == [True, False]
    assert again["groups"][0]["setting"][name] != value


def test_a_plan_that_has_a_group_twice_is_not_in_force(
    here: Here, words: tuple[str, ...], tmp_path: Path
) -> None:
    plan = here.json(*words)
    plan["groups"].append(plan["groups"][0])
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    ended = here(*words, "--current", tmp_path / "plan.json")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "there are two groups named" in ended.err
