"""`isthmus simulate`: worlds and stories from the command line."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from compat.errors import Exit
from core.sim.checks import ViolationError
from core.sim.onlookers import Onlookers
from core.sim.plan import Trouble
from core.sim.scenario import MachineStory, play
from core.sim.sites.story import SitesStory
from core.sim.telling import ScenarioError
from tests.compat.cli.running import PROCESS_S
from tests.core.cli.running import Here
from tests.house.tree import ROOT

SEED = 3
ALONE = MachineStory((), (), "").language
TWO_SITES = SitesStory((), (), "").language
GUIDE = (ROOT / "core" / "cli" / "README.md").read_text(encoding="utf-8")
STORIES = GUIDE.partition("## Stories for the simulator")[2].partition("\n## ")[0]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (`.+?) \|", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")


def test_one_world_tells_what_befell_it(here: Here) -> None:
    ended = here("simulate", "--seed", SEED)
    assert ended.code == Exit.OK
    assert "1 worlds" in ended.out
    assert "power lost" in ended.out
    assert "what never came" in ended.out
    assert ended.out.endswith("all was well\n")


def test_worlds_are_counted_and_lived_twice_if_wanted(here: Here) -> None:
    told = here.json("simulate", "--seeds", 2, "--first", SEED, "--verify-determinism")
    assert (told["seeds"], told["twice"], told["failed"], told["passed"]) == (2, 2, [], True)
    assert told["faults"]
    assert told["simulated_hours"] > 0


def test_several_processes_come_to_the_same(here: Here) -> None:
    one, two = (
        here.json("simulate", "--seeds", 3, "--first", SEED, "--jobs", jobs) for jobs in (1, 2)
    )
    assert one | {"seconds": 0} == two | {"seconds": 0}


def test_a_promise_that_is_not_kept_is_told_with_the_command(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(_: Onlookers) -> None:
        raise ViolationError("wrong from 512 on")

    monkeypatch.setattr(Onlookers, "check_volumes", wrong)
    ended = here("simulate", "--seed", SEED)
    assert ended.code == Exit.FINDINGS
    assert f"seed {SEED}: wrong from 512 on" in ended.err
    assert f"isthmus simulate --seed {SEED}" in ended.err
    assert f"FAILED: seeds {SEED}" in ended.out


def test_a_story_is_told(here: Here, tmp_path: Path) -> None:
    story = tmp_path / "story.txt"
    story.write_text("volumes data=64KiB\nwrite data 0+512\n----\nthe end is 1\n")
    assert here("simulate", "--scenario", story).out == "story.txt: 1 runs, 1 expectations met\n"
    story.write_text("volumes data=64KiB\nwrite data 0+512\n----\nthe end is 2\n")
    ended = here("simulate", "--scenario", story)
    assert ended.code == Exit.FINDINGS
    assert "story.txt:4: the end is 2: it is not so" in ended.err


@pytest.mark.parametrize("words", [(), ("--seed", 1, "--seeds", 2)])
def test_one_thing_is_simulated_at_a_time(here: Here, words: tuple[object, ...]) -> None:
    ended = here("simulate", *words)
    assert ended.code == Exit.BAD_INPUT
    assert "give --seed, or --seeds and --hours, or --scenario" in ended.err


def documented(heading: str) -> list[str]:
    """The lines that the guide has in a table."""
    table = STORIES.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [each for row in ROW.findall(table) for each in CODE.findall(row)]


def test_the_guide_s_story_can_be_told_as_it_stands(tmp_path: Path) -> None:
    (block,) = BLOCK.findall(STORIES)
    shell = f'isthmus() {{ "{sys.executable}" -W error -m core "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", shell + block],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PROCESS_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "monday.txt: 15 runs, 75 expectations met\n"
    assert "That is told fifteen times" in STORIES


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("said first", ALONE.setting),
        ("what is done", ALONE.doing),
        ("what is expected", ALONE.expected),
        ("said first of two sites", TWO_SITES.setting),
        ("what is done at two sites", TWO_SITES.doing),
        ("what is expected of two sites", TWO_SITES.expected),
    ],
)
def test_the_guide_has_all_that_a_story_can_say(heading: str, known: Mapping[str, object]) -> None:
    lines = documented(heading)
    for name in known:
        assert any(line == name or line.startswith(f"{name} ") for line in lines), name
    for line in lines:
        assert any(line == name or line.startswith(f"{name} ") for name in known), line


def test_each_line_of_the_guide_says_something() -> None:
    """Whether it goes as it says or not: none is a line that nobody understands."""
    setting = "\n".join(documented("said first"))
    doing = [line for line in documented("what is done") if not line.startswith("bit rot")]
    for line in doing:
        line = f"mark\n{line}" if line == "resume" else line
        play(f"{setting}\nfeed all\nwrite data 0+8KiB\nflush\n{line}\n", where="guide")
    for line in documented("what is expected"):
        try:
            play(
                f"{setting}\nfeed all\nend epoch\nfeed all\nwrite data 0+512\n----\n{line}\n",
                where="guide",
            )
        except ScenarioError:
            pytest.fail(line)
        except ViolationError:
            continue


def test_each_line_of_the_guide_of_two_sites_says_something() -> None:
    begun = "\n".join(documented("said first of two sites"))
    for line in documented("what is done at two sites"):
        play(f"{begun}\nsettle\nwrite data 0+8KiB\n{line}\n", where="guide")
    for line in documented("what is expected of two sites"):
        try:
            play(f"{begun}\nsettle\nwrite data 0+512\n----\n{line}\n", where="guide")
        except ScenarioError:
            pytest.fail(line)
        except ViolationError:
            continue


def test_a_world_of_two_sites_is_another_one(here: Here) -> None:
    told = here.json("simulate", "--sites", 2, "--seed", SEED)
    assert told["passed"]
    assert told["checks"]["links"]
    assert told["operations"] != here.json("simulate", "--seed", SEED)["operations"]


def test_the_guide_has_every_trouble_that_an_operation_meets() -> None:
    troubles = documented("trouble in each operation")
    by_chance = {
        *(Trouble.POWER_LOST_AGAIN, Trouble.KILLED_AGAIN, Trouble.ROT),
        *(Trouble.WRITE_UNSYNCED, Trouble.WRITE_TORN, Trouble.NAME_LOST),
        *(Trouble.CLOCK_FORTH, Trouble.CLOCK_BACK),
    }
    assert sorted(troubles) == sorted({*Trouble} - by_chance)
    setting = "volumes data=64KiB\nreplicas\nwrite data 0+512"
    for each in troubles:
        play(f"{setting}\n{each} in each operation of: flush\nopen\n", where="guide")
