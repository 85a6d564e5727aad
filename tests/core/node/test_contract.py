"""Requests made from the spec, good ones and bad ones: none is answered otherwise than it says."""

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from core.driver.node.spec import read_spec
from tests.core.node.running import MIB, Node, made, new_group, node

LONG = settings.default is settings.get_profile("long")
NUMBERS: Final = count()
"""Of groups that are there to be deleted."""
EXAMPLES, EXAMPLES_OF_A_GROUP = (400, 100) if LONG else (8, 2)
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
]
ENDLESS = "/v1/events"


@pytest.fixture(scope="module")
def tried() -> Iterator[tuple[Node, str]]:
    """A node, and the id of a group of it."""
    with node() as found, found.client() as client:
        yield found, made(found, client, "db", "v")["id"]


def spec() -> Any:
    """Without roles, which have a test of their own, and without what has no end."""
    found = {**read_spec()}
    found["security"] = []
    found["paths"] = {
        path: {
            method: {**said, "security": []} if isinstance(said, dict) else said
            for method, said in item.items()
        }
        for path, item in found["paths"].items()
        if path != ENDLESS
    }
    return schemathesis.openapi.from_dict(found)


OPERATIONS = [each.ok() for each in spec().get_all_operations()]


def tries(operation: Any, mode: Any, examples: int, url: str, change: Any) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
        deadline=None,
    )
    def try_it(case: Any) -> None:
        change(case)
        response = case.call(base_url=url)
        case.validate_response(response, checks=CHECKS)

    try_it()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
@pytest.mark.parametrize("mode", [*schemathesis.GenerationMode], ids=lambda each: each.value)
def test_what_is_answered_is_in_the_spec(
    tried: tuple[Node, str], operation: Any, mode: Any
) -> None:
    try:
        tries(operation, mode, EXAMPLES, tried[0].url, lambda _: None)
    except Unsatisfiable:  # it has nothing that could be wrong
        assert mode is schemathesis.GenerationMode.NEGATIVE
        assert not operation.path.count("{")


@pytest.mark.parametrize(
    "operation",
    [each for each in OPERATIONS if "{group}" in each.path or each.label == "POST /v1/images"],
    ids=lambda each: each.label,
)
def test_of_a_group_that_is_there(tried: tuple[Node, str], operation: Any) -> None:
    found, group = tried
    if operation.method == "delete":
        with found.client() as client:
            name = f"gone-{next(NUMBERS)}"
            body = {**new_group(found, name, "v"), "retention": {"journal_size": 64 * MIB}}
            group = client.post("/v1/groups", json=body).json()["id"]

    def change(case: Any) -> None:
        if "{group}" in operation.path:
            case.path_parameters["group"] = group
        if "{volume}" in operation.path:
            case.path_parameters["volume"] = "v"
        if operation.label == "POST /v1/images":
            case.body["group"] = group
        if operation.label == "PATCH /v1/groups/{group}/volumes/{volume}":
            case.body["size"] = 4 * MIB

    mode = schemathesis.GenerationMode.POSITIVE
    tries(operation, mode, EXAMPLES_OF_A_GROUP, found.url, change)
