"""The picture as JSON: it fits its schema, and says all that the picture does."""

import json
from typing import Any

from jsonschema import Draft202012Validator

from compat.report.matrix.document import matrix_document
from compat.report.matrix.grid import Matrix
from tests.compat.cli.schemas import REGISTRY, SCHEMAS
from tests.compat.report.matrix.rows import PLAIN, RENAMED, everything, lamps, picture


def printed(matrix: Matrix) -> dict[str, Any]:
    """What a program reads back."""
    found: dict[str, Any] = json.loads(json.dumps(matrix_document(matrix)))
    return found


def complaints(document: object) -> list[str]:
    validator = Draft202012Validator(SCHEMAS["matrix"], registry=REGISTRY)
    return [str(error.message) for error in validator.iter_errors(document)]


def test_a_picture_with_every_passage_fits_the_schema() -> None:
    assert complaints(printed(everything())) == []


def test_the_schema_refuses_what_is_missing_or_unknown() -> None:
    document = printed(everything())
    assert complaints({**document, "surprise": 1})
    document["cells"][1]["passage"] = "somehow"
    assert complaints(document)
    del document["cells"][1]["passage"]
    assert complaints(document)


def test_the_schema_knows_every_passage_and_no_other() -> None:
    passage = SCHEMAS["matrix"]["$defs"]["cell"]["properties"]["passage"]["enum"]
    document = printed(everything())
    assert passage == [*document["passages"]]
    assert {each["passage"] for each in document["cells"]} == set(passage)


def test_each_client_meets_each_server_in_order() -> None:
    document = printed(everything())
    names = [each["name"] for each in document["versions"]]
    pairs = [(each["client"], each["server"]) for each in document["cells"]]
    assert pairs == [(client, server) for client in names for server in names]


def test_the_figures_add_up() -> None:
    document = printed(everything())
    assert sum(document["passages"].values()) == len(document["cells"]) - 6
    operations = {each["name"]: each["operations"] for each in document["versions"]}
    for cell in document["cells"]:
        assert sum(cell["operations"].values()) == operations[cell["client"]]
        assert (cell["gaps"] > 0) is (cell["passage"] == "not-at-all") is bool(cell["reasons"])
        assert cell["losses"] == len(cell["lost"])
        assert (cell["plan"] is None) is (cell["client"] == cell["server"])


def test_all_losses_are_told_and_the_worst_come_first() -> None:
    more = [f"PUT /rooms/{number}" for number in range(7)]
    *_, cell, _ = printed(picture(PLAIN, lamps("{name!: string}", *more)))["cells"]
    assert [each["operations"] for each in cell["lost"]] == [[name] for name in more]


def test_the_intent_of_each_step_is_named_by_its_digest() -> None:
    row = lamps("{place!: string}"), lamps("{room!: string}"), PLAIN
    first, second = printed(picture(*row, intents=(RENAMED, "")))["intents"]
    assert len(first) == 64
    assert second is None
