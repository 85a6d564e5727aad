"""One value and a list of them, bare lists and envelopes, pages."""

import pytest

from compat.intent.model import ReadPages, Supply, Then, UseHook
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from compat.model.schema import Json
from compat.plan.bridge import Paging, Slicing
from tests.compat.plan.making import (
    NEW,
    OLD,
    Bridge,
    Message,
    accepting,
    between,
    bridge,
    intent,
    volumes,
)
from tests.compat.plan.specs import interface

# --- one and many ---------------------------------------------------------------------------------


def test_one_value_is_a_list_of_one() -> None:
    made = between("{ip: string}", "{ip: [string]}")
    assert made.found == {"wrapped-in-list Volume.ip": ("lossy", "lossy")}
    assert made.asked(OLD, {"ip": "a"}) == made.answered(NEW, {"ip": "a"}) == {"ip": ["a"]}
    assert made.asked(NEW, {"ip": ["a"]}) == made.answered(OLD, {"ip": ["a"]}) == {"ip": "a"}


def test_more_than_one_is_refused_by_the_old_server_and_cut_for_the_old_client() -> None:
    made = between("{ip: string}", "{ip: [string]}")
    with pytest.raises(Refused):
        made.asked(NEW, {"ip": ["a", "b"]})
    assert made.answered(OLD, {"ip": ["a", "b"]}) == {"ip": "a"}


def test_an_empty_list_is_a_missing_value() -> None:
    made = between("{ip: string}", "{ip: [string]}")
    assert made.answered(OLD, {"ip": []}) == {}


def test_a_list_becomes_one_value() -> None:
    made = between("{ip: [string]}", "{ip: string}")
    assert made.found == {"unwrapped-from-list Volume.ip": ("needs-intent", "lossy")}
    assert made.asked(OLD, {"ip": ["a"]}) == {"ip": "a"}
    assert made.answered(OLD, {"ip": "a"}) == {"ip": ["a"]}
    with pytest.raises(Refused):
        made.asked(OLD, {"ip": ["a", "b"]})


@pytest.mark.parametrize(("then", "sent"), [(Then.PASS, ["a", "b"]), (Then.DROP, "a")])
def test_what_is_agreed_about_the_rest_of_a_list(then: Then, sent: Json) -> None:
    made = accepting("{ip: [string]}", "{ip: string}", unwrapped_from_list=then)
    assert made.asked(OLD, {"ip": ["a", "b"]}) == {"ip": sent}


def test_the_wrapped_value_is_led_too() -> None:
    made = between("{s: UP|DOWN}", "{s: [up|down]}")
    assert made.found["values-renamed Volume.s[]"] == ("lossless", "lossless")
    assert made.asked(OLD, {"s": "UP"}) == {"s": ["up"]}
    assert made.answered(OLD, {"s": ["down"]}) == {"s": "DOWN"}


def test_objects_and_maps_are_wrapped_like_texts() -> None:
    others = "{Ip: {v: string}}"
    made = bridge(volumes("{ip: Ip}", others), volumes("{ip: [Ip]}", others))
    assert made.asked(OLD, {"ip": {"v": "a"}}) == {"ip": [{"v": "a"}]}
    made = between(
        "{m: {type: object, additionalProperties: string}}",
        "{m: [{type: object, additionalProperties: string}]}",
    )
    assert made.asked(OLD, {"m": {"a": "b"}}) == {"m": [{"a": "b"}]}


def test_values_of_another_kind_are_no_list_of_it() -> None:
    made = between("{ip: string}", "{ip: [integer]}")
    assert made.found == {"type-changed Volume.ip": ("unbridgeable", "unbridgeable")}


def test_items_are_led_one_by_one() -> None:
    made = between("{s: [UP|DOWN]}", "{s: [up|down]}")
    assert made.asked(OLD, {"s": ["UP", "DOWN"]}) == {"s": ["up", "down"]}


def test_items_that_are_named_now_are_no_longer_anything() -> None:
    made = between("{s: array}", "{s: [string]}")
    assert made.found == {"value-specified Volume.s[]": ("needs-intent", "needs-intent")}
    assert between("{s: array}", "{s: array}").is_silent


def test_lists_of_fixed_places_must_be_the_same() -> None:
    def pair(first: str) -> str:
        return f"{{p: {{type: array, prefixItems: [{first}, integer]}}}}"

    made = bridge(volumes(pair("string"), dialect="3.1"), volumes(pair("string"), dialect="3.1"))
    assert made.is_silent
    made = bridge(volumes(pair("string"), dialect="3.1"), volumes(pair("boolean"), dialect="3.1"))
    assert made.found == {"type-changed Volume.p": ("unbridgeable", "unbridgeable")}


# --- maps -----------------------------------------------------------------------------------------


def test_the_values_of_a_map_are_led_one_by_one() -> None:
    made = between(
        "{m: {type: object, additionalProperties: UP|DOWN}}",
        "{m: {type: object, additionalProperties: up|down}}",
    )
    assert made.found == {"values-renamed Volume.m{}": ("lossless", "lossless")}
    assert made.asked(OLD, {"m": {"a": "UP"}}) == {"m": {"a": "up"}}


def test_a_free_map_becomes_an_object() -> None:
    made = between(
        "{m: {type: object, additionalProperties: string}}", "{m: {tier: string, size: string}}"
    )
    assert made.found == {"fields-specified Volume.m": ("none", "none")}
    assert made.asked(OLD, {"m": {"tier": "x", "else": "y"}}) == {"m": {"tier": "x", "else": "y"}}


def test_a_free_map_lacks_what_the_object_needs() -> None:
    made = between("{m: {type: object, additionalProperties: string}}", "{m: {tier!: UP|DOWN}}")
    assert made.found["fields-specified Volume.m"] == ("needs-intent", "needs-intent")
    assert made.found["field-became-required Volume.m.tier"] == ("needs-intent", "needs-intent")
    assert made.found["enum-closed Volume.m.tier"] == ("needs-intent", "needs-intent")


def test_an_object_becomes_a_free_one() -> None:
    made = between("{m: {tier: string}}", "{m: object}")
    assert made.found == {"fields-specified Volume.m": ("none", "none")}
    assert made.asked(OLD, {"m": {"tier": "x"}}) == {"m": {"tier": "x"}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{type: object, additionalProperties: string}", "object"),
        (
            "{type: object, properties: {a: string}, additionalProperties: string}",
            "{type: object, properties: {a: string}, additionalProperties: integer}",
        ),
    ],
)
def test_what_fields_without_a_name_hold_is_compared(old: str, new: str) -> None:
    made = between(f"{{m: {old}}}", f"{{m: {new}}}")
    assert list(made.found) == ["undeclared-fields-changed Volume.m"]
    assert made.gaps


# --- envelopes ------------------------------------------------------------------------------------

VOLUME = "{Volume: {name: string, size: integer}, Volumes: {entries!: [Volume], next: string}}"


def lists(old: str, new: str, *bridges: tuple[str, Supply | UseHook | ReadPages]) -> Bridge:
    return bridge(
        interface({"GET /volumes": old}, VOLUME),
        interface({"GET /volumes": new}, VOLUME),
        intent(*bridges),
    )


def test_a_bare_list_goes_into_an_envelope_of_its_own() -> None:
    made = lists("{200: [Volume]}", "{200: {entries!: [Volume]}}")
    assert made.found == {"enclosed GET /volumes response 200": ("lossless", "lossless")}
    listed: Json = [{"name": "a"}]
    assert made.gets(OLD, "GET /volumes", Message(body={"entries": listed})).body == listed
    assert made.gets(NEW, "GET /volumes", Message(body=listed)).body == {"entries": listed}


def test_a_list_comes_out_of_its_envelope() -> None:
    made = lists("{200: {entries!: [Volume]}}", "{200: [Volume]}")
    assert made.found == {"disclosed GET /volumes response 200": ("lossless", "lossless")}
    assert made.gets(OLD, "GET /volumes", Message(body=[])).body == {"entries": []}
    assert made.gets(NEW, "GET /volumes", Message(body={"entries": []})).body == []


def test_an_envelope_that_leaves_an_empty_list_out() -> None:
    made = lists("{200: [Volume]}", "{200: {entries: [Volume]}}")
    assert made.gets(OLD, "GET /volumes", Message(body={})).body == []
    made = lists("{200: {entries: [Volume]}}", "{200: [Volume]}")
    assert made.gets(NEW, "GET /volumes", Message(body={})).body == []


def test_more_in_the_envelope_is_a_question() -> None:
    made = lists("{200: [Volume]}", "{200: Volumes}")
    assert made.found == {
        "enclosed GET /volumes response 200 to Volumes": ("needs-intent", "lossless")
    }


def test_what_the_envelope_must_have_besides_is_supplied() -> None:
    new = "{200: {entries!: [Volume], total!: integer}}"
    at = "GET /volumes response 200"
    made = lists("{200: [Volume]}", new, (at, Supply(values={"total": 0})))
    assert made.gets(NEW, "GET /volumes", Message(body=[])).body == {"entries": [], "total": 0}


def test_an_answer_gets_an_envelope_and_loses_it() -> None:
    made = lists("{200: Volume}", "{200: {data!: Volume}}")
    assert made.found == {"enclosed Volume to GET /volumes response 200": ("lossless", "lossless")}
    one: Json = {"name": "a"}
    assert made.gets(OLD, "GET /volumes", Message(body={"data": one})).body == one
    assert made.gets(NEW, "GET /volumes", Message(body=one)).body == {"data": one}
    made = lists("{200: {data!: Volume}}", "{200: Volume}")
    assert made.gets(OLD, "GET /volumes", Message(body=one)).body == {"data": one}


def test_one_field_in_common_is_too_little_for_an_envelope() -> None:
    made = between("{size: integer}", "{spec: {size: integer}}")
    assert set(made.found) == {"field-removed Volume.size", "field-added Volume.spec"}


def test_fields_of_the_same_name_inside_and_beside_are_two_differences() -> None:
    made = lists(
        "{200: {a: string, b: string}}",
        "{200: {data!: {a: string, b: string, c: string}, c!: string}}",
    )
    assert {
        "field-added GET /volumes response 200.c",
        "field-added GET /volumes response 200.data.c",
    } <= set(made.found)


# --- pages ----------------------------------------------------------------------------------------

AT = "GET /volumes response 200"
PAGES = ReadPages(entries="entries", token_field="next", token_query="start", size_query="max")
BARE = "{query: {node: string}, 200: [Volume]}"
PAGED = "{query: {node: string, max!: {type: integer, default: 0}, start: string}, 200: Volumes}"


def test_pages_are_read_to_the_end_for_an_old_client() -> None:
    made = lists(BARE, PAGED, (AT, PAGES))
    assert made.gaps == []
    call = made.call(OLD, "GET /volumes")
    assert call.paging == Paging(entries="entries", token_field="next", token_query="start")
    assert call.slicing is None
    assert made.sends(OLD, "GET /volumes", Message()).query == (("max", "0"),)


def test_pages_are_cut_for_a_new_client() -> None:
    made = lists(BARE, PAGED, (AT, PAGES))
    call = made.call(NEW, "GET /volumes")
    assert call.slicing == Slicing(
        entries="entries",
        token_field="next",
        token_query="start",
        size_query="max",
        numeric=False,
    )
    assert call.paging is None
    sent = made.sends(
        NEW, "GET /volumes", Message(query=(("max", "5"), ("start", "x"), ("node", "n")))
    )
    assert sent.query == (("node", "n"),)
    assert made.gets(NEW, "GET /volumes", Message(body=[])).body == {"entries": []}


def test_pages_that_were_given_up() -> None:
    made = lists(PAGED, BARE, (AT, PAGES))
    assert made.gaps == []
    assert made.call(NEW, "GET /volumes").paging is not None
    assert made.call(OLD, "GET /volumes").slicing is not None
    assert made.sends(OLD, "GET /volumes", Message(query=(("max", "5"),))).query == ()


def test_pages_without_a_size_are_read_and_not_cut() -> None:
    pages = ReadPages(entries="entries", token_field="next", token_query="start", size_query=None)
    made = lists("{200: [Volume]}", "{query: {start: string}, 200: Volumes}", (AT, pages))
    assert made.call(OLD, "GET /volumes").paging is not None
    assert made.call(NEW, "GET /volumes").slicing is None


def test_a_page_whose_token_is_a_number() -> None:
    new = "{query: {max: integer, start: integer}, 200: {entries!: [Volume], next: integer}}"
    made = lists("{200: [Volume]}", new, (AT, PAGES))
    slicing = made.call(NEW, "GET /volumes").slicing
    assert slicing is not None
    assert slicing.numeric


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (BARE, BARE.replace("node", "max")),
        (PAGED, PAGED),
        (BARE, PAGED.replace("start", "begin")),
        (BARE, PAGED.replace("Volumes", "{items: [Volume], next: string}")),
    ],
)
def test_pages_that_neither_or_each_version_has_are_an_error(old: str, new: str) -> None:
    with pytest.raises(IntentError, match="not exactly one version"):
        lists(old, new, (AT, PAGES))
