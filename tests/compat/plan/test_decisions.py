"""Split and merge, copies, stashes and hooks."""

import pytest

from compat.intent.model import CopyFields, CutField, StashFields, Supply, UseHook
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from compat.model.schema import Json
from compat.plan.bridge import HookKind
from compat.plan.values.transitions import STASH_KEY
from tests.compat.plan.making import NEW, OLD, Message, between, bridge, intent
from tests.compat.plan.specs import interface

# --- split and merge ------------------------------------------------------------------------------

ADDRESS = CutField(field="address", parts=("host", "port"), separator=":", into_new=True)


def test_one_text_becomes_two_and_one_again() -> None:
    made = between("{address: string}", "{host: string, port: string}", ("Volume", ADDRESS))
    assert made.found == {"field-split Volume.address": ("lossless", "lossless")}
    assert made.asked(OLD, {"address": "a:1"}) == {"host": "a", "port": "1"}
    assert made.answered(OLD, {"host": "a", "port": "1"}) == {"address": "a:1"}


def test_two_texts_become_one_and_two_again() -> None:
    cut = CutField(field="address", parts=("host", "port"), separator=":", into_new=False)
    made = between("{host: string, port: string}", "{address: string}", ("Volume", cut))
    assert made.found == {"field-merged Volume.address": ("lossless", "lossless")}
    assert made.asked(OLD, {"host": "a", "port": "1"}) == {"address": "a:1"}
    assert made.answered(OLD, {"address": "a:1"}) == {"host": "a", "port": "1"}


def test_a_part_that_is_a_number_is_one() -> None:
    made = between("{address: string}", "{host: string, port: integer}", ("Volume", ADDRESS))
    assert made.asked(OLD, {"address": "a:1"}) == {"host": "a", "port": 1}
    assert made.asked(NEW, {"host": "a", "port": 1}) == {"address": "a:1"}


def test_a_parameter_is_cut_like_a_field() -> None:
    made = bridge(
        interface({"GET /v": "{query: {address: string}}"}),
        interface({"GET /v": "{query: {host: string, port: string}}"}),
        intent(("GET /v query", ADDRESS)),
    )
    sent = made.sends(OLD, "GET /v", Message(query=(("address", "a:1"),)))
    assert sent.query == (("host", "a"), ("port", "1"))
    sent = made.sends(NEW, "GET /v", Message(query=(("host", "a"), ("port", "1"))))
    assert sent.query == (("address", "a:1"),)


def test_a_part_that_both_versions_have_is_an_error() -> None:
    with pytest.raises(IntentError, match="no field port"):
        between(
            "{address: string, port: string}",
            "{host: string, port: string}",
            ("Volume", ADDRESS),
        )


# --- copies ---------------------------------------------------------------------------------------


def test_a_field_that_repeats_another_is_made_of_it() -> None:
    made = between(
        "{size: integer, virtual!: integer}",
        "{size: integer}",
        ("Volume", CopyFields(sources={"virtual": "size"})),
    )
    assert made.found == {"field-repeated Volume.virtual": ("lossless", "lossless")}
    assert made.answered(OLD, {"size": 1}) == {"size": 1, "virtual": 1}
    assert made.asked(OLD, {"size": 1, "virtual": 1}) == {"size": 1}


def test_a_field_that_will_repeat_another_is_made_of_it() -> None:
    made = between(
        "{size: integer}",
        "{size: integer, virtual!: integer}",
        ("Volume", CopyFields(sources={"virtual": "size"})),
    )
    assert made.asked(OLD, {"size": 1}) == {"size": 1, "virtual": 1}
    assert made.asked(NEW, {"size": 1, "virtual": 1}) == {"size": 1}


def test_the_field_repeated_may_be_the_one_that_goes() -> None:
    """`keep` was called `reserve` beside its old name for a while."""
    made = bridge(
        interface({"POST /prune": "{query: {keep: integer, reserve: integer}}"}),
        interface({"POST /prune": "{query: {reserve: integer}}"}),
        intent(("POST /prune query", CopyFields(sources={"reserve": "keep"}))),
    )
    sent = made.sends(OLD, "POST /prune", Message(query=(("keep", "1"),)))
    assert sent.query == (("reserve", "1"),)


def test_a_copy_of_a_field_that_neither_lacks_is_an_error() -> None:
    with pytest.raises(IntentError, match="no field"):
        between(
            "{a: string, b: string}",
            "{a: string, b: string}",
            ("Volume", CopyFields(sources={"a": "b"})),
        )


# --- stashes --------------------------------------------------------------------------------------


def test_what_the_peer_cannot_hold_travels_with_the_object() -> None:
    made = between(
        "{name: string, color: string}",
        "{name: string}",
        ("Volume", StashFields(fields=("color",))),
    )
    assert made.found == {"field-stashed Volume.color": ("lossless", "lossless")}
    sent = made.asked(OLD, {"name": "a", "color": "red"})
    assert isinstance(sent, dict)
    assert sent.keys() == {"name", STASH_KEY}
    assert made.answered(OLD, sent) == {"name": "a", "color": "red"}


def test_a_stash_of_the_new_version_s_fields() -> None:
    made = between(
        "{n: string}", "{n: string, tier: string}", ("Volume", StashFields(fields=("tier",)))
    )
    sent = made.asked(NEW, {"tier": "x"})
    assert made.answered(NEW, sent if isinstance(sent, dict) else {}) == {"tier": "x"}


def test_a_stash_of_a_field_that_both_have_is_an_error() -> None:
    with pytest.raises(IntentError, match="no field name"):
        between("{name: string}", "{name: string}", ("Volume", StashFields(fields=("name",))))


# --- hooks ----------------------------------------------------------------------------------------


def flatten(value: Json) -> Json:
    assert isinstance(value, dict)
    return {"total": sum(v for v in value.values() if isinstance(v, int))}


def same(value: Json) -> Json:
    return value


def test_a_hook_converts_a_value_that_nothing_else_can() -> None:
    made = between(
        "{n: string}",
        "{n: [integer]}",
        ("Volume.n", UseHook(name="numbers")),
        numbers_up=lambda value: [int(part) for part in str(value).split(",")],
        numbers_down=lambda value: ",".join(map(str, value if isinstance(value, list) else ())),
    )
    assert made.found == {"hooked Volume.n": ("lossless", "lossless")}
    assert made.asked(OLD, {"n": "1,2"}) == {"n": [1, 2]}
    assert made.answered(OLD, {"n": [1, 2]}) == {"n": "1,2"}
    assert [(need.name, need.kind) for need in made.plan.hooks] == [
        ("numbers_down", HookKind.VALUE),
        ("numbers_up", HookKind.VALUE),
    ]


def test_a_hook_on_an_object_takes_fields_over_and_leaves_the_rest() -> None:
    made = between(
        "{state: UP|DOWN, used: integer, free: integer}",
        "{state: up|down, total!: integer}",
        ("Volume", UseHook(name="sums", takes=("used", "free", "total"))),
        sums_up=lambda value: {
            **_known(value),
            "total": _number(value, "used") + _number(value, "free"),
        },
        sums_down=same,
    )
    assert made.found == {
        "field-hooked Volume.used.free.total": ("lossless", "lossless"),
        "values-renamed Volume.state": ("lossless", "lossless"),
    }
    sent = made.asked(OLD, {"state": "UP", "used": 1, "free": 2})
    assert sent == {"state": "up", "used": 1, "free": 2, "total": 3}


def _known(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value


def _number(value: Json, name: str) -> int:
    found = _known(value)[name]
    assert isinstance(found, int)
    return found


def test_a_hook_cannot_take_a_field_that_is_no_question() -> None:
    with pytest.raises(IntentError, match="no field name"):
        between(
            "{name: string}",
            "{name: string}",
            ("Volume", UseHook(name="f", takes=("name",))),
            f_up=same,
            f_down=same,
        )


def test_a_hook_on_a_parameter_is_given_its_texts() -> None:
    made = bridge(
        interface({"GET /v": "{query: {when: integer}}"}),
        interface({"GET /v": "{query: {when: string}}"}),
        intent(("GET /v query.when", UseHook(name="day"))),
        day_up=lambda texts: [f"day {text}" for text in texts] if isinstance(texts, list) else None,
        day_down=same,
    )
    assert made.sends(OLD, "GET /v", Message(query=(("when", "3"),))).query == (("when", "day 3"),)


def test_what_a_hook_left_out_is_still_a_question() -> None:
    made = between(
        "{used: integer, free: integer}",
        "{total!: integer}",
        ("Volume", UseHook(name="sums", takes=("used", "free"))),
        ("Volume", Supply(values={"total": 0})),
        sums_up=flatten,
        sums_down=same,
    )
    assert made.found["field-added Volume.total"] == ("defaulted", "lossy")
    with pytest.raises(Refused):
        made.asked(NEW, {"total": 1})
