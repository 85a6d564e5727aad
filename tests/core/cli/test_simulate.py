"""`isthmus simulate`: worlds and stories from the command line."""

from pathlib import Path

import pytest

from compat.errors import Exit
from core.sim.checks import ViolationError
from core.sim.onlookers import Onlookers
from tests.core.cli.running import Here

SEED = 3


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
