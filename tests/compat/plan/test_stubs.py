"""What is told to write for a gap closes it, once a person's word stands where the dots are."""

import re
from collections.abc import Iterator

import pytest
import yaml

from compat.intent.problem import IntentError
from compat.intent.read import read_intent
from compat.model.interface import Interface
from compat.plan.bridge import BridgePlan, Difference
from compat.plan.gate.stubs import default_stub, hook_stub, values_stub
from compat.plan.planner import plan
from compat.source import load_interface
from tests.compat.plan.making import PUT, TODAY, interface, volumes
from tests.shared import spec as published

PAIRS = (
    ("firecracker/v0.25.0.yaml", "firecracker/v1.0.0.yaml"),
    ("mayastor/v1.0.0.yaml", "mayastor/v2.0.0.yaml"),
    ("ctrlx-storage/v1.1.0.json", "ctrlx-storage/v1.4.2.json"),
)
VALUES = ("word", "1", "true", "{}", "[]", "0.5")
NODES = "GET /nodes/{node_id}/volumes"


def named(difference: Difference) -> str:
    return f"{difference.kind} {difference.subject}"


def words(gap: Difference, made: BridgePlan) -> Iterator[str]:
    """What a person might put where the dots are."""
    action = re.findall(r"^  (\w+):", gap.stub, re.MULTILINE)[0]
    place, _, _ = gap.subject.rpartition(".")
    match action:
        case "calls":
            other = made.new if gap.stub.startswith("- old") else made.old
            yield from (str(one.key) for one in other.operations)
        case "rename":
            added = (one.subject for one in made.differences if one.kind.endswith("-added"))
            yield from (one.rpartition(".")[2] for one in added if one.rpartition(".")[0] == place)
        case "values" | "back":
            yield "null"
        case _:
            yield from VALUES


def closes(old: Interface, new: Interface, gap: Difference, made: BridgePlan) -> bool:
    """Is there a word with which the gap is none any more?"""
    section = "operations" if re.match("- (old|new):", gap.stub) else "bridges"
    stub = gap.stub.replace("token: ...", "token: next_token").replace(
        "query: ...", "query: starting_token"
    )
    for word in words(gap, made):
        lines = (f"  {line}" for line in stub.replace("...", word).splitlines())
        text = "\n".join(("intent: 1", f"{section}:", *lines))
        try:
            left = plan(old, new, read_intent("intent.yaml", text.encode()), today=TODAY)
        except IntentError:
            continue
        if named(gap) not in map(named, left.open_gaps):
            return True
    return False


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_what_is_told_for_a_gap_of_published_specs_closes_it(old: str, new: str) -> None:
    ours, theirs = (
        load_interface(str(published(name)), validate=False).interface for name in (old, new)
    )
    made = plan(ours, theirs, today=TODAY)
    told = [gap for gap in made.open_gaps if gap.stub]
    assert told
    assert [named(gap) for gap in told if not closes(ours, theirs, gap, made)] == []


SHAPES = {
    "field-removed Volume.gone": ("{gone: string}", "{size: integer}"),
    "field-removed Volume.lone": ("{lone: string, a: string}", "{a: string}"),
    "field-added Volume.tier": ("{a: string}", "{a: string, tier!: string}"),
    "field-became-required Volume.tier": ("{tier: string}", "{tier!: string}"),
    "field-became-optional Volume.tier": ("{tier!: string}", "{tier: string}"),
    "null-excluded Volume.a": ("{a!: string or null}", "{a!: string}"),
    "value-removed Volume.a=y": ("{a: x|y}", "{a: x|z}"),
    "type-changed Volume.a": ("{a: string}", "{a: {b: string}}"),
    "field-became-read-only Volume.a": ("{a!: string}", "{a: {type: string, readOnly: true}}"),
    "field-added Volume.odd, name": ("{a: string}", "{a: string, 'odd, name!': string}"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_told_for_a_field_closes_the_gap_or_nothing_is_told(name: str) -> None:
    old, new = map(volumes, SHAPES[name])
    made = plan(old, new, today=TODAY)
    (gap,) = (one for one in made.open_gaps if named(one) == name)
    assert not gap.stub or closes(old, new, gap, made)


OPERATIONS = {
    "operation-removed GET /a": ({"GET /a": "{200: null}", "GET /b": "{}"}, {"GET /b": "{}"}),
    "parameter-removed GET /a query.x": (
        {"GET /a": "{query: {x: string}}"},
        {"GET /a": "{query: {y: string}}"},
    ),
    "parameter-added GET /a query.x": (
        {"GET /a": "{query: {y: string}}"},
        {"GET /a": "{query: {x!: integer, y: string}}"},
    ),
    "parameter-became-required PUT /a query.x": (
        {"PUT /a": "{query: {x: integer}}"},
        {"PUT /a": "{body: {x!: integer}}"},
    ),
    "value-removed GET /a query.x=p": (
        {"GET /a": "{query: {x: p|q}}"},
        {"GET /a": "{query: {x: q|r}}"},
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_told_for_an_operation_and_its_parameters_closes_the_gap(name: str) -> None:
    old, new = map(interface, OPERATIONS[name])
    made = plan(old, new, today=TODAY)
    (gap,) = (one for one in made.open_gaps if named(one) == name)
    assert closes(old, new, gap, made)


def stub(old: str, new: str, name: str) -> str:
    made = plan(volumes(old), volumes(new), today=TODAY)
    return next(one.stub for one in made.differences if named(one) == name)


def test_no_value_is_asked_for_what_old_clients_do_send() -> None:
    """They send it, so that none is ever missing: it may have another name, or go past."""
    told = stub("{delay: integer}", "{delay_ms: integer}", "field-removed Volume.delay")
    assert told == "- at: Volume\n  rename: {delay: ...}"
    told = stub("{a: string, delay: integer}", "{a: string}", "field-removed Volume.delay")
    assert told == "- at: Volume\n  stash: [delay]"


def test_nothing_goes_past_a_version_that_forbids_what_it_does_not_declare() -> None:
    new = "{type: object, properties: {a: string}, additionalProperties: false}"
    assert stub("{a: string, delay: integer}", new, "field-removed Volume.delay") == ""


def test_a_gap_that_no_one_entry_closes_has_none_to_write() -> None:
    """A value would do for old clients' answers, and is no help to their requests."""
    shapes = "{a: string, x!: integer}", "{a: string}"
    assert stub(*shapes, "field-removed Volume.x") == ""
    old, new = (interface({PUT: "{body!: Volume}"}, f"{{Volume: {one}}}") for one in shapes)
    assert [gap.stub for gap in plan(old, new, today=TODAY).open_gaps] == [""]
    for answered in ("GET /a", "PUT /z"):
        operations = {"PUT /m": "{body!: Volume}", answered: "{200: Volume}"}
        old, new = (interface(operations, f"{{Volume: {one}}}") for one in shapes)
        made = plan(old, new, today=TODAY)
        assert [(named(gap), gap.stub) for gap in made.open_gaps] == [
            ("field-removed Volume.x", "")
        ]


def test_pages_are_read_of_whole_answers_alone() -> None:
    others = "{T: {id: string, size: integer}}"
    old = volumes("{parts: [T]}", others)
    new = volumes("{parts: {entries!: [T], next: string}}", others)
    told = [gap.stub for gap in plan(old, new, today=TODAY).open_gaps if gap.kind == "enclosed"]
    assert told == [""]


def test_a_field_cannot_have_become_one_that_does_not_travel_there() -> None:
    new = "{a: string, made: {type: string, readOnly: true}}"
    told = stub("{a: string, delay: integer}", new, "field-removed Volume.delay")
    assert told == "- at: Volume\n  stash: [delay]"


def test_no_value_is_asked_for_where_none_is_heard() -> None:
    """Beside a move no value is stated."""
    text = "intent: 1\nbridges: [{at: Volume, move: {size: spec.size}}]"
    old, new = volumes("{size: integer}"), volumes("{spec: {size!: integer}}")
    made = plan(old, new, read_intent("intent.yaml", text.encode()), today=TODAY)
    assert {named(gap): gap.stub for gap in made.open_gaps} == {
        "field-became-required Volume.size": ""
    }


def test_what_is_no_gap_has_nothing_to_write() -> None:
    assert stub("{a: string}", "{a: string, b: string}", "field-added Volume.b") == ""


def test_a_parameter_that_a_stand_in_has_no_place_for_can_only_be_accepted() -> None:
    old = interface({NODES: "{200: null}", "GET /volumes": "{200: null}"})
    new = interface({"GET /volumes": "{200: null}"})
    text = f"intent: 1\noperations: [{{old: '{NODES}', calls: GET /volumes}}]"
    made = plan(old, new, read_intent("intent.yaml", text.encode()), today=TODAY)
    (gap,) = made.open_gaps
    assert named(gap) == f"parameter-removed {NODES} to GET /volumes path.node_id"
    assert gap.stub == ""


def test_an_address_is_one_version_s_own() -> None:
    """Differences between two components, or two operations, are called by both."""
    old, new = "{Old: {a: string}, Volume: Old}", "{New: {a: string, b!: string}, Volume: New}"
    operation = {PUT: "{body!: Volume}"}
    made = plan(interface(operation, old), interface(operation, new), today=TODAY)
    told = {named(one): one.stub for one in made.open_gaps}
    assert told == {"field-added Old to New.b": "- at: New\n  default: {b: ...}"}


@pytest.mark.parametrize("name", ["on", "1", "a: b", "a, b", "x}", "#x", "null", "über", "'", ""])
def test_a_name_is_read_as_it_is_whatever_it_holds(name: str) -> None:
    told = default_stub(f"Volume.{name}", name).replace("...", "1")
    assert yaml.safe_load(told) == [{"at": f"Volume.{name}", "default": {name: 1}}]
    told = values_stub("Volume", "back", name).replace("...", "1")
    assert yaml.safe_load(told) == [{"at": "Volume", "back": {name: 1}}]


def test_a_value_that_is_no_text_is_told_as_a_pair() -> None:
    told = yaml.safe_load(values_stub("Volume", "values", 3).replace("...", "4"))
    assert told == [{"at": "Volume", "values": [[3, 4]]}]


def test_a_hook_is_named_after_the_address() -> None:
    assert hook_stub("PUT /a/{id} body.x") == "- at: PUT /a/{id} body.x\n  hook: put_a_id_body_x"
