"""An operation that is known again at another path: who calls the old one is not answered."""

from typing import Any

from compat.differ.catalogue.example import DONE, Document, Example, document, run
from compat.differ.effect import Level


def at(path: str, **said: Any) -> Document:
    return document(paths={path: {"post": {**said, "responses": DONE}}})


def told(old: Document, new: Document) -> list[tuple[str, Level, Level]]:
    found = run(Example(meaning="", old=old, new=new)).changes
    return [(change.id, change.level, change.level_for_new_client) for change in found]


MOVED = [("endpoint-path-changed", Level.ERR, Level.ERR)]


def test_another_path_breaks_both_sides_however_the_operation_is_known() -> None:
    assert told(at("/a", operationId="x"), at("/b", operationId="x")) == MOVED
    assert told(at("/v1/a"), at("/v2/a")) == MOVED


def test_another_name_of_a_parameter_is_no_other_path() -> None:
    assert told(at("/a/{b}"), at("/a/{c}")) == []


def test_the_same_path_below_another_base_is_no_other_path() -> None:
    old = {**at("/a"), "servers": [{"url": "/v1"}]}
    assert "endpoint-path-changed" not in {rule for rule, _, _ in told(old, at("/v1/a"))}


def test_of_a_draft_no_path_is_promised() -> None:
    old = at("/a", operationId="x", **{"x-stability-level": "draft"})
    new = at("/b", operationId="x", **{"x-stability-level": "draft"})
    assert told(old, new) == [("endpoint-path-changed", Level.INFO, Level.ERR)]
