"""An operation that is known again at another path: who calls the old one is not answered."""

from typing import Any

import pytest

from compat.differ.lifecycle import STABILITY
from tests.compat.differ.places.openapi3 import document
from tests.compat.differ.places.whole import OK
from tests.compat.differ.telling import Document, compared, told

MOVED = "ERR endpoint-path-changed"


def at(path: str, base: str = "", **more: Any) -> Document:
    servers: Document = {"servers": [{"url": base}]} if base else {}
    return document(paths={path: {"get": {"responses": OK, **more}}}, **servers)


def parameter(name: str) -> Document:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        (at("/a", operationId="x"), at("/b", operationId="x"), [MOVED]),
        (at("/v1/a"), at("/v2/a"), [MOVED]),
        (at("/a"), at("/a/"), ["WARN endpoint-path-changed"]),
        (at("/a/{x}", parameters=[parameter("x")]), at("/a/{y}", parameters=[parameter("y")]), []),
        (
            at("/a/{x}", parameters=[parameter("x")]),
            at("/a/{x:.*}", parameters=[parameter("x")]),
            [],
        ),
    ],
    ids=["by its operationId", "by its version", "a slash", "a parameter's name", "a regex"],
)
def test_an_operation_that_moves(old: Document, new: Document, rules: list[str]) -> None:
    assert told(old, new) == told(new, old) == rules


def test_an_operation_below_another_base_path_has_not_moved() -> None:
    rules = ["INFO api-server-added", "WARN api-base-path-changed"]
    assert told(at("/v1/a"), at("/a", base="/v1")) == rules
    assert MOVED not in told(at("/a", base="/v1"), at("/a", base="/v2"))


def test_another_path_breaks_new_clients_as_well_also_of_a_draft() -> None:
    draft = {"operationId": "x", STABILITY: "draft"}
    for more, level in (({"operationId": "x"}, "ERR"), (draft, "INFO")):
        (moved,) = compared(at("/a", **more), at("/b", **more))
        assert moved.id == "endpoint-path-changed"
        assert (moved.level.name, moved.level_for_new_client.name) == (level, "ERR")
