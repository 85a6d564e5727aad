"""What a project lists as changed, and its two specs show, is told."""

import pytest

from tests.published.lists import Pair, Told, pairs, told

PAIRS = pairs()


def untold(pair: Pair, expected: tuple[Told, ...]) -> list[Told]:
    found = told(pair.project, pair.old, pair.new)
    return [each for each in expected if not any(map(each.is_told_by, found))]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_every_listed_change_that_the_specs_show_is_told(pair: Pair) -> None:
    lost = {each.words: untold(pair, each.reports) for each in pair.shown}
    assert {words: found for words, found in lost.items() if found} == {}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_every_listed_change_is_recorded_once(pair: Pair) -> None:
    words = [*(each.words for each in pair.shown), *pair.unseen]
    assert len(set(words)) == len(words)
    assert [each.words for each in pair.shown if not each.reports] == []
