"""Open gaps of what is held in texts: parameters in each style, and media types."""

import pytest

from compat.lens.refusal import Refused
from compat.plan.ledger import fingerprint
from tests.compat.plan.making import NEW, OLD, Bridge, Message, bridge, intent
from tests.compat.plan.specs import interface

GET = "GET /v/{id}"
PUT = "PUT /v/{id}"


def queries(old: str, new: str, *, is_accepted: bool = False) -> Bridge:
    """The bridge between two schemas of the parameter `a`, in the query."""
    ours, theirs = (interface({GET: f"{{query: {{a: {one}}}}}"}) for one in (old, new))
    return bridge(ours, theirs, intent(accept={"*": None} if is_accepted else {}))


def query(*texts: str) -> Message:
    return Message(path={"id": "1"}, query=tuple(("a", text) for text in texts))


def assert_refused(made: Bridge, operation: str, message: Message, kind: str, subject: str) -> None:
    with pytest.raises(Refused) as caught:
        made.sends(OLD, operation, message)
    assert caught.value.difference == fingerprint(kind, subject)


LISTS = "{style: %s, of: {type: array, items: %s}}"


@pytest.mark.parametrize(
    ("old", "new", "kind", "beyond", "within"),
    [
        ("string", "integer", "kinds-changed", ["042", "x", "1.5", ""], ["42", "-1"]),
        ("string", "number", "kinds-changed", ["x", "true"], ["4e1", "-1.5"]),
        ("string", "boolean", "kinds-changed", ["1", "TRUE"], ["true", "false"]),
        ("number", "integer", "kinds-changed", ["1.5"], ["7"]),
        (
            "integer",
            "{type: integer, maximum: 9}",
            "maximum-changed",
            ["10"],
            ["9", "-1", "x"],  # a text that is no number is no matter of a maximum
        ),
        ("string", "{type: string, maxLength: 2}", "max-length-changed", ["abc"], ["ab"]),
        ("string", "x|y", "enum-closed", ["z"], ["x"]),
        ("integer", "{type: integer, enum: [1, 2]}", "enum-closed", ["3"], ["2"]),
    ],
)
def test_a_text_beyond_what_it_may_say_is_refused(
    old: str, new: str, kind: str, beyond: list[str], within: list[str]
) -> None:
    made, accepted = queries(old, new), queries(old, new, is_accepted=True)
    paths = [interface({GET: f"{{path: {{id: {one}}}}}"}) for one in (old, new)]
    in_path = bridge(paths[0], paths[1])
    for text in beyond:
        assert_refused(made, GET, query(text), kind, f"{GET} query.a")
        assert accepted.sends(OLD, GET, query(text)) == query(text)
        place = Message(path={"id": text})
        assert_refused(in_path, GET, place, kind, f"{GET} path.id")
    for text in within:
        assert made.sends(OLD, GET, query(text)) == query(text)
        assert in_path.sends(OLD, GET, Message(path={"id": text})).path == {"id": text}


@pytest.mark.parametrize(
    ("style", "texts"),
    [("multi", [("x", "z"), ("z",)]), ("csv", [("x,z",)]), ("pipes", [("z|x",)])],
)
def test_each_item_of_a_list_is_held_against_the_limit(
    style: str, texts: list[tuple[str, ...]]
) -> None:
    made = queries(LISTS % (style, "x|y|z"), LISTS % (style, "x|y"))
    for some in texts:
        assert_refused(made, GET, query(*some), "value-removed", f"{GET} query.a=z")
        fine = query(*(text.replace("z", "y") for text in some))
        assert made.sends(OLD, GET, fine) == fine


def test_the_number_of_items_counts_however_they_are_written() -> None:
    short = "{type: array, maxItems: 2, items: {type: string}}"
    for style, more, few in (("multi", ("a", "b", "c"), ("a", "b")), ("csv", ("a,b,c",), ("a,b",))):
        made = queries(LISTS % (style, "string"), f"{{style: {style}, of: {short}}}")
        assert_refused(made, GET, query(*more), "max-items-changed", f"{GET} query.a")
        assert made.sends(OLD, GET, query(*few)) == query(*few)


def test_an_item_is_held_against_the_limit_in_the_style_it_arrives_in() -> None:
    made = queries(LISTS % ("csv", "x|y|z"), LISTS % ("multi", "x|y"))
    assert made.sends(OLD, GET, query("x,y")) == query("x", "y")
    assert_refused(made, GET, query("x,z"), "value-removed", f"{GET} query.a=z")


@pytest.mark.parametrize("style", ["multi", "csv"])
def test_several_values_for_one_are_refused(style: str) -> None:
    made = queries(LISTS % (style, "string"), "string")
    several = query("a", "b") if style == "multi" else query("a,b")
    assert_refused(made, GET, several, "unwrapped-from-list", f"{GET} query.a")
    assert made.sends(OLD, GET, query("a")) == query("a")
    assert made.sends(NEW, GET, query("a")) == query("a")


# --- media types ----------------------------------------------------------------------------------


def typed(media_type: str) -> Message:
    return Message(path={"id": "1"}, headers=(("content-type", media_type),), body=b"x")


def test_a_body_of_a_type_that_is_gone_is_refused() -> None:
    ours = interface({PUT: "{body!: {text/plain: string, text/csv: string}}"})
    theirs = interface({PUT: "{body!: {text/plain: string}}"})
    made, accepted = bridge(ours, theirs), bridge(ours, theirs, intent(accept={"media-*": None}))
    name = f"{PUT} body"
    for gone in ("text/csv", "Text/CSV; charset=utf-8", "text/csv;header=present"):
        assert_refused(made, PUT, typed(gone), "media-type-changed", name)
        assert accepted.sends(OLD, PUT, typed(gone)) == typed(gone)
    for kept in ("text/plain", "text/csv-schema", "image/png"):
        assert made.sends(OLD, PUT, typed(kept)) == typed(kept)


def test_a_body_of_another_type_altogether_is_refused_both_ways() -> None:
    ours, theirs = (
        interface({PUT: f"{{body!: {{{one}: string}}}}"}) for one in ("text/plain", "text/csv")
    )
    made = bridge(ours, theirs)
    assert_refused(made, PUT, typed("text/plain"), "media-type-changed", f"{PUT} body")
    with pytest.raises(Refused):
        made.sends(NEW, PUT, typed("text/csv"))


def test_a_form_whose_parts_are_others_is_refused() -> None:
    form = "application/x-www-form-urlencoded"
    ours, theirs = (
        interface({PUT: f"{{body!: {{{form}: {{a: {one}}}}}}}"}) for one in ("string", "integer")
    )
    made, accepted = bridge(ours, theirs), bridge(ours, theirs, intent(accept={"*": None}))
    name = f"{PUT} body {form}"
    assert_refused(made, PUT, typed(form), "untranslated-body-changed", name)
    assert accepted.sends(OLD, PUT, typed(form)) == typed(form)


def test_a_body_in_the_other_charset_is_refused() -> None:
    ours, theirs = (
        interface({PUT: f"{{body!: {{'text/plain; charset={one}': string}}}}"})
        for one in ("iso-8859-1", "utf-8")
    )
    made = bridge(ours, theirs)
    name = f"{PUT} body text/plain;charset=iso-8859-1"
    for other in ("text/plain; charset=iso-8859-1", 'text/plain;Charset="ISO-8859-1"; a=b'):
        assert_refused(made, PUT, typed(other), "charset-changed", name)
    for fine in ("text/plain", "text/plain; charset=utf-8", "text/plain; charset=iso-8859-15"):
        assert made.sends(OLD, PUT, typed(fine)) == typed(fine)
