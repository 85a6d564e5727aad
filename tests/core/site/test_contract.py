"""Requests and answers, held against a spec."""

from typing import Any

import pytest

from core.site.access import Role
from core.site.contract import Contract, Operation
from core.site.problem import Problem

SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "security": [{"token": ["admin"]}],
    "paths": {
        "/open": {
            "get": {
                "operationId": "open",
                "security": [],
                "responses": {"200": {"description": "", "content": {}}},
            }
        },
        "/a/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"$ref": "#/s/id"}}
            ],
            "post": {
                "operationId": "make",
                "parameters": [
                    {"name": "n", "in": "query", "schema": {"type": "integer", "default": 3}},
                    {"name": "If-Match", "in": "header", "required": True, "schema": {}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/s/body"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/s/body"}}}},
                    "204": {"description": ""},
                    "default": {"$ref": "#/s/problem"},
                },
            },
        },
    },
    "s": {
        "id": {"type": "string", "pattern": "^[a-z]+$"},
        "body": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
        "problem": {"content": {"application/problem+json": {"schema": {"type": "object"}}}},
    },
}
FREE, MAKE = Contract(SPEC).operations


def errors(operation: Operation, *asked: Any) -> tuple[tuple[str, str], ...]:
    with pytest.raises(Problem) as told:
        operation.parameters_of(*asked)
    return told.value.errors


def test_a_role_is_that_of_the_operation_or_of_all() -> None:
    assert (FREE.role, MAKE.role) == (None, Role.ADMIN)
    assert (MAKE.method, MAKE.path, MAKE.id) == ("POST", "/a/{id}", "make")


def test_parameters_have_their_values() -> None:
    found = MAKE.parameters_of({"id": "x"}, [("n", "7")], {"if-match": "e"})
    assert found == {"id": "x", "n": 7, "If-Match": "e"}
    assert MAKE.parameters_of({"id": "x"}, [], {"if-match": "e"})["n"] == 3


def test_every_parameter_that_is_wrong_is_named() -> None:
    strange = [("n", "1.0"), ("m", ""), ("n", "2")]
    places = [place for place, _ in errors(MAKE, {"id": "X"}, strange, {})]
    assert places == ["query/m", "query/n", "path/id", "header/If-Match"]
    assert errors(MAKE, {"id": "x"}, [("n", "x")], {"if-match": ""})[0][0] == "query/n"
    assert errors(MAKE, {"id": "x\n"}, [], {"if-match": ""})[0][0] == "path/id"


@pytest.mark.parametrize("body", [{"n": 1.0}, {"n": True}, {"n": "1"}, {}, [], None])
def test_a_body_that_is_wrong_is_refused(body: Any) -> None:
    MAKE.check_body({"n": 1})
    with pytest.raises(Problem) as told:
        MAKE.check_body(body)
    assert told.value.errors[0][0].startswith("body")


def test_answers_are_those_of_the_spec() -> None:
    json = "application/json"
    assert MAKE.complaints(200, json, {"n": 1}) == []
    assert MAKE.complaints(204, None, None) == []
    assert MAKE.complaints(404, "application/problem+json", {}) == []
    for status, media_type, document in (
        (200, json, {}),
        (200, "text/plain", ""),
        (200, None, None),
        (204, json, {}),
        (404, json, {}),
    ):
        assert len(MAKE.complaints(status, media_type, document)) == 1, (status, media_type)
    assert FREE.complaints(500, None, None) == ["open: no answer has the status 500"]
