"""How values of parameters and headers are written, where that makes a difference."""

from typing import Any

import pytest

from compat.differ.catalogue.example import Document, Example, header, parameter, run

TEXT = {"type": "string"}
LIST = {"type": "array", "items": TEXT}
RECORD = {"type": "object", "properties": {"a": TEXT}}
EITHER = {"anyOf": [{"type": "string", "minLength": 3}, {"type": "integer", "minimum": 5}]}
NAMED = {"$ref": "#/components/schemas/Named"}


def of_query(schema: Document, named: Document = TEXT, **said: Any) -> Document:
    told = {"name": "q", "in": "query", "schema": schema, **said}
    return parameter(told, components={"schemas": {"Named": named}})


def of_path(schema: Document, **said: Any) -> Document:
    told = {"name": "q", "in": "path", "required": True, "schema": schema, **said}
    operation = {"parameters": [told], "responses": {"204": {"description": "Done."}}}
    whole = parameter()
    return {**whole, "paths": {"/things/{q}": {"get": operation}}}


def styles(old: Document, new: Document) -> list[str]:
    found = run(Example(meaning="", old=old, new=new)).changes
    return [change.id for change in found if "-style-" in change.id]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (of_query(TEXT), of_query(NAMED)),
        (of_query(NAMED, explode=False), of_query(TEXT, explode=False)),
        (of_query(TEXT), of_query({"allOf": [NAMED]})),
        (of_query(EITHER["anyOf"][0]), of_query(EITHER)),
        (of_query(EITHER), of_query(EITHER, explode=False)),
        (of_query(LIST), of_query(NAMED, LIST)),
        (of_query(RECORD), of_query(NAMED, RECORD)),
        (of_path(TEXT), of_path(TEXT, explode=True)),
        (header({"schema": TEXT}), header({"schema": EITHER, "explode": True})),
    ],
)
def test_a_text_is_written_the_same_in_any_style_and_by_any_name(
    old: Document, new: Document
) -> None:
    assert styles(old, new) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (of_query(LIST), of_query(LIST, explode=False)),
        (of_query(NAMED, LIST), of_query(NAMED, LIST, explode=False)),
        (of_query(RECORD), of_query(NAMED, RECORD, style="deepObject")),
        (of_query({"anyOf": [LIST, RECORD]}), of_query({"anyOf": [LIST, RECORD]}, explode=False)),
        (of_path(TEXT), of_path(TEXT, style="label")),
        (of_path(TEXT, style="label"), of_path(TEXT, style="matrix")),
    ],
)
def test_lists_and_objects_are_not_nor_is_what_has_a_label(old: Document, new: Document) -> None:
    assert len(styles(old, new)) == 1
