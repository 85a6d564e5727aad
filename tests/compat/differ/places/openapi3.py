"""The places of OpenAPI 3.0 and 3.1: what holds them, and what may stand there."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.compat.differ.places import json_schema
from tests.compat.differ.places.atlas import Atlas, Document, Embed, Fragment, Member, Place
from tests.compat.differ.places.whole import OK, whole

_TEXT: Final = {"type": "string"}


def document(operation: Fragment | None = None, **more: Any) -> Document:
    """A whole spec with one operation."""
    return whole({"openapi": "3.0.3"}, operation, more)


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


_GRANTS: Final = {
    name: {"type": "oauth2", "flows": {"password": {"tokenUrl": url, "scopes": {"r": "Read."}}}}
    for name, url in (("s", "https://a.example"), ("t", "https://b.example"))
}
_NAMED: Final = {"A": {"type": "object"}, "B": {"type": "object"}}

_HOSTS: Final[Mapping[str, tuple[Fragment, Embed]]] = {
    "": ({}, lambda more: {**document(), **more}),
    "Info": ({"title": "t", "version": "1"}, lambda info: document(info=info)),
    "Contact": ({}, lambda it: document(info={"title": "t", "version": "1", "contact": it})),
    "License": (
        {"name": "l"},
        lambda it: document(info={"title": "t", "version": "1", "license": it}),
    ),
    "Server": ({"url": "https://a.example/{v}/{w}"}, lambda it: document(servers=[it])),
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
            | {"components": {"schemas": _NAMED}}
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
            **{"x-items": {"a": {"get": {"responses": OK}}, "b": {"put": {"responses": OK}}}},
        ),
    ),
    "Operation": ({}, document),
    "Responses": (OK, lambda it: document({"responses": it})),
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
    "Callback": ({}, lambda it: document({"callbacks": {"c": it}})),
    "SecurityRequirement": (
        {},
        lambda it: document({"security": [it]}, components={"securitySchemes": _GRANTS}),
    ),
    "Link": ({"operationId": "a"}, lambda it: _answer({"links": {"l": it}})),
    "Encoding": ({}, _form),
}
"""Object of the specification -> the least of it that says something, and a spec that holds it."""

_NOWHERE: Final = {
    "Reference": "stands for what it refers to, and is followed wherever it may stand",
    "ExampleXORExamples": "a rule about two keywords, no object",
    "SchemaXORContent": "a rule about two keywords, no object",
    "ParameterLocation": "a rule about two keywords, no object",
    "SecurityScheme": "one of the four below",
}
"""Definition of the specification's schema -> why it is no place of its own."""

_FLOW_OBJECTS: Final = (
    *("ImplicitOAuthFlow", "PasswordOAuthFlow", "ClientCredentialsFlow"),
    "AuthorizationCodeOAuthFlow",
)
_URLS: Final = ("https://a.example/1", "https://a.example/2")
_SCHEMAS: Final = ({"type": "integer"}, {"type": "boolean"})
_MEDIA: Final = ({"text/plain": {"schema": _TEXT}}, {"text/html": {"schema": _TEXT}})
_PARAMETER: Final = {"name": "z", "in": "query", "schema": _TEXT}
_LINK: Final = {"operationId": "a"}

_VALUES: Final[Mapping[Place, tuple[Any, Any]]] = {
    ("", "openapi"): ("3.0.3", "3.0.2"),
    ("", "security"): ([], [{"s": []}]),
    ("", "servers"): ([{"url": "https://a.example"}], [{"url": "https://b.example"}]),
    ("", "tags"): ([{"name": "a"}], [{"name": "b"}]),
    ("", "info"): ({"title": "a", "version": "1"}, {"title": "b", "version": "1"}),
    ("", "paths"): ({"/a": {"get": {"responses": OK}}}, {"/b": {"get": {"responses": OK}}}),
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
    ("PathItem", "$ref"): ("#/x-items/a", "#/x-items/b"),
    ("PathItem", "servers"): ([{"url": "https://a.example"}], [{"url": "https://b.example"}]),
    ("PathItem", "parameters"): ([_PARAMETER], [{**_PARAMETER, "required": True}]),
    ("Operation", "tags"): (["a"], ["b"]),
    ("Operation", "parameters"): ([_PARAMETER], [{**_PARAMETER, "name": "y"}]),
    ("Operation", "requestBody"): ({"content": _MEDIA[0]}, {"content": _MEDIA[1]}),
    ("Operation", "responses"): (OK, {"201": {"description": "made"}}),
    ("Operation", "callbacks"): (
        {"c": {"{$url}": {"post": {"responses": OK}}}},
        {"c": {"{$url}": {"put": {"responses": OK}}}},
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
    ("MediaType", "encoding"): ({"f": {"style": "form"}}, {"f": {"style": "spaceDelimited"}}),
    ("Encoding", "headers"): ({"X-A": {"schema": _TEXT}}, {"X-B": {"schema": _TEXT}}),
    ("Encoding", "style"): ("form", "spaceDelimited"),
    ("Encoding", "explode"): (True, False),
    **{
        (f"{name}Flow", "scopes"): ({"r": "Read."}, {"w": "Write."})
        for name in (
            "ImplicitOAuth",
            "PasswordOAuth",
            "ClientCredentials",
            "AuthorizationCodeOAuth",
        )
    },
    **{
        ("OAuthFlows", name): (
            {"authorizationUrl": _URLS[0], "tokenUrl": _URLS[0], "scopes": {}},
            {"authorizationUrl": _URLS[1], "tokenUrl": _URLS[1], "scopes": {}},
        )
        for name in ("implicit", "password", "clientCredentials", "authorizationCode")
    },
}
"""Two values of a keyword where its schema alone does not tell any."""


_BESIDE: Final[Mapping[Place, Fragment]] = {
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


def _coded(media: Fragment) -> Document:
    fields = {name: {"type": "array", "items": _TEXT} for name in ("f", "g")}
    content = {"schema": {"type": "object", "properties": fields}, **media}
    return document({"requestBody": {"content": {"application/x-www-form-urlencoded": content}}})


def _multipart(encoding: Fragment) -> Document:
    schema = {"type": "object", "properties": {"f": _TEXT}}
    content = {"schema": schema, "encoding": {"f": encoding}}
    return document({"requestBody": {"content": {"multipart/form-data": content}}})


_WITHIN: Final[Mapping[Place, Embed]] = {
    ("Schema", "xml"): _xml,
    ("Encoding", "headers"): _multipart,
    ("Encoding", "headers/*"): _multipart,
    ("MediaType", "encoding"): _coded,
    ("MediaType", "encoding/*"): _coded,
}
"""Where a keyword says something that says nothing in the usual spec."""


_CALLED: Final = ({"post": {"responses": OK}}, {"put": {"responses": OK}})
_SERVED: Final = ({"get": {"responses": OK}}, {"put": {"responses": OK}})
_COLOURED: Final = (_TEXT, {"type": "integer"})
_HEADED: Final = ({"schema": _TEXT}, {"schema": {"type": "integer"}})
_TYPED: Final = Member("text/plain", "text/plain; charset=iso-8859-1", *_HEADED)
_STATUS: Final = Member(
    "200", "4XX", {"description": "ok"}, {"description": "", "content": _MEDIA[0]}
)
_EXAMPLE: Final = Member("a", "b", {"value": 1}, {"value": 2})
_SCOPES: Final = Member("r", "w", "Read.", "Read all.")
_BASIC: Final = {"type": "http", "scheme": "basic"}

_MEMBERS: Final[Mapping[Place, Member]] = {
    ("", "paths/*"): Member("/a", "/b", *_SERVED),
    ("Paths", "^\\/"): Member("/a", "/b", *_SERVED),
    ("Paths", "^/"): Member("/a", "/b", *_SERVED),
    ("", "webhooks/*"): Member("a", "b", *_CALLED),
    ("Server", "variables/*"): Member("v", "w", {"default": "a"}, {"default": "b"}),
    ("Components", "schemas/*"): Member("A", "B", *_COLOURED),
    ("Components", "responses/*"): Member(
        "A", "B", {"description": "a"}, {"description": "a", "content": _MEDIA[0]}
    ),
    ("Components", "parameters/*"): Member("A", "B", _PARAMETER, {**_PARAMETER, "name": "y"}),
    ("Components", "examples/*"): _EXAMPLE,
    ("Components", "requestBodies/*"): Member("A", "B", {"content": _MEDIA[0]}, {"content": {}}),
    ("Components", "headers/*"): Member("A", "B", *_HEADED),
    ("Components", "securitySchemes/*"): Member("A", "B", _BASIC, {"type": "mutualTLS"}),
    ("Components", "links/*"): Member("A", "B", _LINK, {"operationId": "b"}),
    ("Components", "callbacks/*"): Member("A", "B", {}, {"{$url}": _CALLED[0]}),
    ("Components", "pathItems/*"): Member("A", "B", *_SERVED),
    ("PathItem", "^(get|put|post|delete|options|head|patch|trace)$"): Member(
        "get", "put", {"responses": OK}, {"responses": OK, "parameters": [_PARAMETER]}
    ),
    ("Schema", "properties/*"): Member("a", "b", *_COLOURED),
    ("Schema", "patternProperties/*"): Member("^a", "^b", *_COLOURED),
    ("Schema", "$defs/*"): Member("a", "b", *_COLOURED),
    ("Schema", "definitions/*"): Member("a", "b", *_COLOURED),
    ("Schema", "dependentSchemas/*"): Member("a", "b", {"required": ["x"]}, {"required": ["y"]}),
    ("Schema", "dependentRequired/*"): Member("a", "b", ["x"], ["y"]),
    ("Schema", "dependencies/*"): Member("a", "b", ["x"], {"required": ["y"], "minProperties": 3}),
    ("Schema", "$vocabulary/*"): Member("https://a.example", "https://b.example", True, False),
    ("Discriminator", "mapping/*"): Member(
        "a", "b", "#/components/schemas/A", "#/components/schemas/B"
    ),
    ("Response", "headers/*"): Member("X-A", "X-B", *_HEADED),
    ("Response", "content/*"): _TYPED,
    ("Response", "links/*"): Member("l", "m", _LINK, {"operationId": "b"}),
    ("MediaType", "examples/*"): _EXAMPLE,
    ("MediaType", "encoding/*"): Member("f", "g", {"explode": False}, {"style": "pipeDelimited"}),
    ("Header", "content/*"): _TYPED,
    ("Header", "examples/*"): _EXAMPLE,
    ("Operation", "callbacks/*"): Member("c", "d", {"{$a}": _CALLED[0]}, {"{$a}": _CALLED[1]}),
    ("Callback", "*"): Member("{$url}", "{$other}", *_CALLED),
    ("Parameter", "content/*"): _TYPED,
    ("Parameter", "examples/*"): _EXAMPLE,
    ("RequestBody", "content/*"): _TYPED,
    **{(flow, "scopes/*"): _SCOPES for flow in _FLOW_OBJECTS},
    ("SecurityRequirement", "*"): Member("s", "t", [], ["r"]),
    ("Link", "parameters/*"): Member("a", "b", "$x", "$y"),
    ("Encoding", "headers/*"): Member("X-A", "X-B", *_HEADED),
    **{
        ("Responses", pattern): _STATUS
        for pattern in (r"^[1-5](?:\d{2}|XX)$", "^[1-5](?:[0-9]{2}|XX)$")
    },
}

OPENAPI_30: Final = Atlas(
    dialect="3.0",
    hosts=_HOSTS,
    nowhere=_NOWHERE,
    values=_VALUES,
    members=_MEMBERS,
    beside=_BESIDE,
    within=_WITHIN,
)


def _of_31(embed: Embed) -> Embed:
    return lambda it: {**embed(it), "openapi": it.get("openapi", "3.1.0")}


def _with_fields(fields: Callable[[Fragment], Fragment]) -> Embed:
    return lambda it: _body({"schema": {"type": "object", "properties": fields(it)}})


def _secured(scheme: Fragment) -> Document:
    schemes = {"s": {"type": "http", "scheme": "basic", **scheme}}
    return document({"security": [{"s": []}]}, components={"securitySchemes": schemes})


_PLAIN_OPERATIONS: Final = ({"responses": OK}, {"responses": {"201": {"description": "made"}}})
_KEY: Final = {"type": "apiKey", "name": "k", "in": "query"}
_ITEMS: Final = {"a": {"get": {"responses": OK}}, "b": {"put": {"responses": OK}}}
_FLOWS: Final = _VALUES["OAuth2SecurityScheme", "flows"]

OPENAPI_31: Final = Atlas(
    dialect="3.1",
    hosts={
        name: (base, _of_31(embed))
        for name, (base, embed) in {
            **{name: host for name, host in _HOSTS.items() if not name.endswith("SecurityScheme")},
            "SecurityScheme": ({"type": "http", "scheme": "basic"}, _secured),
            "Reference": (
                {"$ref": "#/x-items/a"},
                lambda it: document(paths={"/a": it}, **{"x-items": _ITEMS}),
            ),
        }.items()
    },
    nowhere={
        "Content": "a map: see what has content",
        "MapOfStrings": "a map: see what has one",
        "SpecificationExtensions": "a part of all others",
        "Examples": "a part of others",
    },
    values={
        **{
            place: values
            for place, values in _VALUES.items()
            if place[0] != "Schema" and not place[0].endswith("SecurityScheme")
        },
        **json_schema.VALUES,
        ("", "openapi"): ("3.1.0", "3.1.1"),
        ("", "webhooks"): ({"w": _CALLED[0]}, {"w": _CALLED[1]}),
        ("", "jsonSchemaDialect"): (
            "https://spec.openapis.org/oas/3.1/dialect/base",
            "http://json-schema.org/draft-07/schema#",
        ),
        ("Components", "pathItems"): ({"A": _SERVED[0]}, {"A": _SERVED[1]}),
        ("Reference", "$ref"): ("#/x-items/a", "#/x-items/b"),
        ("SecurityScheme", "type"): ("http", "mutualTLS"),
        ("SecurityScheme", "in"): ("query", "header"),
        ("SecurityScheme", "scheme"): ("basic", "bearer"),
        ("SecurityScheme", "flows"): _FLOWS,
        **{
            ("PathItem", method): _PLAIN_OPERATIONS
            for method in ("get", "put", "post", "delete", "options", "head", "patch", "trace")
        },
    },
    members=_MEMBERS,
    beside={
        **{place: beside for place, beside in _BESIDE.items() if place[0] != "Schema"},
        **json_schema.BESIDE,
        **{("SecurityScheme", keyword): _KEY for keyword in ("name", "in")},
        ("SecurityScheme", "flows"): {"type": "oauth2"},
        ("SecurityScheme", "openIdConnectUrl"): {"type": "openIdConnect"},
    },
    within={
        place: _of_31(embed)
        for place, embed in {
            **_WITHIN,
            **{place: _with_fields(fields) for place, fields in json_schema.FIELDS.items()},
        }.items()
    },
)
