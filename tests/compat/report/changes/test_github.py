"""The changes as workflow commands, read as a workflow's runner reads them."""

import re

import pytest

from compat.differ.effect import Level
from compat.model.role import Role
from compat.report.changes.github import COMMANDS, changes_commands
from compat.report.changes.words import placed
from compat.report.printable import printable
from tests.compat.report.changes.listings import HOSTILE, listed, unchanged

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def unescaped(text: str, *more: tuple[str, str]) -> str:
    for code, character in (*more, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def read(line: str) -> tuple[str, dict[str, str], str]:
    """The command, its properties and its message."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    command, written, message = found.groups()
    pairs = (each.split("=", 1) for each in written.split(","))
    named = {name: unescaped(value, ("%3A", ":"), ("%2C", ",")) for name, value in pairs}
    return command, named, unescaped(message)


@pytest.mark.parametrize("role", Role)
def test_each_change_is_a_command_the_worst_first(role: Role) -> None:
    made = listed(role)
    found = [read(line)[0] for line in changes_commands(made).splitlines()]
    expected = sorted((level for _, level in made.changes), reverse=True)
    assert found == [COMMANDS[level] for level in expected]
    assert set(COMMANDS) == set(Level)


def test_a_command_stands_at_the_new_spec_and_names_the_old() -> None:
    first, *rest = changes_commands(listed()).splitlines()
    assert first == (
        "::error file=v2.yaml,line=25,col=3,title=api-removed-without-deprecation::"
        "DELETE /rooms/{id}: API removed without deprecation (before: v1.yaml:26:5)"
    )
    assert rest[0] == (
        "::error file=v2.yaml,line=49,col=9,title=new-required-request-property::"
        "POST /lamps: request body application/json room: new required request property"
    )


def test_no_text_ends_its_command_or_begins_another() -> None:
    made = listed(hostile=True)
    lines = changes_commands(made).split("\n")
    assert lines.pop() == ""
    ordered = sorted(made.changes, key=lambda each: -each[1])
    for line, (change, level) in zip(lines, ordered, strict=True):
        command, properties, message = read(line)
        assert command == COMMANDS[level]
        assert properties["file"] == printable(f"new{HOSTILE}")
        assert properties["title"] == change.id
        assert message.startswith(printable(placed(change)))


def test_nothing_is_told_of_nothing() -> None:
    assert changes_commands(unchanged()) == ""
