"""What each dialect says in its own words beside its schemas is the same interface."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.compat.differ.places import openapi3, swagger2
from tests.compat.differ.telling import Document, told

OK: Final = {"200": {"description": "ok"}}
TEXT: Final = {"type": "string"}
LIST: Final = {"type": "array", "items": TEXT}
SCOPES: Final = {"r": "Read."}
AUTHORIZED: Final = {"authorizationUrl": "https://a/auth", "scopes": SCOPES}
GRANTED: Final = {"tokenUrl": "https://a/token", "scopes": SCOPES}
URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


def in_20(scheme: Document) -> Document:
    operation = {"security": [{"s": ["r"]}, {}]}
    return swagger2.document(operation, securityDefinitions={"s": scheme})


def in_3(scheme: Document) -> Document:
    operation = {"security": [{}, {"s": ["r"]}]}
    return openapi3.document(operation, components={"securitySchemes": {"s": scheme}})


def granting(flow: str, stated: Document) -> Document:
    return in_3({"type": "oauth2", "flows": {flow: stated}})


def field(media_type: str, **stated: Any) -> Document:
    parameter = {"name": "f", "in": "formData", **stated}
    return swagger2.document({"consumes": [media_type], "parameters": [parameter]})


def form(media_type: str, schema: Document, **encoding: Any) -> Document:
    stated = {"schema": {"type": "object", "properties": {"f": schema}}}
    content = {**stated, **({"encoding": {"f": encoding}} if encoding else {})}
    return openapi3.document({"requestBody": {"content": {media_type: content}}})


def query(**stated: Any) -> Document:
    return {"name": "q", "in": "query", **stated}


def old(*parameters: Document, **more: Any) -> Document:
    return swagger2.document({"parameters": [*parameters]}, **more)


def new(*parameters: Document) -> Document:
    return openapi3.document({"parameters": [*parameters]})


def octets(content: Document) -> Document:
    return openapi3.document({"requestBody": {"content": {"application/octet-stream": content}}})


KEY: Final = {"type": "apiKey", "in": "header", "name": "X-Key"}
PIPED: Final = {"style": "pipeDelimited", "explode": False}
SPACED: Final = {"style": "spaceDelimited", "explode": False}
ITEM: Final = {"post": {"responses": OK}}
HOSTED: Final[Document] = {"host": "a.example", "basePath": "/v1"}
BINARY: Final = {"type": "string", "format": "binary"}

PAIRS: Final[Mapping[str, tuple[Document, Document]]] = {
    "basic": (in_20({"type": "basic"}), in_3({"type": "http", "scheme": "Basic"})),
    "an API key": (in_20(KEY), in_3({**KEY, "name": "x-key"})),
    "implicit": (
        in_20({"type": "oauth2", "flow": "implicit", **AUTHORIZED}),
        granting("implicit", AUTHORIZED),
    ),
    "password": (
        in_20({"type": "oauth2", "flow": "password", **GRANTED}),
        granting("password", GRANTED),
    ),
    "application": (
        in_20({"type": "oauth2", "flow": "application", **GRANTED}),
        granting("clientCredentials", GRANTED),
    ),
    "access code": (
        in_20({"type": "oauth2", "flow": "accessCode", **AUTHORIZED, **GRANTED}),
        granting("authorizationCode", {**AUTHORIZED, **GRANTED}),
    ),
    "a host": (
        swagger2.document(schemes=["https", "http"], **HOSTED),
        openapi3.document(
            servers=[{"url": "https://a.example/v1"}, {"url": "http://a.example/v1/"}]
        ),
    ),
    "no host": (
        swagger2.document(basePath="/v1"),
        openapi3.document(servers=[{"url": "/v1"}]),
    ),
    "nowhere": (swagger2.document(), openapi3.document(servers=[{"url": "/"}])),
    "variables": (
        swagger2.document(schemes=["https"], **HOSTED),
        openapi3.document(
            servers=[
                {
                    "url": "https://{h}.example/{v}",
                    "variables": {"h": {"default": "a"}, "v": {"default": "v1"}},
                }
            ]
        ),
    ),
    "schemes of an operation": (
        swagger2.document({"schemes": ["http"]}, schemes=["https"], **HOSTED),
        openapi3.document(
            {"servers": [{"url": "http://a.example/v1"}]},
            servers=[{"url": "https://a.example/v1"}],
        ),
    ),
    "a form's list": (field(URLENCODED, **LIST, collectionFormat="multi"), form(URLENCODED, LIST)),
    "a form's list in one": (field(URLENCODED, **LIST), form(URLENCODED, LIST, explode=False)),
    "a form's list with bars": (
        field(URLENCODED, **LIST, collectionFormat="pipes"),
        form(URLENCODED, LIST, **PIPED),
    ),
    "a list in parts": (field(MULTIPART, **LIST, collectionFormat="multi"), form(MULTIPART, LIST)),
    "a file": (field(MULTIPART, type="file"), form(MULTIPART, BINARY)),
    "a file as it goes unsaid": (
        form(MULTIPART, BINARY),
        form(MULTIPART, BINARY, contentType="application/octet-stream"),
    ),
    "a part as it goes unsaid": (
        form(MULTIPART, {"type": "array", "items": {"type": "object"}}),
        form(
            MULTIPART,
            {"type": "array", "items": {"type": "object"}},
            contentType="application/json",
        ),
    ),
    "an encoding as it goes unsaid": (
        form(URLENCODED, LIST),
        form(URLENCODED, LIST, style="form", explode=True, allowReserved=False),
    ),
    "bytes": (octets({"schema": BINARY}), {**octets({}), "openapi": "3.1.0"}),
    "a list in one": (old(query(**LIST)), new(query(schema=LIST, explode=False))),
    "a list with bars": (
        old(query(**LIST, collectionFormat="pipes")),
        new(query(schema=LIST, **PIPED)),
    ),
    "a list with spaces": (
        old(query(**LIST, collectionFormat="ssv")),
        new(query(schema=LIST, **SPACED)),
    ),
    "an empty value": (
        old(query(**TEXT, allowEmptyValue=True)),
        new(query(schema=TEXT, allowEmptyValue=True)),
    ),
    "a style as it goes unsaid": (
        new(query(schema=LIST)),
        new(query(schema=LIST, style="form", explode=True, allowReserved=False, required=False)),
    ),
    "a list in a header": (
        swagger2.document({"responses": {"200": {"description": "", "headers": {"X": LIST}}}}),
        openapi3.document(
            {"responses": {"200": {"description": "", "headers": {"X": {"schema": LIST}}}}}
        ),
    ),
    "a discriminator": (
        old({"name": "b", "in": "body", "schema": {**LIST, "discriminator": "k"}}),
        openapi3.document(
            {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {**LIST, "discriminator": {"propertyName": "k"}}
                        }
                    }
                }
            }
        ),
    ),
    "a callback by reference": (
        openapi3.document({"callbacks": {"a": {"{$url}": ITEM}}}),
        openapi3.document(
            {"callbacks": {"b": {"$ref": "#/components/callbacks/c"}}},
            components={"callbacks": {"c": {"{$url}": ITEM}}},
        ),
    ),
    "a webhook by reference": (
        openapi3.document(webhooks={"w": ITEM}),
        openapi3.document(
            webhooks={"w": {"$ref": "#/components/pathItems/W"}},
            components={"pathItems": {"W": ITEM}},
        ),
    ),
    "the usual dialect": (
        openapi3.document(),
        openapi3.document(
            openapi="3.1.0", jsonSchemaDialect="https://spec.openapis.org/oas/3.1/dialect/base"
        ),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_same_in_other_words_is_no_change(name: str) -> None:
    ours, theirs = PAIRS[name]
    assert told(ours, theirs) == []
    assert told(theirs, ours) == []


def test_bytes_are_not_just_any_text() -> None:
    for schema in (TEXT, {"type": "object"}, {**BINARY, "maxLength": 3}):
        assert told(octets({"schema": schema}), octets({})) != []


def test_a_part_of_another_media_type_than_usual_is_told() -> None:
    for schema in (TEXT, BINARY, LIST, {}):
        stated = form(MULTIPART, schema, contentType="application/json")
        assert told(form(MULTIPART, schema), stated) == ["ERR request-body-encoding-changed"]
