"""What a spec says about one message, and what is wrong with one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.model.interface import Interface, Style
from compat.model.schema import Json
from compat.plan.spot import Side
from compat.verify.documents import SpecSide
from compat.verify.nodes import Nodes, Path
from compat.verify.sections import (
    SEPARATORS,
    Section,
    answer_section,
    declared_answer,
    governing,
    is_same,
    message_faults,
    readings,
    request_section,
    strangers,
    texts_of,
)
from tests.compat.plan.specs import interface
from tests.compat.verify.making import key

SPEC = interface(
    {
        "POST /racks/{rack}": (
            "{query: {force: boolean, size!: integer, tags: {style: csv, of: [integer]},"
            " filter: {style: deep, of: {a: string}}},"
            " header: {x-trace: {type: string, minLength: 2}},"
            " body!: {name!: string}, 200: {headers: {X-Total!: integer}, body: {id: integer}},"
            " 4XX: {detail: string}, default: null}"
        )
    }
)


def request(spec: Interface = SPEC) -> Section:
    return request_section(spec.operations[0])


def wrong(document: dict[str, Json], section: Section | None = None) -> list[tuple[str, str]]:
    section = section or request()
    found = message_faults(SpecSide(SPEC, section.side), section, document)
    return [("/".join(map(str, each.path)), each.keyword) for each in found]


GOOD: dict[str, Json] = {"path": {"rack": "r"}, "query": {"size": ["1"]}, "body": {"name": "db"}}


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({}, []),
        ({"query": {}}, [("query/size", "required")]),
        ({"path": {}}, [("path/rack", "required")]),
        ({"query": {"size": ["x"]}}, [("query/size", "type")]),
        ({"query": {"size": ["1.5"]}}, [("query/size", "type")]),
        ({"query": {"size": ["1", "2"]}}, [("query/size", "maxItems")]),
        ({"query": {"size": ["1"], "force": ["true"]}}, []),
        ({"query": {"size": ["1"], "force": ["yes"]}}, [("query/force", "type")]),
        ({"query": {"size": ["1"], "tags": ["1,2"]}}, []),
        ({"query": {"size": ["1"], "tags": ["1,x"]}}, [("query/tags/1", "type")]),
        ({"query": {"size": ["1"], "unknown": ["x"]}}, []),
        ({"header": {"x-trace": ["t"]}}, [("header/x-trace", "minLength")]),
        ({"body": {"name": 1}}, [("body/name", "type")]),
        ({"body": {}}, [("body/name", "required")]),
        ({"body": None}, [("body", "type")]),
    ],
    ids=repr,
)
def test_what_is_wrong_with_a_request(
    changed: dict[str, Json], faults: list[tuple[str, str]]
) -> None:
    assert wrong(GOOD | changed) == faults


def test_a_body_that_must_be_there_is_missed() -> None:
    without = {name: part for name, part in GOOD.items() if name != "body"}
    assert wrong(without) == [("body", "required")]


def answers(status: int) -> Section:
    operation = SPEC.operations[0]
    declared = declared_answer(operation, status)
    assert declared is not None
    return answer_section(operation, declared)


def test_what_is_wrong_with_an_answer() -> None:
    good: dict[str, Json] = {"status": 200, "header": {"x-total": ["3"]}, "body": {"id": 1}}
    assert wrong(good, answers(200)) == []
    assert wrong(good | {"header": {}}, answers(200)) == [("header/x-total", "required")]
    assert wrong(good | {"header": {"x-total": ["a"]}}, answers(200)) == [
        ("header/x-total", "type")
    ]
    assert wrong(good | {"body": {"id": "1"}}, answers(200)) == [("body/id", "type")]
    assert wrong({"status": 404, "header": {}, "body": {"detail": 1}}, answers(404)) == [
        ("body/detail", "type")
    ]


@pytest.mark.parametrize(
    ("status", "declared"), [(200, "200"), (404, "4XX"), (201, "default"), (500, "default")]
)
def test_a_status_is_that_of_the_answer_which_is_nearest(status: int, declared: str) -> None:
    found = declared_answer(SPEC.operations[0], status)
    assert found is not None
    assert found.status == declared


def test_a_status_may_be_declared_by_nobody() -> None:
    spec = interface({"GET /a": "{200: null}"})
    assert declared_answer(spec.operations[0], 201) is None


# --- texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "value", "texts"),
    [
        (Style.SIMPLE, 1, ["1"]),
        (Style.SIMPLE, True, ["true"]),
        (Style.SIMPLE, None, []),
        (Style.SIMPLE, ["a", "b"], ["a,b"]),
        (Style.SIMPLE, ["a,b"], None),
        (Style.SIMPLE, [], []),
        (Style.PIPE, [1, 2], ["1|2"]),
        (Style.SPACE, ["a", "b"], ["a b"]),
        (Style.TAB, ["a", "b"], ["a\tb"]),
        (Style.MULTI, ["a,b", "c"], ["a,b", "c"]),
        (Style.MULTI, [["a"]], None),
        (Style.DEEP, ["a"], None),
        (Style.SIMPLE, {"a": 1}, None),
    ],
    ids=repr,
)
def test_the_texts_of_a_value(style: Style, value: Json, texts: list[str] | None) -> None:
    assert texts_of(style, value) == texts


@given(
    st.sampled_from(sorted(SEPARATORS)),
    st.lists(st.booleans() | st.integers() | st.text("ab,|\t ", min_size=1), min_size=1),
)
def test_what_has_texts_is_read_from_them_again(style: Style, value: list[Json]) -> None:
    texts = texts_of(style, value)
    if texts is not None:
        items = texts[0].split(SEPARATORS[style])
        assert all(
            any(one == item and type(one) is type(item) for one in readings(text))
            for text, item in zip(items, value, strict=True)
        )


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1", [1, "1"]),
        ("-0", [0, "-0"]),
        ("01", [1.0, "01"]),
        ("1.5", [1.5, "1.5"]),
        ("true", [True, "true"]),
        ("True", ["True"]),
        ("", [""]),
        ("a", ["a"]),
    ],
    ids=repr,
)
def test_a_text_may_stand_for_these(text: str, values: list[Json]) -> None:
    assert list(map(repr, readings(text))) == list(map(repr, values))


# --- strangers and what governs -------------------------------------------------------------------


def test_what_a_section_does_not_declare_is_a_stranger_but_for_headers() -> None:
    document: dict[str, Json] = {
        "query": {"size": ["1"], "filter[a]": ["x"], "page": ["1"]},
        "header": {"x-other": ["1"]},
        "cookie": {"session": ["1"]},
        "body": {"name": "db", "colour": 1},
    }
    found: list[Path] = [("query", "page"), ("cookie", "session"), ("body", "colour")]
    assert list(strangers(Nodes(SPEC), request(), document)) == found


def test_a_body_that_nobody_declares_is_a_stranger() -> None:
    spec = interface({"GET /a": "{200: null}"})
    section = request_section(spec.operations[0])
    assert list(strangers(Nodes(spec), section, {"body": {"a": 1}})) == [("body",)]
    assert list(strangers(Nodes(spec), section, {"query": {}})) == []


def pointer_ends(path: Path) -> list[list[str]]:
    ways = governing(Nodes(SPEC), request(), path)
    return [[each.place.pointer.rpartition("/")[2] for each in way] for way in ways]


def test_a_place_in_a_message_is_governed_as_the_section_says() -> None:
    assert pointer_ends(("body", "name")) == [[], ["schema"], ["name"]]
    assert pointer_ends(("query", "size")) == [[], [], ["schema"]]
    assert pointer_ends(("query", "tags", 0)) == [[], [], ["schema", "items"], ["schema", "items"]]
    assert pointer_ends(("query", "nobody")) == [[], [], []]
    assert pointer_ends(("status",)) == [[], []]
    assert pointer_ends(()) == [[]]


# --- the same -------------------------------------------------------------------------------------

PLAIN = "{query: {a: [string]}, body: {b: integer}, 200: {c: integer}}"


@pytest.mark.parametrize(
    ("changed", "alike"),
    [
        (PLAIN, True),
        ("{query: {a: integer}, body: {b: integer}, 200: {c: integer}}", False),
        ("{query: {z: [string]}, body: {b: integer}, 200: {c: integer}}", False),
        ("{query: {a!: [string]}, body: {b: integer}, 200: {c: integer}}", False),
        ("{query: {a: {style: csv, of: [string]}}, body: {b: integer}, 200: {c: integer}}", False),
        ("{query: {a: [string]}, body!: {b: integer}, 200: {c: integer}}", False),
        ("{query: {a: [string]}, body: {b: string}, 200: {c: integer}}", False),
        ("{query: {a: [string]}, 200: {c: integer}}", False),
        ("{query: {a: [string]}, body: {text/plain: {b: integer}}, 200: {c: integer}}", False),
    ],
    ids=repr,
)
def test_requests_are_the_same_where_they_say_the_same(changed: str, alike: bool) -> None:
    ours, theirs = interface({"PUT /a": PLAIN}), interface({"PUT /a": changed})
    sides = SpecSide(ours, Side.REQUEST), SpecSide(theirs, Side.REQUEST)
    assert is_same(sides[0], request(ours), sides[1], request(theirs)) is alike


def test_the_key_of_an_operation_is_what_tests_write() -> None:
    assert SPEC.operations[0].key == key("POST /racks/{rack}")
