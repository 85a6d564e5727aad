"""JSON values: kinds, sameness, copies."""

from typing import cast

import pytest
from hypothesis import given

from compat.lens.value import identity, is_json, kind_of, own, same
from compat.model.schema import ABSENT, Json, Kind
from tests.compat.lens.exactly import alike
from tests.compat.lens.making import documents

NAN = float("nan")


def nested(levels: int) -> Json:
    value: Json = {}
    for _ in range(levels):
        value = [{"a": value}]
    return value


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, Kind.NULL),
        (True, Kind.BOOLEAN),
        (1, Kind.INTEGER),
        (1.0, Kind.NUMBER),
        ("", Kind.STRING),
        ([], Kind.ARRAY),
        ({}, Kind.OBJECT),
    ],
)
def test_every_json_value_has_a_kind(value: Json, kind: Kind) -> None:
    assert is_json(value)
    assert kind_of(value) is kind


@pytest.mark.parametrize("value", [ABSENT, b"{}", object(), (1,), {1}, 1j])
def test_what_is_no_json_value(value: object) -> None:
    assert not is_json(value)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, True),
        (1, 1.0),
        (0, False),
        (None, False),
        ("1", 1),
        (NAN, NAN),
        ([1], [True]),
        ([1], [1, 1]),
        ([], {}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 1}),
        ({"a": [{"b": None}]}, {"a": [{"b": 0}]}),
    ],
)
def test_values_that_are_not_the_same(left: Json, right: Json) -> None:
    assert not same(left, right)
    assert not same(right, left)
    assert identity(left) != identity(right)


@pytest.mark.parametrize("value", [0.0, {"a": [1, None, {"b": True}], "c": "x"}, [[], {}]])
def test_values_that_are_the_same(value: Json) -> None:
    assert same(value, own(value))


def test_the_order_of_fields_means_nothing_and_that_of_items_does() -> None:
    assert same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert not same([1, 2], [2, 1])
    assert same(0.0, -0.0)


@given(one=documents, other=documents)
def test_sameness_is_being_alike(one: Json, other: Json) -> None:
    assert same(one, own(one))
    assert same(one, other) == alike(one, other) or "-0.0" in f"{one}{other}"


@given(one=documents, other=documents)
def test_what_is_the_same_has_one_identity(one: Json, other: Json) -> None:
    assert identity(one) == identity(own(one))
    assert same(one, other) == (identity(one) == identity(other))


@given(document=documents)
def test_a_copy_is_alike(document: Json) -> None:
    assert alike(own(document), document)


def test_a_copy_shares_no_list_and_no_object() -> None:
    document = cast("dict[str, list[dict[str, Json]]]", {"a": [{"b": 1}]})
    copy = cast("dict[str, list[dict[str, Json]]]", own(cast("Json", document)))
    copy["a"][0]["b"] = 2
    copy["a"].append({})
    copy["c"] = []
    assert document == {"a": [{"b": 1}]}


def test_a_value_may_be_as_deep_as_memory() -> None:
    assert same(own(nested(50_000)), nested(50_000))
    assert not same(nested(50_000), nested(50_001))
