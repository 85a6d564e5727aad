"""The JSON Schema of intent files: complete, true to its examples, and shipped."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from compat.intent.read import read_intent
from compat.intent.validation import schema

INTENTS = Path(__file__).resolve().parents[2] / "intents"


def nodes(node: Any, at: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every subschema with its pointer."""
    if isinstance(node, dict):
        yield at, node
        for key, below in node.items():
            if key not in ("examples", "const", "enum", "default"):
                yield from nodes(below, f"{at}/{key}")
    elif isinstance(node, list):
        for index, below in enumerate(node):
            yield from nodes(below, f"{at}/{index}")


def properties() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the format lets people write; a condition on a property describes none."""
    for at, node in nodes(schema()):
        for key, one in node.get("properties", {}).items() if "type" in node else ():
            yield f"{at}/properties/{key}", one


def resolved(node: Mapping[str, Any]) -> dict[str, Any]:
    """With what it refers to, which its own words go before."""
    if "$ref" not in node:
        return dict(node)
    name = node["$ref"].removeprefix("#/$defs/")
    return resolved(schema()["$defs"][name]) | dict(node)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_every_property_says_what_it_means_and_shows_it() -> None:
    found = {at: resolved(node) for at, node in properties()}
    assert len(found) > 40
    assert [at for at, node in found.items() if not node.get("description")] == []
    lists = ("/properties/operations", "/properties/bridges", "/properties/accept")
    silent = [at for at, node in found.items() if not node.get("examples") and at not in lists]
    assert silent == []


def test_every_example_is_valid() -> None:
    checked = 0
    for at, node in nodes(schema()):
        whole = {"$defs": schema()["$defs"], **{k: v for k, v in node.items() if k != "$id"}}
        for example in node.get("examples", ()):
            validator = Draft202012Validator(whole, format_checker=FormatChecker())
            assert list(validator.iter_errors(example)) == [], at
            checked += 1
    assert checked > 40


def test_the_examples_of_whole_files_are_read() -> None:
    for example in schema()["examples"]:
        read_intent("example.json", json.dumps(example).encode())


def test_every_entry_may_be_off() -> None:
    for name in ("operation", "bridge", "accept"):
        assert "on" in schema()["$defs"][name]["properties"]


@pytest.mark.parametrize("name", ["hpe-csp_2019-10_2020-07", "mayastor_v1.0_v2.0"])
def test_reviewed_intents_are_valid(name: str) -> None:
    path = INTENTS / f"{name}.yaml"
    assert read_intent(path.name, path.read_bytes()).bridges
