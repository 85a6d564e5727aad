"""The places of Swagger 2.0: what holds them, and what may stand there."""

from collections.abc import Mapping
from itertools import product
from typing import Any, Final

from tests.compat.differ.places.atlas import Atlas, Document, Embed, Fragment, Member, Place
from tests.compat.differ.places.whole import INFO, OK, whole

_TEXT: Final = {"type": "string"}
_LIST: Final = {"type": "array", "items": _TEXT}
_NUMBERS: Final = ({"type": "integer"}, {"type": "boolean"})
_QUERY: Final = {"name": "q", "in": "query"}


def document(operation: Fragment | None = None, **more: Any) -> Document:
    """A whole spec with one operation."""
    return whole({"swagger": "2.0"}, operation, more)


def _body(schema: Fragment) -> Document:
    return document({"parameters": [{"name": "b", "in": "body", "schema": schema}]})


def _field(schema: Fragment) -> Document:
    return _body({"type": "object", "properties": {"p": schema}})


def _xml(schema: Fragment) -> Document:
    return {**_body(schema), "consumes": ["application/xml"]}


def _parameter(parameter: Fragment) -> Document:
    template = "/a/{p}" if parameter.get("in") == "path" else "/a"
    operation = {"responses": OK, "parameters": [parameter]}
    return document(paths={template: {"post": operation}})


def _form(field: Fragment) -> Document:
    return {**_parameter(field), "consumes": ["application/x-www-form-urlencoded"]}


def _answer(answer: Fragment) -> Document:
    return document({"responses": {"200": {"description": "ok", **answer}}})


def _scheme(scheme: Fragment) -> Document:
    return document({"security": [{"s": []}]}, securityDefinitions={"s": scheme})


def _item(item: Fragment) -> Document:
    served = {"a": {"get": {"responses": OK}}, "b": {"put": {"responses": OK}}}
    return document(paths={"/a": {**document()["paths"]["/a"], **item}}, **{"x-items": served})


_GRANTS: Final = {
    name: {"type": "oauth2", "flow": "password", "tokenUrl": url, "scopes": {"r": "Read."}}
    for name, url in (("s", "https://a.example"), ("t", "https://b.example"))
}
_NAMED: Final = {"A": {"type": "object"}, "B": {"type": "string"}}
_AUTHORIZED: Final = {"authorizationUrl": "https://a.example"}
_GRANTED: Final = {"tokenUrl": "https://a.example"}
_FLOWS: Final[Mapping[str, Fragment]] = {
    "oauth2ImplicitSecurity": {"flow": "implicit", **_AUTHORIZED},
    "oauth2PasswordSecurity": {"flow": "password", **_GRANTED},
    "oauth2ApplicationSecurity": {"flow": "application", **_GRANTED},
    "oauth2AccessCodeSecurity": {"flow": "accessCode", **_AUTHORIZED, **_GRANTED},
}
_PARAMETERS: Final[Mapping[str, tuple[Fragment, Embed]]] = {
    "headerParameterSubSchema": ({"name": "X", "in": "header", **_LIST}, _parameter),
    "queryParameterSubSchema": ({**_QUERY, **_LIST}, _parameter),
    "pathParameterSubSchema": ({"name": "p", "in": "path", "required": True, **_LIST}, _parameter),
    "formDataParameterSubSchema": ({"name": "f", "in": "formData", **_LIST}, _form),
    "header": (_LIST, lambda it: _answer({"headers": {"X-A": it}})),
    "primitivesItems": (_LIST, lambda it: _parameter({**_QUERY, "type": "array", "items": it})),
}
"""What has the keywords of a schema beside its own."""

_HOSTS: Final[Mapping[str, tuple[Fragment, Embed]]] = {
    "": ({}, lambda more: {**document(), **more}),
    "info": (INFO, lambda it: document(info=it)),
    "contact": ({}, lambda it: document(info={**INFO, "contact": it})),
    "license": ({"name": "l"}, lambda it: document(info={**INFO, "license": it})),
    "paths": ({}, lambda it: document(paths=it)),
    "definitions": ({}, lambda it: document(definitions=it)),
    "parameterDefinitions": ({}, lambda it: document(parameters=it)),
    "responseDefinitions": ({}, lambda it: document(responses=it)),
    "externalDocs": ({"url": "https://a.example"}, lambda it: document(externalDocs=it)),
    "operation": ({}, document),
    "pathItem": ({}, _item),
    "responses": ({}, lambda it: document({"responses": it})),
    "response": ({"description": "ok"}, _answer),
    "headers": ({}, lambda it: _answer({"headers": it})),
    "bodyParameter": ({"name": "b", "in": "body", "schema": _TEXT}, _parameter),
    **_PARAMETERS,
    "schema": ({}, _field),
    "fileSchema": ({"type": "file"}, lambda it: _answer({"schema": it})),
    "securityRequirement": (
        {},
        lambda it: document({"security": [it]}, securityDefinitions=_GRANTS),
    ),
    "xml": ({}, lambda it: _xml({"type": "string", "xml": it})),
    "tag": ({"name": "t"}, lambda it: document(tags=[it])),
    "securityDefinitions": ({}, lambda it: document(securityDefinitions=it)),
    "basicAuthenticationSecurity": ({"type": "basic"}, _scheme),
    "apiKeySecurity": ({"type": "apiKey", "name": "k", "in": "query"}, _scheme),
    **{name: ({"type": "oauth2", "scopes": {}, **flow}, _scheme) for name, flow in _FLOWS.items()},
    "oauth2Scopes": ({}, lambda it: _scheme({**_GRANTS["s"], "scopes": it})),
    "jsonReference": ({}, lambda it: {**_body(it), "definitions": _NAMED}),
}

_KEYWORDS: Final = (
    *("title", "description", "default", "multipleOf", "maximum", "exclusiveMaximum", "minimum"),
    *("exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems"),
    *("uniqueItems", "enum"),
)
_NOWHERE: Final[Mapping[str, str]] = {
    **dict.fromkeys(_KEYWORDS, "what a keyword may say: see what has it"),
    **dict.fromkeys(("collectionFormat", "collectionFormatWithMulti"), "likewise"),
    **dict.fromkeys(("mimeType", "mediaTypeList", "schemesList", "parametersList"), "likewise"),
    **dict.fromkeys(("examples", "security", "vendorExtension"), "likewise"),
    "responseValue": "a response or a reference",
    "parameter": "one of those below",
    "nonBodyParameter": "one of those below",
}

_STATED: Final[Mapping[str, tuple[Any, Any]]] = {
    "type": ("string", "integer"),
    "items": _NUMBERS,
    "collectionFormat": ("csv", "pipes"),
    "default": ("a", "b"),
    "enum": (["a"], ["a", "b"]),
    "multipleOf": (2, 3),
    "maximum": (2, 3),
    "minimum": (2, 3),
    **{f"{end}{what}": (2, 3) for end, what in product(("min", "max"), ("Length", "Items"))},
    "exclusiveMaximum": (False, True),
    "exclusiveMinimum": (False, True),
    "uniqueItems": (False, True),
    "pattern": ("^a", "^b"),
    "format": ("date", "date-time"),
}
_BOUNDED: Final = {"maximum": 5, "minimum": 2, "type": "number"}
_VALUED: Final[Mapping[str, Fragment]] = {
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum"), _BOUNDED),
    **{key: {"type": "number"} for key in ("multipleOf", "maximum", "minimum")},
    **dict.fromkeys(("default", "enum", "maxLength", "minLength", "pattern", "format"), _TEXT),
    "type": {},
}
"""What stands beside a keyword where a list would make it say nothing."""

_SERVED: Final = ({"get": {"responses": OK}}, {"put": {"responses": OK}})
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
_PLAIN_OPERATIONS: Final = ({"responses": OK}, {"responses": {"201": {"description": "made"}}})
_PLAIN: Final = {**_QUERY, "name": "z", **_TEXT}
_SECURED: Final[tuple[Any, Any]] = ([], [{"s": []}])
_TYPES: Final = (["text/plain"], ["text/html"])
_VALUES: Final[Mapping[Place, tuple[Any, Any]]] = {
    **{(name, each): values for name in _PARAMETERS for each, values in _STATED.items()},
    **{("schema", each): values for each, values in _STATED.items() if each != "collectionFormat"},
    **{("pathItem", method): _PLAIN_OPERATIONS for method in _METHODS},
    ("", "swagger"): ("2.0", "2.0"),
    ("", "info"): (INFO, {**INFO, "title": "u"}),
    ("", "host"): ("a.example", "b.example"),
    ("", "basePath"): ("/a", "/b"),
    ("", "schemes"): (["http"], ["https"]),
    ("", "consumes"): _TYPES,
    ("", "produces"): _TYPES,
    ("", "paths"): ({"/a": _SERVED[0]}, {"/b": _SERVED[0]}),
    ("", "definitions"): ({"A": _TEXT}, {"B": _TEXT}),
    ("", "parameters"): ({"A": _PLAIN}, {"B": _PLAIN}),
    ("", "responses"): ({"A": {"description": "a"}}, {"B": {"description": "a"}}),
    ("", "security"): _SECURED,
    ("", "securityDefinitions"): ({"A": {"type": "basic"}}, {"B": {"type": "basic"}}),
    ("", "tags"): ([{"name": "a"}], [{"name": "b"}]),
    ("info", "version"): ("1", "0"),
    ("operation", "consumes"): _TYPES,
    ("operation", "produces"): _TYPES,
    ("operation", "schemes"): (["http"], ["https"]),
    ("operation", "parameters"): ([_PLAIN], [{**_PLAIN, "name": "y"}]),
    ("operation", "responses"): (OK, {"201": {"description": "made"}}),
    ("operation", "security"): _SECURED,
    ("operation", "deprecated"): (False, True),
    ("pathItem", "$ref"): ("#/x-items/a", "#/x-items/b"),
    ("pathItem", "parameters"): ([_PLAIN], [{**_PLAIN, "required": True}]),
    ("response", "schema"): _NUMBERS,
    ("response", "headers"): ({"X-A": _TEXT}, {"X-B": _TEXT}),
    ("response", "examples"): ({"text/plain": "a"}, {"text/plain": "b"}),
    ("bodyParameter", "schema"): _NUMBERS,
    ("bodyParameter", "required"): (False, True),
    ("bodyParameter", "in"): ("body", "body"),
    **{
        (f"{name}ParameterSubSchema", keyword): values
        for name in ("header", "query", "formData", "path")
        for keyword, values in {
            "name": ("p", "r"),
            "required": (False, True),
            "in": ("query", "header"),
            "allowEmptyValue": (False, True),
        }.items()
        if keyword != "allowEmptyValue" or name in ("query", "formData")
    },
    ("formDataParameterSubSchema", "in"): ("formData", "query"),
    ("formDataParameterSubSchema", "type/file"): ("string", "file"),
    ("schema", "$ref"): ("#/definitions/A", "#/definitions/B"),
    ("schema", "maxProperties"): (2, 3),
    ("schema", "minProperties"): (2, 3),
    ("schema", "required"): (["a"], ["b"]),
    ("schema", "additionalProperties"): (False, _TEXT),
    ("schema", "additionalProperties/schema"): _NUMBERS,
    ("schema", "allOf"): ([_NUMBERS[0]], [_NUMBERS[1]]),
    ("schema", "properties"): ({"a": _TEXT}, {"b": _TEXT}),
    ("schema", "discriminator"): ("a", "b"),
    ("schema", "readOnly"): (False, True),
    ("schema", "xml"): ({"name": "a"}, {"name": "b"}),
    ("schema", "x-nullable"): (False, True),
    ("schema", "externalDocs"): ({"url": "https://a.example"}, {"url": "https://b.example"}),
    ("fileSchema", "type"): ("file", "string"),
    ("fileSchema", "required"): ([], ["a"]),
    ("fileSchema", "readOnly"): (False, True),
    ("fileSchema", "default"): ("a", "b"),
    ("fileSchema", "externalDocs"): ({"url": "https://a.example"}, {"url": "https://b.example"}),
    ("xml", "attribute"): (False, True),
    ("xml", "wrapped"): (False, True),
    ("basicAuthenticationSecurity", "type"): ("basic", "apiKey"),
    ("apiKeySecurity", "type"): ("apiKey", "basic"),
    ("apiKeySecurity", "in"): ("query", "header"),
    **{
        (name, keyword): values
        for name in _FLOWS
        for keyword, values in {
            "type": ("oauth2", "basic"),
            "scopes": ({"r": "Read."}, {"w": "Write."}),
        }.items()
    },
    **{
        (name, "flow"): (flow["flow"], "implicit" if flow["flow"] != "implicit" else "password")
        for name, flow in _FLOWS.items()
    },
    ("jsonReference", "$ref"): ("#/definitions/A", "#/definitions/B"),
}

_HEADED: Final = (_TEXT, {"type": "integer"})
_SCOPES: Final = Member("r", "w", "Read.", "Read all.")
_STATUS: Final = Member("200", "404", {"description": ""}, {"description": "", "schema": _TEXT})
_BASIC: Final = {"type": "basic"}
_MEMBERS: Final[Mapping[Place, Member]] = {
    **dict.fromkeys((("", "paths/*"), ("paths", "^/")), Member("/a", "/b", *_SERVED)),
    **dict.fromkeys((("", "definitions/*"), ("definitions", "*")), Member("A", "B", *_HEADED)),
    **dict.fromkeys(
        (("", "parameters/*"), ("parameterDefinitions", "*")),
        Member("A", "B", _PLAIN, {**_PLAIN, "name": "y"}),
    ),
    **dict.fromkeys((("", "responses/*"), ("responseDefinitions", "*")), _STATUS),
    **dict.fromkeys(
        (("", "securityDefinitions/*"), ("securityDefinitions", "*")),
        Member("A", "B", _BASIC, {"type": "apiKey", "name": "k", "in": "query"}),
    ),
    ("operation", "responses/*"): _STATUS,
    ("responses", "^([0-9]{3})$|^(default)$"): _STATUS,
    **dict.fromkeys((("response", "headers/*"), ("headers", "*")), Member("X-A", "X-B", *_HEADED)),
    ("schema", "properties/*"): Member("a", "b", *_HEADED),
    ("securityRequirement", "*"): Member("s", "t", [], ["r"]),
    ("oauth2Scopes", "*"): _SCOPES,
    **{(name, "scopes/*"): _SCOPES for name in _FLOWS},
}

_TAKES: Final = {"parameters": [{"name": "b", "in": "body", "schema": _TEXT}]}
_GIVES: Final = {"responses": {"200": {"description": "ok", "schema": _TEXT}}}

SWAGGER_20: Final = Atlas(
    dialect="2.0",
    hosts=_HOSTS,
    nowhere=_NOWHERE,
    values=_VALUES,
    members=_MEMBERS,
    beside={
        **{
            (name, keyword): {
                **{each: base[each] for each in ("name", "in", "required") if each in base},
                **beside,
            }
            for name, (base, _) in _PARAMETERS.items()
            for keyword, beside in _VALUED.items()
        },
        **{
            ("schema", keyword): beside
            for keyword, beside in _VALUED.items()
            if keyword.startswith("exclusive")
        },
        ("schema", "x-nullable"): _TEXT,
        ("operation", "consumes"): _TAKES,
        ("operation", "produces"): _GIVES,
        ("", "consumes"): document(_TAKES),
        ("", "produces"): document(_GIVES),
        ("headerParameterSubSchema", "name"): {"in": "header", **_TEXT},
    },
    within={
        ("schema", "xml"): _xml,
        ("schema", "$ref"): lambda it: {**_field(it), "definitions": _NAMED},
        ("formDataParameterSubSchema", "type/file"): lambda it: {
            **_form(it),
            "consumes": ["multipart/form-data"],
        },
    },
)
