"""What the `jsonschema` library says of instances, and what is reported of two schemas."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker

from compat.differ.change import Change
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.load import load
from compat.model.interface import Interface
from tests.compat.differ.space import Setting, Spelled

POLICY: Final = Policy(today="2026-11-28")
_ATOMS: Final[tuple[Any, ...]] = (None, True, 0, 3, 2.5, "", "a", "abc", [], {})
_NUMBERS: Final = (
    *(*range(-1, 13), 0.1, 0.3, 0.5, 2.5, 3.5, 5.5, 5.75, 3.0, 1e3, -2.5),
    *(2**31 - 1, 2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 2**24 + 1),
)
_TEXTS: Final = (
    *("", "a", "b", "c", "ab", "ba", "abc", "abcd", "abcde", "xb", "xyz", "0", "é", "12"),
    *("2026-11-28", "2026-11-28T10:00:00Z", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "YQ==", "{}"),
)
POOL: Final[tuple[Any, ...]] = (
    *(None, True, False, *_NUMBERS, *_TEXTS, [], {}),
    *([one] for one in _ATOMS),
    *([one, other] for one, other in product(("a", "abc", 3, 2.5, None, True), repeat=2)),
    *([*each] for each in (("a", "a", "a"), ("abc", 3, "a"), (3, 3, 3), ("abc", "abc", 0))),
    *({name: value} for name in ("a", "b", "x", "ax", "bx", "marker") for value in _ATOMS),
    *({"a": one, "b": two} for one, two in product(("a", "abc", 3, None), repeat=2)),
    *({"a": one, "x": two} for one, two in product(("a", "abc", 3, None), repeat=2)),
    *({"b": one, "x": two} for one, two in product(("a", "abc", 3, None), repeat=2)),
    *({"a": one, "b": two, "x": three} for one, two, three in product(("abc", 3), repeat=3)),
    *({"a": one, "b": 0, "x": "", "marker": 1} for one in _ATOMS),
    *({"a": {"a": one}} for one in _ATOMS),
)
_FORMATS: Final = FormatChecker(())


@_FORMATS.checks("date")
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None


@_FORMATS.checks("date-time")
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"[\d-]{10}T[\d:]{8}Z", value) is not None


@_FORMATS.checks("uuid")
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"[0-9a-f-]{36}", value) is not None


@_FORMATS.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int | float) or -(2**31) <= value < 2**31


@_FORMATS.checks("int64")
def _is_int64(value: object) -> bool:
    return not isinstance(value, int | float) or -(2**63) <= value < 2**63


@_FORMATS.checks("float")
def _is_float(value: object) -> bool:
    return not isinstance(value, int | float) or value != 2**24 + 1


def document(schema: Spelled, dialect: str, components: Mapping[str, Spelled]) -> str:
    """A spec with one request body of the schema."""
    content = {"application/json": {"schema": schema}}
    return json.dumps(
        {
            "openapi": "3.0.3" if dialect == "3.0" else "3.1.0",
            "info": {"title": "t", "version": "1"},
            "paths": {
                "/things": {
                    "post": {
                        "requestBody": {"required": True, "content": content},
                        "responses": {"204": {"description": "Done."}},
                    }
                }
            },
            "components": {"schemas": components},
        }
    )


def placed(schema: Spelled, setting: Setting) -> tuple[Spelled, Mapping[str, Spelled]]:
    """The schema around it, and the components beside that."""
    return setting.schema(schema), {"S": schema} if setting.is_named else {}


@cache
def read(text: str) -> Interface:
    return load("spec.json", lambda _: text.encode(), validate=False).interface


def reported(old: Spelled, new: Spelled, dialect: str, setting: Setting) -> tuple[Change, ...]:
    """What changed in the body between two specs that are the same else."""
    ours, theirs = (
        read(document(schema, dialect, components))
        for schema, components in (placed(old, setting), placed(new, setting))
    )
    return tuple(changes(ours, theirs, POLICY))


def validator(schema: Spelled, dialect: str, setting: Setting) -> Draft202012Validator:
    around, components = placed(schema, setting)
    if dialect == "3.0":
        around = translated(around)
        components = {name: translated(each) for name, each in components.items()}
    whole = {"allOf": [around], "components": {"schemas": components}}
    return Draft202012Validator(whole, format_checker=_FORMATS)


def translated(schema: Spelled) -> Spelled:
    """A schema of OpenAPI 3.0 as one of JSON Schema 2020-12."""
    if isinstance(schema, list):
        return [translated(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: translated(value) for key, value in _without_flags(schema)}
    if schema.get("nullable") is not True:
        return found
    if "type" in found:
        return {**found, "type": [found["type"], "null"]}
    return {"anyOf": [found, {"type": "null"}]}


def _without_flags(schema: Mapping[str, Spelled]) -> Iterator[tuple[str, Spelled]]:
    for key, value in schema.items():
        side = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}.get(key)
        excluder = f"exclusive{key.capitalize()}"
        if side is not None and value is True:
            yield key, schema[side]
        elif side is None and key != "nullable" and schema.get(excluder) is not True:
            yield key, value


def verdicts(
    schema: Spelled, dialect: str, setting: Setting, instances: tuple[Any, ...]
) -> tuple[bool, ...]:
    judge = validator(schema, dialect, setting)
    return tuple(judge.is_valid(instance) for instance in instances)
