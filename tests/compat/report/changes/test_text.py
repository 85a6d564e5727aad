"""The changes on a terminal and in a file."""

import re

import pytest
from rich.console import Console

from compat.model.role import Role
from compat.report.changes.listing import Listing
from compat.report.changes.text import changes_text
from tests.compat.report.changes.listings import listed, unchanged


def shown(made: Listing, *, width: int = 100) -> list[str]:
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        console.print(changes_text(made), crop=False)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_operations_stand_above_their_changes_the_worst_first() -> None:
    assert shown(listed())[:10] == [
        "9 changes for an old client with a new server: 2 errors, 3 warnings, 4 notes",
        "",
        "DELETE /rooms/{id}",
        "  ERR  API removed without deprecation",
        "       api-removed-without-deprecation  6f17c8731db5e55d  old v1.yaml:26:5",
        "",
        "POST /lamps",
        "  ERR  request body application/json room: new required request property",
        "       new-required-request-property  952fc4cf36636448  new v2.yaml:49:9",
        "  WARN request body application/json shade: request property removed",
    ]


def test_what_belongs_to_no_operation_is_of_the_whole_interface() -> None:
    assert shown(listed())[-3] == "the whole interface"


def test_the_other_direction_is_told_with_its_levels() -> None:
    lines = shown(listed(Role.NEW_CLIENT))
    assert lines[0].startswith("9 changes for a new client with an old server: ")
    assert lines[2:4] == ["PUT /rooms/{id}", "  ERR  endpoint added"]


@pytest.mark.parametrize("width", [20, 80])
def test_a_place_is_never_broken_or_cut(width: int) -> None:
    lines = shown(listed(), width=width)
    wanted = re.compile(r" {7}request-property-removed  [0-9a-f]{16}  old v1\.yaml:48:9")
    assert [line for line in lines if wanted.fullmatch(line)]


def test_nothing_is_told_of_nothing() -> None:
    assert shown(unchanged()) == ["no changes for an old client with a new server"]


def test_a_name_stays_on_its_line_and_commands_nothing() -> None:
    lines = shown(listed(hostile=True), width=10_000)
    text = "\n".join(lines)
    assert {each for each in text if not each.isprintable()} <= {"\n"}
    assert [line for line in lines if line.startswith("::")] == []
    sections = listed(hostile=True).sections
    assert len(lines) == 1 + sum(2 + 2 * len(each.changes) for each in sections)
