"""Fields that are renamed, removed, added, and what becomes of their values."""

import pytest

from compat.intent.model import Fix, RenameFields, Supply, Then
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from tests.compat.plan.making import NEW, OLD, between, bridge, intent, volumes
from tests.compat.plan.specs import interface

SIZE = ("Volume", RenameFields(names={"size": "bytes"}))


def test_a_renamed_field_has_its_own_name_on_each_side() -> None:
    made = between("{size: integer}", "{bytes: integer}", SIZE)
    assert made.found == {"field-renamed Volume.size": ("lossless", "lossless")}
    assert made.asked(OLD, {"size": 1}) == {"bytes": 1}
    assert made.answered(OLD, {"bytes": 1}) == {"size": 1}
    assert made.asked(NEW, {"bytes": 1}) == {"size": 1}
    assert made.answered(NEW, {"size": 1}) == {"bytes": 1}


def test_without_a_person_s_word_it_is_a_removal_and_an_addition() -> None:
    made = between("{size: integer}", "{bytes: integer}")
    assert made.found == {
        "field-removed Volume.size": ("needs-intent", "none"),
        "field-added Volume.bytes": ("none", "lossy"),
    }


def test_names_that_change_places_are_led_past_each_other() -> None:
    names = RenameFields(names={"a": "b", "c": "d"})
    made = between("{a: string, c: string}", "{d: string, b: string}", ("Volume", names))
    assert made.asked(OLD, {"a": "1", "c": "2"}) == {"b": "1", "d": "2"}
    assert made.asked(NEW, {"b": "1", "d": "2"}) == {"a": "1", "c": "2"}


def test_a_renamed_field_s_value_is_led_too() -> None:
    made = between(
        "{state: ON|OFF}", "{mode: on|off}", ("Volume", RenameFields(names={"state": "mode"}))
    )
    assert made.asked(OLD, {"state": "ON"}) == {"mode": "on"}
    assert made.answered(OLD, {"mode": "off"}) == {"state": "OFF"}


def test_a_rename_counts_wherever_the_component_is_met() -> None:
    old, new = "{size: integer, twin: Volume or null}", "{bytes: integer, twin: Volume or null}"
    made = between(old, new, SIZE)
    assert made.found == {"field-renamed Volume.size": ("lossless", "lossless")}
    assert made.asked(OLD, {"twin": {"size": 1, "twin": None}}) == {
        "twin": {"bytes": 1, "twin": None}
    }


def test_a_rename_skips_the_pairs_that_it_does_not_fit() -> None:
    """An address may stand for several pairs of schemas."""
    old = volumes("{size: integer, part: Part}", "{Part: {size: integer}}")
    new = volumes(
        "{bytes: integer, part: Brief}", "{Brief: {size: integer}, Part: {size: integer}}"
    )
    assert bridge(old, new, intent(SIZE)).gaps == []


@pytest.mark.parametrize(
    ("names", "missing"),
    [({"size": "octets"}, "octets"), ({"length": "bytes"}, "length"), ({"name": "bytes"}, "name")],
)
def test_a_rename_that_fits_nowhere_is_an_error(names: dict[str, str], missing: str) -> None:
    with pytest.raises(IntentError, match=missing) as caught:
        between(
            "{size: integer, name: string}",
            "{bytes: integer, name: string}",
            ("Volume", RenameFields(names={"size": "bytes"} | names)),
        )
    assert caught.value.where == "intent.yaml:1:1"
    assert caught.value.hint


# --- removed and added ----------------------------------------------------------------------------


def test_what_a_new_client_alone_can_ask_for_is_refused_by_name() -> None:
    made = between("{name: string}", "{name: string, tier: string}")
    assert made.found == {"field-added Volume.tier": ("none", "lossy")}
    assert made.asked(NEW, {"name": "a"}) == {"name": "a"}
    with pytest.raises(Refused) as caught:
        made.asked(NEW, {"tier": "fast"})
    assert caught.value.path == ("body", "tier")
    assert caught.value.difference == made.plan.differences[0].id


def test_what_a_new_client_says_with_the_default_says_nothing() -> None:
    made = between("{n: string}", "{n: string, tier: {type: string, default: slow}}")
    assert made.asked(NEW, {"tier": "slow"}) == {}
    with pytest.raises(Refused):
        made.asked(NEW, {"tier": "fast"})


def test_what_was_taken_away_needs_a_person_s_word() -> None:
    made = between("{name: string, color: string}", "{name: string}")
    assert made.found == {"field-removed Volume.color": ("needs-intent", "none")}
    with pytest.raises(Refused):
        made.asked(OLD, {"color": "red"})


def test_what_a_client_gets_beyond_what_it_knows_passes() -> None:
    made = between("{name: string}", "{name: string, tier: string}")
    assert made.answered(OLD, {"name": "a", "tier": "fast"}) == {"name": "a", "tier": "fast"}
    made = between("{name: string, color: string}", "{name: string}")
    assert made.answered(NEW, {"color": "red"}) == {"color": "red"}


def test_a_closed_object_gets_nothing_that_it_does_not_know() -> None:
    closed = "{type: object, properties: {name: string}, additionalProperties: false}"
    opened = closed.replace("name: string", "name: string, tier: string")
    made = between(closed, opened)
    assert made.found == {"field-added Volume.tier": ("lossy", "lossy")}
    assert made.answered(OLD, {"name": "a", "tier": "fast"}) == {"name": "a"}


def test_what_an_old_client_needs_and_does_not_get_must_be_supplied() -> None:
    made = between("{n: string, color!: string}", "{n: string}")
    assert made.found == {"field-removed Volume.color": ("needs-intent", "needs-intent")}
    with pytest.raises(Refused):
        made.answered(OLD, {})
    made = between(
        "{n: string, color!: string}", "{n: string}", ("Volume", Supply(values={"color": "gray"}))
    )
    assert made.found == {"field-removed Volume.color": ("needs-intent", "defaulted")}
    assert made.answered(OLD, {}) == {"color": "gray"}
    assert made.answered(OLD, {"color": "red"}) == {"color": "red"}
    assert made.asked(OLD, {"color": "gray"}) == {}


def test_a_required_field_with_a_default_is_supplied_by_itself() -> None:
    made = between("{n: string}", "{n: string, tier!: {type: string, default: slow}}")
    assert made.found == {"field-added Volume.tier": ("defaulted", "lossy")}
    assert made.asked(OLD, {}) == {"tier": "slow"}
    assert made.asked(NEW, {"tier": "slow"}) == {}
    assert made.answered(NEW, {}) == {"tier": "slow"}


def test_a_constant_is_sent_whatever_was_said() -> None:
    made = between(
        "{n: string}", "{n: string, kind!: string}", ("Volume", Fix(values={"kind": "block"}))
    )
    assert made.found == {"field-added Volume.kind": ("defaulted", "lossy")}
    assert made.asked(OLD, {}) == {"kind": "block"}
    assert made.asked(OLD, {"kind": "file"}) == {"kind": "block"}
    assert made.asked(NEW, {"kind": "block"}) == {}
    with pytest.raises(Refused):
        made.asked(NEW, {"kind": "file"})


@pytest.mark.parametrize(
    ("then", "sent"), [(Then.PASS, {"color": "red"}), (Then.DROP, {}), (Then.REFUSE, None)]
)
def test_an_accepted_removal_does_what_was_agreed(then: Then, sent: object) -> None:
    made = bridge(
        volumes("{n: string, color: string}"),
        volumes("{n: string}"),
        intent(accept={"field-removed Volume.color": then}),
    )
    assert made.gaps == []
    if sent is not None:
        assert made.asked(OLD, {"color": "red"}) == sent
        return
    with pytest.raises(Refused):
        made.asked(OLD, {"color": "red"})


# --- values that fit nothing ----------------------------------------------------------------------


def test_a_default_for_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(IntentError, match="no field colour"):
        between(
            "{n: string, color!: string}",
            "{n: string}",
            ("Volume", Supply(values={"colour": "gray"})),
        )


def test_a_default_that_nobody_misses_is_an_error() -> None:
    with pytest.raises(IntentError, match=r"Volume\.name needs no value"):
        between("{name: string}", "{name: string}", ("Volume", Supply(values={"name": "a"})))


def test_a_constant_for_a_field_that_both_have_is_an_error() -> None:
    with pytest.raises(IntentError, match=r"Volume\.name needs no value"):
        between("{name: string}", "{name: string}", ("Volume", Fix(values={"name": "a"})))


# --- what travels one way only --------------------------------------------------------------------


def test_a_read_only_field_is_no_matter_in_requests() -> None:
    made = between("{n: string, id!: {type: string, readOnly: true}}", "{n: string}")
    assert made.found == {"field-removed Volume.id": ("needs-intent", "none")}
    assert made.asked(OLD, {"id": "1"}) == {"id": "1"}
    with pytest.raises(Refused):
        made.answered(OLD, {})


def test_a_write_only_field_is_no_matter_in_answers() -> None:
    made = between("{n: string}", "{n: string, secret!: {type: string, writeOnly: true}}")
    assert made.found == {"field-added Volume.secret": ("needs-intent", "needs-intent")}
    assert made.answered(NEW, {}) == {}
    with pytest.raises(Refused):
        made.asked(OLD, {})


def test_a_field_that_can_be_written_no_longer_is_like_a_removed_one() -> None:
    made = between("{a: string}", "{a: {type: string, readOnly: true}}")
    assert made.found == {"field-became-read-only Volume.a": ("needs-intent", "none")}
    with pytest.raises(Refused):
        made.asked(OLD, {"a": "1"})
    assert made.answered(OLD, {"a": "1"}) == {"a": "1"}


def test_a_field_that_can_be_written_now_is_like_an_added_one() -> None:
    made = between("{a: {type: string, readOnly: true}}", "{a!: string}")
    assert made.found["field-was-read-only Volume.a"] == ("needs-intent", "needs-intent")
    with pytest.raises(Refused):
        made.asked(OLD, {})


def test_an_acceptance_that_hidden_fields_alone_match_matches_nothing() -> None:
    """Nobody is told of a difference there."""
    with pytest.raises(IntentError, match=r"matches field-removed Volume\.a"):
        bridge(
            interface(
                {"PUT /v": "{body!: Volume}"},
                "{Volume: {n: string, a: {type: string, readOnly: true}}}",
            ),
            interface({"PUT /v": "{body!: Volume}"}, "{Volume: {n: string}}"),
            intent(accept={"field-removed Volume.a": None}),
        )
