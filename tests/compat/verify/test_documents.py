"""Documents are as their schema says, of every kind that it admits, and end."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import DataObject

from compat.model.schema import Json
from compat.plan.spot import Side
from compat.verify.documents import UNKNOWN_FIELD, NoDocumentError, SpecSide, documents
from compat.verify.nodes import place_key
from compat.verify.samples import Pools, drawn, sample
from compat.verify.wishes import Ways, Wish
from tests.compat.verify.schemas import Specified, specified, specs

REQUEST, RESPONSE = Side
POOLS = Pools()


def samples(found: Specified, *numbers: int, **wish: Any) -> list[Json]:
    spec = SpecSide(found.interface, REQUEST)
    asked = Wish(side=REQUEST, **wish)
    return [sample(spec, found.root, asked, number, POOLS) for number in numbers]


def objects(found: Specified, count: int = 40) -> list[Json]:
    """What chance makes."""
    spec = SpecSide(found.interface, REQUEST)
    return drawn(documents(spec, found.root, Wish(side=REQUEST)), count, 1)


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(specs(), st.data())
def test_what_chance_makes_is_as_jsonschema_has_it(found: Specified, data: DataObject) -> None:
    spec = SpecSide(found.interface, REQUEST)
    made = data.draw(documents(spec, found.root, Wish(side=REQUEST)))
    assert found.admits(made), made


@settings(suppress_health_check=[HealthCheck.nested_given])
@given(specs(), st.integers(0, 9))
def test_each_sample_is_as_jsonschema_has_it(found: Specified, number: int) -> None:
    try:
        (made,) = samples(found, number)
    except NoDocumentError:
        return
    assert found.admits(made), made


@settings(suppress_health_check=[HealthCheck.nested_given])
@given(specs(), st.integers(0, 9))
def test_the_same_sample_is_the_same(found: Specified, number: int) -> None:
    made = []
    for _ in range(2):
        try:
            made.append(json.dumps(samples(found, number)))
        except NoDocumentError:
            made.append("")
    assert made[0] == made[1]


def test_the_same_seed_draws_the_same() -> None:
    found = specified({"type": "array", "items": {"type": "string"}, "minItems": 1})
    spec = SpecSide(found.interface, REQUEST)
    strategy = documents(spec, found.root, Wish(side=REQUEST))
    assert drawn(strategy, 8, 7) == drawn(strategy, 8, 7)
    assert drawn(strategy, 8, 7) != drawn(strategy, 8, 8)


TREE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "child": {"$ref": "#/components/schemas/Root"},
        "twins": {"type": "array", "items": {"$ref": "#/components/schemas/Root"}},
    },
}


def depth(value: Json) -> int:
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, held), default=0)


def test_cycles_end() -> None:
    found = specified(TREE)
    made = [*samples(found, *range(8)), *objects(found)]
    assert all(found.admits(each) for each in made)
    assert 4 < max(map(depth, made)) < 20


ITSELF = {"$ref": "#/components/schemas/Root"}


@pytest.mark.parametrize(
    "endless",
    [
        {**TREE, "required": ["child"]},
        {"type": "array", "items": ITSELF, "minItems": 1},
        {"type": "array", "prefixItems": [ITSELF], "minItems": 1},
        {"type": "object", "additionalProperties": ITSELF, "minProperties": 1},
        {"type": "object", "properties": {"a": ITSELF}, "minProperties": 1}
        | {"additionalProperties": False},
        {"oneOf": [{"type": "array", "items": ITSELF, "minItems": n} for n in (1, 2)]},
    ],
    ids=["field", "item", "first item", "value", "only field", "union"],
)
def test_what_has_no_finite_document_is_made_no_document_of(endless: dict[str, Any]) -> None:
    found = specified(endless)
    assert SpecSide(found.interface, REQUEST).height(found.root) is None
    assert objects(found) == []
    with pytest.raises(NoDocumentError):
        samples(found, 1)


@pytest.mark.parametrize(
    "ending",
    [
        {"type": "array", "prefixItems": [ITSELF, ITSELF]},
        {"type": "array", "prefixItems": [{"type": "integer"}, ITSELF], "minItems": 1},
        {"type": "object", "properties": {"a": {"type": "integer"}}, "minProperties": 1}
        | {"additionalProperties": ITSELF},
        {"type": ["array", "null"], "items": ITSELF, "minItems": 1},
        {"anyOf": [{"type": "array", "items": ITSELF, "minItems": 1}, {"type": "integer"}]},
    ],
    ids=["no item", "first item", "declared field", "null", "union"],
)
def test_what_has_a_finite_document_ends(ending: dict[str, Any]) -> None:
    found = specified(ending)
    made = [*samples(found, *range(6)), *objects(found)]
    assert len(made) > 6
    for each in made:
        assert found.admits(each), each


def test_the_first_sample_has_what_must_be_there_and_the_others_all() -> None:
    first, second = samples(specified(TREE), 0, 1)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first.keys() == {"name"}
    assert second.keys() == {"name", "child", "twins"}


def test_samples_meet_every_value_of_an_enum_and_every_variant() -> None:
    enum = specified({"enum": ["a", "b", "c"]})
    assert samples(enum, 1, 2, 3) == ["a", "b", "c"]
    union = specified({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]})
    assert [type(each) for each in samples(union, 1, 2, 3)] == [str, int, bool]


def test_chance_meets_every_kind_of_document() -> None:
    found = specified(
        {
            "type": ["object", "null"],
            "properties": {"a": {"enum": [1, 2]}, "b": {"type": "string", "default": "d"}},
            "additionalProperties": {"type": "integer"},
        }
    )
    spec = SpecSide(found.interface, REQUEST)
    strategy = documents(spec, found.root, Wish(side=REQUEST))
    kinds: dict[str, Any] = {
        "null": lambda each: each is None,
        "nothing": lambda each: each == {},
        "all": lambda each: bool(each) and {"a", "b"} <= each.keys(),
        "the default": lambda each: bool(each) and each.get("b") == "d",
        "another": lambda each: bool(each) and each.get("b", "d") != "d",
    }
    for name, is_one in kinds.items():
        try:
            find(strategy, is_one, settings=settings(max_examples=500, database=None))
        except NoSuchExample:
            pytest.fail(f"chance never makes one with {name}")


@pytest.mark.parametrize(
    "bounds",
    [
        {"type": "integer", "minimum": 3, "maximum": 4},
        {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
        {"type": "integer", "multipleOf": 7, "minimum": 8, "maximum": 20},
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        {"type": "number", "multipleOf": 2.5, "minimum": 1},
        {"type": "string", "minLength": 20},
        {"type": "string", "minLength": 2, "maxLength": 2},
        {"type": "string", "pattern": "^[a-f]{3}$"},
        {"type": "string", "pattern": "^a+$", "minLength": 2, "maxLength": 5},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "byte"},
        {"type": "integer", "format": "uint8"},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "uniqueItems": True},
        {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}},
        {"type": "array", "prefixItems": [{"type": "integer"}, {"enum": ["a"]}], "minItems": 3},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
        {"type": "object", "minProperties": 2},
        {"type": "object", "required": ["undeclared"]},
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
                {"type": "object", "properties": {"a": {"minimum": 5}, "b": {"type": "string"}}},
            ]
        },
        {"type": "string", "not": {"enum": ["a"]}},
    ],
    ids=repr,
)  # fmt: skip
def test_a_document_is_found_within_bounds(bounds: dict[str, Any]) -> None:
    found = specified(bounds)
    made = [*samples(found, 1, 2, 3), *objects(found, 10)]
    assert len(made) > 3
    for each in made:
        assert found.admits(each), each


def test_a_discriminator_says_which_variant_it_is() -> None:
    def variant(kind: str) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}, kind: {}},
        }

    found = specified(
        {
            "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Disk", "Fan")],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"fan": "#/components/schemas/Fan"},
            },
        },
        Disk=variant("mib") | {"required": ["kind", "mib"]},
        Fan=variant("rpm") | {"required": ["kind", "rpm"]},
    )
    kinds = {
        (each["kind"], "mib" in each) for each in samples(found, 1, 2) if isinstance(each, dict)
    }
    assert kinds == {("Disk", True), ("fan", False)}


def test_what_is_read_only_is_in_no_request() -> None:
    found = specified(
        {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string", "readOnly": True}},
        }
    )
    assert samples(found, 0, 1, 2) == [{}, {}, {}]
    spec = SpecSide(found.interface, RESPONSE)
    assert isinstance(sample(spec, found.root, Wish(side=RESPONSE), 0, POOLS), dict)
    assert sample(spec, found.root, Wish(side=RESPONSE), 0, POOLS) != {}


# --- wishes ---------------------------------------------------------------------------------------


def test_a_field_to_avoid_is_left_out_wherever_it_is() -> None:
    found = specified(TREE)
    avoid = frozenset({place_key(found.root.properties["twins"])})
    (made,) = samples(found, 1, avoid=avoid)
    assert '"twins"' not in json.dumps(made)
    assert '"child"' in json.dumps(made)


def test_a_field_that_must_be_there_cannot_be_avoided() -> None:
    found = specified(TREE)
    (made,) = samples(found, 0, avoid=frozenset({place_key(found.root.properties["name"])}))
    assert isinstance(made, dict)
    assert made.keys() == {"name"}


DEEP = {
    "type": "object",
    "properties": {
        "near": {"type": "string"},
        "way": {
            "type": "array",
            "items": {"anyOf": [{"type": "integer"}, {"$ref": "#/components/schemas/Other"}]},
        },
    },
}
OTHER = {
    "type": "object",
    "properties": {"goal": {"type": "integer"}, "beside": {"type": "integer"}},
}


def test_the_smallest_document_leads_to_the_target() -> None:
    found = specified(DEEP, Other=OTHER)
    goal = found.interface.components["Other"].properties["goal"]
    target = Ways(found.interface).target(place_key(goal), (7,))
    assert samples(found, 0, target=target) == [{"way": [{"goal": 7}]}]


def test_the_target_s_values_need_not_be_as_the_schema_says() -> None:
    found = specified(DEEP, Other=OTHER)
    goal = found.interface.components["Other"].properties["goal"]
    target = Ways(found.interface).target(place_key(goal), ("seven", "eight"))
    assert samples(found, 0, 2, target=target)[0] == {"way": [{"goal": "seven"}]}
    assert "eight" in json.dumps(samples(found, 2, target=target))


def test_a_missing_target_s_holder_is_there_without_it() -> None:
    found = specified(DEEP, Other={**OTHER, "required": ["goal"]})
    goal = found.interface.components["Other"].properties["goal"]
    target = Ways(found.interface).target(place_key(goal), missing=True)
    assert samples(found, 0, target=target) == [{"way": [{}]}]


def test_unknown_fields_and_values_are_numbered() -> None:
    found = specified(
        {
            "type": "object",
            "required": ["mode"],
            "properties": {"mode": {"type": "string", "enum": ["a"]}, "inner": {"type": "object"}},
        }
    )
    (made,) = samples(found, 1, extras=True)
    assert made == {
        "mode": "unknown-1.",
        "inner": {UNKNOWN_FIELD: "unknown-2."},
        UNKNOWN_FIELD: "unknown-3.",
    }


def test_a_closed_object_has_no_unknown_field() -> None:
    found = specified({"type": "object", "additionalProperties": False, "properties": {"a": {}}})
    (made,) = samples(found, 1, extras=True)
    assert isinstance(made, dict)
    assert made.keys() == {"a"}
