"""Every story of `tests/scenarios` goes as it says; one that does not is told, with its line."""

from pathlib import Path

import pytest

from core.sim.checks import ViolationError
from core.sim.scenario import play
from core.sim.telling import ScenarioError
from tests.compat.cli.running import ROOT

STORIES = sorted((ROOT / "tests" / "scenarios").rglob("*.txt"))


@pytest.mark.parametrize("path", STORIES, ids=lambda each: each.stem)
def test_a_story_goes_as_it_says(path: Path) -> None:
    told = play(path.read_text(encoding="utf-8"), where=path.name)
    assert told.checks >= told.runs > 0


def test_there_are_stories() -> None:
    assert len(STORIES) >= 40


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("dance", "is nothing that can be done"),
        ("rain in each operation of: flush", "is no kind of trouble"),
        ("write data 4KiB", "is no range"),
        ("write gone 0+512", "there is no volume gone"),
        ("----\nall is well", "is nothing that can be expected"),
    ],
)
def test_a_line_that_says_nothing_is_told(line: str, what: str) -> None:
    with pytest.raises(ScenarioError, match=what) as caught:
        play(f"volumes data=64KiB\n{line}\n", where="story.txt")
    assert caught.value.where.startswith("story.txt:")


def test_what_is_not_as_expected_is_told_with_its_line() -> None:
    story = "volumes data=64KiB\nwrite data 0+512\n----\nthe end is 2\n"
    with pytest.raises(ViolationError, match=r"story\.txt:4: the end is 2: it is not so"):
        play(story, where="story.txt")


def test_a_story_with_trouble_is_told_for_each_operation() -> None:
    story = "volumes data=64KiB\npower lost in each operation of: write data 0+512\nopen\n"
    assert play(story, where="story.txt").runs == 6  # chunk, read, pre-image, sync, write; and none
