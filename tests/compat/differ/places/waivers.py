"""The places at which nothing is told, and why."""

from collections.abc import Mapping
from typing import Final

from tests.compat.differ.places.atlas import Place

ALL: Final = frozenset(("added", "removed", "changed"))
_ADDED: Final = frozenset(("added",))
_LONE: Final = frozenset(("added", "removed"))
_CHANGED: Final = frozenset(("changed",))

_TEXT: Final = "a text for people, which is on no wire"
_EXTENSION: Final = "an extension that the standard gives no meaning"
_UNUSED: Final = "what nothing refers to is on no wire, and what refers to it tells what changed"
_HEADER: Final = "says nothing of a header, whose only style is simple (OpenAPI 3.1.0, 4.8.21)"
_DECODED: Final = "either spelling is decoded to the same value (RFC 3986, 2.1)"
_ONE: Final = "just one media type may stand there (OpenAPI 3.1.0, 4.8.12.1)"
_NAME: Final = "a name that nothing else refers to"
_DIALECT: Final = "the same interface may be written in any of the dialects"
_HINT: Final = "a hint for people (OpenAPI 3.1.0, 4.8.27)"
_OLDER: Final = "a keyword of 2019-09, which 2020-12 has no more (8.2.3 there)"
_NOT_A_FIELD: Final = "what is read or written is a field (Swagger 2.0, schema object)"

_TEXTS: Final = frozenset(
    (
        *("title", "description", "summary", "externalDocs", "example", "examples", "examples/*"),
        *("termsOfService", "contact", "license", "$comment"),
    )
)
_FOR_PEOPLE: Final = frozenset(("contact", "license", "tag", "externaldocumentation", "example"))

Waiver = tuple[frozenset[str], str]
_OF_3: Final[Mapping[Place, Waiver]] = {
    ("", "openapi"): (ALL, _DIALECT),
    ("", "components"): (_ADDED, _UNUSED),
    ("Components", "schemas"): (_ADDED, _UNUSED),
    ("Components", "schemas/*"): (_ADDED | _CHANGED, _UNUSED),
    **{
        ("Components", f"{name}{members}"): (ALL, _UNUSED)
        for name in ("responses", "parameters", "examples", "requestBodies", "headers", "links")
        for members in ("", "/*")
    },
    ("Components", "callbacks"): (ALL, _UNUSED),
    ("Components", "callbacks/*"): (ALL, _UNUSED),
    ("Header", "style"): (ALL, _HEADER),
    ("Header", "content/*"): (_LONE, _ONE),
    ("Parameter", "content/*"): (_LONE, _ONE),
    ("Encoding", "allowReserved"): (ALL, _DECODED),
}
_UNUSED_OF_20: Final = ("parameters", "responses")
WAIVED: Final[Mapping[str, Mapping[Place, Waiver]]] = {
    "3.0": {
        **_OF_3,
        ("Header", "allowEmptyValue"): (ALL, _HEADER),
        ("Header", "allowReserved"): (ALL, _HEADER),
        ("HTTPSecurityScheme", "bearerFormat"): (ALL, _HINT),
    },
    "3.1": {
        **_OF_3,
        ("Components", "pathItems"): (ALL, _UNUSED),
        ("Components", "pathItems/*"): (ALL, _UNUSED),
        ("Link", "body"): (ALL, "the schema's slip for `server` (OpenAPI 3.1.0, 4.8.20.1)"),
        ("SecurityScheme", "bearerFormat"): (ALL, _HINT),
        **{("Schema", keyword): (_LONE, _NAME) for keyword in ("$id", "$anchor", "$dynamicAnchor")},
        **{
            ("Schema", f"{keyword}{members}"): (ALL, _UNUSED)
            for keyword in ("$defs", "definitions")
            for members in ("", "/*")
        },
        **{
            ("Schema", f"$vocabulary{members}"): (ALL, "counts in metaschemas alone (8.1.2)")
            for members in ("", "/*")
        },
        ("Schema", "$recursiveRef"): (ALL, _OLDER),
        ("Schema", "$recursiveAnchor"): (ALL, _OLDER),
    },
    "2.0": {
        ("", "swagger"): (ALL, _DIALECT),
        **{("", f"{name}{each}"): (ALL, _UNUSED) for name in _UNUSED_OF_20 for each in ("", "/*")},
        ("", "definitions"): (_ADDED, _UNUSED),
        ("", "definitions/*"): (_ADDED | _CHANGED, _UNUSED),
        ("definitions", "*"): (_ADDED | _CHANGED, _UNUSED),
        ("parameterDefinitions", "*"): (ALL, _UNUSED),
        ("responseDefinitions", "*"): (ALL, _UNUSED),
        ("bodyParameter", "name"): (ALL, "a body has no name on the wire (Swagger 2.0, parameter)"),
        ("bodyParameter", "in"): (ALL, "of a body it is always body"),
        ("pathParameterSubSchema", "required"): (ALL, "of a path it is always true"),
        ("fileSchema", "readOnly"): (ALL, _NOT_A_FIELD),
    },
}
"""Dialect -> place -> the edits that no rule claims, and why."""


def waiver(dialect: str, place: Place) -> Waiver:
    name, keyword = place
    if keyword == "^x-":
        return ALL, _EXTENSION
    is_text = keyword in _TEXTS and name not in ("Components", "components")
    if is_text or name.lower() in _FOR_PEOPLE or place == ("", "tags"):
        return ALL, _TEXT
    if place == ("", "info"):
        return ALL, f"all but the version: {_TEXT}"
    if name == "externalDocs":
        return ALL, _TEXT
    if (name, keyword) in (("Info", "version"), ("info", "version")):
        return _LONE, "it must be there"
    if name == "Reference" and keyword != "$ref":
        return ALL, _TEXT
    return WAIVED[dialect].get(place, (frozenset(), ""))
