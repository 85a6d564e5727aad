"""What is gone is shown at the line of what was around it and is still there."""

from typing import Final

import pytest
import yaml

from compat.differ.documents import Document, document_changes
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.load import load
from compat.model.interface import Interface
from compat.report.changes.nearest import nearest
from tests.compat.report.planned import TODAY

HEAD: Final = "openapi: 3.0.3\ninfo: {title: Lamps, version: '1'}\n"
OLD: Final = """\
security:
  - key: []
paths:
  /rooms:
    get: {responses: {'204': {description: d}}}
  /lamps/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      operationId: show
      responses:
        '200':
          description: d
          headers:
            X-Kind: {schema: {type: string}}
            X-Left: {schema: {type: string}}
          content:
            application/json: {schema: {type: string}}
            text/plain: {schema: {type: string}}
        '404':
          description: d
        '409': {$ref: '#/components/responses/Taken'}
    delete: {responses: {'204': {description: d}}}
components:
  responses:
    Taken: {description: d}
  securitySchemes:
    key: {type: apiKey, name: k, in: header}
    token: {type: http, scheme: bearer}
"""
CASES: Final = {
    "an operation, where its path is still there": (
        {"    delete: {responses: {'204': {description: d}}}\n": ""},
        "api-removed",
        "/lamps/{id}:",
    ),
    "a path": (
        {"  /rooms:\n    get: {responses: {'204': {description: d}}}\n": ""},
        "api-path-removed",
        "paths:",
    ),
    "an answer": (
        {"        '404':\n          description: d\n": ""},
        "response-",
        "responses:",
    ),
    "a form of an answer": (
        {"            text/plain: {schema: {type: string}}\n": ""},
        "response-media-type",
        "content:",
    ),
    "an answer that others still have": (
        {"        '409': {$ref: '#/components/responses/Taken'}\n": ""},
        "response-",
        "get:",
    ),
    "a way to authenticate": (
        {"    token: {type: http, scheme: bearer}\n": ""},
        "api-security-component",
        "securitySchemes:",
    ),
    "what is gone of an operation that is somewhere else": (
        {
            "  /lamps/{id}:\n": "  /lights/{id}:\n",
            "        '404':\n          description: d\n": "",
        },
        "response-",
        "responses:",
    ),
}


def read(text: str, name: str) -> Interface:
    return load(name, lambda _: f"{HEAD}{text}".encode()).interface


@pytest.mark.parametrize("about", CASES)
def test_what_is_gone_is_shown_at_what_was_around_it(about: str) -> None:
    edits, rules, shown = CASES[about]
    text = OLD
    for before, after in edits.items():
        assert before in text
        text = text.replace(before, after)
    old, new = read(OLD, "v1.yaml"), read(text, "v2.yaml")
    told = changes(old, new, Policy(today=TODAY))
    gone = [each for each in told if each.new is None and each.id.startswith(rules)]
    assert gone
    lines = f"{HEAD}{text}".splitlines()
    for change in gone:
        place = nearest(change, Document(old=old, new=new))
        assert place.file == "v2.yaml"
        assert lines[place.line - 1].strip() == shown, change.id


def test_what_is_gone_from_a_file_beside_the_spec_is_shown_in_that_file() -> None:
    def split(*methods: str) -> Interface:
        item = {method: {"responses": {"204": {"description": "d"}}} for method in methods}
        texts = {
            "v.yaml": f"{HEAD}paths:\n  /rooms: {{$ref: 'parts/rooms.yaml#/item'}}\n",
            "parts/rooms.yaml": yaml.safe_dump({"item": item}),
        }
        return load("v.yaml", lambda name: texts[name].encode()).interface

    old, new = split("get", "delete"), split("get")
    [change] = changes(old, new, Policy(today=TODAY))
    place = nearest(change, Document(old=old, new=new))
    assert (place.file, place.line) == ("parts/rooms.yaml", 1)


def test_what_is_gone_with_its_spec_is_shown_where_it_was() -> None:
    document = Document(name="rooms.yaml", old=read(OLD, "rooms.yaml"), new=None)
    [change] = document_changes(document, Policy(today=TODAY))
    assert nearest(change, document) == change.old
