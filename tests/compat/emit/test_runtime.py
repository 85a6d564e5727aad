"""The parts that every package carries, as far as emitted code calls them."""

import threading
from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given

from compat.emit.runtime.counters import counter, totals
from compat.emit.runtime.message import GapError, Reads, Request, Response
from compat.emit.runtime.values import own, same
from tests.compat.lens.making import documents


@given(documents)
def test_a_copy_is_the_same_and_shares_nothing(value: Any) -> None:
    copy = own([value, value])
    assert same(copy, [value, value])
    mutable = {id(each) for each in containers(value)}
    found = [id(each) for each in containers(copy)]
    assert not mutable & set(found)
    assert len(set(found)) == len(found)


def containers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value, *(found for each in value.values() for found in containers(each))]
    if isinstance(value, list):
        return [value, *(found for each in value for found in containers(each))]
    return []


def test_what_stands_in_two_places_comes_out_as_two() -> None:
    shared: dict[str, Any] = {"a": []}
    copy: Any = own({"x": shared, "y": [shared], "z": shared["a"]})
    copy["x"]["a"].append(1)
    assert copy["y"] == [{"a": []}]
    assert copy["z"] == []


def test_a_copy_is_as_deep_as_its_original() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    copy, depth = own(deep), 0
    while isinstance(copy, list) and copy:
        copy, depth = copy[0], depth + 1
    assert depth == 100_000


def test_objects_of_other_classes_are_copied_as_plain_ones() -> None:
    given_ = OrderedDict(a=[OrderedDict()], b=object)
    copy: Any = own(given_)
    assert type(copy) is dict
    assert type(copy["a"][0]) is dict
    assert copy["a"] is not given_["a"]


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "x", b"bytes", object()])
def test_what_holds_nothing_is_its_own_copy(value: object) -> None:
    assert own(value) is value


@pytest.mark.parametrize(
    "pair", [(1, 1.0), (1, True), (0, False), ([1], [1.0]), ({"a": 1}, {"a": True})]
)
def test_values_of_different_types_are_not_the_same(pair: tuple[Any, Any]) -> None:
    assert not same(*pair)
    assert same(pair[0], own(pair[0]))


def test_counting_is_exact_from_many_threads() -> None:
    count = counter("exact", "up")
    assert counter("exact", "up") is count

    def work() -> None:
        for _ in range(10_000):
            count()
            if _ % 1000 == 0:
                totals()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals()["exact", "up"] == 40_000


def test_messages_are_compared_by_what_they_say() -> None:
    request = Request(method="GET", path="/", query=[("a", "b")])
    assert request == Request(method="GET", path="/", query=[("a", "b")])
    assert request != Request(method="GET", path="/")
    assert Response(status=200) != Response(status=201)
    assert Reads(request=True, answer=False) == Reads(request=True, answer=False)
    assert request != "GET /"
    assert repr(Response(status=200)) == "Response(body=None, headers=[], records=None, status=200)"


def test_messages_copy_the_lists_they_are_made_of() -> None:
    headers = [("a", "b")]
    request = Request(method="GET", path="/", headers=headers)
    headers.clear()
    assert request.headers == [("a", "b")]


def test_a_gap_says_where_and_why() -> None:
    error = GapError("d1", "it is gone", operation="GET /a")
    assert str(error) == "GET /a: it is gone (difference d1)"
