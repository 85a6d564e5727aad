"""Required and optional, null, and what a missing field means."""

import pytest

from compat.intent.model import Encode, Encoding, MapEnum, RenameFields, ScaleUnit, Supply, Then
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from compat.model.schema import Json
from tests.compat.plan.making import (
    NEW,
    OLD,
    PUT,
    Bridge,
    Message,
    accepting,
    between,
    bridge,
    volumes,
)
from tests.compat.plan.specs import interface

# --- required -------------------------------------------------------------------------------------


def test_a_field_that_became_required_must_be_supplied() -> None:
    made = between("{tier: string}", "{tier!: string}")
    assert made.found == {"field-became-required Volume.tier": ("needs-intent", "needs-intent")}
    with pytest.raises(Refused):
        made.asked(OLD, {})
    made = between("{tier: string}", "{tier!: string}", ("Volume", Supply(values={"tier": "slow"})))
    assert made.found == {"field-became-required Volume.tier": ("defaulted", "defaulted")}
    assert made.asked(OLD, {}) == {"tier": "slow"}
    assert made.asked(OLD, {"tier": "fast"}) == {"tier": "fast"}
    assert made.asked(NEW, {"tier": "slow"}) == {"tier": "slow"}
    assert made.answered(NEW, {}) == {"tier": "slow"}


def test_a_field_that_became_optional_must_be_supplied_to_the_old_one() -> None:
    made = between("{tier!: string}", "{tier: string}", ("Volume", Supply(values={"tier": "slow"})))
    assert made.found == {"field-became-optional Volume.tier": ("defaulted", "defaulted")}
    assert made.asked(NEW, {}) == {"tier": "slow"}
    assert made.answered(OLD, {}) == {"tier": "slow"}
    assert made.asked(OLD, {"tier": "slow"}) == {"tier": "slow"}


def test_what_a_missing_field_means_is_sent_to_whom_it_must_not_be_missing() -> None:
    """The default of the version that may leave it out says it."""
    made = between("{smt!: boolean}", "{smt: {type: boolean, default: false}}")
    assert made.found == {"field-became-optional Volume.smt": ("defaulted", "defaulted")}
    assert made.asked(NEW, {}) == {"smt": False}
    made = between("{n: {type: integer, default: 3}}", "{n!: integer}")
    assert made.asked(OLD, {}) == {"n": 3}


def test_the_intent_s_value_goes_before_the_default() -> None:
    stated = ("Volume", Supply(values={"n": 7}))
    made = between("{n: {type: integer, default: 3}}", "{n!: integer}", stated)
    assert made.asked(OLD, {}) == {"n": 7}


def test_a_value_may_be_stated_under_either_name_of_a_renamed_field() -> None:
    renamed = ("Volume", RenameFields(names={"ht": "smt"}))
    for name in ("ht", "smt"):
        stated = ("Volume", Supply(values={name: False}))
        made = between("{ht!: boolean}", "{smt: boolean}", renamed, stated)
        assert made.asked(NEW, {}) == {"ht": False}


@pytest.mark.parametrize(
    ("then", "refused"), [(None, False), (Then.PASS, False), (Then.REFUSE, True)]
)
def test_an_accepted_shortage_passes_or_is_refused(then: Then | None, refused: bool) -> None:
    made = accepting("{tier: string}", "{tier!: string}", field_became_required=then)
    assert made.found == {"field-became-required Volume.tier": ("lossy", "lossy")}
    if not refused:
        assert made.asked(OLD, {}) == {}
        return
    with pytest.raises(Refused):
        made.asked(OLD, {})


def test_a_supplied_value_is_in_the_words_of_the_version_that_needs_it() -> None:
    """It is not converted as what the other version sends is."""
    kib = ("Volume.size", ScaleUnit(numerator=1024, denominator=1))
    stated = ("Volume", Supply(values={"size": 2048}))
    made = between("{size: integer}", "{size!: integer}", kib, stated)
    assert made.asked(OLD, {}) == {"size": 2048}
    assert made.asked(OLD, {"size": 1}) == {"size": 1024}
    made = between("{size!: integer}", "{size: integer}", kib, stated)
    assert made.asked(NEW, {}) == {"size": 2048}
    assert made.asked(NEW, {"size": 2048}) == {"size": 2}


# --- defaults -------------------------------------------------------------------------------------


def defaulted(old: str, new: str, kind: str = "string", *more: tuple[str, ScaleUnit]) -> Bridge:
    def shape(default: str) -> str:
        stated = f", default: {default}" if default else ""
        return f"{{tier: {{type: {kind}{stated}}}}}"

    return between(shape(old), shape(new), *more)


def test_a_changed_default_keeps_its_meaning_for_each_client() -> None:
    made = defaulted("slow", "fast")
    assert made.found == {"field-default-changed Volume.tier": ("defaulted", "defaulted")}
    assert made.asked(OLD, {}) == {"tier": "slow"}
    assert made.asked(NEW, {}) == {"tier": "fast"}
    assert made.asked(OLD, {"tier": "cold"}) == {"tier": "cold"}
    assert made.answered(OLD, {}) == {}


def test_a_new_default_is_told_to_the_old_server() -> None:
    made = defaulted("", "fast")
    assert made.found == {"field-default-changed Volume.tier": ("none", "defaulted")}
    assert made.asked(OLD, {}) == {}
    assert made.asked(NEW, {}) == {"tier": "fast"}


def test_a_default_taken_away_is_told_to_the_new_server() -> None:
    made = defaulted("slow", "")
    assert made.found == {"field-default-changed Volume.tier": ("defaulted", "none")}
    assert made.asked(OLD, {}) == {"tier": "slow"}


def test_defaults_of_two_types_are_two_defaults() -> None:
    made = between(
        "{n: {type: [integer, boolean], default: 0}}",
        "{n: {type: [integer, boolean], default: false}}",
    )
    assert made.asked(OLD, {}) == {"n": 0}
    assert made.asked(NEW, {}) == {"n": False}


def test_the_same_default_in_another_unit_is_no_change() -> None:
    kib = ("Volume.tier", ScaleUnit(numerator=1024, denominator=1))
    made = defaulted("10", "10240", "integer", kib)
    assert made.found == {"unit-changed Volume.tier": ("lossy", "lossy")}
    assert made.asked(OLD, {}) == {}


def test_the_same_number_in_another_unit_is_another_default() -> None:
    kib = ("Volume.tier", ScaleUnit(numerator=1024, denominator=1))
    made = defaulted("10", "10", "integer", kib)
    assert made.asked(OLD, {}) == {"tier": 10240}
    assert made.asked(NEW, {}) == {"tier": 0}


def test_the_same_default_in_another_spelling_is_no_change() -> None:
    made = between(
        "{s: {type: string, enum: [FC, ISCSI], default: FC}}",
        "{s: {type: string, enum: [fc, iscsi], default: fc}}",
    )
    assert made.found == {"values-renamed Volume.s": ("lossless", "lossless")}


def test_the_same_default_in_another_encoding_is_no_change() -> None:
    made = between(
        "{n: {type: integer, default: 5}}",
        "{n: {type: string, default: '5'}}",
        ("Volume.n", Encode(encoding=Encoding.TEXT)),
    )
    assert made.found == {"encoding-changed Volume.n": ("lossless", "lossless")}


def test_a_default_that_the_other_version_does_not_admit_is_not_sent() -> None:
    made = between(
        "{s: {type: string, enum: [a, b], default: a}}",
        "{s: {type: string, enum: [b], default: b}}",
    )
    assert made.asked(OLD, {}) == {}
    assert made.asked(NEW, {}) == {"s": "b"}


def test_a_default_of_null_says_no_more_than_a_missing_field() -> None:
    made = between("{s: string or null}", "{s: {type: string, nullable: true, default: null}}")
    assert made.is_silent


# --- null -----------------------------------------------------------------------------------------

SPELLINGS = {
    "2.0": "{type: string, x-nullable: true}",
    "3.0": "{type: string, nullable: true}",
    "3.1": "{type: [string, 'null']}",
}


@pytest.mark.parametrize("old", SPELLINGS)
@pytest.mark.parametrize("new", SPELLINGS)
def test_the_three_spellings_of_null_are_one(old: str, new: str) -> None:
    shapes = [f"{{a: {SPELLINGS[dialect]}}}" for dialect in (old, new)]
    made = bridge(volumes(shapes[0], dialect=old), volumes(shapes[1], dialect=new))
    assert made.is_silent


@pytest.mark.parametrize("dialect", SPELLINGS)
def test_each_spelling_is_seen_when_it_comes(dialect: str) -> None:
    made = bridge(volumes("{a: string}"), volumes(f"{{a: {SPELLINGS[dialect]}}}", dialect=dialect))
    assert made.found == {"null-admitted Volume.a": ("lossy", "lossy")}


def test_null_for_an_optional_field_becomes_a_missing_one() -> None:
    made = between("{a: string}", "{a: string or null}")
    assert made.asked(NEW, {"a": None}) == {}
    assert made.answered(OLD, {"a": None}) == {}
    assert made.asked(OLD, {"a": "x"}) == {"a": "x"}


def test_null_that_is_no_longer_admitted_becomes_a_missing_field() -> None:
    made = between("{a: string or null}", "{a: string}")
    assert made.found == {"null-excluded Volume.a": ("lossy", "lossy")}
    assert made.asked(OLD, {"a": None}) == {}
    assert made.answered(NEW, {"a": None}) == {}


def test_null_for_a_required_field_becomes_its_default() -> None:
    made = between("{a!: {type: string, default: x}}", "{a!: string or null}")
    assert made.found == {"null-admitted Volume.a": ("defaulted", "defaulted")}
    assert made.asked(NEW, {"a": None}) == {"a": "x"}
    assert made.answered(OLD, {"a": None}) == {"a": "x"}


def test_null_for_a_required_field_becomes_what_the_intent_says() -> None:
    made = between("{a!: string or null}", "{a!: string}", ("Volume", Supply(values={"a": "-"})))
    assert made.found == {"null-excluded Volume.a": ("defaulted", "defaulted")}
    assert made.asked(OLD, {"a": None}) == {"a": "-"}


def test_null_for_a_required_field_needs_a_person_s_word() -> None:
    made = between("{a!: string}", "{a!: string or null}")
    assert made.found == {"null-admitted Volume.a": ("needs-intent", "needs-intent")}
    with pytest.raises(Refused):
        made.asked(NEW, {"a": None})


@pytest.mark.parametrize(
    ("then", "sent"), [(None, {"a": None}), (Then.PASS, {"a": None}), (Then.DROP, {})]
)
def test_accepted_null_passes_or_goes(then: Then | None, sent: Json) -> None:
    made = accepting("{a: string}", "{a: string or null}", null_admitted=then)
    assert made.asked(NEW, {"a": None}) == sent


def test_accepted_null_may_be_refused() -> None:
    made = accepting("{a: string}", "{a: string or null}", null_admitted=Then.REFUSE)
    with pytest.raises(Refused):
        made.asked(NEW, {"a": None})


def test_a_required_field_cannot_be_dropped() -> None:
    with pytest.raises(IntentError, match="then: drop"):
        accepting("{a!: string}", "{a!: string or null}", null_admitted=Then.DROP)


def test_null_is_seen_to_before_the_value_is_led() -> None:
    """No operation on the value meets a null that it would make something of."""
    made = between("{a: [string] or null}".replace(" or null", ""), "{a: {items!: [string]}}")
    assert made.asked(OLD, {"a": ["x"]}) == {"a": {"items": ["x"]}}
    old = "{a: {type: array, items: string, nullable: true}}"
    made = between(old, "{a: {entries!: [string]}}")
    assert made.asked(OLD, {"a": None}) == {}
    assert made.asked(OLD, {"a": ["x"]}) == {"a": {"entries": ["x"]}}


@pytest.mark.parametrize(
    ("old", "new", "body", "at"),
    [
        ("{a: [string]}", "{a: [string or null]}", {"a": [None]}, "Volume.a[]"),
        (
            "{a: {type: object, additionalProperties: string}}",
            "{a: {type: object, additionalProperties: string or null}}",
            {"a": {"x": None}},
            "Volume.a{}",
        ),
    ],
)
def test_null_in_a_list_or_map_has_no_field_that_could_go(
    old: str, new: str, body: Json, at: str
) -> None:
    made = between(old, new)
    assert made.found == {f"null-admitted {at}": ("needs-intent", "needs-intent")}
    with pytest.raises(Refused):
        made.asked(NEW, body)
    assert accepting(old, new, null_admitted=None).asked(NEW, body) == body


def test_null_as_the_whole_body_is_seen() -> None:
    old = interface({PUT: "{body!: string, 200: string}"})
    new = interface({PUT: "{body!: string or null, 200: string or null}"})
    made = bridge(old, new)
    assert made.found == {
        f"null-admitted {PUT} body": ("none", "needs-intent"),
        f"null-admitted {PUT} response 200": ("needs-intent", "none"),
    }
    assert made.asked(OLD, "a") == "a"
    with pytest.raises(Refused):
        made.answered(OLD, None)


def test_null_under_a_reference_is_a_field_s_null() -> None:
    others = "{Part: {size: integer}}"
    made = bridge(volumes("{p: Part}", others), volumes("{p: Part or null}", others))
    assert made.found == {"null-admitted Volume.p": ("lossy", "lossy")}
    assert made.asked(NEW, {"p": None}) == {}
    assert made.asked(NEW, {"p": {"size": 1}}) == {"p": {"size": 1}}


def test_a_value_that_stands_for_null_is_a_table_s_matter() -> None:
    made = between(
        "{a!: string}",
        "{a!: string or null}",
        ("Volume.a", MapEnum(values=(("", None),), back=())),
        ("Volume", Supply(values={"a": ""})),
    )
    assert made.answered(NEW, {"a": ""}) == {"a": None}
    assert made.asked(NEW, {"a": None}) == {"a": ""}


def test_parameters_hold_no_null() -> None:
    made = bridge(
        interface({"GET /v": "{query: {n: integer}}"}),
        interface({"GET /v": "{query: {n: integer or null}}"}),
    )
    assert made.is_silent
    sent = made.sends(NEW, "GET /v", Message(query=(("n", "1"),)))
    assert sent.query == (("n", "1"),)
