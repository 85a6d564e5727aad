"""The parts that every package carries, as far as emitted code calls them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compat.emit.runtime import counters
from compat.emit.runtime.counters import adder, counter, totals
from compat.emit.runtime.message import GapError, Reads, Request, Response
from compat.emit.runtime.values import own, same
from compat.lens.codecs import (
    BitCodec,
    Codec,
    ParameterCodec,
    RestyleCodec,
    ScaleCodec,
    TextCodec,
)
from compat.lens.encode import UnwritableError, encode
from compat.lens.ops import Convert, Lens
from compat.model.interface import Style
from compat.model.schema import ABSENT, Kind
from tests.compat.emit.making import plan_of, running
from tests.compat.lens.making import STYLES, documents

CODECS: tuple[Codec, ...] = (
    *(TextCodec(kind=kind) for kind in Kind),
    BitCodec(),
    *(
        ScaleCodec(numerator=over, denominator=under, integral=flag)
        for over, under in ((60, 1), (1, 60), (1024, 1000), (7, 3))
        for flag in (True, False)
    ),
    *(ParameterCodec(kind=kind) for kind in Kind),
    *(ParameterCodec(kind=kind, style=Style.PIPE) for kind in Kind),
    *(ParameterCodec(kind=Kind.INTEGER, style=style) for style in STYLES),
    *(RestyleCodec(old=old, new=new) for old in STYLES for new in STYLES),
)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.integers(-(10**4), 10**4).map(lambda number: number * 7 / 3),
    st.integers(-(10**17), 10**17).map(lambda number: number / 60),
    st.sampled_from([10**639, 10**640, -(10**640), 2**53, 2**53 + 1, 2.0**53, 1e308, 5e-324]),
)
TEXTS = st.one_of(
    NUMBERS.map(lambda number: str(number) if abs(number) < 10**640 else "1" * 641),
    st.sampled_from(["true", "TRUE", "042", "+1", " 1", "1_0", "-0", "1e5", "1.50", "nan"]),
    st.text(st.sampled_from("1,| \t;x"), max_size=5),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    TEXTS,
    st.lists(st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS), max_size=3),
    st.lists(TEXTS, max_size=3),
    st.just({"a": 1}),
)


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


Conversion: TypeAlias = tuple[Codec, bool, Callable[[Any], Any], Any]


@pytest.fixture(scope="module")
def conversions() -> Iterator[list[Conversion]]:
    """Each codec both ways, with the emitted function that uses it."""
    lenses: dict[str, Lens] = {
        f"codec_{number}": (Convert(codec=codec, difference="d1"),)
        for number, codec in enumerate(CODECS)
    }
    with running(plan_of(lenses)) as module:
        yield [
            (
                codec,
                way == "up",
                getattr(module(f"lenses.codec_{number}"), f"codec_{number}_{way}"),
                module,
            )
            for number, codec in enumerate(CODECS)
            for way in ("up", "down")
        ]


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=300)
@given(value=VALUES)
def test_codecs_encode_as_the_interpreter_does(conversions: Any, value: Any) -> None:
    for codec, forward, function, module in conversions:
        try:
            expected: Any = encode(codec, value, forward=forward)
        except UnwritableError:
            expected = "refused"
        try:
            found = function(own(value))
        except module("message").GapError:
            found = "refused"
        absent = expected is ABSENT and isinstance(found, module("values").Absent)
        assert absent or (type(found), repr(found)) == (type(expected), repr(expected)), codec


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


def test_counting_several_at_once_is_exact_from_many_threads() -> None:
    add, count = adder("several", "others", flow="up"), counter("several", "up")
    add_alone = adder("others", flow="up")

    def work() -> None:
        for number in range(5_000):
            add(number % 3, 1)
            add_alone(number % 2)
            count()
            if number % 1000 == 0:
                totals()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(2):
        assert totals()["several", "up"] == 4 * (4_999 + 5_000)
        assert totals()["others", "up"] == 4 * (5_000 + 2_500)


class Taken:
    """A lock that another thread has."""

    def acquire(self, *, blocking: bool = True) -> bool:
        assert not blocking, "this would wait"
        return False


def test_nobody_waits_to_count_while_the_counts_are_looked_at() -> None:
    add = adder("looked at", flow="up")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counters, "_LOOKING", Taken())
        for _ in range(3_000):
            add(2)
    add(1)
    assert totals()["looked at", "up"] == 6_001


def test_what_waits_to_be_summed_up_does_not_grow() -> None:
    add = adder("summed up", flow="up")
    for _ in range(5_000):
        add(1)
    waiting = next(each for each in counters._ADDERS if each.add == add)._waiting
    assert len(waiting) <= 1_001
    assert totals()["summed up", "up"] == 5_000
    assert not waiting


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


@pytest.mark.parametrize("pairs", ["a=b", b"a=b", {"a": "b"}])
def test_what_is_no_list_of_pairs_is_refused_at_once(pairs: Any) -> None:
    for make in (
        lambda: Request(method="GET", path="/", query=pairs),
        lambda: Request(method="GET", path="/", headers=pairs),
        lambda: Response(status=200, headers=pairs),
    ):
        with pytest.raises(TypeError, match=r"pairs: \[\(name, value\)\]"):
            make()


def test_a_gap_says_where_and_why() -> None:
    error = GapError("d1", "it is gone", operation="GET /a")
    assert str(error) == "GET /a: it is gone (difference d1)"


def test_a_gap_whose_message_begins_with_the_operation_names_it_once() -> None:
    error = GapError("d1", "GET /a is only in the new version", operation="GET /a")
    assert str(error) == "GET /a is only in the new version (difference d1)"
    error = GapError("d1", "GET /abc is gone", operation="GET /a")
    assert str(error) == "GET /a: GET /abc is gone (difference d1)"
