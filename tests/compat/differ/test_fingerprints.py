"""Two changes have two fingerprints, so that who accepts one does not accept the other."""

from typing import Any

from compat.differ.catalogue.example import TODAY
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from tests.compat.differ.places.openapi3 import document
from tests.compat.differ.places.whole import OK
from tests.compat.differ.telling import Document, loaded


def at(path: str, **more: Any) -> Document:
    return document(paths={path: {"get": {"responses": OK, **more}}})


def fingerprints(old: Document, new: Document, days: int = 0) -> list[str]:
    policy = Policy(today=TODAY, stable_days=days)
    return [change.fingerprint for change in changes(loaded(old), loaded(new), policy)]


def test_every_end_and_every_promise_has_a_fingerprint_of_its_own() -> None:
    kept = at("/a", deprecated=True, **{"x-sunset": "2099-01-01"})
    ends = [
        fingerprints(kept, at("/a", deprecated=True, **more), 90)
        for more in ({"x-sunset": "2026-12-20"}, {"x-sunset": "2026-12-02"}, {})
    ]
    assert all(len(each) == 1 for each in ends)
    assert len({each[0] for each in ends}) == len(ends)
    promises = [
        fingerprints(at("/a"), at("/a", **{"x-stability-level": level}))
        for level in ("beta", "alpha", "draft")
    ]
    assert len({each for found in promises for each in found}) == len(promises)


def test_a_webhook_is_not_taken_for_a_path_of_its_name() -> None:
    def of(kind: str) -> Document:
        parameter = {"name": "q", "in": "query", "schema": {"type": kind}}
        item = {"post": {"parameters": [parameter], "responses": OK}}
        return document(paths={"/lamps": item}, webhooks={"/lamps": item})

    found = fingerprints(of("string"), of("integer"))
    assert len(found) == len(set(found)) == 2


def test_a_field_that_is_called_like_a_keyword_is_not_taken_for_it() -> None:
    def of(kind: str) -> Document:
        schema = {"type": kind}
        held = {"type": "object", "properties": {"items": schema}, "additionalProperties": schema}
        held["properties"] = {"additionalProperties": schema}
        content = {"application/json": {"schema": held}}
        operation = {"requestBody": {"content": content}, "responses": OK}
        return document(paths={"/a": {"put": operation}})

    found = fingerprints(of("string"), of("integer"))
    assert len(found) == len(set(found)) == 2
