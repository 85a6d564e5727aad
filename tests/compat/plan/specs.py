"""Small specs in a few words, through the real loader.

Schemas are YAML in short: `{name!: string, size: integer, tags: [string], spec: Spec}` is an object
whose `name` is required; `a|b` is text of one of these values, `a|` of this one; `string or null`
admits null; `Spec` refers to a component; a mapping of schema keywords alone stands for itself.

Operations are `{query: {force: boolean}, header: .., cookie: .., path: .., body!: Volume,
200: Volume, 404: null}`; path parameters left out are text, and so are answers without a body. An
answer with headers is `200: {headers: {x-total: integer}, body: Volume}`; bodies of several media
types are `{application/json: Volume, text/plain: string}`. `id` is the operationId, `media` the
media type of all bodies and answers, `{style: pipes, of: [string]}` a parameter in a style.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from compat.load import load
from compat.model.interface import Interface

_TYPES: Final = frozenset(("string", "integer", "number", "boolean", "object", "array", "null"))
_KEYWORDS: Final = frozenset(
    (
        *("type", "enum", "const", "format", "default", "items", "properties", "required"),
        *("additionalProperties", "allOf", "anyOf", "oneOf", "not", "$ref", "nullable"),
        *("x-nullable", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        *("multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems"),
        *("uniqueItems", "minProperties", "maxProperties", "prefixItems", "readOnly"),
        *("writeOnly", "deprecated", "description", "title", "discriminator", "example"),
        *("patternProperties", "propertyNames", "contains", "minContains", "maxContains"),
        *("dependentRequired", "dependentSchemas", "dependencies", "if", "then", "else"),
        *("unevaluatedProperties", "unevaluatedItems", "x-order", "$anchor", "$dynamicRef"),
        *("contentEncoding", "contentMediaType", "contentSchema", "$dynamicAnchor"),
    )
)
_SEVERAL: Final = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_NAMED: Final = frozenset(("properties", "patternProperties", "dependentSchemas"))
_HOLDERS: Final = frozenset(
    (
        *("items", "not", "additionalProperties", "propertyNames", "contains", "contentSchema"),
        *("if", "then", "else", "unevaluatedProperties", "unevaluatedItems"),
    )
)
_PARTS: Final = ("path", "query", "header", "cookie")
_VERSIONS: Final = {"3.0": "3.0.3", "3.1": "3.1.0"}
_STYLES: Final[Mapping[str, Mapping[str, object]]] = {
    "csv": {"explode": False},
    "multi": {"style": "form", "explode": True},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "deep": {"style": "deepObject", "explode": True},
}

Spec = dict[str, Any]


def interface(
    operations: Mapping[str, str],
    components: str = "{}",
    *,
    dialect: str = "3.0",
    base: str = "",
    name: str = "spec.yaml",
) -> Interface:
    """The interface of operations ("GET /volumes") and components, both in short."""
    return loaded(spec(operations, components, dialect=dialect, base=base), name)


def loaded(document: Spec, name: str = "spec.yaml") -> Interface:
    """The interface of a whole document."""
    text = yaml.safe_dump(document, sort_keys=False).encode()
    return load(name, lambda _: text, validate=False).interface


def spec(
    operations: Mapping[str, str], components: str = "{}", *, dialect: str = "3.0", base: str = ""
) -> Spec:
    """The document of an interface."""
    writer = _Writer(dialect)
    paths: Spec = {}
    for key, text in operations.items():
        method, path = key.split(" ", 1)
        item = paths.setdefault(path, {})
        item[method.lower()] = writer.operation(path, yaml.safe_load(text) or {})
    short = yaml.safe_load(components) or {}
    named = {name: writer.schema(value) for name, value in short.items()}
    top: Spec = {"info": {"title": "t", "version": "1"}, "paths": paths}
    if dialect == "2.0":
        return {"swagger": "2.0", **top, "definitions": named} | (
            {"basePath": base} if base else {}
        )
    top = {"openapi": _VERSIONS[dialect], **top, "components": {"schemas": named}}
    return top | ({"servers": [{"url": base}]} if base else {})


@dataclass(frozen=True, slots=True)
class _Writer:
    """Short forms written out in one dialect."""

    dialect: str

    def schema(self, short: Any) -> Spec:
        match short:
            case None:
                return {}
            case str():
                return self._text(short)
            case [one]:
                return {"type": "array", "items": self.schema(one)}
            case dict() if short and short.keys() <= _KEYWORDS:
                return {key: self._below(key, value) for key, value in short.items()}
            case dict():
                return self._object(short)
        raise AssertionError(f"no schema: {short!r}")

    def _text(self, text: str) -> Spec:
        if text.endswith(" or null"):
            return self._nullable(self._text(text.removesuffix(" or null")))
        if "|" in text:
            return {"type": "string", "enum": text.removesuffix("|").split("|")}
        if text in _TYPES:
            return {"type": text}
        return {
            "$ref": ("#/definitions/" if self.dialect == "2.0" else "#/components/schemas/") + text
        }

    def _nullable(self, schema: Spec) -> Spec:
        if self.dialect == "2.0":
            return {**schema, "x-nullable": True}
        if self.dialect == "3.0":
            return {**schema, "nullable": True}
        if "$ref" in schema:
            return {"anyOf": [schema, {"type": "null"}]}
        values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return {**schema, "type": [schema["type"], "null"], **values}

    def _below(self, keyword: str, value: Any) -> Any:
        if keyword in _SEVERAL:
            return [self.schema(one) for one in value]
        if keyword in _NAMED:
            return {name: self.schema(one) for name, one in value.items()}
        holds = keyword in _HOLDERS and not isinstance(value, bool)
        return self.schema(value) if holds else value

    def _object(self, short: Spec) -> Spec:
        required = [name[:-1] for name in short if name.endswith("!")]
        properties = {name.removesuffix("!"): self.schema(one) for name, one in short.items()}
        found = {"type": "object", "properties": properties}
        return found | ({"required": required} if required else {})

    # --- operations -------------------------------------------------------------------------------

    def operation(self, path: str, short: dict[str | int, Any]) -> Spec:
        words = {str(word): value for word, value in short.items()}
        media = words.pop("media", "application/json")
        parameters = [*self._parameters(path, words)]
        answers = {
            word: self._answer(value, media)
            for word, value in words.items()
            if word == "default" or word[0].isdigit()
        }
        written: Spec = {"responses": answers or {"200": {"description": ""}}}
        written |= {word: value for word, value in words.items() if word.startswith("x-")}
        written |= {"operationId": words["id"]} if "id" in words else {}
        written |= {"consumes": [media], "produces": [media]} if self.dialect == "2.0" else {}
        for word in words.keys() & {"body", "body!"}:
            required, schema = word.endswith("!"), words[word]
            if self.dialect == "2.0":
                body = {"name": "body", "in": "body", "schema": self.schema(schema)}
                parameters.append(body | {"required": required})
            else:
                content = self._content(schema, media)
                written["requestBody"] = {"required": required, "content": content}
        return written | ({"parameters": parameters} if parameters else {})

    def _parameters(self, path: str, words: Spec) -> Iterator[Spec]:
        in_path = dict.fromkeys(re.findall(r"\{([^{}:]+)", path.partition("?")[0]), "string")
        for part in _PARTS:
            named = words.get(part, {})
            for name, short in ({**in_path, **named} if part == "path" else named).items():
                yield self._parameter(part, name, short)

    def _parameter(self, part: str, name: str, short: Any) -> Spec:
        styled = isinstance(short, dict) and short.keys() == {"style", "of"}
        style, of = (short["style"], short["of"]) if styled else ("", short)
        top: Spec = {"name": name.removesuffix("!"), "in": part}
        top |= {"required": True} if name.endswith("!") or part == "path" else {}
        schema = self.schema(of)
        if self.dialect == "2.0":
            return {**top, **schema} | ({"collectionFormat": style} if styled else {})
        return {**top, "schema": schema} | (dict(_STYLES[style]) if styled else {})

    def _content(self, short: Any, media: str) -> Spec:
        if short == "opaque":
            return {media: {}}
        several = isinstance(short, dict) and all("/" in word for word in short)
        named = short if several else {media: short}
        return {name: {"schema": self.schema(one)} for name, one in named.items()}

    def _answer(self, short: Any, media: str) -> Spec:
        written: Spec = {"description": ""}
        if isinstance(short, dict) and "headers" in short:
            headers, short = short["headers"], short.get("body")
            written["headers"] = {
                name.removesuffix("!"): self._header(name, one) for name, one in headers.items()
            }
        if short is None:
            return written
        if self.dialect == "2.0":
            return {**written, "schema": self.schema(short)}
        return {**written, "content": self._content(short, media)}

    def _header(self, name: str, short: Any) -> Spec:
        schema = self.schema(short)
        return (
            schema if self.dialect == "2.0" else {"required": name.endswith("!"), "schema": schema}
        )
