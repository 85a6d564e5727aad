"""What of an intent fits nothing is pointed at where it stands, with what may have been meant."""

from dataclasses import replace

import pytest

from compat.intent.model import (
    Fix,
    MapEnum,
    MoveFields,
    RenameFields,
    ScaleUnit,
    StashFields,
    Supply,
)
from compat.intent.problem import IntentError
from compat.model.interface import Interface
from compat.model.schema import Json
from compat.plan.planner import plan
from tests.compat.plan.making import (
    PUT,
    TODAY,
    between,
    bridge,
    call,
    intent,
    interface,
    stands_in,
    volumes,
)

OLD, NEW = "{delay: integer, kept: string}", "{delay_ms: integer, kept: string}"
RENAMED = ("Volume", RenameFields(names={"delay": "delay_ms"}))
TYPED_WRONG = ("Volume", RenameFields(names={"dealy": "delay_ms"}))
SCALED = ("Volume.delay", ScaleUnit(numerator=1000, denominator=1))

# --- what may have been meant ---------------------------------------------------------------------


def test_an_entry_that_does_not_fit_goes_before_those_that_it_leaves_without_use() -> None:
    with pytest.raises(IntentError, match="Volume has no field dealy") as caught:
        between(OLD, NEW, SCALED, TYPED_WRONG)
    assert (caught.value.where, caught.value.hint) == ("intent.yaml:2:1", "did you mean delay?")


def test_the_new_name_of_a_rename_is_looked_for_among_the_new_ones() -> None:
    with pytest.raises(IntentError, match="no field delay_sm") as caught:
        between(OLD, NEW, ("Volume", RenameFields(names={"delay": "delay_sm"})))
    assert caught.value.hint == "did you mean delay_ms?"


def test_what_is_like_nothing_is_not_guessed_at() -> None:
    with pytest.raises(IntentError) as caught:
        between(OLD, NEW, ("Volume", RenameFields(names={"x": "delay_ms"})))
    assert "did you mean" not in caught.value.hint


@pytest.mark.parametrize(
    "action",
    [
        Supply(values={"delay_sm": 1}),
        StashFields(fields=("delay_sm",)),
        MoveFields(paths=((("delay",), ("delay_sm",)),)),
    ],
    ids=["default", "stash", "move"],
)
def test_other_actions_ask_the_same(action: Supply | StashFields | MoveFields) -> None:
    with pytest.raises(IntentError) as caught:
        between(OLD, NEW, ("Volume", action))
    assert caught.value.hint == "did you mean delay_ms?"


def test_an_address_is_looked_for_among_those_there_are() -> None:
    with pytest.raises(
        IntentError, match=r"nothing in either interface matches Volume\.dealy"
    ) as caught:
        between(OLD, NEW, RENAMED, ("Volume.dealy", SCALED[1]))
    assert caught.value.hint.startswith("did you mean Volume.delay?\n")


def test_a_difference_is_looked_for_among_those_found() -> None:
    told = intent(accept={"field-removed Volume.dealy": None})
    with pytest.raises(IntentError) as caught:
        bridge(volumes(OLD), volumes(NEW), told)
    assert caught.value.hint.startswith("did you mean field-removed Volume.delay?\n")


def test_an_operation_is_looked_for_among_those_there_are() -> None:
    old, new = interface({"GET /volumes": "{}", "GET /a": "{}"}), interface({"GET /a": "{}"})
    told = intent(operations=(stands_in("GET /volume", call("GET /a")),))
    with pytest.raises(IntentError, match="has no operation GET /volume") as caught:
        bridge(old, new, told)
    assert caught.value.hint == "did you mean GET /volumes?"


# --- OLD and NEW ----------------------------------------------------------------------------------


def numbered(volume: str, version: str) -> Interface:
    return replace(volumes(volume), version=version)


@pytest.mark.parametrize(
    ("old", "new", "asks"),
    [
        ("2", "1", True),
        ("v1.10.0", "v1.9", True),
        ("1", "2", False),
        ("1", "1", False),
        ("2026-01-01", "1", False),
        ("2", "next", False),
    ],
)
def test_whoever_swaps_the_versions_is_asked_whether_they_are(
    old: str, new: str, asks: bool
) -> None:
    """Only where they have numbers, and an entry does not fit."""
    pair = numbered(NEW, old), numbered(OLD, new)
    for told in (intent(RENAMED), intent(accept={"field-removed Volume.delay": None})):
        with pytest.raises(IntentError) as caught:
            bridge(*pair, told)
        assert ("are OLD and NEW swapped?" in caught.value.hint) is asks
    assert plan(*pair, today=TODAY).differences


def test_an_operation_of_the_other_version_asks_the_same() -> None:
    old, new = interface({"GET /a": "{}"}), interface({"GET /a": "{}", "GET /b": "{}"})
    told = intent(operations=(stands_in("GET /b", call("GET /a")),))
    with pytest.raises(IntentError) as caught:
        bridge(old, new, told)
    assert "swapped" in caught.value.hint


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("string", 5, "5 is not of type string"),
        ("integer", "5", '"5" is not of type integer'),
        ("integer", 1.5, "1.5 is not of type integer"),
        ("integer", True, "true is not of type integer"),
        ("x|y", "z", '"z" is none of "x", "y"'),
        ("string", None, "null is not of type string"),
        ("{type: string, maxLength: 2}", "abc", "long text"),
        ("{type: string, pattern: '^a'}", "b", ": text"),
        ("{type: integer, minimum: 3}", 2, "small number"),
        ("{type: string, format: uuid}", "x", "declared format"),
        ("[string]", "x", '"x" is not of type array'),
        ("[string]", ["x", 1], "1 (at [1]) is not of type string"),
        ("{b!: string, c: integer}", {"c": 1}, "lack of a field"),
        ("{b!: string, c: integer}", {"b": "x", "c": "y"}, '"y" (at c) is not of type integer'),
        ("{oneOf: [{type: string}, {type: integer}]}", [], "none of the variants"),
    ],
)
def test_a_value_that_its_version_does_not_admit_is_an_error(
    field: str, value: Json, why: str
) -> None:
    new = f"{{a: string, b!: {field}}}"
    with pytest.raises(IntentError, match="the value of b does not fit") as caught:
        between("{a: string}", new, ("Volume", Supply(values={"b": value})))
    assert why in caught.value.what
    assert caught.value.where == "intent.yaml:1:1"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("string", "5"),
        ("number", 5),
        ("integer", 5.0),
        ("string or null", None),
        ("x|y", "y"),
        ("{type: string, pattern: '(?<x'}", "any"),
        ("{b!: {type: string, readOnly: true}, c: integer}", {"c": 1}),
        ("{type: object, additionalProperties: {type: integer}}", {"x": 1}),
        ("{oneOf: [{type: string}, {type: integer}]}", 1),
        ("{not: {type: integer}}", "x"),
    ],
)
def test_a_value_that_its_version_admits_is_none(field: str, value: Json) -> None:
    old, new = (
        interface({PUT: "{body!: Volume}"}, f"{{Volume: {one}}}", dialect="3.1")
        for one in ("{a: string}", f"{{a: string, b!: {field}}}")
    )
    assert bridge(old, new, intent(("Volume", Supply(values={"b": value})))).gaps == []


def test_a_constant_is_held_against_its_schema_too() -> None:
    with pytest.raises(IntentError, match="5 is not of type string"):
        between("{a: string}", "{a: string, b!: string}", ("Volume", Fix(values={"b": 5})))


def test_a_value_is_held_against_the_version_that_it_is_for() -> None:
    """Old clients need not send it, and what the old version would admit is not asked."""
    told = ("Volume", Supply(values={"b": "word"}))
    assert between("{b: string}", "{b!: string}", told).gaps == []
    with pytest.raises(IntentError, match='"word" is none of "x", "y"'):
        between("{b: string}", "{b!: x|y}", told)


@pytest.mark.parametrize(("value", "fits"), [(7, True), ("7", True), ("x", False), ([], False)])
def test_a_parameter_s_value_may_be_the_text_that_stands_for_it(value: Json, fits: bool) -> None:
    old, new = interface({"GET /a": "{}"}), interface({"GET /a": "{query: {n!: integer}}"})
    told = intent(("GET /a query", Supply(values={"n": value})))
    if fits:
        assert bridge(old, new, told).gaps == []
        return
    with pytest.raises(IntentError, match="the value of n does not fit"):
        bridge(old, new, told)


@pytest.mark.parametrize(
    ("values", "back"), [((("x", 1),), ()), ((), ((1, "x"),))], ids=["values", "back"]
)
def test_what_a_value_becomes_is_of_a_type_that_is_there(
    values: tuple[tuple[Json, Json], ...], back: tuple[tuple[Json, Json], ...]
) -> None:
    told = ("Volume.a", MapEnum(values=values, back=back))
    with pytest.raises(IntentError, match=r"Volume\.a has no value 1") as caught:
        between("{a: x|y}", "{a: string}", told)
    assert caught.value.hint == "it has any string"
