"""A message that shows that a change breaks a client."""

from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compat.differ.catalogue.example import answer, body, parameter, record
from compat.differ.change import Change
from compat.differ.effect import Direction, Level
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.differ.witness import Witness
from compat.model.interface import Interface
from compat.model.role import Role
from compat.model.schema import ABSENT
from compat.verify.breaking import witnesses
from tests.compat.plan.specs import loaded, spec
from tests.compat.report.planned import TODAY

INTEGER = {"type": "integer"}
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
    shown = witnesses(old, new, told, role).found
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
    assert not quiet & witnesses(old, new, told, Role.OLD_CLIENT).found.keys()


def shown(before: Any, after: Any) -> dict[str, Any]:
    """Whole documents; what shows each change to an old client, by what is told of it."""
    old, new = loaded(before, "old.yaml"), loaded(after, "new.yaml")
    told = tuple(changes(old, new, Policy(today=TODAY)))
    seen = witnesses(old, new, told, Role.OLD_CLIENT).found
    assert told
    return {f"{each.id} {_said(each)}".strip(): seen.get(each.fingerprint) for each in told}


def _said(change: Change) -> str:
    return "" if change.before is ABSENT else str(change.before)


def values(before: Any, after: Any) -> dict[str, Any]:
    found = shown(before, after)
    return {told: witness.value for told, witness in found.items() if witness is not None}


def test_each_value_that_went_is_shown_by_itself() -> None:
    listed = [f"{letter}{letter}" for letter in "abcdefghij"]
    old, new = (body(record({"s": {"enum": each}})) for each in (listed, listed[-1:]))
    rule = "request-property-enum-value-removed"
    assert values(old, new) == {f"{rule} {each}": {"s": each} for each in listed[:-1]}


def test_each_limit_is_shown_by_a_value_that_breaks_it() -> None:
    old, new = (
        body(record({"m": {"type": "integer", "minimum": least, "maximum": most}}))
        for least, most in ((1, 10), (3, 7))
    )
    found = shown(old, new)
    said = {told: witness.shows for told, witness in found.items() if witness is not None}
    assert said == {
        "request-property-min-increased 1": "1 is less than the minimum of 3",
        "request-property-max-decreased 10": "9 is greater than the maximum of 7",
    }


@pytest.mark.parametrize(
    ("limit", "breaking"),
    [({"type": "integer", "maximum": 5}, 6), ({"type": "string", "maxLength": 2}, "xxx")],
)
def test_a_limit_that_is_set_is_shown_by_what_it_excludes(limit: Any, breaking: Any) -> None:
    old, new = (
        parameter({"name": "q", "in": "query", "schema": each})
        for each in ({"type": limit["type"]}, limit)
    )
    assert [*values(old, new).values()] == [breaking]


@pytest.mark.parametrize("holder", [answer, body])
def test_a_field_that_nobody_declares_is_shown_missing_from_a_schema_in_itself(holder: Any) -> None:
    ref = {"$ref": "#/components/schemas/Node"}
    loose = record({"child": ref})
    old, new = (
        holder(ref, components={"schemas": {"Node": each}})
        for each in ({**loose, "required": ["id"]}, loose)
    )
    if holder is body:
        old, new = new, old
    assert [*values(old, new).values()] == [{}]


def test_a_field_without_a_name_is_no_discriminator() -> None:
    old, new = (
        body({"oneOf": [record({"": {"type": "string"}, "n": {"type": kind}}, ""), INTEGER]})
        for kind in ("integer", "string")
    )
    assert isinstance(values(old, new)["request-property-type-changed integer"]["n"], int)


@pytest.mark.parametrize("keyword", ["allOf", "anyOf"])
def test_of_schemas_that_lead_on_for_too_long_none_is_found(keyword: str) -> None:
    def chained(longest: int) -> Any:
        links = [f"#/components/schemas/A{number}" for number in range(400)]
        chain: dict[str, Any] = {
            f"A{number}": {keyword: [{"$ref": link}, {"type": "string", "minLength": 1}]}
            for number, link in enumerate(links[1:])
        }
        schemas: dict[str, Any] = {**chain, "A399": {"type": "string"}}
        schemas["A0"] = {**schemas["A0"], "maxLength": longest}
        return body({"$ref": links[0]}, components={"schemas": schemas})

    assert shown(chained(9), chained(5)) == {"request-body-max-length-decreased 9": None}


TEXT = {"type": "string"}
CLOSED = {"additionalProperties": False}
TWO = record({"a": TEXT, "b": TEXT})
LIST = {"type": "array", "contains": INTEGER}


@pytest.mark.parametrize(
    ("before", "after", "rule", "shows"),
    [
        (
            record({"a": TEXT}),
            {**record({"a": TEXT, "n": TEXT}, "n"), **CLOSED},
            "additional-properties-restricted",
            "Additional properties are not allowed ('x-of-no-version' was unexpected)",
        ),
        (
            record({"a": TEXT}),
            {**record({"a": TEXT}), **CLOSED, "minProperties": 1},
            "additional-properties-restricted",
            "Additional properties are not allowed ('x-of-no-version' was unexpected)",
        ),
        (
            record({"a": TEXT}),
            {**record({"a": TEXT}), "additionalProperties": {"type": "boolean"}},
            "additional-properties-restricted",
            "'text' is not of type 'boolean'",
        ),
        (
            {"type": "array"},
            {**LIST, "minItems": 2},
            "contains-added",
            "[] does not contain items matching the given schema",
        ),
        (
            LIST,
            {**LIST, "maxContains": 1},
            "max-contains-set",
            "Too many items match the given schema (expected at most 1)",
        ),
        (
            TEXT,
            {**TEXT, "not": {"enum": ["x"]}},
            "not-added",
            "'x' should not be valid under {'enum': ['x']}",
        ),
        (
            TWO,
            {**TWO, "dependentRequired": {"a": ["b"]}},
            "dependent-required-added",
            "'b' is a dependency of 'a'",
        ),
        (
            TWO,
            {**TWO, "dependentSchemas": {"a": {"required": ["b"]}}},
            "dependent-schema-added",
            "'b' is a required property",
        ),
        (
            {"type": "array"},
            {"type": "array", "items": {"type": "array", "items": INTEGER}},
            "items-added",
            "1 is not of type 'array'",
        ),
        (
            {"type": "array"},
            {"type": "array", "prefixItems": [INTEGER]},
            "prefix-items-added 0",
            "'any' is not of type 'integer'",
        ),
    ],
)
def test_what_is_about_no_single_value_is_shown_by_its_own_keyword(
    before: Any, after: Any, rule: str, shows: str
) -> None:
    found = shown(body(before), body(after))[f"request-body-{rule}"]
    assert found.shows == shows


def test_the_place_of_what_is_varied_may_lie_in_lists_and_objects() -> None:
    old, new = (
        body(record({"rooms": {"type": "array", "minItems": 1, "items": each}}))
        for each in (record({"a": TEXT}), {**record({"a": TEXT}), **CLOSED})
    )
    [found] = values(old, new).values()
    assert found["rooms"][0]["x-of-no-version"] is True
