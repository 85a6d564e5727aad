"""Schemas: what each keyword becomes, and what becomes of what is none."""

import pytest

from compat.model.schema import ABSENT, ANY_KIND, Bounds, Kind
from tests.compat.load.written import loaded, reported, schema, schema_spec

DIALECTS = ("2.0", "3.0", "3.1")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_type_is_any_type(dialect: str) -> None:
    assert schema("description: anything", dialect).kinds == ANY_KIND


@pytest.mark.parametrize(
    ("dialect", "keywords"),
    [
        ("2.0", "{type: string, x-nullable: true}"),
        ("3.0", "{type: string, nullable: true}"),
        ("3.1", "{type: [string, 'null']}"),
    ],
)
def test_the_three_spellings_of_nullable_are_one(dialect: str, keywords: str) -> None:
    found = schema(keywords, dialect)
    assert found.kinds == {Kind.STRING, Kind.NULL}
    assert found.rest == {}


@pytest.mark.parametrize(
    ("dialect", "keywords"),
    [
        ("2.0", "{x-nullable: true, $ref: '#/definitions/A', description: d}"),
        ("3.0", "{nullable: true, $ref: '#/components/schemas/A', description: d}"),
        ("3.0", "{nullable: true, allOf: [{$ref: '#/components/schemas/A'}], description: d}"),
        ("3.0", "{nullable: true, oneOf: [{$ref: '#/components/schemas/A'}], description: d}"),
        ("3.1", "{anyOf: [{$ref: '#/components/schemas/A'}, {type: 'null'}], description: d}"),
    ],
)
def test_nullable_without_a_type_adds_null_as_a_variant(dialect: str, keywords: str) -> None:
    found = schema(f"properties: {{x: {keywords}}}", dialect).properties["x"]
    variants = found.any_of or found.one_of
    assert found.description == "d"
    assert len(variants) == 2
    assert (variants[0].ref or variants[0].all_of[0].ref or "").endswith("/A")
    assert variants[1].kinds == {Kind.NULL}


def test_nullable_without_a_type_keeps_the_type_that_the_keywords_show() -> None:
    found = schema("{nullable: true, additionalProperties: {type: string}}")
    assert found.kinds == {Kind.OBJECT, Kind.NULL}
    assert schema("{nullable: true, items: {type: string}}").kinds == {Kind.ARRAY, Kind.NULL}
    assert schema("{nullable: true, maxLength: 3}").kinds == {Kind.STRING, Kind.NULL}


def test_a_variant_that_is_null_already_is_not_added_twice() -> None:
    text = "{anyOf: [{type: string}, {type: 'null'}], nullable: true}"
    found = loaded(schema_spec(text, "3.1"))
    assert len(found.interface.components["A"].any_of) == 2
    assert [problem.message[:24] for problem in found.problems] == ["OpenAPI 3.1 has no nulla"]


def test_notes_beside_a_nullable_all_of_stay_with_the_whole() -> None:
    text = "{nullable: true, readOnly: true, default: null, allOf: [{type: string}], title: t}"
    found = schema(text)
    assert (found.read_only, found.default, found.title) == (True, None, "t")
    assert (found.any_of[0].read_only, found.any_of[0].title) == (False, "")
    assert found.any_of[0].default is ABSENT


@pytest.mark.parametrize("dialect", DIALECTS)
def test_bounds(dialect: str) -> None:
    exclusive = "exclusiveMaximum: 9" if dialect == "3.1" else "maximum: 9, exclusiveMaximum: true"
    found = schema(
        f"{{type: [integer], minimum: 1, {exclusive}, multipleOf: 2, pattern: '^a'}}"
        if dialect == "3.1"
        else f"{{type: integer, minimum: 1, {exclusive}, multipleOf: 2, pattern: '^a'}}",
        dialect,
    )
    assert found.bounds == Bounds(minimum=1, exclusive_maximum=9, multiple_of=2, pattern="^a")


def test_counts() -> None:
    keywords = "minLength: 1, maxLength: 2, minItems: 3, maxItems: 4, uniqueItems: true"
    found = schema(f"{{{keywords}, minProperties: 5, maxProperties: 6.0}}").bounds
    assert found == Bounds(
        min_length=1,
        max_length=2,
        min_items=3,
        max_items=4,
        unique_items=True,
        min_properties=5,
        max_properties=6,
    )


@pytest.mark.parametrize(
    ("keywords", "dialect", "bounds"),
    [
        ("{minimum: 3, exclusiveMinimum: true}", "3.1", Bounds(exclusive_minimum=3)),
        ("{minimum: 3, exclusiveMinimum: 4}", "3.0", Bounds(minimum=3, exclusive_minimum=4)),
        ("{minimum: low}", "3.0", Bounds()),
        ("{maxLength: 1.5}", "3.0", Bounds()),
        ("{maxLength: null}", "3.0", Bounds()),
        ("{uniqueItems: 1}", "3.0", Bounds()),
        ("{pattern: 12}", "3.0", Bounds(pattern="12")),
    ],
)
def test_bounds_of_another_dialect_or_of_no_sense_are_reported(
    keywords: str, dialect: str, bounds: Bounds
) -> None:
    found = loaded(schema_spec(keywords, dialect))
    assert found.interface.components["A"].bounds == bounds
    assert len(found.problems) == 1


def test_a_constant_is_an_enum_of_one() -> None:
    assert schema("{const: 5}", "3.1").enum == (5,)
    assert schema("{const: null}", "3.1").enum == (None,)


def test_a_constant_beside_an_enum_has_to_be_one_of_its_values() -> None:
    assert schema("{const: 5, enum: [4, 5]}", "3.1").enum == (5,)
    found = loaded(schema_spec("{const: 5, enum: [4, 6]}", "3.1"))
    assert found.interface.components["A"].enum == ()
    assert [problem.message[:32] for problem in found.problems] == [
        "const is no value of the enum be"
    ]


def test_objects() -> None:
    found = schema(
        """
        type: object
        required: [a]
        properties: {a: {type: string, readOnly: true}, b: {writeOnly: true, deprecated: true}}
        additionalProperties: {type: integer}
        """
    )
    assert found.required == {"a"}
    assert found.properties["a"].read_only
    assert found.properties["b"].write_only
    assert found.properties["b"].deprecated
    assert not isinstance(found.additional, bool)
    assert found.additional.kinds == {Kind.INTEGER}
    assert schema("{additionalProperties: false}").additional is False
    assert schema("{additionalProperties: {}}").additional is True


def test_lists() -> None:
    assert schema("{type: array, items: {type: string}}").items is not None
    pair = schema("{type: array, prefixItems: [{type: string}, {type: integer}]}", "3.1")
    assert [set(item.kinds) for item in pair.prefix_items] == [{Kind.STRING}, {Kind.INTEGER}]


def test_combinations() -> None:
    found = schema("{allOf: [{}], anyOf: [{}, {}]}")
    assert [len(each) for each in (found.all_of, found.any_of, found.one_of)] == [1, 2, 0]


def test_of_two_unions_in_one_schema_the_second_holds_as_well() -> None:
    found = schema("{allOf: [{}], anyOf: [{}, {}], oneOf: [{}, {}, {}]}")
    assert (len(found.any_of), len(found.one_of)) == (0, 3)
    assert [len(part.any_of) for part in found.all_of] == [0, 2]


def test_booleans_are_schemas_in_3_1() -> None:
    found = schema("{properties: {a: true, b: false}}", "3.1").properties
    assert (found["a"].kinds, found["b"].kinds) == (ANY_KIND, frozenset())


def test_discriminators() -> None:
    text = """
        discriminator:
          propertyName: kind
          mapping: {a: A, b: '#/components/schemas/A', c: Nope, d: '#/nowhere'}
    """
    found = loaded(schema_spec(text))
    discriminator = found.interface.components["A"].discriminator
    assert discriminator is not None
    assert discriminator.property_name == "kind"
    assert discriminator.mapping == dict.fromkeys("ab", "spec.yaml#/components/schemas/A")
    assert [problem.message for problem in found.problems] == [
        '"Nope" names no schema: left out',
        '"#/nowhere" names no schema: left out',
    ]
    old = schema("discriminator: kind", "2.0").discriminator
    assert old is not None
    assert old.property_name == "kind"


def test_what_no_field_holds_is_kept_as_it_stands() -> None:
    found = schema("{x-go-name: N, if: {type: string}, $comment: c, $defs: {}}", "3.1")
    assert found.rest == {"x-go-name": "N", "$comment": "c"}


def test_texts_beside_a_reference_stay_with_it() -> None:
    keywords = "{$ref: '#/components/schemas/A', description: d, title: t, x-a: 1}"
    for dialect in ("3.0", "3.1"):
        found = schema(f"properties: {{x: {keywords}}}", dialect).properties["x"]
        assert found.ref is not None
        assert (found.description, found.title, found.rest) == ("d", "t", {"x-a": 1})


def test_what_asserts_beside_a_reference_holds_together_with_it_in_3_1_alone() -> None:
    keywords = "{$ref: '#/components/schemas/A', minLength: 3, default: abc, description: d}"
    assert schema(f"properties: {{x: {keywords}}}", "3.0").properties["x"].ref is not None
    found = schema(f"properties: {{x: {keywords}}}", "3.1").properties["x"]
    reference, rest = found.all_of
    assert (found.ref, found.default, found.description) == (None, "abc", "d")
    assert reference.ref == "spec.yaml#/components/schemas/A"
    assert rest.bounds == Bounds(min_length=3)


def test_a_default_beside_a_reference_is_that_of_a_wrapper() -> None:
    new = schema("properties: {x: {$ref: '#/components/schemas/A', default: 5}}", "3.1")
    old = schema("properties: {x: {allOf: [{$ref: '#/components/schemas/A'}], default: 5}}")
    for found in (new.properties["x"], old.properties["x"]):
        assert found.default == 5
        assert [part.ref for part in found.all_of] == ["spec.yaml#/components/schemas/A"]


@pytest.mark.parametrize(
    ("keywords", "column", "message"),
    [
        ("type: float", 7, '"float" is no type: read as any type'),
        ("type: 5", 7, "5 is no type: read as any type"),
        ("type: [string, 'null']", 7, "a list of types is not OpenAPI 3.0: read as in 3.1"),
        ("type: null", 7, 'null stands where a type belongs: read as "null"'),
        ("required: true", 7, "required is a list of names in the object's schema: left out here"),
        ("required: [5]", 18, "text belongs here, not a number"),
        ("properties: null", 7, "an object belongs here, not null: read as an empty one"),
        ("properties: [a]", 7, "an object belongs here, not a list: read as an empty one"),
        ("properties: {a: null}", 20, "a schema belongs here, not null: read as allowing anything"),
        ("properties: {a: text}", 20, "a schema belongs here, not text: read as allowing anything"),
        ("items: [{type: string}]", 7, "items is no list: read as the prefixItems of 3.1"),
        ("items: true", 7, "OpenAPI 3.0 has no boolean schemas: read as in 3.1"),
        ("allOf: {}", 7, "a list belongs here, not an object: read as an empty one"),
        ("enum: a", 7, "a list belongs here, not text: read as an empty one"),
        ("enum: []", 7, "an empty enum admits nothing: left out"),
        ("{type: string, enum: [{}]}", 29, "the enum value an object is of no type declared here"),
        ("{type: integer, default: abc}", 23, 'the default "abc" is of no type declared here'),
        ("{type: string, default: null}", 22, "the default null is of no type declared here"),
        ("{enum: [a, b], default: c}", 22, 'the default "c" is not in the enum'),
        ("{enum: [1], default: true}", 19, "the default true is not in the enum"),
        ("description: 1.10", 7, "text belongs here, not a number"),
        ("title: {a: b}", 7, "text belongs here, not an object"),
        ("discriminator: 5", 7, "a discriminator is an object, not a number: left out"),
        ("readOnly: 'yes'", 7, "true or false belongs here, not text: read as false"),
    ],
)  # fmt: skip
def test_what_a_schema_gets_wrong_is_reported_where_it_stands(
    keywords: str, column: int, message: str
) -> None:
    assert reported(schema_spec(keywords)) == [f"7:{column}: {message}"]


def test_numbers_where_texts_belong_are_read_as_they_are_written() -> None:
    found = loaded(schema_spec("description: 1.10")).interface
    assert found.components["A"].description == "1.10"
    text = '{"openapi": "3.0.3", "info": {"title": 1.50, "version": true}, "paths": {}}'
    assert loaded(text).interface.title == "1.5"
    assert loaded(text).interface.version == "true"


def test_an_integral_number_is_an_integer() -> None:
    assert schema("{type: integer, default: 1.0, enum: [1, 2.0]}").default == 1.0


def test_a_name_is_that_of_the_component() -> None:
    found = schema("{properties: {x: {}}}")
    assert (found.name, found.properties["x"].name) == ("A", "")
    assert str(found.place) == "spec.yaml:6:5"
    assert found.place.pointer == "/components/schemas/A"
