"""What each part of an intent file becomes."""

import hashlib
from collections.abc import Mapping

import pytest

from compat.intent.model import (
    Action,
    BridgeIntent,
    CallIntent,
    CopyFields,
    CutField,
    Encode,
    Encoding,
    Fix,
    Intent,
    MapEnum,
    MoveFields,
    MoveStatuses,
    ReadPages,
    RenameFields,
    ScaleUnit,
    StashFields,
    Supply,
    Then,
    UseHook,
)
from compat.intent.problem import IntentError
from compat.intent.read import INTENT_BYTES_MAX, read_intent
from compat.model.interface import OperationKey


def read(text: str) -> Intent:
    return read_intent("intent.yaml", text.encode())


def bridges(text: str) -> tuple[BridgeIntent, ...]:
    indented = "".join(f"    {line}\n" for line in text.splitlines())
    return read(f"intent: 1\nbridges:\n  - at: Volume\n{indented}").bridges


ACTIONS: Mapping[str, Action] = {
    "rename: {a: b, c: d}": RenameFields(names={"a": "b", "c": "d"}),
    "move: {size: spec.size}": MoveFields(paths=((("size",), ("spec", "size")),)),
    "move: [[[labels, a.b], tier]]": MoveFields(paths=((("labels", "a.b"), ("tier",)),)),
    "values: {ISCSI: iscsi}": MapEnum(values=(("ISCSI", "iscsi"),), back=()),
    "values: [[1, one], [true, null]]": MapEnum(values=((1, "one"), (True, None)), back=()),
    "back: {Shutdown: Faulted}": MapEnum(values=(), back=(("Shutdown", "Faulted"),)),
    "values: {a: b}\nback: {c: b}": MapEnum(values=(("a", "b"),), back=(("c", "b"),)),
    "back: {c: b}\nvalues: {a: b}": MapEnum(values=(("a", "b"),), back=(("c", "b"),)),
    'scale: "1000"': ScaleUnit(numerator=1000, denominator=1),
    "scale: 1000": ScaleUnit(numerator=1000, denominator=1),
    "scale: 1/1024": ScaleUnit(numerator=1, denominator=1024),
    "scale: 1000/60": ScaleUnit(numerator=50, denominator=3),
    "encode: text": Encode(encoding=Encoding.TEXT),
    "encode: bit": Encode(encoding=Encoding.BIT),
    "default: {thin: false, topology: null}": Supply(values={"thin": False, "topology": None}),
    "constant: {kind: [volume]}": Fix(values={"kind": ["volume"]}),
    "copy: {VirtualSize: Size}": CopyFields(sources={"VirtualSize": "Size"}),
    "split: {field: portal, parts: [host, port], separator: ':'}": CutField(
        field="portal", parts=("host", "port"), separator=":", into_new=True
    ),
    "merge: {field: portal, parts: [host, port], separator: ' '}": CutField(
        field="portal", parts=("host", "port"), separator=" ", into_new=False
    ),
    "stash: [created_by, comment]": StashFields(fields=("created_by", "comment")),
    "hook: size": UseHook(name="size"),
    "hook: size\ntakes: [MacAddress]": UseHook(name="size", takes=("MacAddress",)),
    "status: {400: 404, 401: 403}": MoveStatuses(statuses={400: 404, 401: 403}),
    "pages: {entries: items, token: next, query: after}": ReadPages(
        entries="items", token_field="next", token_query="after", size_query=None
    ),
    "pages: {entries: items, token: next, query: after, size: limit}": ReadPages(
        entries="items", token_field="next", token_query="after", size_query="limit"
    ),
}


@pytest.mark.parametrize("text", ACTIONS)
def test_an_action_is_read(text: str) -> None:
    assert [bridge.action for bridge in bridges(text)] == [ACTIONS[text]]


def test_an_entry_of_several_actions_is_one_bridge_for_each_with_its_own_place() -> None:
    found = bridges("default: {thin: false}\nrename: {a: b}")
    assert [type(one.action).__name__ for one in found] == ["Supply", "RenameFields"]
    assert [str(one.place) for one in found] == ["intent.yaml:4:5", "intent.yaml:5:5"]
    assert {one.at for one in found} == {"Volume"}


def test_operations_are_the_same_or_answered_by_calls_or_a_hook() -> None:
    found = read(
        """
intent: 1
operations:
  - same: {old: GET /datasets, new: GET /assets}
  - old: GET /nodes/{id}/volumes
    calls: GET /volumes
  - new: PUT /logger
    calls:
      - operation: PUT /logger
      - {operation: PUT /metrics, when: [body.fifo, [body, a.b]], into: usage.metrics}
      - {operation: PUT /all, into: ""}
  - old: GET /old
    hook: old_way
"""
    ).operations
    same, single, several, hooked = found
    assert same.operation == OperationKey("GET", "/datasets")
    assert same.same_as == OperationKey("GET", "/assets")
    assert single.calls == (CallIntent(operation=OperationKey("GET", "/volumes")),)
    assert (single.from_new, several.from_new) == (False, True)
    assert several.calls == (
        CallIntent(operation=OperationKey("PUT", "/logger")),
        CallIntent(
            operation=OperationKey("PUT", "/metrics"),
            when=(("body", "fifo"), ("body", "a.b")),
            into=("usage", "metrics"),
        ),
        CallIntent(operation=OperationKey("PUT", "/all"), into=()),
    )
    assert (hooked.hook, hooked.calls) == ("old_way", ())
    assert [one.place.line for one in found] == [4, 5, 7, 12]


def test_an_acceptance_has_its_reason_owner_end_and_treatment() -> None:
    (found,) = read(
        """
intent: 1
accept:
  - difference: field-removed Volume.*
    reason: Nobody reads it.
    owner: Zuständige für Größen
    until: 2028-02-29
    then: drop
"""
    ).accepts
    assert (found.pattern, found.reason, found.owner, found.until, found.then) == (
        "field-removed Volume.*",
        "Nobody reads it.",
        "Zuständige für Größen",
        "2028-02-29",
        Then.DROP,
    )
    assert str(found.place) == "intent.yaml:4:5"


def test_versions_are_texts_however_they_look() -> None:
    found = read("intent: 1\nold: '1.0'\nnew: 2020-07")
    assert (found.old_version, found.new_version) == ("1.0", "2020-07")


def test_an_entry_that_is_off_is_left_out() -> None:
    text = "intent: 1\nbridges:\n  - {at: A, hook: a, on: false}\n  - {at: B, hook: b, on: true}"
    assert [bridge.at for bridge in read(text).bridges] == ["B"]


def test_an_acceptance_that_is_off_needs_no_words_yet() -> None:
    off = "intent: 1\naccept:\n  - {difference: x y, reason: '', owner: '', on: false}"
    assert read(off).accepts == ()
    with pytest.raises(IntentError, match="2 mistakes"):
        read(off.replace("false", "true"))


def test_yaml_1_2_words_are_texts() -> None:
    (found,) = bridges("values: {on: yes, Off: no}")
    assert found.action == MapEnum(values=(("on", "yes"), ("Off", "no")), back=())


def test_json_is_read_as_well() -> None:
    text = '{"intent": 1,\n "bridges": [\n  {"at": "Volume",\n   "encode": "bit"}]}'
    (bridge,) = read_intent("intent.json", text.encode()).bridges
    assert (bridge.at, str(bridge.place)) == ("Volume", "intent.json:4:4")


def test_the_digest_is_that_of_the_bytes() -> None:
    data = b"intent: 1 # with a comment\n"
    assert read_intent("x", data).digest == hashlib.sha256(data).hexdigest()


def test_the_shortest_intent_says_nothing() -> None:
    found = read("intent: 1")
    assert (found.operations, found.bridges, found.accepts) == ((), (), ())


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "not text"),
        (b"intent: [1", "not YAML"),
        (b"intent: 1\nold: &a [*a]", "alias"),
        (b"- " * 200 + b"x", "deep"),
        (b"intent: 1\n--- \nintent: 1", "second YAML document"),
        (b"#" + b" " * INTENT_BYTES_MAX, "MiB"),
        (b"intent: 1\nold: [" + b"1," * 100_001 + b"1]", "100,000 values"),
    ],
)
def test_what_is_no_text_of_an_intent_is_refused_with_a_remedy(data: bytes, what: str) -> None:
    with pytest.raises(IntentError, match=what) as caught:
        read_intent("intent.yaml", data)
    assert caught.value.where.startswith("intent.yaml")
    assert "intent" in caught.value.hint
    assert "OpenAPI" not in caught.value.hint


def test_a_bomb_of_aliases_is_refused() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    with pytest.raises(IntentError, match="nodes"):
        read("intent: 1\n" + "\n".join(rows))
