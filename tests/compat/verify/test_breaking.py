"""A message that shows that a change breaks a client."""

from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compat.differ.change import Change
from compat.differ.effect import Direction, Level
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.differ.witness import Witness
from compat.model.interface import Interface
from compat.model.role import Role
from compat.verify.breaking import witnesses
from tests.compat.plan.specs import loaded, spec
from tests.compat.report.planned import TODAY

LAMP = "{name!: string, state: on|off, room: {floor: integer}, bulbs: [{watts: integer}]}"
CALLS = {"GET /lamps": "{200: Lamp}", "POST /lamps": "{body!: Lamp, 200: null}"}

EDITS = [
    "{name!: string, state: on|off|dim, room: {floor: integer}, bulbs: [{watts: integer}]}",
    "{name!: string, state: on|out, room: {floor: integer}, bulbs: [{watts: integer}]}",
    "{name: string, state: on|off, room: {floor: integer}, bulbs: [{watts: integer}]}",
    "{name!: string, state!: on|off, room: {floor: integer}, bulbs: [{watts: integer}]}",
    "{name!: string, state: on|off, room: {floor: string}, bulbs: [{watts: integer}]}",
    "{name!: string, state: on|off, room: {floor!: integer}, bulbs: [{watts: integer}]}",
    "{name!: string, state: on|off, room: {floor: integer}, bulbs: [{watts: string}]}",
    "{name!: string, state: on|off, room: {floor: integer}, bulbs: {watts: integer}}",
    "{state: on|off, room: {floor: integer}, bulbs: [{watts: integer}]}",
    "{name!: string, state: on|off, room: {type: object, properties: "
    "{floor: integer}, additionalProperties: false}, bulbs: [{watts: integer}]}",
]


@cache
def version(lamp: str, name: str) -> Interface:
    return loaded(spec(CALLS, f"Lamp: {lamp}"), name)


def schema(lamp: str) -> Any:
    return spec(CALLS, f"Lamp: {lamp}")["components"]["schemas"]["Lamp"]


def found(before: str, after: str, role: Role) -> list[tuple[Change, Witness | None]]:
    """The changes that break the role's client, each with its witness."""
    old, new = version(before, "old.yaml"), version(after, "new.yaml")
    told = tuple(changes(old, new, Policy(today=TODAY)))
    shown = witnesses(old, new, told, role)
    loud = [each for each in told if each.level_for(role) is Level.ERR]
    return [(each, shown.get(each.fingerprint)) for each in loud]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("edited", EDITS)
@pytest.mark.parametrize("turned", [False, True], ids=["there", "back"])
def test_what_breaks_a_client_is_shown_by_a_value_that_only_its_sender_admits(
    edited: str, role: Role, *, turned: bool
) -> None:
    before, after = (edited, LAMP) if turned else (LAMP, edited)
    shown = found(before, after, role)
    for change, witness in shown:
        assert witness is not None, change.id
        is_old_sender = (role is Role.OLD_CLIENT) is (change.direction is Direction.REQUEST)
        sender, receiver = (before, after) if is_old_sender else (after, before)
        assert Draft202012Validator(schema(sender)).is_valid(witness.value)
        assert not Draft202012Validator(schema(receiver)).is_valid(witness.value)


def test_some_of_the_edits_break_each_client() -> None:
    for role in Role:
        assert sum(bool(found(LAMP, edited, role)) for edited in EDITS) >= 5


def test_the_witness_points_at_what_is_wrong_in_it() -> None:
    [(_, witness)] = [
        each for each in found(LAMP, EDITS[6], Role.OLD_CLIENT) if "request" in each[0].id
    ]
    assert witness is not None
    assert witness.pointer == "/bulbs/0/watts"
    assert "is not of type 'string'" in witness.shows
    [(_, whole)] = [
        each for each in found("string", "integer", Role.OLD_CLIENT) if "request" in each[0].id
    ]
    assert whole is not None
    assert whole.pointer == ""


def test_a_change_that_breaks_nobody_has_no_witness() -> None:
    wider = "{name!: string, state: on|off, room: {floor: integer}, shade: string}"
    old, new = version(LAMP, "old.yaml"), version(wider, "new.yaml")
    told = tuple(changes(old, new, Policy(today=TODAY)))
    quiet = {each.fingerprint for each in told if each.level is Level.INFO}
    assert quiet
    assert not quiet & witnesses(old, new, told, Role.OLD_CLIENT).keys()
