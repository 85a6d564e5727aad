"""YAML as specs mean it: YAML 1.2, keys as text, aliases counted."""

import pytest

from compat.load.limits import DEPTH_MAX, NODES_MAX
from compat.load.yaml_scalars import resolve
from tests.compat.load.written import (
    frames_left,
    head,
    interface,
    loaded,
    refusal,
    reported,
    schema,
    schema_spec,
)


@pytest.mark.parametrize(
    "text",
    [
        "Off",
        "on",
        "yes",
        "No",
        "y",
        "1:30",
        "12:30:45",
        "2024-01-02",
        "0o17",
        "0x1F",
        "1_000",
        ".inf",
        ".NaN",
    ],
)
def test_words_that_only_yaml_1_1_reads_as_something_else_stay_text(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("NULL", None), ("true", True), ("False", False),
        ("12", 12), ("-7", -7), ("+5", 5), ("017", 17), ("1.5", 1.5), (".5", 0.5), ("2.", 2.0),
        ("1e3", 1000.0), ("-1.5E-3", -0.0015),
    ],
)  # fmt: skip
def test_nulls_booleans_and_numbers_are_what_they_are_in_json(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize("text", ["9" * 5000, "1e999", "-1e999"])
def test_numbers_that_nothing_can_hold_stay_text(text: str) -> None:
    assert resolve(text) == text


def test_quoted_and_tagged_scalars_are_text() -> None:
    found = interface("paths: {}\nx-all: ['12', \"true\", !!str 5, ! 7, !!int '8']\n")
    assert found.document["x-all"] == ["12", "true", "5", "7", 8]


def test_keys_are_text_whatever_they_look_like() -> None:
    found = interface("paths: {}\nx-keys: {200: a, true: b, null: c, 1.5: d, '': e}\n")
    assert found.document["x-keys"] == {"200": "a", "true": "b", "null": "c", "1.5": "d", "": "e"}


def test_a_repeated_key_is_reported_where_it_stands_again_and_counts_there() -> None:
    text = head("3.0", "paths: {}\nx-a: 1\nx-b:\n  c: 1\n  c: 2\nx-a: 3\n")
    assert reported(text) == [
        "7:3: the key 'c' stands twice: the later one counts",
        "8:1: the key 'x-a' stands twice: the later one counts",
    ]
    document = loaded(text).interface.document
    assert (document["x-a"], document["x-b"]) == (3, {"c": 2})


def test_aliases_and_merge_keys_give_what_they_stand_for() -> None:
    found = interface(
        """
        paths: {}
        x-base: &base {a: 1, b: 2}
        x-more: &more {b: 3, c: 4}
        x-one: {<<: *base, b: 9}
        x-two: {<<: [*base, *more], d: 5}
        x-list: [&text hello, *text]
        x-key: {&k name: 1, x: {*k : 2}}
        x-quoted: {"<<": 1}
        """
    )
    assert found.document["x-one"] == {"a": 1, "b": 9}
    assert found.document["x-two"] == {"a": 1, "b": 2, "c": 4, "d": 5}
    assert found.document["x-list"] == ["hello", "hello"]
    assert found.document["x-key"] == {"name": 1, "x": {"name": 2}}
    assert found.document["x-quoted"] == {"<<": 1}


def test_a_merged_key_stands_where_it_was_written() -> None:
    found = interface("paths: {}\nx-base: &base\n  a: 1\nx-one:\n  <<: *base\n  b: 2\n")
    assert found.place.source.locate("/x-one/a") == (5, 3)
    assert found.place.source.locate("/x-one/b") == (8, 3)


def test_a_schema_may_be_an_alias() -> None:
    found = schema("properties: {a: &s {type: string}, b: *s}")
    assert found.properties["a"].kinds == found.properties["b"].kinds


def test_an_alias_bomb_is_refused_before_it_is_built() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    error = refusal("\n".join(lines))
    assert f"{NODES_MAX:,} nodes" in error.what
    assert error.where.startswith("spec.yaml:6:")


def test_aliases_count_in_depth_too() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, DEPTH_MAX + 1)]
    assert f"more than {DEPTH_MAX} deep" in refusal("\n".join(lines)).what


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("a: *nothing\n", "alias *nothing", "1:4"),
        ("a: &a [*a]\n", "alias *a", "1:8"),
        ("{{ name }}: 1\n", "where a key belongs", "1:1"),
        ("a: &m {b: 1}\nx: {*m : 2}\n", "where a key belongs", "2:5"),
        ("a:\n  <<: 5\n", "merge key", "2:3"),
        ("a: 1\n---\nb: 2\n", "second YAML document", "2:1"),
        ("a: [1\nb: 2\n", "not YAML", "2:2"),
        ("? " * 10_000, "where a key belongs", "1:3"),
        ("a: b\n\tc: d\n", "not YAML", "2:1"),
        ("a: 1\nb: \x01\n", "not YAML", "2:1"),
        ("# nothing\n", "empty", ""),
        ("a: 1\n..: [\n", "not YAML", "3:1"),
        ("%TAG !a! x\n" * 200 + "--- 1", "begin with %", ""),
    ],
)
def test_what_is_no_yaml_document_is_refused_with_its_place(
    text: str, what: str, where: str
) -> None:
    error = refusal(text)
    assert what in error.what
    assert error.where == f"spec.yaml:{where}".rstrip(":")


@pytest.mark.parametrize("text", ["[" * 10_000, "- " * 10_000, "{a: " * 10_000])
def test_nesting_beyond_all_reason_is_refused(text: str) -> None:
    assert "deep in each other" in refusal(text).what


def test_nesting_at_the_limit_is_read() -> None:
    levels = DEPTH_MAX - 1  # the document itself is one
    found = interface(f"paths: {{}}\nx-deep: {'[' * levels}{']' * levels}\n")
    assert found.document["x-deep"]


def test_nested_schemas_at_the_limit_are_read() -> None:
    levels = DEPTH_MAX - 4  # the document, components, schemas and the innermost schema
    text = "{nullable: true, items: " * levels + "{}" + "}" * levels
    found = schema(text)
    assert found.items is not None


def test_a_caller_that_leaves_no_room_gets_an_error_of_ours() -> None:
    text = schema_spec("{items: " * 90 + "{}" + "}" * 90)
    with frames_left(150):
        error = refusal(text)
    assert "deep in each other" in error.what


def test_more_nodes_than_the_limit_are_refused() -> None:
    nearly_all = f"- &a [{'x, ' * 999}x]\n" + "- *a\n" * (NODES_MAX // 1001 - 1)
    error = refusal(nearly_all + "- y\n" * 1001)
    assert "nodes" in error.what
    assert int(error.where.split(":")[1]) > NODES_MAX // 1001


def test_an_unknown_tag_is_reported_and_left_out() -> None:
    text = head("3.0", "paths: {}\nx-a: !thing 5\nx-b: !other {c: 1}\n")
    assert [line.split(": ", 1)[0] for line in reported(text)] == ["4:1", "5:1"]
    assert loaded(text).interface.document["x-b"] == {"c": 1}
