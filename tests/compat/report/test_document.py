"""The plan as JSON: it fits its schema, and says all that the plan does."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.bridge import Acceptance, BridgePlan, Verdict
from compat.plan.planner import plan
from compat.report.document import difference_document, plan_document
from compat.source import load_interface
from tests.compat.report.planned import ROOT, TODAY, appliance, difference
from tests.shared import spec

SCHEMA = json.loads((ROOT / "compat" / "report" / "plan.schema.json").read_text())


def printed(document: object) -> dict[str, Any]:
    """What a program reads back."""
    found: dict[str, Any] = json.loads(json.dumps(document))
    return found


def complaints(document: Json) -> list[str]:
    return [str(error.message) for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("with_intent", [True, False])
def test_a_plan_fits_its_schema(*, with_intent: bool) -> None:
    assert complaints(printed(plan_document(appliance(with_intent=with_intent)))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("mayastor/v1.0.0.yaml", "mayastor/v2.0.0.yaml"), ("moby/v1.25.yaml", "moby/v1.52.yaml")],
)
def test_published_pairs_fit_the_schema(old: str, new: str) -> None:
    ours, theirs = load_interface(str(spec(old))), load_interface(str(spec(new)))
    made = plan(ours.interface, theirs.interface, today=TODAY)
    document = plan_document(made, (*ours.problems, *theirs.problems))
    assert complaints(printed(document)) == []


def test_the_schema_refuses_what_is_missing_or_unknown() -> None:
    document = printed(plan_document(appliance()))
    del document["differences"][0]["roles"]["new_client"]
    assert complaints(document)
    assert complaints({**printed(plan_document(appliance())), "surprise": 1})


def test_every_difference_is_there_in_the_plan_s_order() -> None:
    made = appliance(with_intent=False)
    document = printed(plan_document(made))
    assert [each["id"] for each in document["differences"]] == [
        each.id for each in made.differences
    ]
    assert [each["id"] for each in document["differences"] if each["open"]] == [
        each.id for each in made.open_gaps
    ]


def test_a_difference_says_where_it_stands_and_what_is_done() -> None:
    document = printed(plan_document(appliance()))
    (found,) = (each for each in document["differences"] if each["subject"] == "Health.fan_rpm")
    assert found["old"]["file"].endswith("v1.yaml")
    assert found["old"]["pointer"] == "/definitions/Health/properties/fan_rpm"
    assert found["new"] is None
    assert found["acceptance"]["owner"] == "appliance platform team"
    assert found["roles"]["old_client"]["verdict"] == "lossy"
    assert found["operations"] == ["GET /health"]


def test_a_gap_that_was_accepted_is_not_open() -> None:
    refused = (Verdict.UNBRIDGEABLE, "is refused")
    fine = Acceptance(reason="nobody reads it", owner="storage team")
    accepted = difference("Volume.a", old_client=refused, acceptance=fine)
    for found, expected in ((accepted, False), (difference("Volume.a", old_client=refused), True)):
        document = printed(difference_document(found))
        assert (document["verdict"], document["open"]) == ("unbridgeable", expected)


def test_an_exchange_names_what_carries_it_out() -> None:
    document = printed(plan_document(appliance()))
    by_operation = {each["operation"]: each for each in document["exchanges"]["old_client"]}
    assert by_operation["GET /nodes/{node}/volumes"]["calls"] == ["GET /volumes"]
    refused = printed(plan_document(appliance(with_intent=False)))["exchanges"]["old_client"]
    assert [each["operation"] for each in refused if each["gap"]] == ["GET /nodes/{node}/volumes"]


def figures(made: BridgePlan) -> dict[str, Any]:
    found: dict[str, Any] = printed(plan_document(made))["summary"]
    return found


def test_the_figures_add_up() -> None:
    for made in (appliance(), appliance(with_intent=False)):
        found = figures(made)
        for role in Role:
            assert sum(found["verdicts"][role].values()) == found["differences"]
            assert sum(found["operations"][role].values()) == len(made.exchanges[role])
    assert figures(appliance())["open_gaps"] == 0
    assert figures(appliance())["accepted"] == 1
