"""Schemas without a type, in other words, and with fields that nothing declares."""

import pytest

from compat.lens.refusal import Refused
from tests.compat.plan.making import OLD, of_field

GAP, NONE = "needs-intent", "none"

# --- other words for what has a shape -------------------------------------------------------------

SAME = {
    "a closed object": (
        "{type: object, properties: {a: T}, additionalProperties: false}",
        "{type: object, properties: {a: T}, unevaluatedProperties: false}",
        "{allOf: [{properties: {a: T}}], unevaluatedProperties: false}",
    ),
    "a map": (
        "{type: object, additionalProperties: {type: string}}",
        "{type: object, patternProperties: {'.*': {type: string}}}",
        "{type: object, unevaluatedProperties: T}",
    ),
    "a list": ("{type: array, items: T}", "{type: array, unevaluatedItems: string}"),
    "bytes": ("{type: string, format: byte}", "{type: string, contentEncoding: base64}"),
    "a file": (
        "{type: string, format: binary}",
        "{type: string, contentMediaType: application/octet-stream}",
    ),
    "a text that names no type": ("{minLength: 3}", "{type: string, minLength: 3}"),
    "a number that names no type": ("{maximum: 3}", "{type: number, maximum: 3}"),
    "a date that names no type": ("{format: date}", "{type: string, format: date}"),
    "a list that names no type": ("{minItems: 1}", "{type: array, minItems: 1}"),
    "null in an enum": ("{enum: [a, null]}", "{type: [string, 'null'], enum: [null, a]}"),
    "any fields": ("{type: object}", "{type: object, additionalProperties: {description: d}}"),
}


@pytest.mark.parametrize("name", SAME)
def test_one_shape_in_other_words(name: str) -> None:
    for old in SAME[name]:
        for new in SAME[name]:
            assert of_field(old, new).is_silent, (old, new)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("{minLength: 3}", "{minLength: 4}", "min-length-changed"),
        ("{title: t}", "{minLength: 3}", "value-specified"),
        ("{maximum: 3}", "{maximum: 2}", "maximum-changed"),
        ("{pattern: a}", "{pattern: b}", "pattern-changed"),
        ("{format: date}", "{format: time}", "format-changed"),
        ("{format: int64}", "{format: int32}", "format-changed"),
        ("{enum: [a, null]}", "{enum: [a]}", "null-excluded"),
        ("string", "{type: string, contentEncoding: base64}", "content-encoding-changed"),
        ("{type: object}", "{type: object, minProperties: 1}", "min-properties-changed"),
        ("{type: array, items: T}", "{type: array, items: false}", "variant-removed"),
        ("{minLength: 3, nullable: true}", "{minLength: 3}", "null-excluded"),
    ],
)
def test_a_schema_that_names_no_type_is_compared(old: str, new: str, kind: str) -> None:
    made = of_field(old, new)
    assert any(told.startswith(kind) for told in made.found), made.found


# --- fields that nothing declares -----------------------------------------------------------------


def test_a_field_that_must_be_there_though_nothing_declares_it() -> None:
    made = of_field("{a: T}", "{type: object, properties: {a: T}, required: [z]}")
    assert made.found == {"field-became-required Volume.f.z": (GAP, GAP)}
    with pytest.raises(Refused):
        made.asked(OLD, {"f": {"a": "x"}})
    assert made.asked(OLD, {"f": {"z": 1}}) == {"f": {"z": 1}}
    back = of_field("{type: object, properties: {a: T}, required: [z]}", "{a: T}")
    assert back.found == {"field-became-optional Volume.f.z": (GAP, GAP)}


def test_it_holds_what_undeclared_fields_hold() -> None:
    old = "{type: object, properties: {a: T}, required: [z], additionalProperties: string}"
    assert of_field(old, old.replace("[z]", "[a, z]")).found == {
        "field-became-required Volume.f.a": (GAP, GAP)
    }
    assert of_field(old, old.replace("a: T}", "a: T, z: T}")).is_silent


@pytest.mark.parametrize("old", ["{type: object}", "{additionalProperties: string}", "{a: T}"])
def test_a_map_that_became_a_closed_object_is_a_gap_for_what_was_in_it(old: str) -> None:
    new = "{type: object, properties: {a: T}, additionalProperties: false}"
    made = of_field(old, new, given=False)
    is_map = old != "{a: T}"
    told = made.found.get("undeclared-fields-changed Volume.f", (NONE, NONE))
    assert told == ((GAP, NONE) if is_map else (NONE, NONE))
    if is_map:
        with pytest.raises(Refused):
            made.asked(OLD, {"f": {"b": "x"}})
    assert made.asked(OLD, {"f": {"a": "x"}}) == {"f": {"a": "x"}}
