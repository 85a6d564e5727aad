"""Each codec by example: what it encodes, what it leaves alone, what it refuses."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.lens.codecs import (
    DIGITS_MAX,
    BitCodec,
    Codec,
    ParameterCodec,
    RestyleCodec,
    ScaleCodec,
    TextCodec,
)
from compat.lens.encode import UnwritableError, encode
from compat.lens.interpret import Context, apply
from compat.lens.ops import Convert, Focus, Value
from compat.lens.refusal import Refused
from compat.model.interface import Style
from compat.model.schema import ABSENT, Json, Kind
from tests.compat.lens.codec_domain import is_codec_exact
from tests.compat.lens.exactly import written

NAN, INFINITY = float("nan"), float("inf")
LONGEST = 10**DIGITS_MAX - 1

BOOLEAN = TextCodec(kind=Kind.BOOLEAN)
INTEGER = TextCodec(kind=Kind.INTEGER)
NUMBER = TextCodec(kind=Kind.NUMBER)
BIT = BitCodec()


def scale(numerator: int, denominator: int = 1, *, integral: bool = False) -> ScaleCodec:
    return ScaleCodec(numerator=numerator, denominator=denominator, integral=integral)


def parameter(kind: Kind, style: Style | None = None) -> ParameterCodec:
    return ParameterCodec(kind=kind, style=style)


def restyle(old: Style, new: Style) -> RestyleCodec:
    return RestyleCodec(old=old, new=new)


# old <-> new
THERE_AND_BACK: tuple[tuple[Codec, Json, Json], ...] = (
    (BOOLEAN, True, "true"),
    (BOOLEAN, False, "false"),
    (INTEGER, 42, "42"),
    (INTEGER, -1, "-1"),
    (INTEGER, LONGEST, "9" * DIGITS_MAX),
    (INTEGER, -LONGEST, "-" + "9" * DIGITS_MAX),
    (NUMBER, 42, "42"),
    (NUMBER, 1.5, "1.5"),
    (NUMBER, 1.0, "1.0"),
    (NUMBER, -0.0, "-0.0"),
    (NUMBER, 1e16, "1e+16"),
    (BIT, False, 0),
    (BIT, True, 1),
    (scale(1024), 3, 3072),
    (scale(1, 1024), 3072, 3),
    (scale(1000, 1024), 1024, 1000),
    (scale(1024), 10**400, 1024 * 10**400),
    (scale(1024, integral=True), -3, -3072),
    (scale(10**9), 0.29, 290_000_000),
    (scale(1000), 0.0001, 0.1),
    (scale(1, 60), 7, 7 / 60),
    (scale(1, 86400), 12345, 12345 / 86400),
    (scale(2), 1.25, 2.5),
    (parameter(Kind.STRING), ["x"], "x"),
    (parameter(Kind.STRING), ["42"], "42"),
    (parameter(Kind.INTEGER), ["42"], 42),
    (parameter(Kind.INTEGER), ["042"], "042"),
    (parameter(Kind.NUMBER), ["1.5"], 1.5),
    (parameter(Kind.BOOLEAN), ["true"], True),
    (parameter(Kind.BOOLEAN), ["1"], "1"),
    (parameter(Kind.INTEGER, Style.SIMPLE), ["1,2"], [1, 2]),
    (parameter(Kind.INTEGER, Style.SIMPLE), ["1,,x"], [1, "", "x"]),
    (parameter(Kind.STRING, Style.SIMPLE), [""], [""]),
    (parameter(Kind.STRING, Style.SIMPLE), [], []),
    (parameter(Kind.STRING, Style.SPACE), ["a b,c"], ["a", "b,c"]),
    (parameter(Kind.STRING, Style.TAB), ["a\tb c"], ["a", "b c"]),
    (parameter(Kind.NUMBER, Style.PIPE), ["1|1.5"], [1, 1.5]),
    (parameter(Kind.INTEGER, Style.MULTI), ["1", "2,3"], [1, "2,3"]),
    (parameter(Kind.INTEGER, Style.MULTI), [], []),
    (restyle(Style.SIMPLE, Style.MULTI), ["1,2"], ["1", "2"]),
    (restyle(Style.PIPE, Style.SIMPLE), ["1|2"], ["1,2"]),
    (restyle(Style.MULTI, Style.SPACE), ["", ""], [" "]),
    (restyle(Style.SIMPLE, Style.PIPE), [], []),
    (restyle(Style.SIMPLE, Style.PIPE), "1,2", "1,2"),
    (restyle(Style.SIMPLE, Style.PIPE), ["1,2", 3], ["1,2", 3]),
)

ONE_WAY: tuple[tuple[Codec, Json, Value], ...] = (
    (scale(1, 1024, integral=True), 3073, 3),
    (scale(1, 1024, integral=True), -1, -1),
    (scale(1, 2, integral=True), 5.0, 2),
    (scale(100, integral=True), 0.29, 29),
    (scale(1, 3), 1e300, 3.3333333333333335e299),
    (scale(1, 3), 10**400, 10**400 // 3),
    (scale(3), 1e308, 3 * 10**308),
    (scale(1, 1000), 5e-324, 0.0),
    (scale(2), -0.0, 0),
    (scale(1), 2.0, 2),
    (scale(7, 3), 3860228252031853.5, 2**53),
    (scale(7, 3), 3860228252031854.5, 2.0**53 + 2),
    (parameter(Kind.INTEGER), ["1", "2"], 2),
    (parameter(Kind.INTEGER), [], ABSENT),
    (parameter(Kind.INTEGER, Style.SIMPLE), ["1,2", "3"], [1, 2, 3]),
    (restyle(Style.SIMPLE, Style.MULTI), ["1,2", "3"], ["1", "2", "3"]),
    (restyle(Style.MULTI, Style.MULTI), ["1,2", "3"], ["1,2", "3"]),
)

# new -> old, where it is not the way back of old -> new
BACK_ONLY: tuple[tuple[Codec, Json, Value], ...] = (
    (scale(1024, integral=True), 1025, 1),
    (scale(3), 1, 1 / 3),
    (parameter(Kind.INTEGER), True, ["true"]),
    (parameter(Kind.INTEGER), "42", ["42"]),
    (parameter(Kind.BOOLEAN), 1.5, ["1.5"]),
    (parameter(Kind.STRING), None, []),
    (parameter(Kind.STRING, Style.SIMPLE), None, []),
    (parameter(Kind.STRING, Style.SIMPLE), 5, ["5"]),
    (parameter(Kind.STRING, Style.PIPE), [True, 1.0], ["true|1.0"]),
    (parameter(Kind.STRING, Style.MULTI), ["a,b", 1], ["a,b", "1"]),
)

_LEFT_ALONE: tuple[tuple[Codec, tuple[Json, ...]], ...] = (
    (BOOLEAN, (1, 1.0, None, "TRUE", "True", " true", "1", "", [True])),
    (INTEGER, (True, 1.0, None, [1], {"a": 1}, 10**DIGITS_MAX, "1" + "0" * DIGITS_MAX, "1" * 9999)),
    (INTEGER, ("042", " 1", "1 ", "+1", "-0", "1e3", "1.0", "1_0", "٤٢", "", "true")),
    (NUMBER, (True, None, NAN, INFINITY, -INFINITY, 10**DIGITS_MAX)),
    (NUMBER, ("1e3", "1.50", ".5", "NaN", "nan", "inf", "Infinity", "1e999", "false")),
    *((TextCodec(kind=kind), (1, "1", None)) for kind in (Kind.NULL, Kind.STRING, Kind.OBJECT)),
    (BIT, (2, -1, 0.0, 1.0, None, "true", [1])),
    (scale(2), (True, None, "2", [2], NAN, INFINITY)),
    (scale(2, integral=True), (False, NAN)),
)
LEFT_ALONE = [(codec, value) for codec, values in _LEFT_ALONE for value in values]

REFUSED: tuple[tuple[Codec, Json, str], ...] = (
    (parameter(Kind.STRING), {"a": 1}, "an object has no text in a parameter"),
    (parameter(Kind.STRING), ["a"], "a list does not fit in a parameter that holds one value"),
    (parameter(Kind.NUMBER), NAN, "such a number has no text in a parameter"),
    (parameter(Kind.NUMBER), 10**DIGITS_MAX, "such a number has no text in a parameter"),
    (parameter(Kind.STRING, Style.MULTI), {"a": 1}, "an object has no text in a parameter"),
    (parameter(Kind.STRING, Style.MULTI), [None], "null has no text in a parameter"),
    (parameter(Kind.STRING, Style.MULTI), [["a"]], "a list has no text in a parameter"),
    (parameter(Kind.STRING, Style.SIMPLE), ["a,b"], "'a,b' holds the separator ','"),
    (restyle(Style.SIMPLE, Style.MULTI), ["a", "b,c"], "'b,c' holds the separator ','"),
)


@pytest.mark.parametrize(("codec", "old", "new"), THERE_AND_BACK)
def test_there_and_back(codec: Codec, old: Json, new: Json) -> None:
    assert written(encode(codec, old, forward=True)) == written(new)
    assert written(encode(codec, new, forward=False)) == written(old)


@pytest.mark.parametrize(("codec", "old", "new"), THERE_AND_BACK)
def test_what_comes_back_is_in_the_domain(codec: Codec, old: Json, new: Json) -> None:
    """But for floats in another unit, whose domain is only these examples."""
    is_float = isinstance(codec, ScaleCodec) and isinstance(old, float)
    assert is_float != is_codec_exact(codec, old, forward=True), new


@pytest.mark.parametrize(("codec", "old", "new"), ONE_WAY)
def test_one_way(codec: Codec, old: Json, new: Value) -> None:
    assert written(encode(codec, old, forward=True)) == written(new)


@pytest.mark.parametrize(("codec", "new", "old"), BACK_ONLY)
def test_only_on_the_way_back(codec: Codec, new: Json, old: Value) -> None:
    assert written(encode(codec, new, forward=False)) == written(old)


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize(("codec", "value"), LEFT_ALONE)
def test_left_alone(codec: Codec, value: Json, forward: bool) -> None:
    assert written(encode(codec, value, forward=forward)) == written(value)


@pytest.mark.parametrize("style", [None, Style.SIMPLE, Style.MULTI])
@pytest.mark.parametrize("value", [None, "1", 1, {"a": ["1"]}, ["1", 2]])
def test_what_is_no_list_of_texts_is_not_read(value: Json, style: Style | None) -> None:
    codec = parameter(Kind.INTEGER, style)
    assert written(encode(codec, value, forward=True)) == written(value)


@pytest.mark.parametrize(("codec", "value", "reason"), REFUSED)
def test_refused(codec: Codec, value: Json, reason: str) -> None:
    with pytest.raises(UnwritableError) as caught:
        encode(codec, value, forward=False)
    assert caught.value.what == reason


def test_a_refusal_names_the_difference_and_the_place() -> None:
    convert = Convert(codec=parameter(Kind.STRING), forward=False, difference="0123456789ab")
    with pytest.raises(Refused) as caught:
        apply((Focus(path=("query", "a"), lens=(convert,)),), {"query": {"a": {}}}, Context())
    assert caught.value.difference == "0123456789ab"
    assert caught.value.path == ("query", "a")
    assert caught.value.reason == "an object has no text in a parameter"


def test_a_restyle_in_the_other_direction_refuses_the_other_separator() -> None:
    with pytest.raises(UnwritableError, match="holds the separator"):
        encode(restyle(Style.MULTI, Style.PIPE), ["a|b"], forward=True)


@given(value=st.integers(-(2**51), 2**51), factors=st.sampled_from([(1, 60), (7, 3)]))
def test_an_integer_comes_back_from_a_unit_where_it_is_no_integer(
    value: int, factors: tuple[int, int]
) -> None:
    codec = scale(*factors)
    there = encode(codec, value, forward=True)
    assert there is not ABSENT
    assert written(encode(codec, there, forward=False)) == written(value)


@given(cents=st.integers(-(10**9), 10**9))
def test_a_decimal_is_taken_for_what_it_says(cents: int) -> None:
    assert encode(scale(100), cents / 100, forward=True) == cents
    assert type(encode(scale(100), cents / 100, forward=True)) is int


@given(text=st.one_of(st.text(), st.integers().map(str), st.floats().map(str)))
def test_a_text_comes_back_from_every_kind(text: str) -> None:
    for kind in Kind:
        there = encode(TextCodec(kind=kind), text, forward=False)
        assert there is not ABSENT
        assert encode(TextCodec(kind=kind), there, forward=True) == text


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (1, 0), (-1, 1), (1, -1)])
def test_a_factor_that_is_none_is_no_scale(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="not a scale"):
        scale(numerator, denominator)


def test_a_deep_object_is_no_style_of_texts() -> None:
    with pytest.raises(ValueError, match="deepObject"):
        parameter(Kind.STRING, Style.DEEP)
    with pytest.raises(ValueError, match="deepObject"):
        restyle(Style.DEEP, Style.MULTI)
    with pytest.raises(ValueError, match="deepObject"):
        restyle(Style.MULTI, Style.DEEP)


def test_every_codec_has_an_example() -> None:
    assert {type(codec) for codec, *_ in THERE_AND_BACK} == set(get_args(Codec))
