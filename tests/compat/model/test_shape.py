"""What schemas admit, once references, wrappers and allOf are seen through."""

import pytest

from compat.model.interface import Interface
from compat.model.schema import Kind, Schema
from compat.model.shape import (
    AnyShape,
    ArrayShape,
    ObjectShape,
    ScalarShape,
    Shape,
    Shapes,
    UnionShape,
)
from tests.compat.load.written import interface as written
from tests.compat.plan.specs import interface, loaded, spec

TEXT = frozenset({Kind.STRING})


def shapes(components: str, dialect: str = "3.1") -> tuple[Shapes, Interface]:
    found = interface({}, components, dialect=dialect)
    return Shapes(found), found


def shape(components: str, dialect: str = "3.1", name: str = "A") -> Shape:
    known, found = shapes(components, dialect)
    return known.of(found.components[name])


def scalar(components: str, dialect: str = "3.1") -> ScalarShape:
    found = shape(components, dialect)
    assert isinstance(found, ScalarShape)
    return found


def fields(found: Shape) -> dict[str, bool]:
    """Names of an object's fields, and whether they are required."""
    assert isinstance(found, ObjectShape)
    return {name: field.required for name, field in found.fields.items()}


# --- plain schemas --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ("{type: object}", ObjectShape),
        ("{properties: {a: string}}", ObjectShape),
        ("{required: [a]}", ObjectShape),
        ("{additionalProperties: string}", ObjectShape),
        ("{type: array}", ArrayShape),
        ("{items: string}", ArrayShape),
        ("{prefixItems: [string]}", ArrayShape),
        ("{type: string}", ScalarShape),
        ("{type: [string, integer]}", ScalarShape),
        ("{enum: [a, 1]}", ScalarShape),
        ("{const: a}", ScalarShape),
        ("{type: [string, object]}", UnionShape),
        ("{description: anything}", AnyShape),
    ],
)
def test_a_schema_has_one_shape(schema: str, kind: type[Shape]) -> None:
    assert type(shape(f"{{A: {schema}}}")) is kind


@pytest.mark.parametrize(
    ("schema", "dialect"),
    [
        ("{type: string, x-nullable: true}", "2.0"),
        ("{type: string, nullable: true}", "3.0"),
        ("{type: [string, 'null']}", "3.1"),
        ("{anyOf: [string, {type: 'null'}]}", "3.1"),
        ("{oneOf: [{enum: [null]}, string]}", "3.1"),
        ("{allOf: [{type: [string, 'null']}]}", "3.1"),
        ("{enum: [a, null], type: [string, 'null']}", "3.1"),
    ],
)
def test_null_is_not_a_kind_of_its_own(schema: str, dialect: str) -> None:
    found = scalar(f"{{A: {schema}}}", dialect)
    assert found.kinds == TEXT
    assert found.nullable


@pytest.mark.parametrize("null", ["{type: 'null'}", "{const: null}"])
@pytest.mark.parametrize(
    "written",
    [
        "%s",
        "{anyOf: [%s]}",
        "{oneOf: [%s]}",
        "{anyOf: [%s, %s]}",
        "{allOf: [%s]}",
        "{allOf: [{title: t}, %s]}",
        "{allOf: [{type: [string, 'null']}, %s]}",
        "{$ref: '#/components/schemas/B', allOf: [%s]}",
    ],
)
def test_null_alone_is_not_any_value(written: str, null: str) -> None:
    found = shape(f"{{A: {written.replace('%s', null)}, B: {{title: t}}}}")
    assert found.nullable
    assert not isinstance(found, AnyShape)
    assert not isinstance(found, UnionShape) or found.variants == ()


def test_an_enum_without_null_admits_none() -> None:
    assert not scalar("{A: {type: [string, 'null'], enum: [a]}}").nullable


def test_kinds_of_several_natures_are_a_union_without_a_name() -> None:
    known, found = shapes("{A: {type: [string, object, 'null'], properties: {a: string}}}")
    union = known.of(found.components["A"])
    assert isinstance(union, UnionShape)
    assert union.nullable
    assert [type(known.of(one)) for one in union.variants] == [ObjectShape, ScalarShape]
    assert [known.name(one) for one in union.variants] == ["", ""]


# --- all of them ----------------------------------------------------------------------------------


def test_all_fields_of_all_parts_count() -> None:
    found = shape("{A: {allOf: [B, {b!: string}], required: [c]}, B: {a!: string, c: string}}")
    assert fields(found) == {"a": True, "b": True, "c": True}


def test_a_field_of_two_parts_is_both() -> None:
    known, found = shapes(
        "{A: {allOf: [{a: {type: string, minLength: 1}}, {a: {type: string, maxLength: 9}}]}}"
    )
    whole = known.of(found.components["A"])
    assert isinstance(whole, ObjectShape)
    inner = known.of(whole.fields["a"].schema)
    assert isinstance(inner, ScalarShape)
    assert (inner.bounds.min_length, inner.bounds.max_length) == (1, 9)


def test_limits_of_all_parts_are_the_tightest() -> None:
    bounds = scalar(
        "{A: {allOf: [{type: integer, minimum: 0, maximum: 9, multipleOf: 4}, "
        "{type: integer, minimum: 3, maximum: 5, multipleOf: 6}]}}"
    ).bounds
    assert (bounds.minimum, bounds.maximum, bounds.multiple_of) == (3, 5, 12)


def test_a_limit_of_zero_is_one() -> None:
    bounds = scalar(
        "{A: {allOf: [{type: string, maxLength: 0}, {type: string, maxLength: 5}]}}"
    ).bounds
    assert bounds.max_length == 0


def test_patterns_of_all_parts_hold() -> None:
    one = scalar("{A: {allOf: [{type: string, pattern: ^a}, {type: string, pattern: b$}]}}")
    other = scalar("{A: {allOf: [{type: string, pattern: b$}, {type: string, pattern: ^a}]}}")
    assert one.bounds.pattern == other.bounds.pattern
    assert (
        scalar("{A: {allOf: [{type: string, pattern: ^a}, {pattern: ^a}]}}").bounds.pattern == "^a"
    )


def test_values_of_all_parts_are_those_in_common() -> None:
    assert scalar("{A: {allOf: [a|b, b|c]}}").enum == ("b",)


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        ("{type: number}, {type: integer}", {Kind.INTEGER}),
        ("{type: number}, {type: number}", {Kind.NUMBER}),
        ("{type: [string, integer]}, {type: [integer, boolean]}", {Kind.INTEGER}),
        ("{type: string}, {minLength: 1}", {Kind.STRING}),
    ],
)
def test_kinds_of_all_parts_are_those_in_common(parts: str, kinds: set[Kind]) -> None:
    assert scalar(f"{{A: {{allOf: [{parts}]}}}}").kinds == kinds


def test_parts_that_exclude_each_other_do_no_harm() -> None:
    assert scalar("{A: {allOf: [string, integer]}}").kinds == TEXT


def test_an_object_is_closed_when_a_part_is() -> None:
    found = shape("{A: {allOf: [{a: string}, {type: object, additionalProperties: false}]}}")
    assert isinstance(found, ObjectShape)
    assert found.additional is False


def test_items_of_all_parts_count() -> None:
    known, found = shapes(
        "{A: {allOf: [{type: array, items: {minLength: 1}}, {type: array, items: string}]}}"
    )
    whole = known.of(found.components["A"])
    assert isinstance(whole, ArrayShape)
    assert whole.items is not None
    inner = known.of(whole.items)
    assert isinstance(inner, ScalarShape)
    assert (inner.kinds, inner.bounds.min_length) == (TEXT, 1)


def test_a_union_of_all_parts_stays_one() -> None:
    known, found = shapes("{A: {allOf: [{anyOf: [string, integer]}, {anyOf: [integer, boolean]}]}}")
    whole = known.of(found.components["A"])
    assert isinstance(whole, UnionShape)
    assert [type(known.of(one)) for one in whole.variants] == [UnionShape, UnionShape]


# --- seen through ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrapped",
    ["B", "{allOf: [B]}", "{anyOf: [B]}", "{oneOf: [B]}", "{allOf: [{anyOf: [B]}], title: t}"],
)
def test_wrappers_that_add_nothing_are_what_they_hold(wrapped: str) -> None:
    known, found = shapes(f"{{A: {wrapped}, B: {{a: string}}}}")
    assert known.canonical(found.components["A"]) is found.components["B"]
    assert known.name(found.components["A"]) == "B"


def test_null_is_seen_through_for_the_core_alone() -> None:
    known, found = shapes("{A: {anyOf: [B, {type: 'null'}]}, B: {a: string}}")
    one, other = found.components["A"], found.components["B"]
    assert known.core(one) is other
    assert known.canonical(one) is one
    assert known.of(one).nullable
    assert not known.of(other).nullable


@pytest.mark.parametrize("order", ["ABC", "BCA", "CAB", "CBA"])
def test_wrappers_in_a_ring_have_one_core_whichever_is_asked_about_first(order: str) -> None:
    known, found = shapes("{C: {allOf: [A]}, A: {anyOf: [B, {type: 'null'}]}, B: {oneOf: [C]}}")
    for name in order:
        assert known.core(found.components[name]) is found.components["A"]
        assert known.name(found.components[name]) == "A"
        assert known.of(found.components[name]).nullable


@pytest.mark.parametrize("order", ["ABCDE", "EDCBA", "CEABD"])
def test_schemas_that_hold_one_another_by_all_of_are_one(order: str) -> None:
    known, found = shapes(
        "{E: {allOf: [B]}, B: {allOf: [C, {b: string}]}, C: {allOf: [D, A, {c: string}]}, "
        "D: {allOf: [B, {d: string}]}, A: {allOf: [{a: string}]}}"
    )
    cores = {name: known.core(found.components[name]) for name in order}
    assert {name for name in order if cores[name] is found.components["B"]} == {*"BCDE"}
    assert known.name(found.components["A"]) == "A"
    assert fields(known.of(cores["B"])).keys() == {*"abcd"}


def test_a_component_that_wraps_a_schema_gives_it_its_name() -> None:
    known, found = shapes("{A: {allOf: [{a: string}]}, B: A, C: {allOf: [string], nullable: true}}")
    assert known.name(found.components["A"]) == "A"
    assert known.name(found.components["B"]) == "A"


def test_what_is_said_beside_counts_wherever_it_is_said() -> None:
    known, found = shapes(
        "{A: {allOf: [B]}, B: {allOf: [{type: string, default: x}], readOnly: true}, "
        "C: {type: string, writeOnly: true}}"
    )
    assert known.notes(found.components["A"]).default == "x"
    assert known.notes(found.components["A"]).read_only
    assert not known.notes(found.components["A"]).write_only
    assert known.notes(found.components["C"]).write_only


# --- names ----------------------------------------------------------------------------------------


def test_a_shared_answer_names_what_it_holds() -> None:
    document = spec({"GET /a": "{}"})
    document["components"]["responses"] = {
        "Missing": {
            "description": "",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    }
    document["paths"]["/a"]["get"]["responses"] = {
        "404": {"$ref": "#/components/responses/Missing"}
    }
    found = loaded(document)
    schema = found.operations[0].answers[0].contents[0].schema
    assert schema is not None
    assert Shapes(found).name(schema) == "Missing response"


def test_components_of_one_name_in_two_documents_are_told_apart() -> None:
    text = """
        paths: {}
        components:
          schemas:
            Error: {type: object, properties: {a: {$ref: 'other.yaml#/components/schemas/Error'}}}
            Only: {type: object, properties: {a: {$ref: 'other.yaml#/components/schemas/One'}}}
    """
    other = "components: {schemas: {Error: {type: string}, One: {type: string}}}"
    found = written(text, siblings={"other.yaml": other})
    known = Shapes(found)

    def inner(name: str) -> Schema:
        return found.components[name].properties["a"]

    assert known.name(found.components["Error"]) == "Error"
    assert known.name(inner("Error")) == "Error of other.yaml"
    assert known.name(inner("Only")) == "One"


# --- cycles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("components", "kind"),
    [
        ("{A: {allOf: [A]}}", AnyShape),
        ("{A: {allOf: [B]}, B: {allOf: [A]}}", AnyShape),
        ("{A: {anyOf: [A, string]}}", ScalarShape),
        ("{A: {oneOf: [A, A]}}", AnyShape),
        ("{A: {allOf: [B], properties: {a: A}}, B: {allOf: [A]}}", ObjectShape),
        ("{A: {type: array, items: A}}", ArrayShape),
    ],
)
def test_a_schema_that_leads_to_itself_has_a_shape(components: str, kind: type[Shape]) -> None:
    assert type(shape(components)) is kind


def test_unions_that_list_each_other_end() -> None:
    known, found = shapes(
        "{A: {type: object, properties: {p: string}, oneOf: [B, C]}, "
        "B: {type: object, properties: {q: string}, oneOf: [A, C]}, C: {z: B}}"
    )
    waiting, seen = [found.components["A"]], dict[int, Schema]()
    while waiting:
        schema = waiting.pop()
        if id(schema) in seen:
            continue
        seen[id(schema)] = schema
        union = known.of(schema)
        waiting += union.variants if isinstance(union, UnionShape) else ()
        assert len(seen) < 100


def test_a_long_chain_of_wrappers_is_no_depth_of_calls() -> None:
    for link in ("{allOf: [%s]}", "{anyOf: [%s, {type: 'null'}]}", "{allOf: [%s, {minLength: 0}]}"):
        chain = ", ".join(f"C{n}: {link % f'C{n + 1}'}" for n in range(1000))
        assert scalar(f"{{A: C0, {chain}, C1000: string}}").kinds == TEXT
