"""Parts of messages: forms, headers, and what is declared twice."""

from typing import Any

import pytest

from tests.compat.differ.places import swagger2
from tests.compat.differ.places.openapi3 import document
from tests.compat.differ.telling import Document, compared, told

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
LIST = {"type": "array", "items": TEXT}
ENCODED = "ERR request-body-encoding-changed"


def form(encoding: Any, media_type: str = "multipart/form-data", **more: Any) -> Document:
    schema = {"type": "object", "properties": {"f": LIST, **more}}
    content = {media_type: {"schema": schema, "encoding": encoding}}
    return document({"requestBody": {"content": content}})


def headed(header: Any) -> Document:
    return form({"f": {"headers": {"X-A": header}}})


def test_a_header_of_a_part_is_compared() -> None:
    changed = ["ERR request-parameter-type-changed"]
    assert told(headed({"schema": TEXT}), headed({"schema": NUMBER})) == changed
    assert told(headed({"schema": TEXT}), headed({"schema": TEXT, "required": True})) == [ENCODED]
    assert told(headed({"schema": TEXT}), form({"f": {}})) == [ENCODED]


def test_a_header_of_a_part_is_followed_to_what_it_refers_to() -> None:
    def referring(schema: Any) -> Document:
        components = {"headers": {"X": {"schema": schema}}}
        return {**headed({"$ref": "#/components/headers/X"}), "components": components}

    assert told(referring(TEXT), referring(NUMBER)) == ["ERR request-parameter-type-changed"]


@pytest.mark.parametrize(("dialect", "rules"), [("3.0.3", []), ("3.1.0", [ENCODED])])
def test_a_style_of_a_part_counts_since_3_1(dialect: str, rules: list[str]) -> None:
    plain, piped = ({**form({"f": each}), "openapi": dialect} for each in ({}, PIPED))
    assert told(plain, piped) == told(piped, plain) == rules


PIPED = {"style": "pipeDelimited"}


def test_a_part_that_comes_is_told_as_a_field_alone() -> None:
    urlencoded = "application/x-www-form-urlencoded"
    old, new = form({}, urlencoded), form({"g": PIPED}, urlencoded, g=LIST)
    assert told(old, new) == ["INFO new-optional-request-property"]


@pytest.mark.parametrize("media_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize(
    "more", [{"collectionFormat": "multi"}, {"collectionFormat": "tsv"}, {"allowEmptyValue": True}]
)
def test_how_a_field_of_2_0_is_written(media_type: str, more: Document) -> None:
    def written(field: Document) -> Document:
        parameter = {"name": "f", "in": "formData", **LIST, **field}
        return swagger2.document({"parameters": [parameter]}, consumes=[media_type])

    assert told(written({}), written(more)) == [ENCODED]
    assert told(written({}), written({"collectionFormat": "csv"})) == []


def test_how_a_list_within_a_list_is_written() -> None:
    def nested(**more: Any) -> Document:
        items = {**LIST, **more}
        parameter = {"name": "q", "in": "query", "type": "array", "items": items}
        return swagger2.document({"parameters": [parameter]})

    changed = ["ERR request-parameter-style-changed"]
    assert told(nested(), nested(collectionFormat="pipes")) == changed
    assert told(nested(), nested(collectionFormat="csv")) == []


def test_a_media_type_that_stands_there_twice_is_compared_twice() -> None:
    def twice(schema: Any) -> Document:
        content = {
            "application/json": {"schema": schema},
            "application/json; charset=utf-8": {"schema": TEXT},
        }
        return document({"requestBody": {"content": content}})

    assert told(twice(TEXT), twice(NUMBER)) == ["ERR request-body-type-changed"]


def test_headers_that_differ_in_case_are_all_compared() -> None:
    def both(schema: Any) -> Document:
        headers = {"X-A": {"schema": schema}, "x-a": {"schema": TEXT}}
        return document({"responses": {"200": {"description": "ok", "headers": headers}}})

    assert told(both(TEXT), both(NUMBER)) == ["ERR response-header-type-changed"]
    asked = [
        document({"parameters": [{"in": "header", "name": n, "schema": s} for n, s in each]})
        for each in ((("X-A", TEXT), ("x-a", TEXT)), (("X-A", NUMBER), ("x-a", TEXT)))
    ]
    assert told(*asked) == ["ERR request-parameter-type-changed"]


def test_a_header_that_must_be_there_is_missed_by_new_clients() -> None:
    def answered(**headers: Any) -> Document:
        return document({"responses": {"200": {"description": "ok", "headers": headers}}})

    (added,) = compared(answered(), answered(X={"required": True, "schema": TEXT}))
    assert (added.level.name, added.level_for_new_client.name) == ("INFO", "ERR")


def test_a_variant_of_another_name_has_another_value_of_the_discriminator() -> None:
    def named(name: str, **mapping: str) -> Document:
        variants = [{"$ref": f"#/components/schemas/{each}"} for each in (name, "B")]
        told_by = {"propertyName": "k", **({"mapping": mapping} if mapping else {})}
        schema = {"oneOf": variants, "discriminator": told_by}
        schemas = {
            name: {"type": "object", "required": ["a"]},
            "B": {"type": "object", "required": ["b"]},
        }
        content = {"application/json": {"schema": schema}}
        return document({"requestBody": {"content": content}}, components={"schemas": schemas})

    changed, gone = "INFO request-body-discriminator-mapping-changed", "INFO api-schema-removed"
    assert told(named("A"), named("C")) == [gone, changed]
    mapped = [named(each, x=f"#/components/schemas/{each}") for each in ("A", "C")]
    assert told(*mapped) == [gone, changed]
    assert len(compared(*mapped)) == 2
