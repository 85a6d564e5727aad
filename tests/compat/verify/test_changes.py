"""In what two JSON values differ, place by place."""

import pytest
from hypothesis import given

from compat.lens.value import same
from compat.model.schema import Json
from compat.verify.changes import changes, pointer
from tests.compat.verify.schemas import VALUES


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["/a: 1 became 2"]),
        ({"a": 1}, {}, ["/a: 1 became nothing"]),
        ({}, {"a": None}, ["/a: nothing became None"]),
        ({"a": 1}, {"b": 1}, ["/a: 1 became nothing", "/b: nothing became 1"]),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, ["/a/1: 2 became 3", "/a/2: nothing became 4"]),
        ([1, 2], [1], ["/1: 2 became nothing"]),
        ({"a": [1]}, {"a": {"b": 1}}, ["/a: [1] became {'b': 1}"]),
        (1, True, ["/: 1 became True"]),
        (1, 1.0, ["/: 1 became 1.0"]),
        ({"a/b~": 1}, {}, ["/a~1b~0: 1 became nothing"]),
        ("x" * 100, "", [f"/: '{'x' * 76}... became ''"]),
    ],
    ids=repr,
)  # fmt: skip
def test_each_change_is_told_at_its_smallest_place(
    before: Json, after: Json, shown: list[str]
) -> None:
    assert [str(each) for each in changes(before, after)] == shown


@given(VALUES, VALUES)
def test_there_is_no_change_only_between_the_same(one: Json, other: Json) -> None:
    assert (not list(changes(one, other))) == same(one, other)


@given(VALUES, VALUES)
def test_what_changes_one_way_changes_back_the_other(one: Json, other: Json) -> None:
    there = {(each.path, repr(each.before), repr(each.after)) for each in changes(one, other)}
    back = {(each.path, repr(each.after), repr(each.before)) for each in changes(other, one)}
    assert there == back


def test_a_pointer_to_the_whole_is_a_stroke() -> None:
    assert pointer(()) == "/"
    assert pointer(("body", 0, "a")) == "/body/0/a"
