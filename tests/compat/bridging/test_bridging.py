"""What a plan does about changes, and which of them are one."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from compat.bridging.bridging import Bridging
from compat.bridging.transitions import gathered
from compat.differ.catalogue.example import body, document, parameter, record
from compat.differ.change import Change
from compat.differ.documents import Document
from compat.differ.effect import Level
from compat.differ.gate import Accepted, Settings, gated
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.intent.model import NO_INTENT
from compat.intent.read import read_intent
from compat.load import load
from compat.model.interface import Interface
from compat.model.role import Role
from compat.plan.bridge import BridgePlan, Verdict
from compat.plan.planner import plan
from compat.report.changes.words import placed
from compat.source import load_interface
from tests.compat.cli.running import APPLIANCE
from tests.compat.plan.specs import interface, loaded
from tests.compat.report.planned import TODAY


@cache
def appliance() -> BridgePlan:
    path = APPLIANCE / "intent.yaml"
    old, new = (load_interface(str(APPLIANCE / f"{name}.yaml")).interface for name in ("v1", "v2"))
    return plan(old, new, read_intent(path.name, Path(path).read_bytes()), today=TODAY)


@cache
def alone() -> tuple[Change, ...]:
    made = appliance()
    return tuple(changes(made.old, made.new, Policy(today=TODAY)))


@cache
def together() -> tuple[Change, ...]:
    return gathered(alone(), Bridging.of(appliance()))


def one(rule: str, operation: str = "", within: str = "") -> Change:
    [found] = [
        each
        for each in together()
        if each.id == rule and each.operation == operation and within in placed(each)
    ]
    return found


def verdicts(change: Change) -> tuple[Verdict, Verdict]:
    crossings = [Bridging.of(appliance()).crossing(change, role) for role in Role]
    assert all(crossings)
    old, new = (each.verdict for each in crossings if each is not None)
    return old, new


def test_a_rename_is_one_change_as_bad_as_its_parts() -> None:
    found = one("response-property-renamed", "GET /volumes/{id}", "size_gib")
    assert (found.before, found.after) == ("size_gib", "capacity_bytes")
    assert [part.id for part in found.parts] == [
        "response-required-property-removed",
        "response-required-property-added",
    ]
    assert (found.level, found.level_for_new_client) == (Level.ERR, Level.ERR)
    assert found.old is not None
    assert found.new is not None
    assert (found.old.pointer, found.new.pointer) == (
        "/definitions/Volume/properties/size_gib",
        "/components/schemas/Volume/properties/capacity_bytes",
    )


def test_the_shim_is_judged_by_all_that_is_done_at_the_place() -> None:
    found = one("response-property-renamed", "GET /volumes/{id}", "size_gib")
    assert verdicts(found) == (Verdict.LOSSY, Verdict.LOSSLESS)
    crossing = Bridging.of(appliance()).crossing(found, Role.OLD_CLIENT)
    assert crossing is not None
    assert (
        crossing.treatment == "renamed, as the intent says; converted; a remainder is rounded down"
    )


@pytest.mark.parametrize(
    ("rule", "operation", "parts", "became"),
    [
        ("response-success-status-moved", "POST /volumes", 2, ("response 200", "response 201")),
        ("api-base-path-moved", "", 3, ("/v1", "/v2")),
        (
            "request-parameter-relocated",
            "PUT /volumes/{id}/publish",
            3,
            (["query parameter host", "query parameter protocol"], "request body"),
        ),
        (
            "response-property-enum-values-renamed",
            "PUT /volumes/{id}/publish",
            4,
            (["ISCSI", "NVMEOF"], ["iscsi", "nvmeof"]),
        ),
    ],
)
def test_what_went_and_what_came_is_one(
    rule: str, operation: str, parts: int, became: tuple[object, object]
) -> None:
    found = one(rule, operation)
    assert len(found.parts) == parts
    assert (found.before, found.after) == became


def test_no_change_is_lost_or_told_twice() -> None:
    told = [part for change in together() for part in (change.parts or (change,))]
    assert sorted(map(id, told)) == sorted(map(id, alone()))
    assert len(together()) < len(alone())


def test_without_a_word_for_it_a_rename_stays_two_changes() -> None:
    made = appliance()
    found = gathered(alone(), Bridging.of(plan(made.old, made.new, today=TODAY)))
    assert not any(change.id.endswith("-property-renamed") for change in found)


def test_every_change_that_breaks_a_client_is_known_to_the_plan() -> None:
    bridging = Bridging.of(appliance())
    loud = [each for each in alone() if Level.ERR in (each.level, each.level_for_new_client)]
    assert [placed(each) for each in loud if not bridging.differences(each)] == []


def test_a_value_of_an_enum_is_not_explained_by_another_value_of_the_appliance() -> None:
    """Each of them has a difference of its own, at the same place."""
    made = appliance()
    bridging = Bridging.of(plan(made.old, made.new, today=TODAY))
    added = [each for each in alone() if each.aspect == "enum-value" and each.after is not None]
    for change in added:
        for difference in bridging.differences(change):
            if difference.kind in ("value-added", "value-removed"):
                value = change.after if isinstance(change.after, str) else change.before
                assert difference.subject.endswith(f"={value}")


def accepted(*fingerprints: str, until: str = "2999-01-01") -> Settings:
    return Settings(
        accepted=tuple(
            Accepted(fingerprint=each, owner="storage", reason="nobody asks", until=until)
            for each in fingerprints
        )
    )


def test_a_transition_is_accepted_by_its_fingerprint_or_by_those_of_all_its_parts() -> None:
    made, found = appliance(), one("response-property-renamed", "GET /volumes/{id}", "size_gib")
    documents = (Document(old=made.old, new=made.new),)
    gone, come = found.parts
    for fingerprints, is_accepted in (
        ([found.fingerprint], True),
        ([gone.fingerprint, come.fingerprint], True),
        ([gone.fingerprint], False),
        ([], False),
    ):
        settings = accepted(*fingerprints)
        left = gated([found], documents, settings, TODAY)
        assert bool(left.accepted) is is_accepted
        assert left.complaints == ()
    late = gated([found], documents, accepted(found.fingerprint, until="2020-01-01"), TODAY)
    assert late.accepted == ()


def test_a_level_of_ones_own_for_the_parts_counts_for_a_transition_without_one() -> None:
    made, found = appliance(), one("response-property-renamed", "GET /volumes/{id}", "size_gib")
    levels = {part.id: Level.INFO for part in found.parts}
    documents = (Document(old=made.old, new=made.new),)
    quiet = gated([found], documents, Settings(levels=levels), TODAY)
    assert [each.level for each in quiet.open] == [Level.INFO]
    both = {**levels, found.id: Level.WARN}
    assert [
        each.level for each in gated([found], documents, Settings(levels=both), TODAY).open
    ] == [Level.WARN]


@pytest.mark.parametrize("role", Role)
def test_a_level_of_ones_own_for_a_transition_is_of_it_alone(role: Role) -> None:
    made, found = appliance(), one("response-property-renamed", "GET /volumes/{id}", "size_gib")
    documents = (Document(old=made.old, new=made.new),)
    settings = Settings(levels={found.id: Level.INFO})
    [told] = gated([found], documents, settings, TODAY).open
    assert told.level_for(role) is Level.INFO
    levels = [part.level_for(role) for part in found.parts]
    assert [part.level_for(role) for part in told.parts] == levels
    assert max(levels) > Level.INFO
    apart = gated(found.parts, documents, settings, TODAY).open
    assert [part.level_for(role) for part in apart] == levels


Pair = tuple[Mapping[str, str], str]  # operations and components, in short


def planned(old: Pair, new: Pair, intent: str = "") -> tuple[BridgePlan, tuple[Change, ...]]:
    """The plan, and the changes as they are told beside it."""
    ours, theirs = (interface(*each, name=f"v{at}.yaml") for at, each in enumerate((old, new), 1))
    word = read_intent("intent.yaml", intent.encode()) if intent else NO_INTENT
    made = plan(ours, theirs, word, today=TODAY)
    found = [*changes(ours, theirs, Policy(today=TODAY))]
    return made, gathered(found, Bridging.of(made))


def test_what_is_gone_is_told_by_what_it_is_and_not_by_its_rule() -> None:
    query = {"name": "x", "in": "query", "deprecated": True, "x-sunset": "some day"}
    held = record({"x": {"type": "string"}})
    ours, theirs = (
        loaded(each, f"v{at}.json")
        for at, each in enumerate((parameter({**query, "schema": {"type": "string"}}), body(held)))
    )
    word = "intent: 1\nbridges: [{at: POST /things request, move: {query.x: body.x}}]"
    made = plan(ours, theirs, read_intent("intent.yaml", word.encode()), today=TODAY)
    found = gathered([*changes(ours, theirs, Policy(today=TODAY))], Bridging.of(made))
    [told] = [each for each in found if each.id == "request-parameter-relocated"]
    assert "request-parameter-sunset-parse" in {part.id for part in told.parts}
    assert (told.before, told.after) == ("query parameter x", "request body")


def test_a_body_that_is_new_for_another_reason_is_no_relocation() -> None:
    old = ({"POST /a": "{query: {x: string}}"}, "{}")
    new = ({"POST /a": "{header: {x: string}, body!: {z!: string}}"}, "{}")
    made, told = planned(old, new)
    [body] = [each for each in told if each.id == "request-body-added-required"]
    crossing = Bridging.of(made).crossing(body, Role.OLD_CLIENT)
    assert crossing is not None
    assert crossing.verdict is Verdict.NEEDS_INTENT


def test_values_that_went_or_came_by_themselves_are_told_beside_a_mapping() -> None:
    old = ({"PUT /a": "{body!: L}"}, "{L: {state: ON|OFF|DIM}}")
    new = ({"PUT /a": "{body!: L}"}, "{L: {state: on|off}}")
    _, told = planned(old, new)
    [mapped] = [each for each in told if each.id.endswith("-enum-values-renamed")]
    assert (mapped.before, mapped.after) == (["ON", "OFF"], ["on", "off"])
    assert [each.before for each in told if each.id.endswith("-enum-value-removed")] == ["DIM"]


def test_a_value_is_crossed_as_it_is_itself() -> None:
    words = """
intent: 1
accept:
  - {difference: "value-removed L.s=b", reason: nobody asks, owner: me, then: pass}
"""
    old = ({"PUT /a": "{body!: L}"}, "{L: {s: {type: string, enum: [k=b, b, z, y]}}}")
    new = ({"PUT /a": "{body!: L}"}, "{L: {s: {type: string, enum: [z, y]}}}")
    made, told = planned(old, new, words)
    bridging = Bridging.of(made)
    found = {each.before: bridging.crossing(each, Role.OLD_CLIENT) for each in told}
    verdicts_ = {value: each.verdict for value, each in found.items() if each is not None}
    assert verdicts_ == {"b": Verdict.LOSSY, "k=b": Verdict.NEEDS_INTENT}


def served(*urls: str) -> Interface:
    text = json.dumps(document(servers=[{"url": url} for url in urls]))
    return load("spec.json", lambda _: text.encode(), validate=False).interface


def test_a_server_with_a_host_that_went_is_told_beside_the_base_path() -> None:
    old = served("https://a.example/v1", "https://eu.example/v1")
    new = served("https://a.example/v2")
    made = plan(old, new, today=TODAY)
    told = gathered([*changes(old, new, Policy(today=TODAY))], Bridging.of(made))
    assert "api-server-removed" in {each.id for each in told}


def test_what_is_in_a_new_body_counts_where_the_operation_has_another_path() -> None:
    old = ({"PUT /v1/a": "{}"}, "{Spec: {z!: string}}")
    new = ({"PUT /v2/a": "{body!: Spec}"}, "{Spec: {z!: string}}")
    made, told = planned(old, new)
    [body] = [each for each in told if each.id == "request-body-added-required"]
    assert "field-added" in {each.kind for each in Bridging.of(made).differences(body)}


def test_a_value_that_reads_like_a_message_is_still_that_value() -> None:
    odd = "x' is a value of 'y"
    old = (
        {"PUT /a": "{body!: L}"},
        f"{{L: {{s: {{type: string, enum: [A, {json.dumps(odd)}]}}}}}}",
    )
    new = ({"PUT /a": "{body!: L}"}, "{L: {s: {type: string, enum: [a]}}}")
    _, told = planned(old, new)
    assert [each.before for each in told if each.id.endswith("-enum-value-removed")] == [odd]
