"""Whether a value is as a schema says: as jsonschema has it, told of the spec's own text."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn

from compat.model.schema import Json
from compat.plan.spot import Side
from compat.verify.documents import SpecSide, documents
from compat.verify.reduction import smaller
from compat.verify.validity import Fault, Validity
from compat.verify.wishes import Wish
from tests.compat.plan.specs import interface
from tests.compat.verify.schemas import VALUES, Specified, specified, specs

REQUEST, RESPONSE = Side


def faults(found: Specified, value: Json, side: Side = REQUEST) -> list[tuple[str, str]]:
    """The places and the keywords of all that is wrong."""
    return [
        ("/".join(map(str, each.path)), each.keyword)
        for each in Validity(found.interface, side).faults(found.root, value)
    ]


@given(specs(), st.lists(VALUES, min_size=1, max_size=8))
def test_any_value_is_admitted_or_not_as_jsonschema_says(
    found: Specified, values: list[Json]
) -> None:
    validity = Validity(found.interface, REQUEST)
    for value in values:
        assert validity.admits(found.root, value) == found.admits(value), value


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(specs(), st.data())
def test_values_just_beside_the_schema_are_told_apart(found: Specified, data: DataObject) -> None:
    """They are made for the schema, and then have one thing less."""
    spec = SpecSide(found.interface, REQUEST)
    made = data.draw(documents(spec, found.root, Wish(side=REQUEST)))
    for value in (made, *smaller(made)):
        assert spec.validity.admits(found.root, value) == found.admits(value), value


@given(specs(), VALUES)
def test_what_is_not_admitted_has_a_fault_and_what_is_has_none(
    found: Specified, value: Json
) -> None:
    validity = Validity(found.interface, REQUEST)
    assert bool(list(validity.faults(found.root, value))) != validity.admits(found.root, value)


# --- faults ---------------------------------------------------------------------------------------

VOLUME = {
    "type": "object",
    "required": ["name", "size"],
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "size": {"type": "integer"},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Root"}},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ({"name": "db", "size": 1}, []),
        ({"size": 1}, [("name", "required")]),
        ({}, [("name", "required"), ("size", "required")]),
        ({"name": "d", "size": 1}, [("name", "minLength")]),
        ({"name": "db", "size": "1"}, [("size", "type")]),
        ({"name": "db", "size": True}, [("size", "type")]),
        (
            {"name": "db", "size": 1, "x": 1, "y": 2},
            [("x", "additionalProperties"), ("y", "additionalProperties")],
        ),
        (
            {"name": "db", "size": 1, "parts": [{"name": "db", "size": 1}, {"name": "db"}]},
            [("parts/1/size", "required")],
        ),
        ([], [("", "type")]),
    ],
    ids=repr,
)
def test_a_fault_says_where_it_is_and_what_it_offends(
    value: Json, wrong: list[tuple[str, str]]
) -> None:
    assert faults(specified(VOLUME), value) == wrong


def test_a_fault_holds_the_value_that_is_wrong() -> None:
    found = specified(VOLUME)
    (fault,) = Validity(found.interface, REQUEST).faults(found.root, {"name": "db", "size": "1"})
    assert (fault.value, fault.message) == ("1", "'1' is not of type 'integer'")


def test_of_a_union_a_fault_tells_what_is_wrong_with_each_variant() -> None:
    found = specified({"anyOf": [{"type": "integer"}, {"required": ["a"], "type": "object"}]})
    (fault,) = Validity(found.interface, REQUEST).faults(found.root, {"b": 1})
    assert (fault.path, fault.keyword) == ((), "anyOf")
    assert [[each.keyword for each in one] for one in fault.alternatives] == [
        ["type"],
        ["required"],
    ]
    assert fault.alternatives[1][0].path == ("a",)


def test_a_fault_can_be_told_of_a_larger_value() -> None:
    inner = Fault(path=("b",), keyword="type", message="", value=1)
    fault = Fault(path=(), keyword="anyOf", message="", value={}, alternatives=((inner,),))
    moved = fault.below(("body", 0))
    assert moved.path == ("body", 0)
    assert moved.alternatives[0][0].path == ("body", 0, "b")


# --- sides ----------------------------------------------------------------------------------------

SIDED = {
    "type": "object",
    "required": ["id", "secret"],
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "secret": {"type": "string", "writeOnly": True},
    },
}


def test_what_is_read_only_is_nothing_to_a_request() -> None:
    found = specified(SIDED)
    assert faults(found, {"secret": "s"}, REQUEST) == []
    assert faults(found, {"secret": "s", "id": 7}, REQUEST) == []
    assert faults(found, {"id": "1"}, REQUEST) == [("secret", "required")]


def test_what_is_write_only_is_nothing_to_an_answer() -> None:
    found = specified(SIDED)
    assert faults(found, {"id": "1"}, RESPONSE) == []
    assert faults(found, {"id": "1", "secret": 7}, RESPONSE) == []
    assert faults(found, {"secret": "s"}, RESPONSE) == [("id", "required")]


def test_another_part_of_an_all_of_may_require_what_is_read_only() -> None:
    """Also one that only refers to the list of what is required."""
    whole = specified(
        {"allOf": [{"$ref": "#/components/schemas/Base"}, {"$ref": "#/components/schemas/Must"}]},
        Base={"type": "object", "properties": {"id": {"type": "string", "readOnly": True}}},
        Must={"required": ["id", "name"]},
    )
    assert faults(whole, {"name": "db"}, RESPONSE) == [("id", "required")]
    own = specified(
        {
            "allOf": [{"$ref": "#/components/schemas/Must"}],
            "properties": {"id": {"type": "string", "readOnly": True}},
        },
        Must={"required": ["id", "name"]},
    )
    assert faults(own, {"name": "db"}, REQUEST) == []
    assert faults(own, {}, REQUEST) == [("name", "required")]
    assert faults(own, {"name": "db"}, RESPONSE) == [("id", "required")]


# --- formats and patterns -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2024-02-29", "2023-02-29"),
        ("date-time", "2024-02-29T10:00:00.5Z", "2024-02-29 10:00:00"),
        ("date-time", "2024-02-29t10:00:00+01:00", "2024-02-30T10:00:00Z"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("ipv4", "10.0.0.1", "10.0.0"),
        ("ipv6", "::1", "10.0.0.1"),
        ("byte", "YWI=", "a?"),
        ("int32", 2**31 - 1, 2**31),
        ("uint8", 0, -1),
    ],
    ids=str,
)
def test_formats_that_a_bridge_could_break_are_asserted(name: str, good: Json, bad: Json) -> None:
    found = specified({"format": name})
    assert faults(found, good) == []
    assert faults(found, bad) == [("", "format")]
    assert faults(found, []) == []


def test_other_formats_are_notes_to_people() -> None:
    assert faults(specified({"type": "string", "format": "hostname"}), "no host!") == []


def test_a_pattern_that_python_cannot_read_asserts_nothing() -> None:
    assert faults(specified({"type": "string", "pattern": "^\\p{L}+$"}), "1") == []


@pytest.mark.parametrize("dialect", ["2.0", "3.0", "3.1"])
def test_every_dialect_s_null_is_null(dialect: str) -> None:
    spec = interface({}, "{A: {type: object, properties: {b: integer or null}}}", dialect=dialect)
    validity = Validity(spec, REQUEST)
    assert validity.admits(spec.components["A"], {"b": None})
    assert not validity.admits(spec.components["A"], {"b": "1"})
    assert not validity.admits(spec.components["A"], None)


# --- the same word for word -----------------------------------------------------------------------


def same(one: Specified, other: Specified) -> bool:
    ours, theirs = Validity(one.interface, REQUEST), Validity(other.interface, REQUEST)
    return ours.is_same(one.root, theirs, other.root)


@given(specs())
def test_a_schema_says_the_same_as_itself_written_again(found: Specified) -> None:
    again = specified(dict(found.raw["Root"]), Other=dict(found.raw["Other"]))
    assert same(found, again)


@st.composite
def relatives(draw: DrawFn, found: Specified) -> Specified:
    """The same in other words, or with one keyword less."""
    root, other = dict(found.raw["Root"]), dict(found.raw["Other"])
    match draw(st.sampled_from(("reordered", "referred to", "wrapped", "loosened"))):
        case "reordered":
            return specified(dict(reversed(root.items())), Other=other)
        case "referred to":
            return specified({"$ref": "#/components/schemas/Again"}, Again=root, Other=other)
        case "wrapped":
            return specified({"allOf": [root]}, Other=other)
        case _:
            gone = draw(st.sampled_from(sorted(root))) if root else ""
            return specified({key: root[key] for key in root if key != gone}, Other=other)


@given(specs(), st.data())
def test_schemas_that_say_the_same_admit_the_same(one: Specified, data: DataObject) -> None:
    other = data.draw(relatives(one))
    assume(same(one, other))
    for value in data.draw(st.lists(VALUES, min_size=1, max_size=5)):
        assert one.admits(value) == other.admits(value), value


def test_recursive_schemas_are_compared_all_the_way_and_no_further() -> None:
    changed = {**VOLUME, "properties": {**VOLUME["properties"], "size": {"type": "number"}}}  # type: ignore[dict-item]
    assert same(specified(VOLUME), specified(VOLUME))
    assert not same(specified(VOLUME), specified(changed))


def test_a_reference_says_what_it_refers_to() -> None:
    direct = specified({"type": "array", "items": {"type": "integer"}})
    by_name = specified(
        {"type": "array", "items": {"$ref": "#/components/schemas/Other"}},
        Other={"type": "integer"},
    )
    assert same(direct, by_name)


def test_one_and_true_are_two_values() -> None:
    assert not same(specified({"enum": [1]}), specified({"enum": [True]}))
    assert not same(specified({"enum": [1]}), specified({"enum": [1.0]}))
