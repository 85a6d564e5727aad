"""The less usual keywords: what they admit, and which difference answers for what offends them."""

import json

import pytest

from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.bridge import Difference
from compat.plan.spot import Side
from compat.verify.cases import Versions
from compat.verify.excuses import Excuses, Scene, alternatives_pass
from compat.verify.validity import Fault, Validity
from tests.compat.plan.making import bridge, intent, volumes
from tests.compat.verify.schemas import Raw, specified

TEXT: Raw = {"type": "string"}
NEEDS_A: Raw = {"required": ["a"]}
SCHEMAS: tuple[Raw, ...] = (
    {"not": TEXT},
    {"not": {"not": TEXT}, "allOf": [{"not": {"maxLength": 1}}]},
    {"propertyNames": {"maxLength": 1}},
    {"patternProperties": {"^a": TEXT, "b": False}, "additionalProperties": False},
    {"patternProperties": {"(": TEXT, "^b": {"$ref": "#/components/schemas/Other"}}},
    {"dependentRequired": {"a": ["b", "c"]}},
    {"dependentSchemas": {"a": {"required": ["b"]}}},
    {"contains": TEXT},
    {"contains": TEXT, "minContains": 0, "maxContains": 0},
    {"contains": TEXT, "minContains": 2, "maxContains": 2},
    {"if": NEEDS_A, "then": {"required": ["b"]}, "else": {"maxProperties": 1}},
    {"if": {"$ref": "#/components/schemas/Other"}, "else": {"type": "array"}},
    {"properties": {"a": {}}, "unevaluatedProperties": False},
    {"properties": {"a": {}}, "unevaluatedProperties": TEXT},
    {"anyOf": [NEEDS_A, {"required": ["b"]}], "oneOf": [NEEDS_A, {"required": ["c"]}]},
    {"contentEncoding": "base32", "contentMediaType": "a/b", "contentSchema": TEXT},
)
VALUES: tuple[Json, ...] = tuple(
    json.loads(
        """[null, "", "x", "xyz", 1, [], ["x"], ["x", 1], ["x", "y"], ["x", "y", "z"], {},
        {"a": "x"}, {"a": 1}, {"b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}, {"ab": "x"},
        {"b": "x"}, {"c": "x"}, {"abc": 1}, {"d": 1, "e": 2}, {"a": "x", "d": "y"}]"""
    )
)


@pytest.mark.parametrize("raw", SCHEMAS, ids=lambda raw: " ".join(raw))
def test_they_admit_what_json_schema_says(raw: Raw) -> None:
    readable = {**raw, "patternProperties": {**raw.get("patternProperties", {})}}
    readable["patternProperties"].pop("(", None)  # no pattern to Python, and so to nobody here
    found, expected = specified(raw, Other=TEXT), specified(readable, Other=TEXT)
    validity = Validity(found.interface, Side.REQUEST)
    for value in VALUES:
        assert validity.admits(found.root, value) == expected.admits(value), value


OFFENCES: dict[str, tuple[str, str, Json]] = {
    "not-changed": ("type: string", "type: string, not: x|", "x"),
    "pattern-properties-changed": (
        "type: object",
        "type: object, patternProperties: {^a: string}",
        {"a": 1},
    ),
    "property-names-changed": (
        "type: object",
        "type: object, propertyNames: {maxLength: 1}",
        {"ab": 1},
    ),
    "dependent-required-changed": (
        "type: object",
        "type: object, dependentRequired: {a: [b]}",
        {"a": 1},
    ),
    "dependent-schemas-changed": (
        "type: object",
        "type: object, dependentSchemas: {a: {required: [b]}}",
        {"a": 1},
    ),
    "contains-changed": ("type: array", "type: array, contains: string", [1]),
    "if-changed": (
        "type: object",
        "type: object, if: {required: [a]}, then: {required: [b]}",
        {"a": 1},
    ),
    "required-choice-changed": (
        "type: object",
        "type: object, anyOf: [{required: [a]}, {required: [b]}]",
        {"c": 1},
    ),
    "exclusiveness-changed": (
        "anyOf: [{a!: string}, {b!: string}]",
        "oneOf: [{a!: string}, {b!: string}]",
        {"a": "x", "b": "y"},
    ),
    "enum-changed": ("enum: [{a: 1}, {a: 2}]", "enum: [{a: 1}]", {"a": 2}),
    "all-of-changed": (
        "allOf: [{a: string}, {b: string}]",
        "allOf: [{properties: {a: string}, additionalProperties: false}, {b: string}]",
        {"b": "x"},
    ),
    "undeclared-fields-changed": (
        "properties: {b: string}, additionalProperties: {type: string}",
        "properties: {b: string}, additionalProperties: {type: string, minLength: 2}",
        {"a": "x"},
    ),
}


@pytest.mark.parametrize("kind", OFFENCES)
def test_the_difference_answers_for_what_offends_it(kind: str) -> None:
    old, new, value = OFFENCES[kind]
    before, after = (volumes(f"{{f: {{{one}}}}}", dialect="3.1") for one in (old, new))
    plan = bridge(before, after, intent(accept={"*": None})).plan
    excuses, version = Excuses(plan), Versions(plan).callee(Role.OLD_CLIENT)
    scene = Scene(role=Role.OLD_CLIENT, side=Side.REQUEST, is_new=True, operations=frozenset[str]())
    root = version.interface.components["Volume"]

    def excused(fault: Fault) -> Difference | None:
        return excuses.of_fault(scene, version.nodes.along(root, fault.path), fault)

    assert Validity(before, Side.REQUEST).admits(before.components["Volume"], {"f": value})
    faults = list(Validity(after, Side.REQUEST).faults(root, {"f": value}))
    answering = [excused(fault) or alternatives_pass(fault, excused) for fault in faults]
    assert {found.kind if found else None for found in answering} == {kind}
