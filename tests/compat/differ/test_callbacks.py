"""Callbacks and webhooks: what the server sends, and what it is answered."""

from typing import Any

import pytest

from tests.compat.differ.places.openapi3 import document
from tests.compat.differ.places.whole import OK
from tests.compat.differ.telling import Document, compared, told

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def body(schema: Any) -> Any:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def item(operation: Any) -> Any:
    return {"post": {"responses": OK, **operation}}


def webhook(operation: Any) -> Document:
    schemes = {"k": {"type": "apiKey", "in": "header", "name": "X"}}
    return document(webhooks={"w": item(operation)}, components={"securitySchemes": schemes})


def callback(name: str, operation: Any) -> Any:
    return {"callbacks": {name: {"{$url}": item(operation)}}}


def field(**more: Any) -> Any:
    return {"type": "object", "properties": {"id": {**TEXT, **more}}}


QUERY = {"name": "q", "in": "query", "schema": TEXT}


@pytest.mark.parametrize(
    ("fewer", "more", "come", "gone"),
    [
        ({}, {"security": [{"k": []}]}, "INFO api-security-added", "ERR api-security-removed"),
        ({}, {"deprecated": True}, "INFO endpoint-deprecated", "INFO endpoint-reactivated"),
        ({}, {"operationId": "a"}, "INFO api-operation-id-added", "INFO api-operation-id-removed"),
        ({}, {"tags": ["a"]}, "INFO api-tag-added", "INFO api-tag-removed"),
        (
            {},
            {"parameters": [{**QUERY, "required": True}]},
            "INFO new-required-request-parameter",
            "ERR request-parameter-removed",
        ),
        (
            {},
            {"parameters": [QUERY]},
            "INFO new-optional-request-parameter",
            "WARN request-parameter-removed",
        ),
        (
            {},
            {"requestBody": {**body(TEXT)["requestBody"], "required": True}},
            "INFO request-body-added-required",
            "ERR request-body-removed",
        ),
        (
            body({"type": "object"}),
            body(field(readOnly=True)),
            "INFO new-optional-request-property",
            "WARN request-property-removed",
        ),
        (
            {"responses": {"200": {"description": "ok"}}},
            {
                "responses": {
                    "200": {
                        "description": "ok",
                        "headers": {"X": {"required": True, "schema": TEXT}},
                    }
                }
            },
            "ERR response-header-added",
            "INFO required-response-header-removed",
        ),
    ],
    ids=[
        *("security", "deprecated", "operationId", "tags", "required parameter"),
        *("optional parameter", "body", "read-only field", "required header of its answer"),
    ],
)
def test_what_comes_with_a_request_of_the_server_or_does_not(
    fewer: Any, more: Any, come: str, gone: str
) -> None:
    assert told(webhook(fewer), webhook(more)) == [come]
    assert told(webhook(more), webhook(fewer)) == [gone]


def test_what_only_clients_write_is_in_no_request_of_the_server() -> None:
    old, new = (webhook(body(field(writeOnly=True, **each))) for each in ({}, NUMBER))
    assert told(old, new) == ["INFO request-property-type-changed"]


def test_callbacks_to_one_address_are_all_compared() -> None:
    def two(schema: Any) -> Document:
        first, second = callback("a", body(schema)), callback("b", body(NUMBER))
        return document({"callbacks": {**first["callbacks"], **second["callbacks"]}})

    assert told(two(TEXT), two({"type": "boolean"})) == ["ERR request-body-type-changed"]


def test_what_is_called_back_for_a_callback_is_sent_by_the_client() -> None:
    def nested(schema: Any) -> Document:
        return document(callback("a", callback("b", body(schema))))

    wide, narrow = {"type": ["string", "null"]}, TEXT
    assert told(nested(wide), nested(narrow)) == ["ERR request-body-became-not-nullable"]
    once = [document(callback("a", body(each))) for each in (wide, narrow)]
    assert told(*once) == ["INFO request-body-became-not-nullable"]


def test_a_callback_that_calls_itself_back_ends() -> None:
    again = {"callbacks": {"c": {"$ref": "#/components/callbacks/c"}}}

    def circular(schema: Any) -> Document:
        held = {"c": {"{$url}": item({**again, **body(schema)})}}
        return document(again, components={"callbacks": held})

    assert told(circular(TEXT), circular(NUMBER)) == ["ERR request-body-type-changed"]


def test_a_webhook_that_an_old_server_never_sends_is_missed_by_new_clients() -> None:
    (added,) = compared(document(), document(webhooks={"w": item({})}))
    assert (added.level.name, added.level_for_new_client.name) == ("INFO", "ERR")


def test_what_is_the_same_of_two_callbacks_to_one_address_is_accepted_one_by_one() -> None:
    def calling(schema: Any) -> Document:
        first, second = callback("a", body(schema)), callback("b", body(schema))
        both = {"callbacks": {**first["callbacks"], **second["callbacks"]}}
        again = callback("c", {**body(schema), **both})
        operations = {"/a": item(both), "/b": item(first), "/c": item(again)}
        return document(paths=operations)

    found = compared(calling(TEXT), calling(NUMBER))
    assert {change.operation for change in found} == {"POST {$url}"}
    assert len(found) == len({change.fingerprint for change in found}) == 6


def test_lone_callbacks_to_one_address_are_accepted_one_by_one() -> None:
    two = {"callbacks": {name: {"{$url}": item({})} for name in ("a", "b")}}
    old, new = (document(paths={"/a": item(more), "/b": item(more)}) for more in (two, {}))
    for found in (compared(old, new), compared(new, old)):
        assert len(found) == len({change.fingerprint for change in found}) == 4
