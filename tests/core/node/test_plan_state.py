"""What nodes that run know is what is planned with, and what they do not know is asked for."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Event
from typing import Any, Final

import pytest
import yaml
from hypothesis import settings

from compat.errors import Exit
from core.cli.plan.configuration.layers import laid_over
from core.cli.plan.document import Described
from core.cli.program import run
from core.errors import CoreError
from core.plan.config.check import complaints
from core.plan.config.planning import plan_of
from core.plan.config.state import state_of
from core.plan.goals.goal import goals_of
from tests.compat.cli.running import Ended
from tests.core.cli.running import Here
from tests.core.driver.waiting import until
from tests.core.node.running import MIB, made, status
from tests.core.node.test_way import io
from tests.core.node.two import TOKEN, Sites, sites

LONG: Final = settings.default is settings.get_profile("long")
BANDWIDTH: Final = 2 * MIB
BURST: Final = 12 * MIB
PAUSE_S: Final = 9.0
WATCHED: Final = "20s"
GOALS: Final = {
    "goals": 1,
    "groups": [{"name": "db", "rpo": "1m", "rto": "5m", "window": "24h", "every-write": "1h"}],
}
BESIDE: Final[dict[str, Any]] = {
    "state": 1,
    "appliances": [{"name": "left", "rate": "100MB/s", "iops": 10000, "cpu": 2}],
    "links": [{"name": "right", "bandwidth": "20MB/s", "rtt": "5ms"}],
    "pools": [{"name": "right", "bytes": "3TiB", "iops": 10000, "apply": "50MB/s"}],
}


Planned = Callable[..., Ended]


@pytest.fixture(scope="module")
def both() -> Iterator[Sites]:
    with sites() as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("plan")
    for name, value in (("goals", GOALS), ("beside", BESIDE)):
        (found / f"{name}.yaml").write_text(yaml.safe_dump(value), encoding="utf-8")
    (found / "burst").write_bytes(Random(1).randbytes(MIB // 2))
    return found


@pytest.fixture(scope="module")
def measured(both: Sites, folder: Path) -> Path:
    """What was seen of a copy that is sent less in a second than hosts write at times."""
    asked = both.asked("db", size=16 * MIB) | {"retention": {"journal_size": 1 << 30}}
    with both.here() as client:
        group = client.post("/v1/groups", json=asked).json()
    both.until_protected(group["id"])
    site = ("--site", both.left.url)
    assert run([*site, "copy", "set", "db", "right", "--bandwidth", str(BANDWIDTH)]) == Exit.OK
    path = folder / "measured.yaml"
    is_over = Event()
    with ThreadPoolExecutor(1) as hosts:
        writing = hosts.submit(write, group["volumes"][0]["uris"][0], folder / "burst", is_over)
        code = run([*site, "plan", "state", "--for", WATCHED, "--output", str(path)])
        is_over.set()
        writing.result()
    assert code == Exit.OK
    return path


def write(uri: str, data: Path, is_over: Event) -> None:
    """A burst, and nothing until it has left."""
    count = BURST // data.stat().st_size
    while not is_over.is_set():
        io(uri, *(f"write -s {data} {nth * 512}k 512k" for nth in range(count)), "flush")
        is_over.wait(PAUSE_S)


@pytest.fixture
def planned(here: Here, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Planned:
    """What is planned of states, by who has a token for both sites."""
    monkeypatch.setenv("ISTHMUS_TOKEN", TOKEN)

    def told(*states: str | Path) -> Ended:
        words = [word for each in states for word in ("--state", str(each))]
        return here("plan", "config", folder / "goals.yaml", *words, "--format", "json")

    return told


def test_what_was_measured_is_what_was(measured: Path) -> None:
    found = yaml.safe_load(measured.read_text(encoding="utf-8"))
    (group,) = found["groups"]
    assert (group["link"], group["pool"]) == ("right", "right")
    assert [each["name"] for each in found["appliances"]] == ["left"]
    assert sum(group["writes"]["rates"]) == pytest.approx(2.5 * BURST, abs=0.6 * BURST)
    assert int(group["measured"]["bandwidth"].removesuffix("B/s")) == pytest.approx(
        BANDWIDTH, rel=0.15
    )
    assert max(group["measured"]["lag"]) == pytest.approx(BURST / BANDWIDTH, rel=0.25)
    assert "bandwidth" not in found["links"][0]  # what was chosen for a copy tells nothing of it


def test_the_plan_is_one_that_the_checker_has_nothing_against(
    planned: Planned, folder: Path, measured: Path
) -> None:
    def refusal(_: object, what: str, hint: str) -> CoreError:
        return CoreError(what, hint=hint)

    ended = planned(measured, folder / "beside.yaml")
    assert (ended.code, ended.err) == (Exit.OK, "")
    (group,) = yaml.safe_load(ended.out)["groups"]
    assert group["predictor"]["factor"] == pytest.approx(1.0, abs=0.3)
    assert group["predictor"]["error"] < 0.3
    layers = [
        Described(yaml.safe_load(path.read_text(encoding="utf-8")), str)
        for path in (measured, folder / "beside.yaml")
    ]
    state, goals = state_of(laid_over(*layers).value, refusal), goals_of(GOALS, refusal)
    plan = plan_of(goals, state, {})
    assert [*complaints(goals, state, plan.settings, plan.predicted)] == []
    less = replace(plan.settings["db"], journal_bytes=plan.settings["db"].journal_bytes // 2)
    assert [*complaints(goals, state, {"db": less}, plan.predicted)]


def test_production_and_its_copy_tell_together_what_was_written(
    here: Here, planned: Planned, both: Sites, folder: Path, measured: Path
) -> None:
    """The history is where the copy is; the appliance is where production is."""
    assert measured.exists()
    ended = planned(both.left.url, both.right.url, folder / "beside.yaml")
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert planned(both.left.url, measured, folder / "beside.yaml").code == Exit.OK
    with both.here() as client:
        (db,) = client.get("/v1/groups", params={"name": "db"}).json()["groups"]
        until(lambda: not status(client, db["id"])["lag"]["bytes"])
    draft = yaml.safe_load(here("--site", both.right.url, "plan", "state").out)
    assert draft["appliances"] == []
    writes = draft["groups"][0]["writes"]
    seconds = int(writes["every"].removesuffix("s"))
    total = sum(writes["rates"]) * seconds
    assert total == pytest.approx(round(total / BURST) * BURST, rel=0.02)
    assert total > 2 * BURST


def test_what_nodes_do_not_know_is_asked_for_and_then_there_is_a_plan(
    planned: Planned, both: Sites, folder: Path, measured: Path
) -> None:
    assert measured.exists()
    ended = planned(both.left.url)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert f"{both.left.url}: nodes do not know all that a plan is made from" in ended.err
    for each in ("rate: What hosts may write", "rtt: There and back", "bytes: Room", "writes: "):
        assert f"# {each}" in ended.err
    remedy = ended.err.partition("--state:\n")[2]
    values = {
        key: str(value)
        for section in ("appliances", "links", "pools")
        for key, value in BESIDE[section][0].items()
    }
    values |= {"writes": "{every: 1h, rates: [1MB/s, 2MB/s]}"}
    filled = re.sub(r"# ([a-z]+): .*", lambda match: f"{match[1]}: {values[match[1]]}", remedy)
    path = folder / "filled.yaml"
    path.write_text(filled, encoding="utf-8")
    ended = planned(both.left.url, path)
    assert ended.code in (Exit.OK, Exit.FINDINGS)
    assert ended.err == ""


def test_who_has_no_token_is_told_nothing(here: Here, both: Sites, folder: Path) -> None:
    ended = here("plan", "config", folder / "goals.yaml", "--state", both.right.url)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    token = folder / "token"
    token.touch(0o600)
    token.write_text(TOKEN, encoding="utf-8")
    words = ("--token-file", token, "plan", "config", folder / "goals.yaml")
    ended = here(*words, "--state", both.right.url)
    assert "nodes do not know all" in ended.err


def test_a_time_that_is_none_is_refused(here: Here, both: Sites) -> None:
    for text in ("soon", "1s", "2d"):
        ended = here("--site", both.left.url, "plan", "state", "--for", text)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
        assert text in ended.err


@pytest.mark.skipif(not LONG, reason="begins two more groups: in the long mode")
def test_two_groups_of_one_name_are_not_taken_for_one(
    here: Here, planned: Planned, both: Sites, folder: Path
) -> None:
    with both.here() as left, both.there() as right:
        made(both.left, left, "own")
        made(both.right, right, "own")
    ended = planned(both.left.url, both.right.url, folder / "beside.yaml")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert f"another group is called own at {both.left.url}" in ended.err
    draft = here("--site", both.left.url, "plan", "state").out
    assert "links:" in draft
    own = next(each for each in yaml.safe_load(draft)["groups"] if each["name"] == "own")
    assert own == {"name": "own"}
