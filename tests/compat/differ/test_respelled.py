"""The same interface in other words: nothing is told but what a published rule is about."""

import json
import textwrap
from collections.abc import Mapping
from typing import Any, Final

import pytest

from compat.differ.interface import changes
from tests.compat.differ.judged import POLICY, document
from tests.compat.load.written import HEADS, loaded

COMPONENTS: Final[Mapping[str, Any]] = {
    "Text": {"type": "string", "minLength": 3},
    "Same": {"$ref": "#/components/schemas/Text"},
    "Again": {"$ref": "#/components/schemas/Same"},
    "Named": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "Aged": {"type": "object", "properties": {"age": {"type": "integer"}}},
    "Tree": {
        "type": "object",
        "properties": {"left": {"$ref": "#/components/schemas/Tree"}, "size": {"type": "integer"}},
    },
    "Pet": {"oneOf": [{"$ref": "#/components/schemas/Named"}, {"type": "integer"}]},
}


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def ids(old: str, new: str) -> list[str]:
    """The rules that are told of, from the old text to the new one."""
    ours, theirs = (loaded(text, name="spec.yaml").interface for text in (old, new))
    return [change.id for change in changes(ours, theirs, POLICY)]


def field(schema: Any) -> Any:
    return {"type": "object", "properties": {"a": schema}}


TEXT: Final = COMPONENTS["Text"]
NAMED: Final = COMPONENTS["Named"]
AGED: Final = COMPONENTS["Aged"]
BOTH: Final = {
    "type": "object",
    "properties": {"age": {"type": "integer"}, "name": {"type": "string"}},
    "required": ["name"],
}
NULL: Final = {"type": "null"}
STRING: Final = {"type": "string"}

PAIRS: Final[Mapping[str, tuple[Any, Any, str]]] = {
    "inline or a reference": (TEXT, reference("Text"), "3.0 3.1"),
    "a reference to a reference": (reference("Text"), reference("Again"), "3.0 3.1"),
    "a field inline or a reference": (field(TEXT), field(reference("Same")), "3.0 3.1"),
    "a field that holds itself": (
        COMPONENTS["Tree"],
        {"allOf": [reference("Tree")]},
        "3.0 3.1",
    ),
    "a variant inline or a reference": (
        {"oneOf": [TEXT, {"type": "integer"}]},
        {"oneOf": [reference("Same"), {"type": "integer"}]},
        "3.0 3.1",
    ),
    "two variants inline or references": (
        {"oneOf": [NAMED, AGED]},
        {"oneOf": [reference("Named"), reference("Aged")]},
        "3.0 3.1",
    ),
    "a union inline or a reference": (COMPONENTS["Pet"], reference("Pet"), "3.0 3.1"),
    "a part inline or a reference": (
        {"allOf": [NAMED, {"minProperties": 2}]},
        {"allOf": [reference("Named"), {"minProperties": 2}]},
        "3.0 3.1",
    ),
    "alone in allOf": (reference("Text"), {"allOf": [reference("Text")]}, "3.0 3.1"),
    "alone in allOf twice": (TEXT, {"allOf": [{"allOf": [TEXT]}]}, "3.0 3.1"),
    "two parts or one record": ({"allOf": [NAMED, AGED]}, BOTH, "3.0 3.1"),
    "two references or one record": (
        {"allOf": [reference("Named"), reference("Aged")]},
        BOTH,
        "3.0 3.1",
    ),
    "a part beside own fields": (
        {"allOf": [reference("Named")], "type": "object", "properties": AGED["properties"]},
        {"allOf": [reference("Named"), AGED]},
        "3.0 3.1",
    ),
    "parts in another order": (
        {"allOf": [reference("Named"), reference("Aged")]},
        {"allOf": [reference("Aged"), reference("Named")]},
        "3.0 3.1",
    ),
    "a default beside a part": (
        field({"allOf": [reference("Text")], "default": "abc"}),
        field({**TEXT, "default": "abc"}),
        "3.0 3.1",
    ),
    "a default beside null": (
        field({"anyOf": [reference("Text"), NULL], "default": "abc"}),
        field({"type": ["string", "null"], "minLength": 3, "default": "abc"}),
        "3.1",
    ),
    "read-only beside a part": (
        field({"allOf": [reference("Text")], "readOnly": True}),
        field({**TEXT, "readOnly": True}),
        "3.0 3.1",
    ),
    "read-only within a part": (
        field({"allOf": [{**TEXT, "readOnly": True}]}),
        field({**TEXT, "readOnly": True}),
        "3.0 3.1",
    ),
    "required of a part by the whole": (
        {"allOf": [reference("Named"), {"required": ["age"], **AGED}]},
        {"allOf": [reference("Named"), AGED], "required": ["age"]},
        "3.0 3.1",
    ),
    "a limit in a part": ({"allOf": [STRING, {"minLength": 3}]}, TEXT, "3.0 3.1"),
    "null in the list or in anyOf": (
        {"type": ["string", "null"], "minLength": 3},
        {"anyOf": [TEXT, NULL]},
        "3.1",
    ),
    "null in anyOf or oneOf": ({"anyOf": [TEXT, NULL]}, {"oneOf": [NULL, TEXT]}, "3.1"),
    "null beside a reference": (
        {"anyOf": [reference("Text"), NULL]},
        {"type": ["string", "null"], "minLength": 3},
        "3.1",
    ),
    "null in a field": (
        field({"type": ["string", "null"]}),
        field({"anyOf": [STRING, NULL]}),
        "3.1",
    ),
    "null among three": (
        {"anyOf": [TEXT, AGED, NULL]},
        {"anyOf": [{"anyOf": [TEXT, AGED]}, NULL]},
        "3.1",
    ),
    "nullable or null in the list": (
        {"type": "string", "nullable": True},
        {"type": "string", "x-nullable": True},
        "3.0",
    ),
    "types in a list or in anyOf": (
        {"type": ["string", "integer"]},
        {"anyOf": [STRING, {"type": "integer"}]},
        "3.1",
    ),
    "types in a list or in oneOf": (
        {"type": ["string", "integer", "null"]},
        {"oneOf": [NULL, {"type": "integer"}, STRING]},
        "3.1",
    ),
    "a list of one type": ({"type": ["string"]}, STRING, "3.1"),
    "integers beside numbers": ({"type": ["integer", "number"]}, {"type": "number"}, "3.1"),
    "an enum of one or a const": ({"enum": ["a"]}, {"const": "a"}, "3.1"),
    "the order of an enum": ({"enum": ["a", "b", "c"]}, {"enum": ["c", "a", "b"]}, "3.0 3.1"),
    "an enum with a double": ({"enum": ["a", "b"]}, {"enum": ["a", "b", "a"]}, "3.0 3.1"),
    "1 or 1.0": ({"enum": [1, 2]}, {"enum": [1.0, 2]}, "3.0 3.1"),
    "the order of required": (
        {"type": "object", "required": ["a", "b"]},
        {"type": "object", "required": ["b", "a"]},
        "3.0 3.1",
    ),
    "the order of properties": (
        BOTH,
        {**BOTH, "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}},
        "3.0 3.1",
    ),
    "the order of oneOf": (
        {"oneOf": [NAMED, TEXT, {"type": "integer"}]},
        {"oneOf": [{"type": "integer"}, NAMED, TEXT]},
        "3.0 3.1",
    ),
    "the order of anyOf references": (
        {"anyOf": [reference("Named"), reference("Text")]},
        {"anyOf": [reference("Text"), reference("Named")]},
        "3.0 3.1",
    ),
    "a double in anyOf": (
        {"anyOf": [NAMED, TEXT]},
        {"anyOf": [NAMED, TEXT, NAMED]},
        "3.0 3.1",
    ),
    "a double reference in anyOf": (
        {"anyOf": [reference("Named"), reference("Text")]},
        {"anyOf": [reference("Named"), reference("Text"), reference("Named")]},
        "3.0 3.1",
    ),
    "a double as a reference in anyOf": (
        {"anyOf": [NAMED, TEXT]},
        {"anyOf": [NAMED, TEXT, reference("Named")]},
        "3.0 3.1",
    ),
    "minLength of nought": (STRING, {"type": "string", "minLength": 0}, "3.0 3.1"),
    "minItems of nought": ({"type": "array"}, {"type": "array", "minItems": 0}, "3.1"),
    "minProperties of nought": (AGED, {**AGED, "minProperties": 0}, "3.0 3.1"),
    "nothing required": (AGED, {**AGED, "required": []}, "3.0 3.1"),
    "no properties": ({"type": "object"}, {"type": "object", "properties": {}}, "3.0 3.1"),
    "open": (AGED, {**AGED, "additionalProperties": True}, "3.0 3.1"),
    "open to any schema": (AGED, {**AGED, "additionalProperties": {}}, "3.0 3.1"),
    "any items": ({"type": "array"}, {"type": "array", "items": {}}, "3.1"),
    "not unique": ({"type": "array"}, {"type": "array", "uniqueItems": False}, "3.1"),
    "a pattern of any text": (STRING, {"type": "string", "pattern": ".*"}, "3.0 3.1"),
    "a limit of whole numbers": (
        {"type": "integer", "minimum": 3},
        {"type": "integer", "exclusiveMinimum": 2},
        "3.1",
    ),
    "texts": (
        {**AGED, "description": "Old.", "title": "Old", "example": {"age": 1}},
        {**AGED, "description": "New.", "title": "New", "example": {"age": 2}},
        "3.0 3.1",
    ),
    "texts of variants": (
        {"oneOf": [{**NAMED, "title": "One"}, {**AGED, "description": "Two."}]},
        {"oneOf": [{**NAMED, "description": "One."}, {**AGED, "title": "Two"}]},
        "3.0 3.1",
    ),
    "true or nothing": (field({}), field(True), "3.1"),
    "a reference beside a text": (
        field(reference("Text")),
        field({"$ref": "#/components/schemas/Text", "description": "New."}),
        "3.1",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_schema_in_other_words_is_no_change(name: str) -> None:
    old, new, dialects = PAIRS[name]
    for dialect in dialects.split():
        ours, theirs = (document(each, dialect, COMPONENTS) for each in (old, new))
        assert ids(ours, theirs) == []
        assert ids(theirs, ours) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": True}, {"anyOf": [STRING, NULL]}),
        ({"allOf": [reference("Text")], "nullable": True}, {"oneOf": [reference("Text"), NULL]}),
        ({"$ref": "#/components/schemas/Text", "nullable": True}, {"anyOf": [TEXT, NULL]}),
        (
            {"type": "integer", "minimum": 3, "exclusiveMinimum": True},
            {"type": "integer", "exclusiveMinimum": 3},
        ),
        (
            {"type": "number", "maximum": 3, "exclusiveMaximum": True},
            {"type": "number", "exclusiveMaximum": 3},
        ),
        (
            {"type": "number", "minimum": 3, "exclusiveMinimum": False},
            {"type": "number", "minimum": 3},
        ),
        (
            {"type": "string", "format": "byte"},
            {"type": "string", "contentEncoding": "base64"},
        ),
        (
            {"type": "string", "format": "binary"},
            {"type": "string", "contentMediaType": "application/octet-stream"},
        ),
        (
            {"type": "string", "enum": ["a", None], "nullable": True},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
    ],
)
def test_a_schema_of_3_0_and_what_it_is_in_3_1(old: Any, new: Any) -> None:
    ours, theirs = document(old, "3.0", COMPONENTS), document(new, "3.1", COMPONENTS)
    assert ids(ours, theirs) == []
    assert ids(theirs, ours) == []


def test_a_default_beside_a_part_or_null_is_compared() -> None:
    for around in ({"allOf": [reference("Text")]}, {"anyOf": [reference("Text"), NULL]}):
        ours, theirs = (
            document(field({**around, "default": default}), "3.1", COMPONENTS)
            for default in ("abc", "abcd")
        )
        assert ids(ours, theirs) == ["request-property-default-value-changed"]


def spec(text: str, dialect: str = "3.0") -> str:
    return HEADS[dialect] + textwrap.dedent(text)


OPERATION: Final = """
    paths:
      /things/{id}:
        get:
          operationId: thing
          tags: [old]
          summary: One
          parameters:
          - {name: id, in: path, required: true, schema: {type: string}}
          - {name: size, in: query, schema: {type: integer}}
          responses: {"200": {description: It.}}
    """


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("summary: One", "summary: Another one\n          description: Long.", []),
        ("description: It.", "description: The thing.", []),
        ("tags: [old]", "tags: [new]", ["api-tag-added", "api-tag-removed"]),
        ("tags: [old]", "tags: [old, old]", []),
        (
            "operationId: thing",
            "operationId: a_thing",
            ["api-operation-id-added", "api-operation-id-removed"],
        ),
    ],
)
def test_texts_around_messages(old: str, new: str, told: list[str]) -> None:
    assert sorted(ids(spec(OPERATION), spec(OPERATION.replace(old, new)))) == told


def test_a_path_parameter_of_another_name() -> None:
    renamed = OPERATION.replace("{id}", "{thing}").replace("name: id", "name: thing")
    assert ids(spec(OPERATION), spec(renamed)) == []


def test_two_path_parameters_that_change_their_names() -> None:
    two = """
        paths:
          /{a}/{b}:
            get:
              parameters:
              - {name: a, in: path, required: true, schema: {type: string}}
              - {name: b, in: path, required: true, schema: {type: integer}}
              responses: {"200": {description: It.}}
        """
    other = (
        two.replace("name: a", "name: c")
        .replace("name: b", "name: a")
        .replace("name: c", "name: b")
    )
    assert ids(spec(two), spec(other.replace("/{a}/{b}", "/{b}/{a}"))) == []


def test_the_order_of_parameters() -> None:
    lines = OPERATION.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if "name: id" in line)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    assert ids(spec(OPERATION), spec("".join(lines))) == []


def test_a_parameter_at_the_path_or_at_the_operation() -> None:
    at_path = """
        paths:
          /things/{id}:
            parameters:
            - {name: id, in: path, required: true, schema: {type: string}}
            - {$ref: "#/components/parameters/size"}
            get:
              operationId: thing
              tags: [old]
              responses: {"200": {description: It.}}
        components:
          parameters:
            size: {name: size, in: query, schema: {type: integer}}
        """
    assert ids(spec(OPERATION), spec(at_path)) == []
    assert ids(spec(at_path), spec(OPERATION)) == []


IN_2_0: Final = """
    basePath: /v1
    consumes: [application/json]
    produces: [application/json]
    securityDefinitions:
      key: {type: apiKey, in: header, name: X-Key}
    security: [{key: []}]
    paths:
      /things:
        post:
          operationId: add
          parameters:
          - {name: ids, in: query, type: array, collectionFormat: multi, items: {type: string}}
          - {name: size, in: query, type: integer, minimum: 1, exclusiveMinimum: true}
          - {name: X-Trace, in: header, type: string}
          - {name: body, in: body, required: true, schema: {$ref: "#/definitions/Thing"}}
          responses:
            "200":
              description: It.
              headers: {X-Left: {type: integer}}
              schema: {$ref: "#/definitions/Thing"}
    definitions:
      Thing:
        type: object
        required: [name]
        properties:
          name: {type: string, x-nullable: true}
          part: {$ref: "#/definitions/Thing"}
          blob: {type: string, format: byte}
    """
IN_3_0: Final = """
    servers: [{url: /v1}]
    security: [{key: []}]
    paths:
      /things:
        post:
          operationId: add
          parameters:
          - {name: ids, in: query, schema: {type: array, items: {type: string}}}
          - {name: size, in: query, schema: {type: integer, minimum: 1, exclusiveMinimum: true}}
          - {name: X-Trace, in: header, schema: {type: string}}
          requestBody:
            required: true
            content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
          responses:
            "200":
              description: It.
              headers: {X-Left: {schema: {type: integer}}}
              content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
    components:
      securitySchemes:
        key: {type: apiKey, in: header, name: X-Key}
      schemas:
        Thing:
          type: object
          required: [name]
          properties:
            name: {type: string, nullable: true}
            part: {$ref: "#/components/schemas/Thing"}
            blob: {type: string, format: byte}
    """
IN_3_1: Final = (
    IN_3_0.replace("minimum: 1, exclusiveMinimum: true", "exclusiveMinimum: 1")
    .replace("type: string, nullable: true", "type: [string, 'null']")
    .replace("format: byte", "contentEncoding: base64")
)


def test_the_same_interface_in_every_dialect() -> None:
    texts = [spec(IN_2_0, "2.0"), spec(IN_3_0, "3.0"), spec(IN_3_1, "3.1")]
    assert [ids(one, other) for one in texts for other in texts] == [[]] * 9


def test_the_same_text_is_no_change() -> None:
    text = json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}})
    assert ids(text, text) == []
