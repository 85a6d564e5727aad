"""Every mistake is told where it stands, in words, with a remedy; all of a file at once."""

import pytest

from compat.intent.problem import IntentError
from compat.intent.read import read_intent

JARGON = (
    "schema",
    "$ref",
    "oneOf",
    "anyOf",
    "additionalProp",
    "minItems",
    "pattern",
    "minLength",
    "{'",
)

# The text of a section with a ^ before what is wrong, and words of what is told.
MISTAKES = {
    "an unknown key": ("bridges:\n  - {at: A, ^renam: {a: b}}", "did you mean rename?"),
    "an unknown section": ("^bridge: []", "did you mean bridges?"),
    "a key like no other": ("bridges:\n  - {at: A, hook: a, ^zzz: 1}", "known here: on, at"),
    "no address": ("bridges:\n  - ^rename: {a: b}", "at is missing"),
    "an empty address": ("bridges:\n  - {^at: '', hook: a}", "not empty"),
    "no action": ("bridges:\n  - ^at: A", "at least one action"),
    "a section that is no list": ("^bridges: {at: A}", "expected a list, not an object"),
    "an entry that is no mapping": ("bridges:\n  - ^A", "one action, not text"),
    "on that is no boolean": ("bridges:\n  - {at: A, hook: a, ^on: 'no'}", "true or false"),
    "an empty rename": ("bridges:\n  - {at: A, ^rename: {}}", "not an empty one"),
    "a new name that is no text": ("bridges:\n  - {at: A, rename: {^a: 1}}", "a name"),
    "a path with two dots": ("bridges:\n  - {at: A, move: {^a: b..c}}", "joined by dots"),
    "an old path that ends so": ("bridges:\n  - {at: A, move: {^a.: b}}", "the key"),
    "half a pair": ("bridges:\n  - {at: A, move: [^[a]]}", "a new one, not one that is 1 long"),
    "a value that is a list": ("bridges:\n  - {at: A, values: {^a: []}}", "a number, true"),
    "three values": ("bridges:\n  - {at: A, back: [^[1, 2, 3]]}", "not one that is 3 long"),
    "a scale with a point": ("bridges:\n  - {at: A, ^scale: 0.5}", "a whole number, or two"),
    "a scale of nothing": ("bridges:\n  - {at: A, ^scale: 0/1}", "a whole number"),
    "a scale beyond numbers": ("bridges:\n  - {at: A, ^scale: '9999999999999999999'}", "whole"),
    "an unknown encoding": ("bridges:\n  - {at: A, ^encode: hex}", "one of text, bit"),
    "a default that is no mapping": ("bridges:\n  - {at: A, ^default: 1}", "their values"),
    "a cut without separator": (
        "bridges:\n  - {at: A, ^split: {field: a, parts: [b, c]}}",
        "separator is missing",
    ),
    "a cut with nothing between": (
        "bridges:\n  - {at: A, merge: {field: a, parts: [b, c], ^separator: ''}}",
        "not empty",
    ),
    "the same part twice": (
        "bridges:\n  - {at: A, merge: {field: a, ^parts: [b, b], separator: x}}",
        "different names",
    ),
    "an empty stash": ("bridges:\n  - {at: A, ^stash: []}", "a list of names"),
    "a hook that is no function": ("bridges:\n  - {at: A, ^hook: Up-Down}", "a function"),
    "a hook with a line's end": ('bridges:\n  - {at: A, ^hook: "a\\n"}', "a function"),
    "a hook that Python keeps": ("bridges:\n  - {at: A, ^hook: lambda}", "name of Python's own"),
    "a hook that Python calls": ("bridges:\n  - {at: A, ^hook: __init__}", "name of Python's own"),
    "a hook that hides one of Python's": (
        "operations:\n  - {old: GET /a, ^hook: print}",
        "name of Python's own",
    ),
    "a hook that is a keyword here and there": (
        "bridges:\n  - {at: A, ^hook: match}",
        "name of Python's own",
    ),
    "takes without hook": (
        "bridges:\n  - {at: A, hook: a}\n  - {at: B, encode: bit, ^takes: [x]}",
        "says nothing without hook",
    ),
    "a status that is none": ("bridges:\n  - {at: A, status: {^600: 200}}", "100 to 599"),
    "a status that becomes none": ("bridges:\n  - {at: A, status: {^400: 4}}", "100 to 599"),
    "pages without a token": (
        "bridges:\n  - {at: A, ^pages: {entries: a, query: b}}",
        "token is missing",
    ),
    "an operation without a path": ("operations:\n  - {^old: GET, hook: a}", "a method"),
    "an operation in small letters": ("operations:\n  - {^old: get /a, hook: a}", "capitals"),
    "an operation by nothing": ("operations:\n  - ^{old: GET /a}", "either `calls` or `hook`"),
    "two ways at once": (
        "operations:\n  - ^{old: GET /a, hook: a, calls: GET /b}",
        "too much at once",
    ),
    "the same and more": (
        "operations:\n  - ^{same: {old: GET /a, new: GET /b}, hook: a}",
        "too much at once",
    ),
    "half a sameness": ("operations:\n  - {^same: {old: GET /a}}", "new is missing"),
    "no calls": ("operations:\n  - {old: GET /a, ^calls: []}", "or a list of calls"),
    "a call of nothing": (
        "operations:\n  - old: GET /a\n    calls: [^{into: a}]",
        "operation is missing",
    ),
    "when without a path": (
        "operations:\n  - old: GET /a\n    calls: [{operation: GET /b, ^when: []}]",
        "a list of paths",
    ),
    "no reason": ("accept:\n  - ^{difference: a, owner: b}", "reason is missing"),
    "no reason nor owner": ("accept:\n  - ^{difference: a}", "reason and owner are missing"),
    "an empty reason": ("accept:\n  - {difference: a, owner: b, ^reason: ''}", "not empty"),
    "a day that is none": (
        "accept:\n  - {difference: a, owner: b, reason: c, ^until: 2027-02-29}",
        "a day of the calendar",
    ),
    "a date in other order": (
        "accept:\n  - {difference: a, owner: b, reason: c, ^until: 29-02-2028}",
        "year-month-day",
    ),
    "an unknown treatment": (
        "accept:\n  - {difference: a, owner: b, reason: c, ^then: ignore}",
        "one of pass, drop, refuse",
    ),
    "an off entry that is wrong": ("bridges:\n  - {at: A, on: false, ^scale: x}", "whole"),
    "a key that stands twice": (
        "bridges:\n  - {at: A, ^at: B, hook: a}",
        "the key 'at' stands twice",
    ),
    "a tag": ("bridges:\n  - {^at: !x A, hook: a}", "the tag !x"),
}


def place(marked: str) -> str:
    """Line and column of the ^ in a text."""
    before = marked[: marked.index("^")]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def told(text: str) -> IntentError:
    with pytest.raises(IntentError) as caught:
        read_intent("intent.yaml", text.encode())
    return caught.value


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_told_once_with_its_place_and_a_remedy(what: str) -> None:
    marked, words = MISTAKES[what]
    text = f"intent: 1\n{marked}"
    error = told(text.replace("^", ""))
    assert error.where == f"intent.yaml:{place(text)}"
    assert words in str(error)
    assert error.hint
    assert not [word for word in JARGON if word in str(error)]


def test_another_version_of_the_format_is_not_guessed_at() -> None:
    error = told("intent: 2")
    assert (error.where, error.what) == (
        "intent.yaml:1:1",
        "version 2 of the format is not known",
    )


def test_a_file_that_says_no_version_is_no_intent() -> None:
    assert "intent is missing" in told("bridges: []").what


@pytest.mark.parametrize("text", ["[]", "1", "null", "- intent: 1", '"x"'])
def test_what_is_no_mapping_is_no_intent(text: str) -> None:
    assert "expected an intent file" in told(text).what


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    error = told(
        "intent: 1\n"
        "bridges:\n"
        "  - {at: A, scale: x}\n"
        "  - {rename: {a: b}}\n"
        "accept:\n"
        "  - {difference: d, owner: o, reason: r, until: never}\n"
    )
    assert error.what == "3 mistakes in the intent"
    lines = [line.strip().split(": ")[0] for line in error.hint.splitlines()]
    assert lines == ["intent.yaml:3:13", "intent.yaml:4:5", "intent.yaml:6:42"]


def test_sections_may_stand_in_any_order() -> None:
    error = told("accept: [{owner: o}]\nbridges: [{at: A, scale: x}]\nintent: 1")
    assert [line.split(": ")[0] for line in error.hint.split("\n  ")] == [
        "intent.yaml:1:10",
        "intent.yaml:2:19",
    ]


def test_thousands_of_mistakes_are_cut_short() -> None:
    error = told("intent: 1\nbridges:\n" + "  - {at: A}\n" * 500)
    assert error.what == "500 mistakes in the intent"
    assert len(error.hint.splitlines()) == 201
    assert error.hint.endswith("and 300 more")


# --- saying things twice --------------------------------------------------------------------------

TWICE = {
    "a rename": ("- {at: A, rename: {a: b}}\n  - {at: A, rename: {a: c}}", "A: rename a"),
    "a new name": ("- {at: A, rename: {a: b}}\n  - {at: A, rename: {c: b}}", "A: rename to b"),
    "a move": ("- {at: A, move: {a: b.c}}\n  - {at: A, move: [[[a], d]]}", "A: move a"),
    "a value": ("- {at: A, values: {a: b}}\n  - {at: A, values: [[a, c]]}", "A: values 'a'"),
    "a scale": ("- {at: A, scale: 2}\n  - {at: A, scale: 3}", "A: scale"),
    "an encoding": ("- {at: A, encode: bit}\n  - {at: A, encode: bit}", "A: encode"),
    "a default": ("- {at: A, default: {a: 1}}\n  - {at: A, default: {a: 1}}", "A: default a"),
    "a constant": ("- {at: A, constant: {a: 1}}\n  - {at: A, constant: {a: 1}}", "A: constant a"),
    "a copy": ("- {at: A, copy: {a: b}}\n  - {at: A, copy: {a: c}}", "A: copy a"),
    "a stash": ("- {at: A, stash: [a]}\n  - {at: A, stash: [b, a]}", "A: stash a"),
    "a hook": ("- {at: A, hook: a}\n  - {at: A, hook: b}", "A: hook"),
    "a status": ("- {at: A, status: {400: 404}}\n  - {at: A, status: {400: 409}}", "A: status 400"),
    "pages": (
        "- {at: A, pages: {entries: a, token: b, query: c}}\n"
        "  - {at: A, pages: {entries: a, token: b, query: c}}",
        "A: pages",
    ),
    "a cut": (
        "- {at: A, split: {field: a, parts: [b, c], separator: x}}\n"
        "  - {at: A, split: {field: a, parts: [d, e], separator: x}}",
        "A: split a",
    ),
}


@pytest.mark.parametrize("what", TWICE)
def test_saying_it_twice_is_a_mistake_at_the_second_place(what: str) -> None:
    text, words = TWICE[what]
    error = told(f"intent: 1\nbridges:\n  {text}")
    assert error.what == f"said twice: {words}"
    assert error.where.startswith("intent.yaml:4:")
    assert "line 3" in error.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {old: GET /a, hook: a}\n  - {old: GET /a, calls: GET /b}", "old GET /a"),
        (
            "- same: {old: GET /a, new: GET /b}\n  - same: {old: GET /c, new: GET /b}",
            "the old operation that is the same as GET /b",
        ),
        (
            "- same: {old: GET /a, new: GET /b}\n  - same: {old: GET /a, new: GET /c}",
            "the new operation that is the same as GET /a",
        ),
    ],
)
def test_an_operation_is_decided_once(text: str, words: str) -> None:
    assert told(f"intent: 1\noperations:\n  {text}").what == f"said twice: {words}"


def test_a_difference_is_accepted_once() -> None:
    entry = "- {difference: d x, reason: r, owner: o}"
    assert told(f"intent: 1\naccept:\n  {entry}\n  {entry}").what == "said twice: accept d x"


def test_a_list_of_pairs_does_not_repeat_a_value() -> None:
    error = told("intent: 1\nbridges:\n  - {at: A, values: [[1, a], [1, b]]}")
    assert error.what == "said twice: A: values 1"


def test_different_matters_at_one_address_may_have_entries_of_their_own() -> None:
    text = """
intent: 1
operations:
  - same: {old: GET /a, new: GET /b}
  - {old: GET /a, hook: a}
bridges:
  - {at: A, rename: {a: b}}
  - {at: A, rename: {c: d}}
  - {at: B, rename: {a: b}}
  - {at: A, values: {x: y}, back: {y: z}}
  - {at: A, values: [[1, 2], [true, 3], ["1", 4]]}
  - {at: A, rename: {c: x}, on: false}
  - {at: A.status, status: {400: 422, 401: 422}}
"""
    assert len(read_intent("x", text.encode()).bridges) == 6


def test_names_of_any_alphabet_are_told_as_they_are() -> None:
    error = told("intent: 1\nbridges:\n  - {at: Größe, encode: 文字}")
    assert '"文字"' in error.what


def test_what_is_pasted_must_be_filled_in() -> None:
    error = told(
        "intent: 1\nbridges:\n  - at: Lamp\n    default: {room: ...}\n"
        "accept:\n  - difference: field-removed Lamp.shade\n    reason: ...\n    owner: me\n"
    )
    assert str(error).count("... is to be filled in") == 2
    assert "intent.yaml:4:15" in str(error)


def test_an_entry_that_is_off_may_wait_to_be_filled_in() -> None:
    text = "intent: 1\nbridges:\n  - at: Lamp\n    on: false\n    default: {room: ...}\n"
    assert read_intent("intent.yaml", text.encode()).bridges == ()
