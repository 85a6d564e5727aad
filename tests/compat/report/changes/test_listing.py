"""The listing: whose levels count, what comes first, and what is left out."""

import pytest

from compat.differ.effect import Level
from compat.model.place import Place, Source
from compat.model.role import Role
from compat.report.changes.listing import listed_file
from compat.report.changes.words import placed, rule_words, totals, values
from tests.compat.report.changes.listings import ADD, COME, GET, GONE, listed, pair, unchanged


def test_the_operation_with_the_worst_comes_first_and_so_does_the_worst_of_each() -> None:
    made = listed()
    assert [each.operation for each in made.sections] == [GONE, ADD, GET, COME, ""]
    for section in made.sections:
        assert list(section.levels) == sorted(section.levels, reverse=True)


def test_the_other_direction_has_other_levels_and_another_order() -> None:
    made = listed(Role.NEW_CLIENT)
    assert made.sections[0].operation == COME
    for change, level in made.changes:
        assert level is change.level_for_new_client is change.level_for(Role.NEW_CLIENT)
    assert made.counts != listed().counts


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("least", Level)
def test_what_is_less_is_left_out(role: Role, least: Level) -> None:
    whole = listed(role)
    found = {change.fingerprint for change, _ in listed(role, least).changes}
    assert found == {change.fingerprint for change, level in whole.changes if level >= least}
    assert found


def test_what_is_gone_is_told_at_what_was_around_it_in_the_new_spec() -> None:
    made = listed()
    (gone,) = (change for change, _ in made.changes if change.operation == GONE)
    _, new = pair()
    assert made.place(gone) == Place(new.place.source, "/paths/~1rooms~1{id}")
    for change, _ in made.changes:
        if change.new is not None:
            assert made.place(change) == change.new


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("git:v1.0:specs/api.yaml", "specs/api.yaml"),
        ("specs/api.yaml", "specs/api.yaml"),
        ("-", "-"),
    ],
)
def test_a_file_of_git_is_called_as_in_a_checkout(name: str, file: str) -> None:
    assert listed_file(Place(Source(name, lambda _: (1, 1)), "")) == file


def test_the_totals_are_for_somebody() -> None:
    assert totals(listed()) == (
        "9 changes for an old client with a new server: 2 errors, 3 warnings, 4 notes"
    )
    assert totals(listed(Role.NEW_CLIENT)).startswith("9 changes for a new client with an old ")
    assert totals(listed(least=Level.ERR)).endswith(": 2 errors")
    assert totals(unchanged()) == "no changes for an old client with a new server"


def test_a_change_is_told_with_what_it_is_and_what_it_was() -> None:
    told = [placed(change) for change, _ in listed().changes]
    assert told[0] == f"{GONE}: API removed without deprecation"
    assert told[1] == (
        "POST /lamps: request body application/json room: new required request property"
    )
    assert "security scheme key: API security component type changed: apiKey became http" in told
    assert rule_words("api-tag-removed") == "API tag removed"


def test_a_long_value_is_cut() -> None:
    found = [text for change, _ in listed(hostile=True).changes for text in values(change) if text]
    assert max(map(len, found)) == 61
    assert any(text.endswith("…") for text in found)
