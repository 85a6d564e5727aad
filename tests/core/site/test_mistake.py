"""What a schema finds wrong, as whoever wrote it is told."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core.site.mistake import mistake

SCHEMA: dict[str, Any] = {
    "additionalProperties": False,
    "required": ["name"],
    "dependentRequired": {"key": ["certificate", "ca"]},
    "properties": {
        "name": {
            "description": "What it is\ncalled.",
            "type": "string",
            "pattern": "^[a-z]+$",
            "examples": ["left"],
        },
        "size": {"description": "In bytes.", "type": ["integer", "null"], "minimum": 8},
        "most": {"maximum": 5},
        "step": {"multipleOf": 512},
        "role": {"enum": ["viewer", "admin"]},
        "key": {},
        "certificate": {},
        "ca": {},
    },
}


@pytest.mark.parametrize(
    ("value", "steps", "what", "hint"),
    [
        ({}, (), "name is missing", "What it is called: as left"),
        ({"name": "a b"}, ("name",), '"a b" does not belong here', "What it is called: as left"),
        ({"name": ["a"]}, ("name",), "a list is not a text", "What it is called: as left"),
        ({"name": "x" * 99}, (), "", ""),
        ({"name": "X" * 99}, ("name",), f'"{"X" * 79}… does not belong here', "What it is"),
        ({"name": "a", "size": "8"}, ("size",), '"8" is not a whole number or null', "In bytes."),
        ({"name": "a", "size": 7}, ("size",), "7 is less than 8, the least", "In bytes."),
        ({"name": "a", "most": 6}, ("most",), "6 is more than 5, the most", ""),
        ({"name": "a", "step": 5}, ("step",), "5 is no multiple of 512", ""),
        ({"name": "a", "role": "king"}, ("role",), '"king" is none of viewer, admin', ""),
        ({"name": "a", "nom": 1}, ("nom",), "there is no such key", "known here: ca, certificate"),
        (
            {"name": "a", "key": 1, "ca": 2},
            *((), "certificate is missing, which key needs"),
            "give key and certificate and ca, or none of them",
        ),
    ],
)
def test_each_is_told_with_its_place_and_with_what_belongs_there(
    value: Any, steps: tuple[str, ...], what: str, hint: str
) -> None:
    found = [mistake(each) for each in Draft202012Validator(SCHEMA).iter_errors(value)]
    assert [each.steps for each in found] == ([steps] if what else [])
    assert all(each.what.startswith(what) and each.hint.startswith(hint) for each in found)
    assert "^" not in str(found)
