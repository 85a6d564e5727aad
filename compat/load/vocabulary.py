"""Which keywords of a schema mean what kind of thing."""

from typing import Final

from compat.load.keywords import BOUNDS

_TEXTS: Final = frozenset(
    ("title", "description", "summary", "$comment", "externalDocs", "example", "examples")
)
_ANNOTATIONS: Final = _TEXTS | {"default", "deprecated", "readOnly", "writeOnly"}
_NAMINGS: Final = frozenset(
    ("$id", "$schema", "$anchor", "$dynamicAnchor", "$vocabulary", "$defs", "definitions")
)
FURTHER: Final = frozenset(
    (
        *("not", "if", "then", "else", "patternProperties", "propertyNames", "dependencies"),
        *("dependentRequired", "dependentSchemas", "contains", "minContains", "maxContains"),
        *("unevaluatedProperties", "unevaluatedItems"),
        *("contentEncoding", "contentMediaType", "contentSchema"),
    )
)
"""What only few schemas have."""

_ASSERTIONS: Final = BOUNDS | FURTHER | {
    "type", "format", "enum", "const", "required", "properties", "additionalProperties", "items",
    "prefixItems", "allOf", "anyOf", "oneOf", "discriminator", "$ref",
}  # fmt: skip
READ: Final = (
    _ASSERTIONS
    | (_NAMINGS - {"$schema"})
    | (_ANNOTATIONS - {"externalDocs", "summary", "$comment"})
)
"""What a field of the model's schema holds, or what only names things."""


def asserts(keyword: str) -> bool:
    """Whether a keyword beside `$ref` says more than texts do."""
    return not (keyword in _TEXTS or keyword in _NAMINGS or keyword.startswith("x-"))


def annotates(keyword: str) -> bool:
    """Whether it says something about values without excluding any."""
    return keyword in _ANNOTATIONS or keyword in _NAMINGS or keyword.startswith("x-")
