"""An intent file against its JSON Schema, and every mistake in words that need no schema to read.

A subschema's `title` is a noun for what belongs there; its description and examples are the remedy.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from compat.intent.problem import Complaint, nearest
from compat.load.document import Document
from compat.load.node import kind, shown
from compat.load.pointer import join
from compat.model.schema import Json

BLANK: Final = "..."
"""Stands in drafts and stubs for what a person has to fill in."""
_MADE_OF_IT: Final = (": the later one counts", ": left out")


@dataclass(frozen=True, slots=True)
class _Told:
    """A mistake at a pointer.

    `whole` is for one that lies in an entry as a whole, and says less than one below it.
    """

    pointer: str
    message: str
    remedy: str
    whole: bool = False


def complaints(document: Document) -> list[Complaint]:
    """What is wrong with a document as an intent file, in the order it stands there.

    The first mistake found at a place is the one that tells most: a type goes before its bounds.
    """
    found = [*_oddities(document), *_mistakes(document.value), *_blanks(document.value)]
    details = {f"{one.pointer}/" for one in found if not one.whole}
    best: dict[str, _Told] = {}
    for one in found:
        if one.whole and any(other.startswith(f"{one.pointer}/") for other in details):
            continue
        best.setdefault(one.pointer, one)
    told = [Complaint(document.place(at), one.message, one.remedy) for at, one in best.items()]
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
        message = problem.message
        for ending in _MADE_OF_IT:
            message = message.removesuffix(ending)
        yield _Told(problem.place.pointer, message, "take it out")


def _blanks(value: Json) -> Iterator[_Told]:
    """What is left to fill in; an entry that is off may wait."""
    pending: list[tuple[str, Json]] = [("", value)]
    while pending:
        pointer, node = pending.pop()
        if isinstance(node, dict) and node.get("on", True) is not False:
            pending += ((join(pointer, name), below) for name, below in node.items())
        elif isinstance(node, list):
            pending += ((join(pointer, str(at)), below) for at, below in enumerate(node))
        elif node == BLANK:
            yield _Told(pointer, f"{BLANK} is to be filled in", "write what belongs there instead")


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
        message = f"the key {shown(value)} is wrong: expected {_noun(node)}"
        yield _Told(join(pointer, value), message, _remedy(node))
        return
    match error.validator:
        case "additionalProperties":
            for key in value.keys() - node["properties"].keys():
                message = f"the key {shown(key)} means nothing here"
                yield _Told(join(pointer, key), message, _known(key, node["properties"]))
        case "required":
            missing = [key for key in node["required"] if key not in value]
            message = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
            yield _Told(pointer, message, f"expected {_noun(node)}")
        case "dependentRequired":
            for key, needed in node["dependentRequired"].items():
                if key in value:
                    message = f"{key} says nothing without {', '.join(needed)}"
                    yield _Told(join(pointer, key), message, _remedy(node["properties"][key]))
        case "const":
            message = f"version {shown(value)} of the format is not known"
            yield _Told(pointer, message, f"write {error.validator_value}")
        case "anyOf":
            yield _Told(pointer, f"expected {_noun(node)}", _remedy(node), whole=True)
        case "oneOf":
            message = f"too little, or too much at once: expected {_noun(node)}"
            yield _Told(pointer, message, _remedy(node), whole=True)
        case keyword:
            message = f"expected {_noun(node)}, not {_instead(str(keyword), value)}"
            yield _Told(pointer, message, _remedy(node))


def _instead(keyword: str, value: Json) -> str:
    """What stands there, by what is wrong with it."""
    match keyword:
        case "type":
            return kind(value)
        case "minItems" | "maxItems" | "minProperties" if isinstance(value, dict | list):
            return f"one that is {len(value)} long" if value else "an empty one"
        case "uniqueItems":
            return "one with the same twice"
        case _:
            return shown(value)


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
    return nearest(key, known) or f"known here: {', '.join(known)}"
