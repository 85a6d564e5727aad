"""Fields that moved: into an object, out of one, deeper, and what stays behind."""

import pytest

from compat.intent.model import MoveFields, RenameFields, ScaleUnit, Supply
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from compat.model.schema import Json
from tests.compat.plan.making import NEW, OLD, between, bridge, intent, volumes


def moves(*pairs: str) -> tuple[str, MoveFields]:
    """`size > spec.size` at Volume."""
    split = (pair.split(" > ") for pair in pairs)
    return "Volume", MoveFields(
        paths=tuple((tuple(old.split(".")), tuple(new.split("."))) for old, new in split)
    )


def test_a_field_goes_into_an_object_and_comes_out_again() -> None:
    made = between("{size: integer}", "{spec: {size: integer}}", moves("size > spec.size"))
    assert made.found == {"field-moved Volume.size": ("lossless", "lossless")}
    assert made.asked(OLD, {"size": 1}) == made.answered(NEW, {"size": 1}) == {"spec": {"size": 1}}
    assert made.asked(NEW, {"spec": {"size": 1}}) == {"size": 1}
    assert made.asked(OLD, {}) == {}


def test_a_field_comes_out_of_an_object_and_goes_in_again() -> None:
    made = between("{spec: {size: integer}}", "{size: integer}", moves("spec.size > size"))
    assert made.found == {"field-moved Volume.spec.size": ("lossless", "lossless")}
    assert made.asked(OLD, {"spec": {"size": 1}}) == {"size": 1}
    assert made.answered(OLD, {"size": 1}) == {"spec": {"size": 1}}


def test_an_object_that_both_have_keeps_the_rest() -> None:
    made = between(
        "{spec: {size: integer, tier: string}}",
        "{size: integer, spec: {tier: string}}",
        moves("spec.size > size"),
    )
    assert made.found == {"field-moved Volume.spec.size": ("lossless", "lossless")}
    body: Json = {"spec": {"size": 1, "tier": "x"}}
    assert made.asked(OLD, body) == {"size": 1, "spec": {"tier": "x"}}
    assert made.asked(NEW, {"size": 1, "spec": {"tier": "x"}}) == body


def test_several_fields_may_move_together_and_deep() -> None:
    made = between(
        "{a: string, b: string}",
        "{x: {y: {a: string}, b: string}}",
        moves("a > x.y.a", "b > x.b"),
    )
    assert set(made.found) == {"field-moved Volume.a", "field-moved Volume.b"}
    assert made.asked(OLD, {"a": "1", "b": "2"}) == {"x": {"y": {"a": "1"}, "b": "2"}}
    assert made.asked(NEW, {"x": {"y": {"a": "1"}, "b": "2"}}) == {"a": "1", "b": "2"}


def test_a_moved_field_s_value_is_led_like_one_that_stayed() -> None:
    made = between("{s: UP|DOWN}", "{spec: {s!: up|down}}", moves("s > spec.s"))
    assert made.found["field-became-required Volume.s"] == ("needs-intent", "needs-intent")
    assert made.asked(OLD, {"s": "UP"}) == {"spec": {"s": "up"}}
    assert made.answered(OLD, {"spec": {"s": "down"}}) == {"s": "DOWN"}


def test_a_moved_field_may_be_scaled() -> None:
    made = between(
        "{mib: integer}",
        "{spec: {kib: integer}}",
        moves("mib > spec.kib"),
        ("Volume.mib", ScaleUnit(numerator=1024, denominator=1)),
    )
    assert made.asked(OLD, {"mib": 1}) == {"spec": {"kib": 1024}}
    assert made.asked(NEW, {"spec": {"kib": 1024}}) == {"mib": 1}


def test_the_new_object_s_other_fields_are_additions() -> None:
    made = between(
        "{size: integer}", "{spec!: {size: integer, tier!: string}}", moves("size > spec.size")
    )
    assert made.found == {
        "field-moved Volume.size": ("lossless", "lossless"),
        "field-added Volume.spec.tier": ("needs-intent", "needs-intent"),
    }
    with pytest.raises(Refused):
        made.asked(OLD, {"size": 1})
    made = between(
        "{size: integer}",
        "{spec!: {size: integer, tier!: string}}",
        moves("size > spec.size"),
        ("Volume.spec", Supply(values={"tier": "slow"})),
    )
    assert made.asked(OLD, {"size": 1}) == {"spec": {"size": 1, "tier": "slow"}}
    assert made.asked(OLD, {}) == {"spec": {"tier": "slow"}}
    assert made.asked(NEW, {"spec": {"size": 1, "tier": "slow"}}) == {"size": 1}


def test_the_old_object_s_other_fields_are_removals() -> None:
    made = between(
        "{spec: {size: integer, tier: string}}", "{size: integer}", moves("spec.size > size")
    )
    assert made.found == {
        "field-moved Volume.spec.size": ("lossless", "lossless"),
        "field-removed Volume.spec.tier": ("needs-intent", "none"),
    }
    assert made.asked(OLD, {"spec": {"size": 1}}) == {"size": 1}
    with pytest.raises(Refused):
        made.asked(OLD, {"spec": {"size": 1, "tier": "x"}})


def test_a_holder_that_an_old_client_needs_comes_even_when_it_is_empty() -> None:
    made = between("{spec!: {size: integer}}", "{size: integer}", moves("spec.size > size"))
    assert made.answered(OLD, {}) == {"spec": {}}
    assert made.asked(OLD, {"spec": {}}) == {}


def test_a_move_out_of_an_object_that_is_renamed_too() -> None:
    """The rename comes first, or it would bury what has moved."""
    made = between(
        "{spec: {size: integer, tier: string}}",
        "{config: {bytes: integer, tier: string}}",
        ("Volume", RenameFields(names={"spec": "config"})),
        moves("spec.size > config.bytes"),
    )
    assert made.asked(OLD, {"spec": {"size": 1, "tier": "x"}}) == {
        "config": {"bytes": 1, "tier": "x"}
    }
    assert made.asked(NEW, {"config": {"bytes": 1, "tier": "x"}}) == {
        "spec": {"size": 1, "tier": "x"}
    }


@pytest.mark.parametrize("move", ["size > spec.length", "length > spec.size"])
def test_a_path_that_is_not_there_is_an_error(move: str) -> None:
    with pytest.raises(IntentError, match="no field") as caught:
        between("{size: integer}", "{spec: {size: integer}}", moves(move))
    assert caught.value.where == "intent.yaml:1:1"


def test_a_move_skips_the_pairs_that_it_does_not_fit() -> None:
    old = volumes("{size: integer, twin: Other}", "{Other: {x: string}}")
    new = volumes("{spec: {size: integer}, twin: Volume}")
    made = bridge(old, new, intent(moves("size > spec.size")))
    assert made.asked(OLD, {"size": 1}) == {"spec": {"size": 1}}
