"""JSON from strangers."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.site.json_text import DEPTH_MAX, DIGITS_MAX, parse_json
from core.site.problem import Problem

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text() | st.just(0.5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_json_is_read_as_ever(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode(errors="replace")) is not ...


@given(st.binary(max_size=200) | st.text('{}[]",:\\0e.-1', max_size=60).map(str.encode))
def test_whatever_else_it_is_a_problem_and_nothing_else(body: bytes) -> None:
    with suppress(Problem):
        parse_json(body)


def test_depth_is_counted_outside_of_texts() -> None:
    deep = b"[" * DEPTH_MAX + b"]" * DEPTH_MAX
    assert parse_json(deep)
    assert parse_json(b'"' + b"[" * 1000 + b'\\"["')
    with pytest.raises(Problem, match="nested"):
        parse_json(b"[" + deep + b"]")


def test_numbers_have_an_end() -> None:
    assert parse_json(b"1" * DIGITS_MAX) == int("1" * DIGITS_MAX)
    for text in (b"1" * (DIGITS_MAX + 1), b"1e400", b"-Infinity", b"0." + b"1" * DIGITS_MAX):
        with pytest.raises(Problem):
            parse_json(text)
