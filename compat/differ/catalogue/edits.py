"""What may happen to any schema: a schema before and after, by the stem of the rule for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

_TEXT: Final = {"type": "string"}
_LIST: Final = {"type": "array"}
_RECORD: Final = {"type": "object"}
_NUMBER: Final = {"type": "number"}
_HOLDS: Final = {"type": "array", "contains": {"const": "red"}}
_LONG: Final = {"type": "string", "minLength": 3}
_HIGH: Final = {"type": "integer", "minimum": 5}
_PETS: Final = MappingProxyType(
    {
        "Cat": {"type": "object", "properties": {"kind": {"type": "string"}}},
        "Dog": {"type": "object", "properties": {"tail": {"type": "string"}}},
    }
)
_DRAFTS: Final = "https://json-schema.org/draft/"
_EITHER: Final = {
    "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`meaning` has `{it}` for what the schema is one of; `media` is a type that shows the change.

    `beside` is a stem that cannot but be told, too; `components` are named schemas that both sides
    refer to.
    """

    meaning: str
    old: Any
    new: Any
    media: str = "application/json"
    beside: str = ""
    components: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


_LIMITS: Final = (
    ("max", "maximum", "maximum", _NUMBER, 10, 20),
    ("min", "minimum", "minimum", _NUMBER, 10, 20),
    ("exclusive-max", "exclusiveMaximum", "exclusive maximum", _NUMBER, 10, 20),
    ("exclusive-min", "exclusiveMinimum", "exclusive minimum", _NUMBER, 10, 20),
    ("max-length", "maxLength", "greatest length", _TEXT, 10, 20),
    ("min-length", "minLength", "least length", _TEXT, 1, 3),
    ("max-items", "maxItems", "greatest number of items", _LIST, 10, 20),
    ("min-items", "minItems", "least number of items", _LIST, 1, 3),
    ("max-properties", "maxProperties", "greatest number of properties", _RECORD, 10, 20),
    ("min-properties", "minProperties", "least number of properties", _RECORD, 1, 3),
    ("max-contains", "maxContains", "greatest number of items that fit `contains`", _HOLDS, 2, 4),
    ("min-contains", "minContains", "least number of items that fit `contains`", _HOLDS, 2, 4),
)
"""(stem, keyword, what it bounds in words, what stands beside it, a number, a greater one)."""
_UNSTATED: Final = ("min-length", "min-contains")
"""Limits that have a number where none is written: there is always one to move."""

_KEYWORDS: Final[tuple[tuple[str, str, Any, Any], ...]] = (
    ("then", "then", {**_TEXT, "if": {"minLength": 3}, "else": {"maxLength": 2}}, {"maxLength": 9}),
    ("else", "else", {**_TEXT, "if": {"minLength": 3}, "then": {"maxLength": 9}}, {"maxLength": 2}),
    ("not", "not", _TEXT, {"const": "red"}),
    ("contains", "contains", _LIST, {"const": "red"}),
    (
        "content-schema",
        "contentSchema",
        {"type": "string", "contentMediaType": "application/json"},
        {"type": "object"},
    ),
    ("pattern-property", "patternProperties", _RECORD, {"^x-": {"type": "string"}}),
    ("property-names", "propertyNames", _RECORD, {"maxLength": 9}),
    ("dependent-schema", "dependentSchemas", _RECORD, {"name": {"minProperties": 2}}),
    ("dependent-required", "dependentRequired", _RECORD, {"name": ["room"]}),
    ("unevaluated-properties", "unevaluatedProperties", _RECORD, False),
    ("unevaluated-items", "unevaluatedItems", _LIST, False),
    ("items", "items", _LIST, _TEXT),
    ("prefix-items", "prefixItems", _LIST, [_TEXT]),
    ("unique-items", "uniqueItems", _LIST, True),
    ("pattern", "pattern", _TEXT, "^[a-z]+$"),
    ("multiple-of", "multipleOf", _NUMBER, 2),
    ("const", "const", _TEXT, "red"),
    ("default-value", "default", _TEXT, "red"),
)
"""(stem, keyword, what stands beside it, its value); it may be added and removed."""

_CHANGED: Final[tuple[tuple[str, str, Any, Any, Any], ...]] = (
    ("pattern", "pattern", _TEXT, "^[a-z]+$", "^[a-z0-9]+$"),
    ("multiple-of", "multipleOf", _NUMBER, 2, 3),
    ("const", "const", _TEXT, "red", "blue"),
    ("default-value", "default", _TEXT, "red", "blue"),
    ("dependent-required", "dependentRequired", _RECORD, {"name": ["a"]}, {"name": ["a", "b"]}),
    ("content-encoding", "contentEncoding", _TEXT, "base16", "base32"),
    ("content-media-type", "contentMediaType", _TEXT, "image/png", "image/webp"),
    ("dialect", "$schema", _TEXT, f"{_DRAFTS}2019-09/schema", f"{_DRAFTS}2020-12/schema"),
)
"""(stem, keyword, what stands beside it, its value before and after)."""


def edits() -> Mapping[str, Edit]:
    """By the stem of the rule."""
    found: dict[str, Edit] = {}
    for each in (
        _limits(),
        _keywords(),
        _values(),
        _types(),
        _parts(),
        _variants(),
        _discriminators(),
    ):
        found.update(each)
    return MappingProxyType(found)


def _both(
    there: tuple[str, str],
    back: tuple[str, str],
    old: Any,
    new: Any,
    components: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[tuple[str, Edit]]:
    """A change and the opposite one, each by its stem and its meaning."""
    for (stem, meaning), ours, theirs in ((there, old, new), (back, new, old)):
        yield stem, Edit(meaning=meaning, old=ours, new=theirs, components=components)


def _limits() -> Iterator[tuple[str, Edit]]:
    for stem, keyword, noun, base, low, high in _LIMITS:
        below, above = {**base, keyword: low}, {**base, keyword: high}
        it = f"the {noun} of {{it}}"
        yield from _both(
            (f"{stem}-increased", f"{it} was raised"),
            (f"{stem}-decreased", f"{it} was lowered"),
            below,
            above,
        )
        if stem not in _UNSTATED:
            yield from _both(
                (f"{stem}-set", f"{it} was set"), (f"{stem}-unset", f"{it} was lifted"), base, below
            )


def _keywords() -> Iterator[tuple[str, Edit]]:
    for stem, keyword, base, value in _KEYWORDS:
        yield from _both(
            (f"{stem}-added", f"`{keyword}` was added to {{it}}"),
            (f"{stem}-removed", f"`{keyword}` was removed from {{it}}"),
            base,
            {**base, keyword: value},
        )
    told = {**_TEXT, "if": {"minLength": 3}, "then": {"maxLength": 9}}
    yield (
        "if-added",
        Edit(meaning="`if` was added to {it}", old=_TEXT, new=told, beside="then-added"),
    )
    gone = "then-removed"
    yield "if-removed", Edit(meaning="`if` was removed from {it}", old=told, new=_TEXT, beside=gone)
    for stem, keyword, base, before, after in _CHANGED:
        yield (
            f"{stem}-changed",
            Edit(
                meaning=f"`{keyword}` of {{it}} has another value",
                old={**base, keyword: before},
                new={**base, keyword: after},
            ),
        )
    yield (
        "pattern-generalized",
        Edit(
            meaning="the `pattern` of {it} fits any text now",
            old={**_TEXT, "pattern": "^[a-z]+$"},
            new={**_TEXT, "pattern": ".*"},
        ),
    )
    yield from _both(
        ("additional-properties-allowed", "{it} may have further properties now"),
        ("additional-properties-restricted", "{it} may not have any further properties now"),
        {**_RECORD, "additionalProperties": False},
        _RECORD,
    )
    yield (
        "xml-changed",
        Edit(
            meaning="{it} is written in XML in another way",
            old=_TEXT,
            new={**_TEXT, "xml": {"name": "colour"}},
            media="application/xml",
        ),
    )


def _values() -> Iterator[tuple[str, Edit]]:
    few, many = {**_TEXT, "enum": ["red"]}, {**_TEXT, "enum": ["red", "blue"]}
    yield from _both(
        ("became-enum", "the values of {it} are listed now"),
        ("enum-removed", "the values of {it} are not listed any more"),
        _TEXT,
        many,
    )
    yield from _both(
        ("enum-value-added", "the list of values of {it} has one more"),
        ("enum-value-removed", "the list of values of {it} lacks one that it had"),
        few,
        many,
    )
    open_ = "x-extensible-enum"
    yield from _both(
        (f"{open_}-value-added", f"`{open_}` of {{it}} has one more value"),
        (f"{open_}-value-removed", f"`{open_}` of {{it}} lacks a value that it had"),
        {**_TEXT, open_: ["red"]},
        {**_TEXT, open_: ["red", "blue"]},
    )
    yield from _both(
        ("became-nullable", "{it} may be null now"),
        ("became-not-nullable", "{it} may not be null any more"),
        _TEXT,
        {"type": ["string", "null"]},
    )


def _types() -> Iterator[tuple[str, Edit]]:
    yield "type-changed", Edit(meaning="{it} has another type", old=_TEXT, new={"type": "integer"})
    yield (
        "type-compatible",
        Edit(
            meaning="{it} has another type that is read as the same text",
            old=_TEXT,
            new={"type": "integer"},
            media="text/plain",
        ),
    )
    yield from _both(
        ("type-generalized", "{it} has a type that includes what it was"),
        ("type-specialized", "{it} has a type that is only a part of what it was"),
        {"type": "integer"},
        _NUMBER,
    )
    yield from _both(
        ("list-of-types-widened", "{it} may have one more type"),
        ("list-of-types-narrowed", "{it} may not have one of its types any more"),
        {"type": ["string", "integer"]},
        {"type": ["string", "integer", "boolean"]},
    )


def _parts() -> Iterator[tuple[str, Edit]]:
    parts: list[Any] = [{"minLength": 3}, {"pattern": "^[a-z]+$"}]
    two = {**_TEXT, "allOf": parts}
    yield from _both(
        ("all-of-added", "`allOf` of {it} has one more part"),
        ("all-of-removed", "`allOf` of {it} lacks a part that it had"),
        two,
        {**_TEXT, "allOf": [*parts, {"maxLength": 9}]},
    )
    yield from _both(
        (
            "all-of-added-annotation-only",
            "`allOf` of {it} has one more part, which only describes",
        ),
        (
            "all-of-removed-annotation-only",
            "`allOf` of {it} lacks a part that it had, which only described",
        ),
        two,
        {**_TEXT, "allOf": [*parts, {"description": "A colour."}]},
    )


def _variants() -> Iterator[tuple[str, Edit]]:
    for stem, keyword in (("any-of", "anyOf"), ("one-of", "oneOf")):
        variants: list[Any] = [_LONG, _HIGH]
        yield from _both(
            (f"{stem}-added", f"`{keyword}` of {{it}} has one more variant"),
            (f"{stem}-removed", f"`{keyword}` of {{it}} lacks a variant that it had"),
            {keyword: variants},
            {keyword: [*variants, {"type": "array", "maxItems": 3}]},
        )
        yield from _both(
            (f"wrapped-in-{stem}", f"{{it}} is one variant of `{keyword}` now"),
            (f"unwrapped-from-{stem}", f"{{it}} is what was one variant of `{keyword}`"),
            _LONG,
            {keyword: variants},
        )


def _discriminators() -> Iterator[tuple[str, Edit]]:
    """What tells the variants of a union apart."""

    def told(name: str = "kind", mapping: Mapping[str, str] | None = None) -> Any:
        about = {} if mapping is None else {"mapping": dict(mapping)}
        return {**_EITHER, "discriminator": {"propertyName": name, **about}}

    one, other = ("#/components/schemas/Cat", "#/components/schemas/Dog")
    yield from _both(
        ("discriminator-added", "a property tells the variants of {it} apart now"),
        ("discriminator-removed", "no property tells the variants of {it} apart any more"),
        _EITHER,
        told(),
        _PETS,
    )
    yield from _both(
        ("discriminator-mapping-added", "one more value tells a variant of {it}"),
        ("discriminator-mapping-deleted", "a value does not tell a variant of {it} any more"),
        told(mapping={"tom": one}),
        told(mapping={"tom": one, "rex": other}),
        _PETS,
    )
    yield (
        "discriminator-mapping-changed",
        Edit(
            meaning="a value tells another variant of {it}",
            old=told(mapping={"tom": one}),
            new=told(mapping={"tom": other}),
            components=_PETS,
        ),
    )
    yield (
        "discriminator-property-name-changed",
        Edit(
            meaning="another property tells the variants of {it} apart",
            old=told(),
            new=told("name"),
            components=_PETS,
        ),
    )
