"""The guide to the intent file explains each word that it may have; its examples are read."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compat.intent.model import Then
from compat.intent.read import read_intent

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "compat" / "intent" / "README.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "compat" / "intent" / "schema.json").read_text(encoding="utf-8"))
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `(\w+)` \|(.*)\|$", re.MULTILINE)


def words(part: Any) -> Iterator[str]:
    """The keys that a part of the schema lets a person write."""
    for name, member in part.get("properties", {}).items():
        if member is not False:
            yield name
            yield from words(member)


def test_every_key_is_explained() -> None:
    told = set(
        re.findall(r"`(\w+)(?:: [^`]*)?`|^ *-? ?(\w+):|\{(\w+):|, (\w+):", TEXT, re.MULTILINE)
    )
    names = {name for each in told for name in each}
    known = {*words(SCHEMA), *(name for part in SCHEMA["$defs"].values() for name in words(part))}
    assert known - names == set()


def test_every_action_has_an_example_that_the_schema_knows() -> None:
    actions = dict(ROW.findall(TEXT))
    bridge = set(SCHEMA["$defs"]["bridge"]["properties"]) - {"on", "at"}
    assert bridge - actions.keys() == set()


EXAMPLES = [
    (action, example)
    for action, row in ROW.findall(TEXT)
    for example in re.findall(rf"`({action}: [^`]+)`", row)
]


@pytest.mark.parametrize(("action", "example"), EXAMPLES)
def test_the_examples_of_actions_are_read(action: str, example: str) -> None:
    more = "\n    hook: h" if action == "takes" else ""
    at = "GET /volumes response" if action in ("status", "pages") else "Volume"
    entry = f"intent: 1\nbridges:\n  - at: {at}\n    {example}{more}\n"
    assert read_intent("intent.yaml", entry.encode()).bridges


def test_there_are_examples_of_most_actions() -> None:
    assert len({action for action, _ in EXAMPLES}) >= len(SCHEMA["$defs"]["bridge"]["anyOf"])


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_files_that_are_shown_are_read(block: str) -> None:
    read_intent("intent.yaml", block.encode())


def test_every_way_to_follow_an_acceptance_is_explained() -> None:
    explained = {word for word, _ in ROW.findall(TEXT)}
    assert {each.value for each in Then} <= explained
