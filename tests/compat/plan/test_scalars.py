"""Enums, encodings, units, and limits on what a scalar may be."""

import pytest

from compat.intent.model import Encode, Encoding, MapEnum, ScaleUnit, Then
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from compat.model.schema import Json
from tests.compat.plan.making import (
    NEW,
    OLD,
    Bridge,
    accepting,
    between,
    bridge,
    intent,
    volumes,
)

# --- enums ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"), [("ISCSI|FC", "iscsi|fc"), ("NOT_READY|UP", "Not ready|up"), ("a-b|c", "aB|C")]
)
def test_values_that_differ_in_spelling_alone_are_the_same(old: str, new: str) -> None:
    made = between(f"{{s: {old}}}", f"{{s: {new}}}")
    assert made.found == {"values-renamed Volume.s": ("lossless", "lossless")}
    for one, other in zip(old.split("|"), new.split("|"), strict=True):
        assert made.asked(OLD, {"s": one}) == made.answered(NEW, {"s": one}) == {"s": other}
        assert made.asked(NEW, {"s": other}) == made.answered(OLD, {"s": other}) == {"s": one}


def test_two_values_of_one_spelling_pair_nobody() -> None:
    made = between("{s: ab|A B|x}", "{s: AB|x}")
    assert made.found == {
        "value-removed Volume.s=ab": ("needs-intent", "needs-intent"),
        "value-removed Volume.s=A B": ("needs-intent", "needs-intent"),
        "value-added Volume.s=AB": ("needs-intent", "lossy"),
    }


def test_stated_values_are_mapped_both_ways() -> None:
    made = between(
        "{s: slow|fast}",
        "{s: cold|hot}",
        ("Volume.s", MapEnum(values=(("slow", "cold"), ("fast", "hot")), back=())),
    )
    assert made.found == {"values-renamed Volume.s": ("lossless", "lossless")}
    assert made.asked(OLD, {"s": "fast"}) == {"s": "hot"}
    assert made.answered(OLD, {"s": "cold"}) == {"s": "slow"}
    assert made.asked(OLD, {"s": "else"}) == {"s": "else"}


def test_a_value_that_becomes_one_of_another_s_is_lost_on_the_way() -> None:
    made = between(
        "{s: Up|Down}",
        "{s: Up|Down|Shutdown}",
        ("Volume.s", MapEnum(values=(), back=(("Shutdown", "Down"),))),
    )
    assert made.found == {"values-renamed Volume.s": ("lossy", "lossy")}
    assert made.answered(OLD, {"s": "Shutdown"}) == {"s": "Down"}
    assert made.asked(OLD, {"s": "Down"}) == {"s": "Down"}


def test_new_values_a_client_gets_need_a_person_s_word() -> None:
    made = between("{s: a|b}", "{s: a|b|c}")
    assert made.found == {"value-added Volume.s=c": ("needs-intent", "lossy")}
    assert made.asked(NEW, {"s": "c"}) == {"s": "c"}
    with pytest.raises(Refused):
        made.answered(OLD, {"s": "c"})


@pytest.mark.parametrize(("then", "got"), [(None, "c"), (Then.PASS, "c"), (Then.REFUSE, None)])
def test_an_accepted_value_passes_or_is_refused(then: Then | None, got: str | None) -> None:
    made = accepting("{s: a|b}", "{s: a|b|c}", value_added=then)
    assert made.found == {"value-added Volume.s=c": ("lossy", "lossy")}
    if got is not None:
        assert made.answered(OLD, {"s": "c"}) == {"s": got}
        return
    with pytest.raises(Refused):
        made.answered(OLD, {"s": "c"})
    assert made.answered(OLD, {"s": "a"}) == {"s": "a"}


def test_a_value_cannot_be_dropped() -> None:
    with pytest.raises(IntentError, match="then: drop"):
        accepting("{s: a|b}", "{s: a|b|c}", value_added=Then.DROP)


def test_an_enum_that_opens_or_closes_is_told() -> None:
    opened = between("{s: a|b}", "{s: string}")
    assert opened.found == {"enum-opened Volume.s": ("needs-intent", "lossy")}
    closed = between("{s: string}", "{s: a|b}")
    assert closed.found == {"enum-closed Volume.s": ("needs-intent", "needs-intent")}


def test_values_of_two_types_are_two_values() -> None:
    kinds = "type: [integer, boolean, string]"
    made = between(f"{{s: {{{kinds}, enum: [1, '1']}}}}", f"{{s: {{{kinds}, enum: [true, '1']}}}}")
    assert made.found == {
        "value-removed Volume.s=1": ("needs-intent", "needs-intent"),
        "value-added Volume.s=true": ("needs-intent", "lossy"),
    }


def test_the_order_of_values_means_nothing() -> None:
    assert between("{s: a|b|c}", "{s: c|a|b}").is_silent


@pytest.mark.parametrize("values", [(("slow", "warm"),), (("snail", "cold"),)])
def test_a_value_that_is_not_there_is_an_error(values: tuple[tuple[Json, Json], ...]) -> None:
    with pytest.raises(IntentError, match=r"Volume\.s has no value '(warm|snail)'"):
        between("{s: slow|x}", "{s: cold|x}", ("Volume.s", MapEnum(values=values, back=())))


# --- encodings and units --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "encoding", "value", "other_kind", "other"),
    [
        ("integer", Encoding.TEXT, 42, "string", "42"),
        ("number", Encoding.TEXT, 1.5, "string", "1.5"),
        ("boolean", Encoding.TEXT, True, "string", "true"),
        ("boolean", Encoding.BIT, True, "integer", 1),
    ],
)
def test_one_scalar_in_two_encodings(
    kind: str, encoding: Encoding, value: Json, other_kind: str, other: Json
) -> None:
    encode = ("Volume.n", Encode(encoding=encoding))
    for turned in (False, True):
        kinds = (other_kind, kind) if turned else (kind, other_kind)
        before, after = (other, value) if turned else (value, other)
        made = between(f"{{n: {kinds[0]}}}", f"{{n: {kinds[1]}}}", encode)
        assert made.found == {"encoding-changed Volume.n": ("lossless", "lossless")}
        assert made.asked(OLD, {"n": before}) == made.answered(NEW, {"n": before}) == {"n": after}
        assert made.asked(NEW, {"n": after}) == made.answered(OLD, {"n": after}) == {"n": before}


def test_without_a_person_s_word_another_type_is_refused() -> None:
    made = between("{n: integer}", "{n: string}")
    assert made.found == {"type-changed Volume.n": ("unbridgeable", "unbridgeable")}
    for role in (OLD, NEW):
        with pytest.raises(Refused):
            made.asked(role, {"n": 1})
        with pytest.raises(Refused):
            made.answered(role, {"n": 1})


def test_another_type_may_pass_by_a_person_s_word() -> None:
    made = accepting("{n: integer}", "{n: string}", type_changed=Then.PASS)
    assert made.asked(OLD, {"n": 1}) == {"n": 1}
    assert made.gaps == []


def test_an_encoding_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(IntentError, match="no encoding bit between integer and string"):
        between("{n: integer}", "{n: string}", ("Volume.n", Encode(encoding=Encoding.BIT)))


def test_a_unit_is_scaled_both_ways() -> None:
    made = between(
        "{n: integer}", "{n: integer}", ("Volume.n", ScaleUnit(numerator=1024, denominator=1))
    )
    assert made.found == {"unit-changed Volume.n": ("lossy", "lossy")}
    assert made.asked(OLD, {"n": 3}) == {"n": 3072}
    assert made.answered(OLD, {"n": 3073}) == {"n": 3}
    made = between(
        "{n: number}", "{n: number}", ("Volume.n", ScaleUnit(numerator=1, denominator=1000))
    )
    assert made.asked(OLD, {"n": 1500}) == {"n": 1.5}


# --- limits ---------------------------------------------------------------------------------------

UP_FITS = ("none", "none")
WIDER_UP = ("needs-intent", "needs-intent")  # an old client sends, and an old server answers, more
WIDER_DOWN = ("needs-intent", "lossy")


@pytest.mark.parametrize(
    ("limit", "old", "new", "verdicts"),
    [
        ("minimum", None, 0, WIDER_UP),
        ("minimum", 0, None, WIDER_DOWN),
        ("minimum", 0, -5, WIDER_DOWN),
        ("minimum", 0, 5, WIDER_UP),
        ("maximum", None, 0, WIDER_UP),
        ("maximum", 0, 5, WIDER_DOWN),
        ("multipleOf", 3, 6, WIDER_UP),
        ("multipleOf", 6, 3, WIDER_DOWN),
        ("multipleOf", 0.3, 0.1, WIDER_DOWN),
        ("minLength", None, 1, WIDER_UP),
        ("maxLength", 5, 0, WIDER_UP),
        ("maxLength", 5, None, WIDER_DOWN),
        ("pattern", None, "^a", WIDER_UP),
        ("pattern", "^a", None, WIDER_DOWN),
        ("minItems", 0, 1, WIDER_UP),
        ("maxItems", 0, 1, WIDER_DOWN),
        ("uniqueItems", False, True, WIDER_UP),
        ("uniqueItems", True, False, WIDER_DOWN),
        ("minProperties", 0, 1, WIDER_UP),
        ("maxProperties", 1, 0, WIDER_UP),
    ],
)
def test_who_may_send_more_than_the_other_admits(
    limit: str, old: Json, new: Json, verdicts: tuple[str, str]
) -> None:
    kinds = {"min": "number", "max": "number", "mul": "number"}
    kind = kinds.get(limit[:3], "string")
    kind = "array" if limit.endswith("Items") else kind
    kind = "string" if limit.endswith("Length") else kind
    kind = "object" if limit.endswith("Properties") else kind
    old_shape, new_shape = (
        f"{{a: {{type: {kind}{'' if value is None else f', {limit}: {str(value).lower()}'}}}}}"
        for value in (old, new)
    )
    made = between(old_shape, new_shape)
    assert list(made.found.values()) == [verdicts], made.found


def test_an_excluded_end_is_the_tighter_one() -> None:
    made = between(
        "{n: {type: number, minimum: 5}}", "{n: {type: number, minimum: 5, exclusiveMinimum: true}}"
    )
    assert made.found == {"minimum-changed Volume.n": WIDER_UP}
    made = between(
        "{n: {type: number, maximum: 5, exclusiveMaximum: true}}", "{n: {type: number, maximum: 5}}"
    )
    assert made.found == {"maximum-changed Volume.n": WIDER_DOWN}


@pytest.mark.parametrize(
    ("old", "new", "verdicts"),
    [
        ("int64", "int32", WIDER_UP),
        ("int32", "int64", WIDER_DOWN),
        ("", "int32", UP_FITS),
        ("", "uint64", WIDER_UP),
        ("uint8", "", WIDER_DOWN),
        ("int64", "uint32", WIDER_UP),
        ("int32", "uint32", WIDER_UP),
        ("int64", "double", UP_FITS),
    ],
)
def test_formats_of_numbers_are_ranges(old: str, new: str, verdicts: tuple[str, str]) -> None:
    shapes = [f"{{n: {{type: integer, format: '{name}'}}}}" for name in (old, new)]
    made = between(shapes[0], shapes[1])
    assert made.found == {"format-changed Volume.n": verdicts}


def test_numbers_and_integers() -> None:
    assert between("{n: integer}", "{n: number}").found == {"kinds-changed Volume.n": WIDER_DOWN}
    assert between("{n: number}", "{n: integer}").found == {"kinds-changed Volume.n": WIDER_UP}


def test_an_accepted_excess_passes() -> None:
    made = accepting("{n: number}", "{n: integer}", kinds_changed=None)
    assert made.found == {"kinds-changed Volume.n": ("lossy", "lossy")}


def lengths(then: Then) -> Bridge:
    return bridge(
        volumes("{s: string}"),
        volumes("{s: {type: string, maxLength: 5}}"),
        intent(accept={"max-length-changed Volume.s": then}),
    )


def test_an_accepted_excess_cannot_be_dropped_or_refused() -> None:
    for then in (Then.DROP, Then.REFUSE):
        with pytest.raises(IntentError, match="can only pass"):
            lengths(then)
    assert lengths(Then.PASS).gaps == []
