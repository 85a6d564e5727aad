"""`isthmus plan placement`, as an operator meets it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from core.cli.plan.document import BYTES_MAX
from core.errors import Exit
from tests.core.cli.running import Here, on_terminal
from tests.core.cli.test_schemas import check

SITE = """\
topology: 1
resync: {read: 400MiB, signature: 300MiB, link: 100MiB, fixed: 5s}
latencies:
  - between: [rack1, rack2]
    latency: 300us
hypervisors:
  - {name: h1, zone: rack1}
  - {name: h2, zone: rack1}
  - {name: h3, zone: rack2, crashes-per-year: 0.5}
appliances:
  - {name: a1, cluster: one, writes: 200MiB, mirror: a2}
  - {name: a2, cluster: one, writes: 200MiB, mirror: a1}
groups:
  - name: payroll
    latency: 500us
    volumes:
      - {name: db, size: 1TiB, writes: 20MiB, exposed: 2GiB, used-by: [h1]}
  - name: web
    grid: true
    volumes:
      - {name: data, size: 500GiB, exposed: 1GiB, used-by: [h2]}
"""
TODAY = """\
today:
  appliances: {a1: h1, a2: h3}
  groups: {payroll: a1, web/data: a2}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE, encoding="utf-8")
    return path


def described(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_is_told_as_text_and_as_json(here: Here, site: Path) -> None:
    ended = here("plan", "placement", site)
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert ended.out.startswith("the worst crash is that of h")
    assert "no placement is better" in ended.out
    document = here.json("plan", "placement", site)
    check("plan-placement", document)
    assert document["best"] is True
    assert document["exposed"] == []
    assert {each["hypervisor"] for each in document["crashes"]} == {"h1", "h2", "h3"}


def test_the_same_is_read_from_toml_and_from_json(here: Here, site: Path) -> None:
    import orjson

    value = yaml.safe_load(SITE)
    wanted = here("plan", "placement", site).out
    json_file = site.with_suffix(".json")
    json_file.write_bytes(orjson.dumps(value))
    assert here("plan", "placement", json_file).out == wanted
    toml = described(site.with_suffix(".toml"), _toml(value))
    assert here("plan", "placement", toml).out == wanted


def _toml(value: dict[str, Any]) -> str:
    """Tables as arrays of inline tables: JSON's scalars and lists are TOML's, too."""
    return "".join(f"{key} = {_inline(each)}\n" for key, each in value.items())


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_inline(each)}' for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_what_was_planned_is_what_is_today_next_time(here: Here, site: Path) -> None:
    described(site, SITE + TODAY)
    first = here.json("plan", "placement", site)
    check("plan-placement", first)
    assert first["kept"] is False
    assert first["order"]["within_limit"] is True
    assert first["order"]["moves"]
    assert first["order"]["peak_ms"] == first["today"]["worst_ms"]
    described(site, SITE + yaml.safe_dump({"today": first["placement"]}))
    again = here.json("plan", "placement", site)
    assert again["placement"] == first["placement"]
    assert again["order"]["moves"] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--migrate", "payroll=h1:h3"), "the worst crash is that of"),
        (("--lost", "h3"), "nowhere"),
        (("--maintenance", "h3", "--add", "h4:rack2"), "h4"),
    ],
)
def test_what_befell_the_site_is_repaired(
    here: Here, site: Path, words: tuple[str, ...], told: str
) -> None:
    described(site, SITE + TODAY)
    ended = here("plan", "placement", site, *words)
    assert ended.code == Exit.OK
    assert told in ended.out


def test_what_cannot_be_helped_is_told_with_bytes_and_minutes(here: Here, site: Path) -> None:
    described(site, SITE.replace("used-by: [h1]", "used-by: [h1, h2, h3]"))
    ended = here("plan", "placement", site)
    assert ended.code == Exit.FINDINGS
    assert "1 volume with 1TiB exposed" in ended.out
    assert [line.split() for line in ended.out.splitlines() if line.startswith("payroll/db")] == [
        ["payroll/db", "h3", "1TiB", "2h54m", "nowhere", "else", "to", "go"]
    ]
    document = here("plan", "placement", site, "--format", "json")
    assert document.code == Exit.FINDINGS


def test_moves_that_cannot_keep_the_limit_are_a_finding(here: Here, site: Path) -> None:
    described(site, SITE + TODAY + "limits: {worst: 1s}\n")
    ended = here("plan", "placement", site)
    assert ended.code == Exit.FINDINGS
    assert "no order was found in which the worst crash takes no more than 1s" in ended.out


BAD: tuple[tuple[str, str, str, str], ...] = (
    # what stands there, what stands there instead, the line and the mistake, the remedy
    ("topology: 1", "topology: 2", ":1: topology: 2 does not belong", "write 1"),
    ("grid: true", "gird: true", ":19: groups[1].gird: there is no such key", "known here"),
    ("topology: 1\n", "", ":1: the file: topology is missing", "version"),
    (
        "hypervisors:",
        "hypervisor:",
        ":1: the file: hypervisors is missing (and 1 more)",
        "at least one",
    ),
    ("read: 400MiB", "read: 0", ":2: resync.read: 0 does", "as 100MiB"),
    ("read: 400MiB", "read: -5MiB", ":2: resync.read:", "as 100MiB"),
    ("read: 400MiB, ", "", ":2: resync: read is missing", "as 400MiB"),
    ("fixed: 5s", "fixed: 5 parsecs", ":2: resync.fixed:", "500us, 5s"),
    ("latency: 300us", "latency: -1s", ":5: latencies[0].latency:", "as 500us"),
    ("[rack1, rack2]", "[rack1, rack9]", ":4: latencies[0].between[1]: there is no", "rack1"),
    ("name: h2, zone", "name: h1, zone", ":8: hypervisors[1].name: h1 is there twice", "own"),
    ("crashes-per-year: 0.5", "crashes-per-year: -1", ":9: hypervisors[2].crashes", "0 to 1000"),
    ("crashes-per-year: 0.5", "crashes-per-year: .nan", ":9: ", ""),
    ("crashes-per-year: 0.5", "appliances: 65", ":9: hypervisors[2].appliances: 65", "as 1"),
    ("mirror: a2", "mirror: a1", ":11: appliances[0].mirror: it would mirror itself", "another"),
    ("mirror: a2", "mirror: a9", ":11: appliances[0].mirror: there is no appliance a9", "a1, a2"),
    ("size: 1TiB", "size: 0", ":17: groups[0].volumes[0].size: a volume of 0", "from 1"),
    ("size: 1TiB", "size: 9999999PiB", ":17: groups[0].volumes[0].size:", "from 1"),
    ("size: 1TiB", "size: big", ":17: groups[0].volumes[0].size:", "or 20GiB"),
    ("exposed: 2GiB", "exposed: 2TiB", ":17: groups[0].volumes[0].exposed: 2TiB are more", "most"),
    ("used-by: [h1]", "used-by: [h9]", ":17: groups[0].volumes[0].used-by[0]: there is no", "h1"),
    ("grid: true", "grid: maybe", ":19: groups[1].grid:", "true"),
    ("a1: h1", "a1: h9", ":23: today.appliances.a1: there is no hypervisor h9", "h1"),
    ("a1: h1, ", "", "today.appliances: where a1 is now is not told", "leave"),
    ("web/data: a2", "web: a2", ":24: today.groups.web: there is no group", "web/data"),
    ("web/data: a2", "web/data: a7", ":24: today.groups.web/data: there is no appliance", "a1"),
    ("link: 100MiB", "link: 1", "a recovery would take so long", "a size, a rate"),
    ("latency: 300us", "latency: 99999d", ":5: latencies[0].latency: a latency of", "most 1h"),
    ("writes: 200MiB", "writes: 9PiB", ":11: appliances[0].writes: 9PiB in a", "at most 64TiB"),
    ("writes: 20MiB", "writes: 9PiB", ":17: groups[0].volumes[0].writes: 9PiB in a", "64TiB"),
    ("name: payroll", 'name: "payroll\\n"', ":14: groups[0].name:", "letters"),
    ("name: payroll", "name: pay/roll", ":14: groups[0].name:", "letters"),
    ("name: payroll", "name: payroll\n    name: other", ":15: ", "take it out"),
)


@pytest.mark.parametrize(("there", "instead", "told", "remedy"), BAD)
def test_a_mistake_is_told_with_its_line_and_the_remedy(
    here: Here, site: Path, there: str, instead: str, told: str, remedy: str
) -> None:
    assert there in SITE + TODAY
    text = (SITE + TODAY).replace(there, instead, 1)
    if "so long" in told:
        text = text.replace("crashes-per-year: 0.5", "crashes-per-year: 1000").replace(
            "1TiB", "900PiB"
        )
    ended = here("plan", "placement", described(site, text))
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert ended.err.startswith(f"isthmus: {site}")
    assert told in ended.err
    assert remedy in ended.err


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("size: 500GiB", "size: 5.0e+11"),
        ("writes: 200MiB", "writes: 1.0e+9"),
        ("zone: rack1}", "zone: rack1, appliances: 2.0, tenant-slots: 3.0}"),
        ("latency: 500us", "weight: 2.0"),
        ("today:", "limits: {moves: 2.0, appliance-moves: 1.0e+6}\ntoday:"),
    ],
)
def test_a_number_may_be_written_with_a_point(
    here: Here, site: Path, there: str, instead: str
) -> None:
    ended = here("plan", "placement", described(site, (SITE + TODAY).replace(there, instead)))
    assert (ended.code, ended.err) == (Exit.OK, "")


@pytest.mark.parametrize("key", ["moves", "appliance-moves"])
def test_a_limit_of_moves_is_one_that_can_be(here: Here, site: Path, key: str) -> None:
    text = SITE + TODAY + f"limits: {{{key}: 1{'0' * 30}}}\n"
    ended = here("plan", "placement", described(site, text))
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert f":25: limits.{key}:" in ended.err


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("gone.yaml", None, "cannot be read: No such file"),
        ("site.yaml", b"", "the document is empty"),
        ("site.yaml", b"- 1\n", "a description is a mapping"),
        ("site.yaml", b"a: [\n", "site.yaml:"),
        ("site.yaml", b"\xff\xfe\xff", "site.yaml"),
        ("site.toml", b"a = \n", "site.toml:1: this is no TOML"),
        ("site.toml", b"\xff", "this is no text"),
        ("site.json", b"{", "site.json"),
        ("site.yaml", b"#" * (BYTES_MAX + 1), "more than 16 MiB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_description_is_refused(
    here: Here, tmp_path: Path, name: str, data: bytes | None, told: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    ended = here("plan", "placement", tmp_path / name)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert told in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--migrate", "payroll"), "--migrate payroll=h1:h2"),
        (("--migrate", "mail=h1:h2"), "there is no group mail"),
        (("--add", ":x"), "names no hypervisor"),
        (("--add", "h1"), "already"),
        (("--add", "h 9"), "names no hypervisor"),
        (("--add", "h9:rack7"), "there are: rack1, rack2"),
        (("--lost", "h7"), "there is no hypervisor h7"),
        (("--lost", "h1", "--lost", "h2", "--lost", "h3"), "no hypervisor is left"),
        (("--work", "0"), "--work"),
        (("--work", "nan"), "nan is no number"),
        (("--work", "0.000000001"), "allow more with --work"),
        (("--lost", "h1", "--lost", "h2"), "there are 2 appliances, and hypervisors can run 1"),
    ],
)
def test_what_cannot_be_is_refused(
    here: Here, site: Path, words: tuple[str, ...], told: str
) -> None:
    ended = here("plan", "placement", site, *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert told in ended.err


def test_on_a_terminal_it_tells_what_it_does(site: Path) -> None:
    shown = on_terminal("plan", "placement", site)
    assert "looking for a placement" in shown
    assert "no placement is better" in shown
