"""Operations that only one version has: stand-ins, several calls for one, hooks."""

import pytest

from compat.intent.model import OperationIntent, RenameFields, Supply
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from compat.plan.bridge import HookKind
from tests.compat.plan.making import (
    NEW,
    OLD,
    Bridge,
    Message,
    bridge,
    call,
    intent,
    key,
    same_as,
    stands_in,
)
from tests.compat.plan.specs import interface


def operations(
    old: dict[str, str],
    new: dict[str, str],
    *entries: OperationIntent,
    bridges: tuple[tuple[str, RenameFields | Supply], ...] = (),
) -> Bridge:
    return bridge(interface(old), interface(new), intent(*bridges, operations=entries))


# --- nothing stands in ----------------------------------------------------------------------------


def test_an_operation_that_was_removed_is_refused_to_old_clients() -> None:
    made = operations({"GET /a": "{}", "GET /b": "{}"}, {"GET /a": "{}"})
    assert made.found == {"operation-removed GET /b": ("unbridgeable", "none")}
    exchange = made.exchange(OLD, "GET /b")
    assert exchange.calls == ()
    assert exchange.gap == made.plan.differences[0].id
    assert "old: GET /b" in made.plan.differences[0].stub


def test_an_operation_that_was_added_is_refused_by_name_to_new_clients() -> None:
    made = operations({"GET /a": "{}"}, {"GET /a": "{}", "GET /b": "{}"})
    assert made.found == {"operation-added GET /b": ("none", "lossy")}
    assert made.exchange(NEW, "GET /b").gap == made.plan.differences[0].id


# --- one for one ----------------------------------------------------------------------------------


def test_operations_are_the_same_by_a_person_s_word() -> None:
    made = operations(
        {"PUT /v/{id}": "{body!: {a: string}}"},
        {"PATCH /volumes/{volume}": "{body!: {a: string}}"},
        same_as("PUT /v/{id}", "PATCH /volumes/{volume}"),
    )
    assert made.found == {"operation-moved PUT /v/{id}": ("lossless", "lossless")}
    assert made.call(OLD, "PUT /v/{id}").operation == key("PATCH /volumes/{volume}")
    sent = made.sends(OLD, "PUT /v/{id}", Message(path={"id": "1"}, body={"a": "x"}))
    assert sent.path == {"volume": "1"}


@pytest.mark.parametrize(
    "entries",
    [
        (same_as("GET /a", "GET /c"), same_as("GET /b", "GET /c")),
        (same_as("GET /a", "GET /c"), same_as("GET /a", "GET /d")),
    ],
)
def test_an_operation_is_the_same_as_one_other_at_most(
    entries: tuple[OperationIntent, ...],
) -> None:
    with pytest.raises(IntentError, match="already"):
        operations({"GET /a": "{}", "GET /b": "{}"}, {"GET /c": "{}", "GET /d": "{}"}, *entries)


@pytest.mark.parametrize(
    "entry",
    [
        same_as("GET /x", "GET /c"),
        same_as("GET /a", "GET /x"),
        stands_in("GET /x", hook="f"),
        stands_in("GET /a", call("GET /x")),
    ],
)
def test_an_operation_that_is_not_there_is_an_error(entry: OperationIntent) -> None:
    with pytest.raises(IntentError, match="has no operation GET /x"):
        operations({"GET /a": "{}"}, {"GET /c": "{}"}, entry)


def test_another_operation_stands_in_for_a_removed_one() -> None:
    made = operations(
        {"GET /status": "{200: {state: UP|DOWN}}", "GET /info": "{200: {state: up|down}}"},
        {"GET /info": "{200: {state: up|down, more: string}}"},
        stands_in("GET /status", call("GET /info")),
    )
    assert made.found["operation-replaced GET /status"] == ("lossless", "none")
    assert made.call(OLD, "GET /status").operation == key("GET /info")
    got = made.gets(OLD, "GET /status", Message(body={"state": "up", "more": "x"}))
    assert got.body == {"state": "UP", "more": "x"}
    assert made.gaps == []


def test_an_old_operation_stands_in_for_a_new_one() -> None:
    made = operations(
        {"GET /info": "{200: {state: UP|}}"},
        {"GET /info": "{200: {state: UP|}}", "GET /status": "{200: {state: up|}}"},
        stands_in("GET /status", call("GET /info"), from_new=True),
    )
    assert made.found["operation-replaced GET /status"] == ("none", "lossless")
    assert made.gets(NEW, "GET /status", Message(body={"state": "UP"})).body == {"state": "up"}


def test_a_stand_in_s_differences_are_told_apart_from_the_pair_s() -> None:
    """The old version's partner serves its own namesake, too."""
    made = operations(
        {"GET /info": "{query: {a: string}}"},
        {"GET /info": "{query: {b!: string}}", "GET /status": "{query: {c: string}}"},
        stands_in("GET /status", call("GET /info"), from_new=True),
    )
    assert {name for name in made.found if name.startswith("parameter")} == {
        "parameter-removed GET /info query.a",
        "parameter-added GET /info query.b",
        "parameter-removed GET /info to GET /status query.a",
        "parameter-added GET /info to GET /status query.c",
    }


def test_a_person_s_function_drives_the_exchange() -> None:
    made = operations({"GET /a": "{}"}, {"GET /c": "{}"}, stands_in("GET /a", hook="whole"))
    assert made.exchange(OLD, "GET /a").hook == "whole"
    assert [(need.name, need.kind) for need in made.plan.hooks] == [("whole", HookKind.EXCHANGE)]
    assert made.found["operation-replaced GET /a"] == ("lossless", "none")


# --- one for several ------------------------------------------------------------------------------

LOGGER = {
    "PUT /logger": "{query: {force: boolean, trace: string}, "
    "body!: {log!: string, metrics: string}}"
}
PARTS = {
    "PUT /logger": "{query: {force: boolean}, body!: {log!: string}}",
    "PUT /metrics": "{query: {trace: string}, body!: {path!: string}}",
}


def split() -> Bridge:
    return operations(
        LOGGER,
        PARTS,
        stands_in(
            "PUT /logger", call("PUT /logger"), call("PUT /metrics", "body.metrics", into="")
        ),
        bridges=(("PUT /metrics body", RenameFields(names={"metrics": "path"})),),
    )


def test_one_request_becomes_several_each_with_its_share() -> None:
    made = split()
    exchange = made.exchange(OLD, "PUT /logger")
    assert [one.operation for one in exchange.calls] == [key("PUT /logger"), key("PUT /metrics")]
    assert exchange.calls[1].when == (("body", "metrics"),)
    assert exchange.calls[1].into == ()
    whole = Message(query=(("force", "true"), ("trace", "t")), body={"log": "/l", "metrics": "/m"})
    assert made.sends(OLD, "PUT /logger", whole) == Message(
        query=(("force", "true"),), body={"log": "/l"}
    )
    assert made.sends(OLD, "PUT /logger", whole, nth=1) == Message(
        query=(("trace", "t"),), body={"path": "/m"}
    )


def test_the_new_client_s_own_operation_crosses_as_it_does() -> None:
    made = split()
    assert made.call(NEW, "PUT /logger").operation == key("PUT /logger")
    assert made.exchange(NEW, "PUT /metrics").gap is not None


def test_what_no_call_takes_is_a_question_in_each() -> None:
    old = {"PUT /logger": "{body!: {log!: string, metrics: string, odd: string}}"}
    made = operations(
        old,
        PARTS,
        stands_in(
            "PUT /logger", call("PUT /logger"), call("PUT /metrics", "body.metrics", into="")
        ),
        bridges=(("PUT /metrics body", RenameFields(names={"metrics": "path"})),),
    )
    odd = [name for name in made.found if name.endswith(".odd")]
    assert odd == [
        "field-removed PUT /logger body.odd",
        "field-removed PUT /logger to PUT /metrics body.odd",
    ]
    with pytest.raises(Refused):
        made.sends(OLD, "PUT /logger", Message(body={"log": "/l", "odd": "x"}))


# --- several for one ------------------------------------------------------------------------------


def test_answers_are_joined_from_parts() -> None:
    """Each call is judged by its share of the answer."""
    made = operations(
        {"GET /vm": "{200: {state!: UP|DOWN, metrics!: {cpu!: string}, drives!: [string]}}"},
        {
            "GET /vm": "{200: {state!: up|down}}",
            "GET /metrics": "{200: {cpu: string}}",
            "GET /drives": "{200: {drives!: [string]}}",
        },
        stands_in(
            "GET /vm",
            call("GET /vm"),
            call("GET /metrics", into="metrics"),
            call("GET /drives", into=""),
        ),
    )
    assert made.found == {
        "operation-replaced GET /vm": ("lossless", "none"),
        "values-renamed GET /vm response 200.state": ("lossless", "lossless"),
        "field-became-optional GET /vm to GET /metrics response 200.metrics.cpu": (
            "needs-intent",
            "none",
        ),
        "field-removed GET /vm response 200.metrics": ("none", "none"),
        "field-removed GET /vm response 200.drives": ("none", "none"),
        "operation-added GET /metrics": ("none", "lossy"),
        "operation-added GET /drives": ("none", "lossy"),
    }
    assert made.gets(OLD, "GET /vm", Message(body={"state": "up"})).body == {"state": "UP"}
    assert made.gets(OLD, "GET /vm", Message(body={"cpu": "1"}), nth=1).body == {"cpu": "1"}
    assert made.gets(OLD, "GET /vm", Message(body={"drives": []}), nth=2).body == {"drives": []}
    calls = made.exchange(OLD, "GET /vm").calls
    assert [one.into for one in calls] == [None, ("metrics",), ()]


def test_a_part_of_an_answer_that_is_not_there_is_an_error() -> None:
    with pytest.raises(IntentError, match="the answer of GET /vm has no cpu"):
        operations(
            {"GET /vm": "{200: {state: string}}"},
            {"GET /a": "{200: {x: string}}"},
            stands_in("GET /vm", call("GET /a", into="cpu")),
        )


def test_an_entry_for_an_operation_that_is_stood_in_for_twice_is_an_error() -> None:
    with pytest.raises(IntentError, match="nothing in either interface matches GET /a"):
        operations(
            {"GET /a": "{}"},
            {"GET /b": "{}", "GET /c": "{}"},
            stands_in("GET /a", call("GET /b")),
            stands_in("GET /a", call("GET /c")),
        )
