"""The objects of each standard with their keywords, from the JSON Schemas that describe them."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

Definition = Mapping[str, Any]

_VOCABULARIES: Final = (
    *("core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation"),
    "content",
)
_OF_OPENAPI: Final = ("discriminator", "xml", "externalDocs", "example")
_NAMES: Final[Mapping[str, str]] = {
    "implicit": "ImplicitOAuthFlow",
    "password": "PasswordOAuthFlow",
    "client-credentials": "ClientCredentialsFlow",
    "authorization-code": "AuthorizationCodeOAuthFlow",
    "oauth-flows": "OAuthFlows",
    "callbacks": "Callback",
}
"""What 3.1 calls otherwise than 3.0, beside the spelling."""


@cache
def objects(dialect: str) -> Mapping[str, Mapping[str, Definition]]:
    """Name -> keyword -> what may stand there; the whole document is "".

    Members whose names are not fixed have the pattern of these for a keyword, "*" where any goes.
    """
    whole = _document(dialect)
    if dialect != "3.1":
        return {
            name: dict(_keywords(whole, each))
            for name, each in {"": whole, **whole["definitions"]}.items()
        }
    flows = whole["$defs"]["oauth-flows"]["$defs"]
    found = {
        _NAMES.get(name) or "".join(map(str.capitalize, name.split("-"))): each
        for name, each in {**whole["$defs"], **flows}.items()
        if not name.endswith("-or-reference")
    }
    older = _document("3.0")["definitions"]
    return {
        "": dict(_keywords(whole, whole)),
        **{name: dict(_keywords(whole, each)) for name, each in found.items()},
        **{name: dict(_keywords(older, older[name])) for name in ("Discriminator", "XML")},
        "Schema": _of_schemas(),
    }


@cache
def required(dialect: str) -> Mapping[str, frozenset[str]]:
    """The keywords that an object must have."""
    whole = _document(dialect)
    holder = whole["$defs" if dialect == "3.1" else "definitions"]
    return {
        name: frozenset(each.get("required", ())) for name, each in {"": whole, **holder}.items()
    }


@cache
def _document(dialect: str) -> dict[str, Any]:
    package = resources.files("openapi_spec_validator") / "resources" / "schemas" / f"v{dialect}"
    loaded: dict[str, Any] = json.loads((package / "schema.json").read_text(encoding="utf-8"))
    return loaded


def _of_schemas() -> Mapping[str, Definition]:
    """Of JSON Schema 2020-12 as OpenAPI 3.1 uses it, with what is left of older drafts."""
    draft = resources.files("jsonschema_specifications") / "schemas" / "draft202012"
    files = (*(draft / "vocabularies" / name for name in _VOCABULARIES), draft / "metaschema.json")
    schemas = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    stated = {keyword: it for schema in schemas for keyword, it in schema["properties"].items()}
    return {**stated, **{keyword: {} for keyword in (*_OF_OPENAPI, "^x-")}}


def _keywords(whole: Definition, definition: Any) -> Iterator[tuple[str, Definition]]:
    """Those of what holds together with it or in some cases, and its own."""
    if not isinstance(definition, dict):
        return
    for keyword in ("allOf", "then", "else", "dependentSchemas"):
        below = definition.get(keyword, ())
        for each in below if isinstance(below, list) else _parts(keyword, below):
            yield from _keywords(whole, each)
    if str(definition.get("$ref", "")).startswith("#/"):
        yield from _keywords(whole, _target(whole, definition["$ref"]))
    yield from definition.get("properties", {}).items()
    for pattern, stated in definition.get("patternProperties", {}).items():
        if pattern.partition("|")[0].strip("^()$") not in definition.get("properties", {}):
            yield pattern, stated
    if isinstance(definition.get("additionalProperties"), dict):
        yield "*", definition["additionalProperties"]


def _parts(keyword: str, below: Any) -> Iterator[Any]:
    yield from below.values() if keyword == "dependentSchemas" and below else [below]


def _target(whole: Definition, reference: str) -> Any:
    found: Any = whole
    for token in reference.removeprefix("#/").split("/"):
        found = found[token]
    return found


@cache
def maps(dialect: str) -> tuple[tuple[str, str], ...]:
    """(object, keyword) of what holds members under any names."""
    whole = _document(dialect)
    return tuple(
        (name, keyword)
        for name, keywords in objects(dialect).items()
        for keyword, stated in keywords.items()
        if keyword != "*" and not keyword.startswith("^")
        if _is_map({} if (dialect, name) == ("3.1", "Schema") else whole, stated)
    )


def _is_map(whole: Definition, stated: Any) -> bool:
    if not isinstance(stated, dict) or "properties" in stated:
        return False
    if whole and str(stated.get("$ref", "")).startswith("#/"):
        return _is_map(whole, _target(whole, stated["$ref"]))
    named = stated.get("patternProperties", {}).keys() - {"^x-"}
    return isinstance(stated.get("additionalProperties"), dict) or bool(named)
