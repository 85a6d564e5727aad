"""An intent file against its JSON Schema, and every mistake in words that need no schema to read.

A subschema's `title` is a noun for what belongs there; its description and examples are the remedy.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from compat.intent.problem import Complaint
from compat.load.document import Document
from compat.load.node import kind, shown
from compat.load.pointer import join
from compat.model.schema import Json

_REPEATED: Final = ": the later one counts"
_WHOLE: Final = frozenset(("oneOf", "anyOf"))


@dataclass(frozen=True, slots=True)
class _Told:
    """A mistake at a pointer; `whole` is for one that lies in an entry as a whole."""

    pointer: str
    message: str
    remedy: str
    whole: bool = False


def complaints(document: Document) -> list[Complaint]:
    """What is wrong with a document as an intent file, in the order it stands there."""
    found = [*_oddities(document), *_mistakes(document.value)]
    details = {one.pointer for one in found if not one.whole}
    kept = [
        one
        for one in found
        if not one.whole or not any(f"{other}/".startswith(f"{one.pointer}/") for other in details)
    ]
    told = [
        Complaint(document.place(one.pointer), one.message, one.remedy)
        for one in dict.fromkeys(kept)
    ]
    return sorted(told, key=lambda one: (one.place.line, one.place.column))


@cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema of intent files, as it is shipped."""
    text = resources.files("compat.intent").joinpath("schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema(), format_checker=FormatChecker(formats=("date",)))


def _oddities(document: Document) -> Iterator[_Told]:
    """What the reader of YAML and JSON would let pass in a spec."""
    for problem in document.problems.found():
        message = problem.message.removesuffix(_REPEATED)
        remedy = "keep one of the two" if message != problem.message else "take it out"
        yield _Told(problem.place.pointer, message, remedy)


def _mistakes(value: Json) -> Iterator[_Told]:
    for error in _validator().iter_errors(value):
        pointer = ""
        for step in error.absolute_path:
            pointer = join(pointer, str(step))
        yield from _told(error, pointer)


def _told(error: ValidationError, pointer: str) -> Iterator[_Told]:
    """One error of the validator; the keyword that failed decides how it is put."""
    node = error.schema if isinstance(error.schema, Mapping) else {}
    value: Any = error.instance
    if "propertyNames" in error.absolute_schema_path:
        message = f"the key {shown(value)} is wrong: {_noun(node)} belongs here"
        yield _Told(join(pointer, value), message, _remedy(node))
        return
    match error.validator:
        case "additionalProperties":
            for key in value.keys() - node["properties"].keys():
                message = f"the key {shown(key)} means nothing here"
                yield _Told(join(pointer, key), message, _known(key, node["properties"]))
        case "required":
            missing = [key for key in node["required"] if key not in value]
            is_are = "is" if len(missing) == 1 else "are"
            message = f"{' and '.join(missing)} {is_are} missing"
            yield _Told(pointer, message, f"an entry here is {_noun(node)}")
        case "dependentRequired":
            for key, needed in node["dependentRequired"].items():
                if key in value:
                    message = f"{key} says nothing without {', '.join(needed)}"
                    yield _Told(join(pointer, key), message, _remedy(node["properties"][key]))
        case "const":
            message = f"version {shown(value)} of the format is not known"
            yield _Told(pointer, message, f"write {error.validator_value}")
        case "type":
            yield _Told(pointer, f"{_noun(node)} belongs here, not {kind(value)}", _remedy(node))
        case keyword if keyword in _WHOLE:
            message = f"incomplete, or says two things at once: {_noun(node)} belongs here"
            yield _Told(pointer, message, _remedy(node), whole=True)
        case _:
            yield _Told(pointer, f"{_noun(node)} belongs here, not {shown(value)}", _remedy(node))


def _noun(node: Mapping[str, Any]) -> str:
    if "title" in node:
        return str(node["title"])
    if "enum" in node:
        return f"one of {', '.join(node['enum'])}"
    return {"array": "a list", "object": "a mapping", "string": "a text"}[node["type"]]


def _remedy(node: Mapping[str, Any]) -> str:
    if "examples" in node:
        return f"for example {json.dumps(node['examples'][0], ensure_ascii=False)}"
    return str(node.get("description", f"write {_noun(node)}"))


def _known(key: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(key, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
