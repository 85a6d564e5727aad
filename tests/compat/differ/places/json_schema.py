"""What the keywords of JSON Schema 2020-12 may say, as OpenAPI 3.1 has them."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, Final

from tests.compat.differ.places.atlas import Fragment, Place

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "integer"}
_SCHEMAS: Final = (_NUMBER, {"type": "boolean"})
_UNIONS: Final = (
    [{"type": "object", "title": "x"}, {"minimum": 1, "title": "y"}],
    [{"type": "object", "title": "x"}, {"minimum": 2, "title": "z"}],
)
_TWO: Final = {"a": {"$anchor": "one", **_TEXT}, "b": {"$anchor": "other", **_NUMBER}}

_TARGETS: Final = {
    "$id": ("https://a.example/1", "https://a.example/2", ""),
    "$anchor": ("a", "b", "#"),
    "$dynamicAnchor": ("a", "b", "#"),
}

_STATED: Final[Mapping[str, tuple[Any, Any]]] = {
    "$ref": ("#one", "#other"),
    "$dynamicRef": ("#one", "#other"),
    "$recursiveRef": ("#", "#"),
    **{keyword: names[:2] for keyword, names in _TARGETS.items()},
    "$recursiveAnchor": (False, True),
    "$schema": (
        "https://json-schema.org/draft/2020-12/schema",
        "http://json-schema.org/draft-07/schema#",
    ),
    "$vocabulary": ({"https://a.example": True}, {"https://a.example": False}),
    "$defs": ({"a": _TEXT}, {"a": _NUMBER}),
    "definitions": ({"a": _TEXT}, {"a": _NUMBER}),
    "prefixItems": ([_TEXT], [_NUMBER]),
    "prefixItems/longer": ([_TEXT], [_TEXT, _NUMBER]),
    "items": _SCHEMAS,
    "items/false": ({}, False),
    "contains": _SCHEMAS,
    "additionalProperties": (False, _TEXT),
    "additionalProperties/schema": (_TEXT, _NUMBER),
    "additionalProperties/true": (True, _TEXT),
    "properties": ({"a": _TEXT}, {"b": _TEXT}),
    "properties/boolean": ({"a": True}, {"a": False}),
    "patternProperties": ({"^a": _TEXT}, {"^b": _TEXT}),
    "dependentSchemas": ({"a": {"required": ["x"]}}, {"a": {"required": ["y"]}}),
    "dependentRequired": ({"a": ["x"]}, {"a": ["y"]}),
    "dependencies": ({"a": ["x"]}, {"a": ["y"]}),
    "propertyNames": ({"maxLength": 3}, {"maxLength": 2}),
    "if": ({"minimum": 3}, {"minimum": 2}),
    "then": ({"multipleOf": 3}, {"multipleOf": 2}),
    "else": ({"multipleOf": 3}, {"multipleOf": 2}),
    "allOf": ([_SCHEMAS[0]], [_SCHEMAS[1]]),
    "allOf/two": ([{"minimum": 1}, {"maximum": 5}], [{"minimum": 1}, {"maximum": 6}]),
    "anyOf": _UNIONS,
    "oneOf": _UNIONS,
    "anyOf/null": ([_TEXT], [_TEXT, {"type": "null"}]),
    "not": _SCHEMAS,
    "unevaluatedItems": (False, _TEXT),
    "unevaluatedProperties": (False, _TEXT),
    "type": ("string", "integer"),
    "type/list": (["string"], ["string", "integer"]),
    "type/null": ("string", ["string", "null"]),
    "type/only null": ("string", "null"),
    "const": ("a", "b"),
    "const/null": ("a", None),
    "enum": (["a"], ["a", "b"]),
    "multipleOf": (2, 3),
    **{
        f"{end}{what}": (2, 3)
        for end, what in product(("min", "max"), ("Length", "Items", "Properties", "Contains"))
    },
    "pattern": ("^a", "^b"),
    "required": (["a"], ["b"]),
    "default": ("a", "b"),
    "examples": (["a"], ["b"]),
    "minContains/none": (1, 0),
    "contentSchema": _SCHEMAS,
    "discriminator": ({"propertyName": "a"}, {"propertyName": "b"}),
    "xml": ({"name": "a"}, {"name": "b"}),
    "readOnly": (False, True),
    "writeOnly": (False, True),
    "format": ("date", "date-time"),
    "externalDocs": ({"url": "https://a.example"}, {"url": "https://b.example"}),
}
VALUES: Final[Mapping[Place, tuple[Any, Any]]] = {
    ("Schema", keyword): values for keyword, values in _STATED.items()
}

_LISTED: Final = {"type": "array", "contains": _TEXT}
_BESIDES: Final[Mapping[str, Fragment]] = {
    "if": {"type": "integer", "then": {"multipleOf": 5}},
    "then": {"type": "integer", "if": {"minimum": 9}},
    "else": {"type": "integer", "if": {"minimum": 9}},
    "minContains": _LISTED,
    "maxContains": _LISTED,
    "contentSchema": {"type": "string", "contentMediaType": "application/json"},
    **{key: {"$defs": _TWO} for key in ("$ref", "$dynamicRef")},
    **dict.fromkeys(("$id", "$anchor", "$dynamicAnchor"), _NUMBER),
    "const/null": {},
}
BESIDE: Final[Mapping[Place, Fragment]] = {
    ("Schema", keyword): beside for keyword, beside in _BESIDES.items()
}


def _referred_to(keyword: str) -> Callable[[Fragment], Fragment]:
    """Fields of which one refers to the first name, which another one bears if it may."""
    name, further, mark = _TARGETS[keyword]

    def fields(bearer: Fragment) -> Fragment:
        left = further if bearer.get(keyword) == name else name
        return {"p": bearer, "q": {"$ref": f"{mark}{name}"}, "r": {keyword: left, **_TEXT}}

    return fields


FIELDS: Final[Mapping[Place, Callable[[Fragment], Fragment]]] = {
    ("Schema", keyword): _referred_to(keyword) for keyword in _TARGETS
}
"""The fields of an object, of which one is the schema of the place."""
