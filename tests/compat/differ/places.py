"""Every place of an OpenAPI 3.0 document that can change, from the JSON Schema of it."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

Fragment = dict[str, Any]
Document = dict[str, Any]

_OK: Final = {"200": {"description": "ok"}}
_TEXT: Final = {"type": "string"}


def document(operation: Fragment | None = None, **more: Any) -> Document:
    """A whole spec with one operation."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": {"responses": _OK, **(operation or {})}}},
        **more,
    }


def _body(content: Fragment) -> Document:
    return document({"requestBody": {"content": {"application/json": content}}})


def _xml(schema: Fragment) -> Document:
    return document({"requestBody": {"content": {"application/xml": {"schema": schema}}}})


def _answer(answer: Fragment) -> Document:
    return document({"responses": {"200": {"description": "ok", **answer}}})


def _flow(name: str) -> Callable[[Fragment], Document]:
    return lambda flow: _scheme({"type": "oauth2", "flows": {name: flow}})


def _scheme(scheme: Fragment) -> Document:
    return document({"security": [{"s": []}]}, components={"securitySchemes": {"s": scheme}})


def _form(encoding: Fragment) -> Document:
    schema = {"type": "object", "properties": {"f": {"type": "array", "items": _TEXT}}}
    content = {"schema": schema, "encoding": {"f": encoding}}
    return document({"requestBody": {"content": {"application/x-www-form-urlencoded": content}}})


def _callback(item: Fragment) -> Document:
    return document({"callbacks": {"c": {"{$request.body#/url}": item}}})


HOSTS: Final[Mapping[str, tuple[Fragment, Callable[[Fragment], Document]]]] = {
    "": ({}, lambda more: {**document(), **more}),
    "Info": ({"title": "t", "version": "1"}, lambda info: document(info=info)),
    "Contact": ({}, lambda it: document(info={"title": "t", "version": "1", "contact": it})),
    "License": (
        {"name": "l"},
        lambda it: document(info={"title": "t", "version": "1", "license": it}),
    ),
    "Server": ({"url": "https://a.example/{v}"}, lambda it: document(servers=[it])),
    "ServerVariable": (
        {"default": "a"},
        lambda it: document(servers=[{"url": "https://a.example/{v}", "variables": {"v": it}}]),
    ),
    "Components": ({}, lambda it: document(components=it)),
    "Schema": ({}, lambda it: _body({"schema": {"type": "object", "properties": {"p": it}}})),
    "Discriminator": (
        {"propertyName": "k"},
        lambda it: (
            _body({"schema": {"oneOf": [{"$ref": "#/components/schemas/A"}], "discriminator": it}})
            | {"components": {"schemas": {"A": {"type": "object"}, "B": {"type": "object"}}}}
        ),
    ),
    "XML": ({}, lambda it: _xml({"type": "string", "xml": it})),
    "Response": ({"description": "ok"}, _answer),
    "MediaType": ({}, _body),
    "Example": ({}, lambda it: _body({"schema": _TEXT, "examples": {"e": it}})),
    "Header": ({"schema": _TEXT}, lambda it: _answer({"headers": {"X-A": it}})),
    "Paths": ({}, lambda it: document(paths={**document()["paths"], **it})),
    "PathItem": (
        {},
        lambda it: document(
            paths={"/a": {**document()["paths"]["/a"], **it}},
            **{"x-items": {"a": {"get": {"responses": _OK}}, "b": {"put": {"responses": _OK}}}},
        ),
    ),
    "Operation": ({}, document),
    "Responses": (_OK, lambda it: document({"responses": it})),
    "Tag": ({"name": "t"}, lambda it: document(tags=[it])),
    "ExternalDocumentation": (
        {"url": "https://a.example"},
        lambda it: document(externalDocs=it),
    ),
    "Parameter": (
        {"name": "q", "in": "query", "schema": {"type": "array", "items": _TEXT}},
        lambda it: document({"parameters": [it]}),
    ),
    "RequestBody": (
        {"content": {"application/json": {"schema": _TEXT}}},
        lambda it: document({"requestBody": it}),
    ),
    "APIKeySecurityScheme": ({"type": "apiKey", "name": "k", "in": "query"}, _scheme),
    "HTTPSecurityScheme": ({"type": "http", "scheme": "basic"}, _scheme),
    "OAuth2SecurityScheme": (
        {"type": "oauth2", "flows": {"password": {"tokenUrl": "https://a.example", "scopes": {}}}},
        _scheme,
    ),
    "OpenIdConnectSecurityScheme": (
        {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"},
        _scheme,
    ),
    "OAuthFlows": ({}, lambda it: _scheme({"type": "oauth2", "flows": it})),
    "ImplicitOAuthFlow": (
        {"authorizationUrl": "https://a.example", "scopes": {}},
        _flow("implicit"),
    ),
    "PasswordOAuthFlow": ({"tokenUrl": "https://a.example", "scopes": {}}, _flow("password")),
    "ClientCredentialsFlow": (
        {"tokenUrl": "https://a.example", "scopes": {}},
        _flow("clientCredentials"),
    ),
    "AuthorizationCodeOAuthFlow": (
        {
            "authorizationUrl": "https://a.example",
            "tokenUrl": "https://a.example",
            "scopes": {},
        },
        _flow("authorizationCode"),
    ),
    "Link": ({"operationId": "a"}, lambda it: _answer({"links": {"l": it}})),
    "Encoding": ({}, _form),
}
"""Object of the specification -> the least of it that says something, and a spec that holds it."""

NO_PLACE: Final = {
    "Reference": "stands for what it refers to, and is followed wherever it may stand",
    "SecurityRequirement": "the members are names of schemes: see Operation, security",
    "ExampleXORExamples": "a rule about two keywords, no object",
    "SchemaXORContent": "a rule about two keywords, no object",
    "ParameterLocation": "a rule about two keywords, no object",
    "SecurityScheme": "one of the four below",
    "Callback": "its members are expressions: see Operation, callbacks",
}
"""Definition of the specification's schema -> why it is no place of its own."""

_URLS: Final = ("https://a.example/1", "https://a.example/2")
_SCHEMAS: Final = ({"type": "integer"}, {"type": "boolean"})
_MEDIA: Final = ({"text/plain": {"schema": _TEXT}}, {"text/html": {"schema": _TEXT}})
_PARAMETER: Final = {"name": "z", "in": "query", "schema": _TEXT}
_LINK: Final = {"operationId": "a"}

VALUES: Final[Mapping[tuple[str, str], tuple[Any, Any]]] = {
    ("", "openapi"): ("3.0.3", "3.0.2"),
    ("", "security"): ([], [{"s": []}]),
    ("", "servers"): ([{"url": "https://a.example"}], [{"url": "https://b.example"}]),
    ("", "tags"): ([{"name": "a"}], [{"name": "b"}]),
    ("", "info"): ({"title": "a", "version": "1"}, {"title": "b", "version": "1"}),
    ("", "paths"): ({"/a": {"get": {"responses": _OK}}}, {"/b": {"get": {"responses": _OK}}}),
    ("", "components"): ({"schemas": {"A": _TEXT}}, {"schemas": {"B": _TEXT}}),
    ("Info", "version"): ("1", "0"),
    ("Schema", "xml"): ({"name": "a"}, {"name": "b"}),
    ("Server", "variables"): ({"v": {"default": "a"}}, {"v": {"default": "b"}}),
    ("ServerVariable", "enum"): (["a"], ["a", "b"]),
    ("Components", "schemas"): ({"A": _TEXT}, {"B": _TEXT}),
    ("Components", "responses"): ({"A": {"description": "a"}}, {"B": {"description": "a"}}),
    ("Components", "parameters"): ({"A": _PARAMETER}, {"B": _PARAMETER}),
    ("Components", "examples"): ({"A": {"value": 1}}, {"B": {"value": 1}}),
    ("Components", "requestBodies"): ({"A": {"content": _MEDIA[0]}}, {"B": {"content": _MEDIA[0]}}),
    ("Components", "headers"): ({"A": {"schema": _TEXT}}, {"B": {"schema": _TEXT}}),
    ("Components", "securitySchemes"): (
        {"A": {"type": "http", "scheme": "basic"}},
        {"B": {"type": "http", "scheme": "basic"}},
    ),
    ("Components", "links"): ({"A": _LINK}, {"B": _LINK}),
    ("Components", "callbacks"): ({"A": {}}, {"B": {}}),
    ("Schema", "type"): ("string", "integer"),
    ("Schema", "required"): (["a"], ["b"]),
    ("Schema", "enum"): (["a"], ["a", "b"]),
    ("Schema", "not"): _SCHEMAS,
    ("Schema", "allOf"): ([_SCHEMAS[0]], [_SCHEMAS[1]]),
    ("Schema", "oneOf"): (
        [{"type": "object", "title": "x"}, {"minimum": 1, "title": "y"}],
        [{"type": "object", "title": "x"}, {"minimum": 2, "title": "z"}],
    ),
    ("Schema", "anyOf"): (
        [{"type": "object", "title": "x"}, {"minimum": 1, "title": "y"}],
        [{"type": "object", "title": "x"}, {"minimum": 2, "title": "z"}],
    ),
    ("Schema", "items"): _SCHEMAS,
    ("Schema", "properties"): ({"a": _TEXT}, {"b": _TEXT}),
    ("Schema", "additionalProperties"): (False, _TEXT),
    ("Schema", "default"): ("a", "b"),
    ("Schema", "discriminator"): ({"propertyName": "a"}, {"propertyName": "b"}),
    ("Schema", "multipleOf"): (2, 3),
    ("Schema", "exclusiveMaximum"): (False, True),
    ("Schema", "exclusiveMinimum"): (False, True),
    ("Discriminator", "mapping"): (
        {"a": "#/components/schemas/A"},
        {"a": "#/components/schemas/B"},
    ),
    ("Response", "headers"): ({"X-A": {"schema": _TEXT}}, {"X-B": {"schema": _TEXT}}),
    ("Response", "content"): _MEDIA,
    ("Response", "links"): ({"l": _LINK}, {"l": {"operationId": "b"}}),
    ("MediaType", "schema"): _SCHEMAS,
    ("Header", "schema"): _SCHEMAS,
    ("Header", "content"): _MEDIA,
    ("Header", "style"): ("simple", "simple"),
    ("Paths", r"^\/"): ({"responses": _OK}, {"responses": _OK}),
    ("PathItem", "$ref"): ("#/x-items/a", "#/x-items/b"),
    ("PathItem", "servers"): ([{"url": "https://a.example"}], [{"url": "https://b.example"}]),
    ("PathItem", "parameters"): ([_PARAMETER], [{**_PARAMETER, "required": True}]),
    ("Operation", "tags"): (["a"], ["b"]),
    ("Operation", "parameters"): ([_PARAMETER], [{**_PARAMETER, "name": "y"}]),
    ("Operation", "requestBody"): ({"content": _MEDIA[0]}, {"content": _MEDIA[1]}),
    ("Operation", "responses"): (_OK, {"201": {"description": "made"}}),
    ("Operation", "callbacks"): (
        {"c": {"{$url}": {"post": {"responses": _OK}}}},
        {"c": {"{$url}": {"put": {"responses": _OK}}}},
    ),
    ("Operation", "security"): ([], [{"s": []}]),
    ("Operation", "servers"): ([{"url": "https://a.example"}], [{"url": "https://b.example"}]),
    ("Responses", "default"): ({"description": "a"}, {"description": "a", "content": _MEDIA[0]}),
    ("Parameter", "name"): ("q", "r"),
    ("Parameter", "in"): ("query", "header"),
    ("Parameter", "style"): ("form", "spaceDelimited"),
    ("Parameter", "explode"): (True, False),
    ("Parameter", "schema"): _SCHEMAS,
    ("Parameter", "content"): _MEDIA,
    ("RequestBody", "content"): _MEDIA,
    ("APIKeySecurityScheme", "in"): ("query", "header"),
    ("HTTPSecurityScheme", "scheme"): ("basic", "bearer"),
    ("OAuth2SecurityScheme", "flows"): (
        {"password": {"tokenUrl": _URLS[0], "scopes": {}}},
        {"password": {"tokenUrl": _URLS[1], "scopes": {}}},
    ),
    ("Link", "parameters"): ({"a": "$x"}, {"a": "$y"}),
    ("Link", "server"): ({"url": _URLS[0]}, {"url": _URLS[1]}),
    ("MediaType", "encoding"): ({"style": "form"}, {"style": "spaceDelimited"}),
    ("Encoding", "headers"): ({"X-A": {"schema": _TEXT}}, {"X-B": {"schema": _TEXT}}),
    ("Encoding", "style"): ("form", "spaceDelimited"),
    ("Encoding", "explode"): (True, False),
    **{
        ("OAuthFlows", name): (
            {"authorizationUrl": _URLS[0], "tokenUrl": _URLS[0], "scopes": {}},
            {"authorizationUrl": _URLS[1], "tokenUrl": _URLS[1], "scopes": {}},
        )
        for name in ("implicit", "password", "clientCredentials", "authorizationCode")
    },
}
"""Two values of a keyword where its schema alone does not tell any."""


BASES: Final[Mapping[tuple[str, str], Fragment]] = {
    ("Schema", "exclusiveMaximum"): {"type": "number", "maximum": 5},
    ("Schema", "exclusiveMinimum"): {"type": "number", "minimum": 5},
    ("Schema", "nullable"): {"type": "string"},
    ("Header", "content"): {},
    ("Header", "explode"): {"schema": {"type": "object"}},
    ("Parameter", "content"): {"name": "q", "in": "query"},
    ("Parameter", "schema"): {"name": "q", "in": "query"},
    ("Parameter", "allowReserved"): {"name": "q", "in": "query", "schema": _TEXT},
}
"""What stands beside a keyword where the least would make it say nothing."""


def _multipart(encoding: Fragment) -> Document:
    schema = {"type": "object", "properties": {"f": _TEXT}}
    content = {"schema": schema, "encoding": {"f": encoding}}
    return document({"requestBody": {"content": {"multipart/form-data": content}}})


EMBEDDED: Final[Mapping[tuple[str, str], Callable[[Fragment], Document]]] = {
    ("Schema", "xml"): _xml,
    ("Encoding", "headers"): _multipart,
    ("MediaType", "encoding"): lambda it: _form(it.get("encoding", {})),
}
"""Where a keyword says something that says nothing in the usual spec."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit at one place: (object, keyword), and the two documents."""

    place: tuple[str, str]
    name: str
    old: Document
    new: Document


def definitions() -> Mapping[str, Any]:
    """The objects of OpenAPI 3.0, as its JSON Schema has them; the whole document is ""."""
    package = resources.files("openapi_spec_validator") / "resources" / "schemas" / "v3.0"
    schema = json.loads((package / "schema.json").read_text(encoding="utf-8"))
    return {"": schema, **schema["definitions"]}


def places() -> list[tuple[str, str]]:
    """(object, keyword) of everything that may stand somewhere."""
    return [
        (name, keyword)
        for name, definition in definitions().items()
        if name not in NO_PLACE
        for keyword in definition.get("properties", {})
    ]


def edits(place: tuple[str, str]) -> Iterator[Edit]:
    """The keyword added, taken away, and changed."""
    name, keyword = place
    base, embed = HOSTS[name]
    base, embed = BASES.get(place, base), EMBEDDED.get(place, embed)
    one, other = VALUES.get(place) or _usual(definitions()[name]["properties"][keyword])
    without, first, second = (copy.deepcopy(base) for _ in range(3))
    without.pop(keyword, None)
    first[keyword], second[keyword] = one, other
    if keyword not in definitions()[name].get("required", ()):
        yield Edit(place, "added", embed(without), embed(second))
        yield Edit(place, "removed", embed(second), embed(without))
    yield Edit(place, "changed", embed(first), embed(second))


def _usual(schema: Mapping[str, Any]) -> tuple[Any, Any]:
    match schema.get("type"):
        case "boolean":
            return False, True
        case "integer" | "number":
            return 1, 2
        case "array":
            return ["a"], ["b"]
        case "object":
            return {"a": "x"}, {"a": "y"}
        case _:
            return _URLS if "uri" in str(schema.get("format")) else ("a", "b")
