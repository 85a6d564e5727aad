"""Two changes have two fingerprints, so that who accepts one does not accept the other."""

from typing import Any

import pytest

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


def union(*variants: Document, keyword: str = "oneOf") -> Document:
    content = {"application/json": {"schema": {keyword: [*variants]}}}
    return document(paths={"/a": {"put": {"requestBody": {"content": content}, "responses": OK}}})


def variant(title: str, name: str, most: int, **more: Any) -> Document:
    properties = {name: {"type": "string", "maxLength": most}, "n": {"type": "integer"}, **more}
    return {"type": "object", "title": title, "properties": properties}


def text(title: str, most: int) -> Document:
    return {"type": "string", "title": title, "maxLength": most}


def of_kind(kind: str) -> Document:
    return {"kind": {"type": "string", "enum": [kind]}}


WORDINGS: dict[str, tuple[Document, Document, Document]] = {
    "fields of several variants": (
        union(variant("Cat", "purr", 9), variant("Dog", "bark", 9)),
        union(variant("Cat", "purr", 8), variant("Dog", "bark", 7)),
        union(variant("A cat", "purr", 8), variant("A dog", "bark", 7)),
    ),
    "in another order": (
        union(variant("Cat", "purr", 9), variant("Dog", "bark", 9)),
        union(variant("Dog", "bark", 7), variant("Cat", "purr", 8)),
        union(variant("A dog", "bark", 7), variant("A cat", "purr", 8)),
    ),
    "what is told apart by a tag": (
        union(variant("X", "say", 9, **of_kind("x")), variant("Y", "say", 8, **of_kind("y"))),
        union(variant("Y", "say", 7, **of_kind("y")), variant("X", "say", 6, **of_kind("x"))),
        union(variant("X", "say", 7, **of_kind("y")), variant("Y", "say", 6, **of_kind("x"))),
    ),
    "a field more in each": (
        union(variant("Cat", "purr", 9), variant("Dog", "bark", 9)),
        union(variant("Cat", "purr", 8, a={}), variant("Dog", "bark", 7, b={})),
        union(variant("", "purr", 8, a={}), variant("", "bark", 7, b={})),
    ),
    "what is told apart by its place": (
        union(text("Name", 9), text("Id", 8), {"type": "integer", "title": "Number"}),
        union(text("Name", 7), text("Id", 6), {"type": "integer", "title": "Number"}),
        union(text("Id", 7), text("Name", 6), {"type": "integer", "title": "A number"}),
    ),
    "one that is gone": (
        union(text("Name", 9), {"type": "integer"}, {"type": "boolean"}),
        union({"type": "integer"}, {"type": "boolean"}),
        union({"type": "integer", "title": "Name"}, {"type": "boolean"}),
    ),
    "doubles": (
        union(text("Name", 9), text("Id", 9), {"type": "integer"}, keyword="anyOf"),
        union(text("Name", 9), text("Id", 9), {"type": "boolean"}, keyword="anyOf"),
        union(text("Name", 9), text("Name", 9), {"type": "boolean"}, keyword="anyOf"),
    ),
}


@pytest.mark.parametrize("about", WORDINGS)
def test_a_reworded_title_of_a_variant_leaves_the_fingerprints(about: str) -> None:
    old, new, reworded = WORDINGS[about]
    found = fingerprints(old, new)
    assert found
    assert found == fingerprints(old, reworded)


@pytest.mark.parametrize("about", WORDINGS)
def test_rewording_a_title_is_no_change(about: str) -> None:
    _, new, reworded = WORDINGS[about]
    assert fingerprints(new, reworded) == []


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf", "allOf"])
def test_a_variant_that_came_or_went_is_known_by_what_it_admits(keyword: str) -> None:
    kept = (variant("Cat", "purr", 9), variant("Dog", "bark", 9))

    def came(title: str, most: int) -> list[str]:
        return fingerprints(
            union(*kept, keyword=keyword),
            union(*kept, variant(title, "sing", most), keyword=keyword),
        )

    def went(title: str) -> list[str]:
        return fingerprints(
            union(*kept, variant(title, "sing", 9), keyword=keyword), union(*kept, keyword=keyword)
        )

    assert came("Bird", 9) == came("A bird", 9) != came("Bird", 8)
    assert went("Bird") == went("A bird") != []
