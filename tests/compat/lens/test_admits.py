"""What limits admit is what JSON Schema says, and exact where validators round."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from compat.lens.admits import Admits, fault_of
from compat.lens.ops import Limit
from compat.lens.value import kind_of
from compat.model.schema import Bounds, Json, Kind
from tests.compat.lens.making import MAKERS, documents


def schema_of(admits: Admits) -> dict[str, Any]:
    """The same in JSON Schema."""
    found: dict[str, Any] = {"required": list(admits.required)}
    for bound in fields(Bounds):
        first, *words = bound.name.split("_")
        limit = getattr(admits.bounds, bound.name)
        if limit is not None:
            found[first + "".join(map(str.title, words))] = limit
    if admits.kinds is not None:
        found["type"] = list(admits.kinds)
    if admits.values is not None:
        found["enum"] = list(admits.values)
    if admits.names is not None:
        found |= {"properties": dict.fromkeys(admits.names, True), "additionalProperties": False}
    return found


@st.composite
def limited(draw: st.DrawFn) -> tuple[Json, Limit]:
    """A value, and limits close to it."""
    value = draw(documents)
    op = MAKERS[Limit](draw, value)
    assert isinstance(op, Limit)
    return value, op


@given(st.data())
def test_what_is_admitted_is_what_a_schema_of_the_same_words_admits(data: st.DataObject) -> None:
    near, limit = data.draw(limited())
    for admits in (limit.admits, limit.back):
        if admits is not None and admits.bounds.multiple_of is None:
            schema = Draft202012Validator(schema_of(admits))
            for value in (near, data.draw(documents)):
                assert (fault_of(value, admits) is None) == schema.is_valid(value), value


@given(st.data())
def test_only_values_of_a_refused_kind_are_refused(data: st.DataObject) -> None:
    value, limit = data.draw(limited())
    for admits in (limit.admits, limit.back):
        if admits is not None and fault_of(value, admits) is not None:
            kind = kind_of(value)
            assert admits.refused & {kind, Kind.NUMBER if kind is Kind.INTEGER else kind}


@pytest.mark.parametrize(
    ("of", "value", "is_one"),
    [
        (0.01, 0.29, True),
        (0.01, 0.295, False),
        (0.01, 4.35, True),
        (3, 9.0, True),
        (3, 10**400, False),
        (0.1, float("inf"), False),
        (0.1, float("nan"), False),
        (2, True, True),  # no number
    ],
)
def test_multiples_are_exact(of: float, value: Json, is_one: bool) -> None:
    assert (fault_of(value, Admits(bounds=Bounds(multiple_of=of))) is None) == is_one


@pytest.mark.parametrize(
    ("items", "unique"),
    [
        ([1, 1.0], False),
        ([1, True], True),
        ([[1], [True]], True),
        ([{"a": [1]}, {"a": [1.0]}], False),
        (["1", 1, None, [], {}], True),
    ],
)
def test_items_are_the_same_by_value(items: Json, unique: bool) -> None:
    assert (fault_of(items, Admits(bounds=Bounds(unique_items=True))) is None) == unique


def test_an_integer_may_be_written_as_a_float() -> None:
    whole = Admits(kinds=(Kind.INTEGER,))
    assert fault_of(1.0, whole) is None
    assert fault_of(1.5, whole) == fault_of(True, whole) == "type"


def test_a_length_counts_code_points() -> None:
    assert fault_of("\N{GRINNING FACE}" * 2, Admits(bounds=Bounds(max_length=2))) is None


def test_a_pattern_that_cannot_be_read_is_no_limit() -> None:
    with pytest.raises(ValueError, match="not a pattern"):
        Admits(bounds=Bounds(pattern="(?<name>"))


@pytest.mark.parametrize("nothing", [{"kinds": ()}, {"values": ()}])
def test_what_admits_nothing_is_no_limit(nothing: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="nothing is admitted"):
        Admits(**nothing)
