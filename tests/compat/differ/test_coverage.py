"""Every place of the specifications is claimed by a rule, or waived with a reason.

Each place is tried out: in a small spec the keyword or member is added, taken away and changed, and
what is told of that stands in a table.
"""

from functools import cache

import pytest

from compat.differ.effect import Level
from compat.differ.ledger import LEDGER
from compat.differ.rules import examples
from tests.compat.differ.places import table, waivers
from tests.compat.differ.places.atlas import Edit, Place
from tests.compat.differ.places.moving import HOMES, is_moved, moved
from tests.compat.differ.places.openapi3 import OPENAPI_30, OPENAPI_31
from tests.compat.differ.places.standard import objects
from tests.compat.differ.places.swagger2 import SWAGGER_20
from tests.compat.differ.telling import compared, told

RULES = frozenset(examples())

ATLASES = {atlas.dialect: atlas for atlas in (SWAGGER_20, OPENAPI_30, OPENAPI_31)}
OBJECTS = [
    pytest.param(dialect, name, id=f"{dialect} {name or '(document)'}")
    for dialect, atlas in ATLASES.items()
    for name in atlas.hosts
]
MOVED = [
    pytest.param(dialect, name, id=f"{dialect} {name}")
    for dialect in ("3.0", "3.1")
    for name in ("Schema", "Discriminator", "XML", "MediaType", "Encoding")
]


@cache
def places(dialect: str) -> list[Place]:
    return ATLASES[dialect].places()


def edits(dialect: str, name: str) -> list[Edit]:
    atlas = ATLASES[dialect]
    return [edit for place in places(dialect) if place[0] == name for edit in atlas.edits(place)]


@pytest.mark.parametrize(("dialect", "name"), OBJECTS)
def test_each_place_is_claimed_as_its_table_says(dialect: str, name: str) -> None:
    found: dict[Place, dict[str, str]] = {}
    for edit in edits(dialect, name):
        if rules_told := told(edit.old, edit.new):
            found.setdefault(edit.place, {})[edit.name] = ", ".join(rules_told)
    listed = {place: each for place, each in table.table(dialect).items() if place[0] == name}
    lines = [table.line(place, each) for place, each in found.items()]
    assert lines == [table.line(place, each) for place, each in listed.items()]


@pytest.mark.parametrize("dialect", ATLASES)
def test_what_no_rule_claims_is_waived_with_a_reason(dialect: str) -> None:
    atlas, claimed = ATLASES[dialect], table.table(dialect)
    for place in places(dialect):
        silent = {edit.name for edit in atlas.edits(place)} - claimed.get(place, {}).keys()
        waived, reason = waivers.waiver(dialect, place)
        assert silent == waived & {edit.name for edit in atlas.edits(place)}, place
        assert bool(reason) == bool(waived)


@pytest.mark.parametrize("dialect", ATLASES)
def test_a_waiver_and_a_line_are_of_a_place(dialect: str) -> None:
    assert waivers.WAIVED[dialect].keys() - set(places(dialect)) == set()
    assert table.table(dialect).keys() - set(places(dialect)) == set()


@pytest.mark.parametrize("dialect", ATLASES)
def test_every_object_of_a_specification_is_somewhere(dialect: str) -> None:
    atlas = ATLASES[dialect]
    assert {*atlas.hosts, *atlas.nowhere} == objects(dialect).keys()
    assert not atlas.hosts.keys() & atlas.nowhere.keys()


@pytest.mark.parametrize(("dialect", "name"), OBJECTS)
def test_what_an_edit_gives_is_listed_and_told_apart(dialect: str, name: str) -> None:
    for edit in edits(dialect, name):
        found = compared(edit.old, edit.new)
        assert {change.id for change in found} <= RULES
        assert len({change.fingerprint for change in found}) == len(found)


@pytest.mark.parametrize(("dialect", "name"), MOVED)
@pytest.mark.parametrize("home", HOMES)
def test_a_place_in_any_other_message_is_claimed_as_well(
    dialect: str, name: str, home: str
) -> None:
    for edit in filter(is_moved, edits(dialect, name)):
        here = compared(edit.old, edit.new)
        there = compared(moved(edit.old, home), moved(edit.new, home))
        assert bool(here) is bool(there), (edit.place, edit.name)


@pytest.mark.parametrize(("dialect", "name"), MOVED)
def test_where_the_server_calls_all_is_the_other_way_round(dialect: str, name: str) -> None:
    """But for what is argued in the ledger of answers alone."""

    def levels(edit: Edit, home: str) -> list[tuple[Level, Level]]:
        found = compared(moved(edit.old, home), moved(edit.new, home))
        return sorted((change.level, change.level_for_new_client) for change in found)

    for edit in filter(is_moved, edits(dialect, name)):
        asked, answered = (
            levels(edit, "a request"),
            compared(moved(edit.old, "a response"), moved(edit.new, "a response")),
        )
        for caller in ("a callback's", "a webhook's"):
            assert levels(edit, f"{caller} response") == asked
            if not any(change.id in LEDGER for change in answered):
                assert levels(edit, f"{caller} request") == levels(edit, "a response")
