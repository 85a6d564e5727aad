"""The changes as JSON and as YAML: they fit their schema, and say all that is listed."""

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from compat.differ.catalogue.example import Example, run
from compat.differ.documents import Document
from compat.differ.effect import Direction, Effect, Level
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.differ.rules import examples
from compat.model.role import Role
from compat.model.schema import Json
from compat.report.changes.document import changes_document
from compat.report.changes.listing import Listing, listing
from compat.report.changes.yaml_text import yaml_text
from compat.source import load_interface
from tests.compat.cli.schemas import REGISTRY, SCHEMAS
from tests.compat.report.changes.listings import HOSTILE, listed, unchanged
from tests.compat.report.planned import TODAY
from tests.shared import spec

EVERY = [
    listed(),
    listed(Role.NEW_CLIENT),
    listed(least=Level.ERR),
    listed(hostile=True),
    unchanged(),
]


def printed(made: Listing) -> dict[str, Any]:
    """What a program reads back."""
    found: dict[str, Any] = json.loads(json.dumps(changes_document(made)))
    return found


def complaints(document: object) -> list[str]:
    validator = Draft202012Validator(SCHEMAS["changes"], registry=REGISTRY)
    return [str(error.message) for error in validator.iter_errors(document)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMAS["changes"])


@pytest.mark.parametrize("made", EVERY)
def test_every_listing_fits_the_schema(made: Listing) -> None:
    assert complaints(printed(made)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("mayastor/v1.0.0.yaml", "mayastor/v2.0.0.yaml"), ("moby/v1.25.yaml", "moby/v1.52.yaml")],
)
def test_published_pairs_fit_the_schema(old: str, new: str) -> None:
    ours, theirs = load_interface(str(spec(old))), load_interface(str(spec(new)))
    found = changes(ours.interface, theirs.interface, Policy(today=TODAY))
    problems = (*ours.problems, *theirs.problems)
    made = listing((Document(old=ours.interface, new=theirs.interface),), found, problems=problems)
    document = printed(made)
    assert complaints(document) == []
    assert len(document["problems"]) == len(problems)
    assert yaml.load(yaml_text(document), yaml.CSafeLoader) == document


def shown_as_yaml(example: Example) -> bool:
    """Is it read back as it is told?"""
    ran = run(example)
    if ran.old is None or ran.new is None:
        return True
    made = listing((Document(old=ran.old, new=ran.new),), ran.changes)
    text = yaml_text(changes_document(made))
    return bool(yaml.load(text, yaml.CSafeLoader) == printed(made))


def test_every_rule_can_be_told_as_yaml() -> None:
    assert [rule for rule, example in examples().items() if not shown_as_yaml(example)] == []


@pytest.mark.parametrize(
    "name", ["id", "level", "operation", "fingerprint", "effect", "old_client", "new"]
)
def test_the_schema_refuses_what_is_missing_or_unknown(name: str) -> None:
    document = printed(listed())
    assert complaints({**document, "surprise": 1})
    document["changes"][0]["surprise"] = 1
    assert complaints(document)
    del document["changes"][0]["surprise"], document["changes"][0][name]
    assert complaints(document)


def test_the_schema_knows_every_word_and_no_other() -> None:
    schema = SCHEMAS["changes"]
    change = schema["$defs"]["change"]["properties"]
    assert schema["$defs"]["level"]["enum"] == [level.name for level in reversed(Level)]
    assert change["effect"]["enum"] == [each.value for each in Effect]
    assert change["direction"]["enum"] == [each.value for each in Direction]
    assert schema["properties"]["role"]["enum"] == [each.value for each in Role]


def test_every_change_is_there_in_the_listing_s_order() -> None:
    document = printed(listed())
    assert [each["fingerprint"] for each in document["changes"]] == [
        change.fingerprint for change, _ in listed().changes
    ]


@pytest.mark.parametrize("role", Role)
def test_the_role_decides_the_level_and_both_are_told(role: Role) -> None:
    document = printed(listed(role))
    assert document["role"] == role.value
    for each in document["changes"]:
        assert each["level"] == each[role.value]
    levels = [each["level"] for each in document["changes"]]
    assert document["summary"] == {level.name: levels.count(level.name) for level in Level}


def test_a_change_says_where_it_stands_and_what_it_was() -> None:
    document = printed(listed())
    gone = document["changes"][0]
    assert gone["old"] == {
        "file": "v1.yaml",
        "pointer": "/paths/~1rooms~1{id}/delete",
        "line": 26,
        "column": 5,
    }
    assert gone["new"] is None
    assert "before" not in gone
    (added,) = (
        each
        for each in document["changes"]
        if each["id"] == "request-property-enum-value-added" and each["after"] == "dim"
    )
    assert "before" not in added


@pytest.mark.parametrize("made", EVERY)
def test_yaml_is_the_same_document(made: Listing) -> None:
    text = yaml_text(changes_document(made))
    assert yaml.safe_load(text) == printed(made)
    assert text.isascii()


def test_yaml_has_no_references_and_no_tags() -> None:
    same: Json = ["on", "1", "2026-01-01", "null", ""]
    text = yaml_text({"one": same, "other": same})
    assert yaml.safe_load(text) == {"one": same, "other": same}
    assert "&" not in text
    assert "!" not in text


def test_half_of_a_pair_in_a_name_is_escaped() -> None:
    assert yaml.safe_load(yaml_text({"file": "v\udc80.yaml"})) == {"file": "v\\udc80.yaml"}


def test_no_character_commands_the_terminal() -> None:
    document = changes_document(listed(hostile=True))
    for text in (json.dumps(document, indent=2), yaml_text(document)):
        assert text.isascii()
        assert {each for each in text if each < " "} <= {"\n"}
    assert yaml.safe_load(yaml_text(document))["new"]["title"] == HOSTILE
