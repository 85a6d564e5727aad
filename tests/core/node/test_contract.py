"""Requests made from the spec, good ones and bad ones: none is answered otherwise than it says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from core.driver.node.spec import read_spec
from tests.core.node.running import Node, node

LONG = settings.default is settings.get_profile("long")
EXAMPLES = 400 if LONG else 12
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
]
# It has no end.
ENDLESS = "/v1/events"


@pytest.fixture(scope="module")
def tried() -> Iterator[Node]:
    with node() as found:
        yield found


def spec() -> Any:
    found = {**read_spec()}
    found["paths"] = {path: item for path, item in found["paths"].items() if path != ENDLESS}
    return schemathesis.openapi.from_dict(found)


SPEC = spec()
OPERATIONS = [each.ok() for each in SPEC.get_all_operations()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_what_is_answered_is_in_the_spec(tried: Node, operation: Any, mode: str) -> None:
    kinds = {
        "positive": schemathesis.GenerationMode.POSITIVE,
        "negative": schemathesis.GenerationMode.NEGATIVE,
    }
    try:
        cases = operation.as_strategy(generation_mode=kinds[mode])
    except schemathesis.errors.InvalidSchema:  # nothing of it can be wrong
        return

    @given(case=cases)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
        deadline=None,
    )
    def try_it(case: Any) -> None:
        response = case.call(base_url=tried.url)
        case.validate_response(response, checks=CHECKS)

    try_it()
