"""What a schema finds wrong with what somebody wrote, in words for who wrote it."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from jsonschema.exceptions import ValidationError

Steps = tuple[str | int, ...]

_SHOWN_MAX: Final = 80
_KINDS: Final = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping of keys",
    "string": "a text",
}


class Mistake(NamedTuple):
    """Where it is, what is wrong, and what belongs there."""

    steps: Steps
    what: str
    hint: str


def mistake(error: ValidationError) -> Mistake:
    """One error of a validator; the schema's descriptions say what belongs there."""
    node: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    steps: Steps = (*error.absolute_path,)
    value: Any = error.instance
    limit: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            known = node["properties"]
            strange = next(key for key in value if key not in known)
            hint = f"known here: {', '.join(sorted(known))}"
            return Mistake((*steps, strange), "there is no such key", hint)
        case "required":
            missing = next(key for key in limit if key not in value)
            wanted = node.get("properties", {}).get(missing, {})
            return Mistake(steps, f"{missing} is missing", _wanted(wanted) or _wanted(node))
        case "dependentRequired":
            key, missing = _missing(value, limit)
            hint = f"give {' and '.join((key, *limit[key]))}, or none of them"
            return Mistake(steps, f"{missing} is missing, which {key} needs", hint)
        case "type":
            kinds = [limit] if isinstance(limit, str) else limit
            nouns = " or ".join(_KINDS.get(each, each) for each in kinds)
            return Mistake(steps, f"{_shown(value)} is not {nouns}", _wanted(node))
        case "minimum":
            what = f"{_shown(value)} is less than {limit}, the least that it may be"
        case "maximum":
            what = f"{_shown(value)} is more than {limit}, the most that it may be"
        case "multipleOf":
            what = f"{_shown(value)} is no multiple of {limit}"
        case "enum":
            what = f"{_shown(value)} is none of {', '.join(map(str, limit))}"
        case _:
            what = f"{_shown(value)} does not belong here"
    return Mistake(steps, what, _wanted(node))


def _shown(value: Any) -> str:
    """A value as it is written, cut where it is long; of another what it is."""
    if isinstance(value, dict):
        return _KINDS["object"]
    if isinstance(value, list):
        return _KINDS["array"]
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"


def _missing(value: Mapping[str, Any], needed: Mapping[str, Any]) -> tuple[str, str]:
    return next(
        (key, each) for key in needed if key in value for each in needed[key] if each not in value
    )


def _wanted(node: Mapping[str, Any]) -> str:
    """What belongs at a place, with an example if there is one."""
    said = " ".join(str(node.get("description", "")).split())
    examples = node.get("examples") or ([node["default"]] if node.get("default") else [])
    if not said or not examples:
        return said
    return f"{said.removesuffix('.')}: as {examples[0]}"
