"""JSON: the same values and places as YAML gives."""

import json
import random
from typing import Any

import pytest

from compat.load import json_text, yaml_text
from compat.load.limits import DEPTH_MAX, NODES_MAX
from compat.load.marks import Mark
from tests.compat.load.written import loaded, refusal, reported

SPEC = """{
  "openapi": "3.0.3",
  "info": {"title": "t", "version": "1"},
  "paths": {},
  "x-list": [10, {"a/b": true, "c~d": "e\\"}]"}, [
    null
  ]],
  "x-esc\\u0061ped": 1
}
"""


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", (1, 1)),
        ("/openapi", (2, 3)),
        ("/info/version", (3, 26)),
        ("/x-list", (5, 3)),
        ("/x-list/0", (5, 14)),
        ("/x-list/1", (5, 18)),
        ("/x-list/1/a~1b", (5, 19)),
        ("/x-list/1/c~0d", (5, 32)),
        ("/x-list/2", (5, 49)),
        ("/x-list/2/0", (6, 5)),
        ("/x-escaped", (8, 3)),
    ],
)
def test_a_member_stands_at_its_key_and_an_element_at_itself(
    pointer: str, place: tuple[int, int]
) -> None:
    assert loaded(SPEC).interface.place.source.locate(pointer) == place


@pytest.mark.parametrize(
    ("pointer", "ancestor"),
    [("/x-list/7", "/x-list"), ("/nothing/at/all", ""), ("/x-list/0/deeper", "/x-list/0")],
)
def test_a_pointer_to_nothing_stands_at_its_nearest_ancestor(pointer: str, ancestor: str) -> None:
    locate = loaded(SPEC).interface.place.source.locate
    assert locate(pointer) == locate(ancestor)


def test_a_repeated_key_is_reported() -> None:
    text = '{"openapi": "3.0.0", "paths": {},\n "x-a": [{"b": 1},\n  {"b": 2,\n "b": 3}]}'
    assert "4:2: the key 'b' stands twice: the later one counts" in reported(text)


def test_keys_that_end_in_quotes_and_backslashes_are_no_repetition() -> None:
    text = r'{"openapi": "3.0.0", "paths": {}, "x\\": 1, "\"": 2, "x-a": "\": \\"}'
    assert not [line for line in reported(text) if "twice" in line]


@pytest.mark.parametrize(
    ("text", "where"),
    [('{"a": 1,}', "1:9"), ('{"a":\n 1 2}', "2:4"), ('{"a": NaN}', "1:7"), ("[1", "1:3")],
)
def test_what_is_no_json_is_refused_with_its_place(text: str, where: str) -> None:
    error = refusal(text, name="spec.json")
    assert error.what.startswith("not JSON")
    assert error.where.startswith(f"spec.json:{where.split(':', 1)[0]}:")


def test_yaml_in_flow_style_is_still_read_where_the_name_does_not_say_json() -> None:
    text = "{openapi: 3.0.3, info: {title: t, version: '1'}, paths: {}}"
    assert loaded(text).interface.title == "t"


@pytest.mark.parametrize("levels", [DEPTH_MAX + 1, 1_000, 10_000, 100_000])
@pytest.mark.parametrize("name", ["spec.json", "spec.yaml"])
def test_nesting_beyond_the_limit_is_refused(levels: int, name: str) -> None:
    error = refusal("[" * levels + "1" + "]" * levels, name=name)
    assert "deep in each other" in error.what


def test_nodes_beyond_the_limit_are_refused() -> None:
    assert "nodes" in refusal("[" + "0," * NODES_MAX + "0]", name="spec.json").what


def test_nodes_are_counted_before_the_text_is_parsed() -> None:
    assert "nodes" in refusal("[" + "0," * NODES_MAX, name="spec.json").what


def test_commas_in_texts_are_no_nodes() -> None:
    text = '{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}, "x": "%s"}'
    assert loaded(text % ("," * NODES_MAX), name="spec.json").problems == ()


def test_long_keys_above_many_nodes_are_refused() -> None:
    key = "k" * 100_000
    assert "keys too long" in refusal(f'{{"{key}": [{"0," * 9_999}0]}}', name="spec.json").what


def drawn(draw: random.Random, levels: int) -> Any:
    """A value whose texts look like what stands around them."""
    what = draw.choice(("scalar", "scalar", "list", "object")) if levels else "scalar"
    count = range(draw.randrange(4))
    if what == "list":
        return [drawn(draw, levels - 1) for _ in count]
    if what == "object":
        return {f"{draw.choice(TEXTS)}{number}": drawn(draw, levels - 1) for number in count}
    return draw.choice((*TEXTS, 1, -2.5, True, None, [], {}))


TEXTS = ("a", 'a"]}', "\\", '\\"', "x,: {[", "a/b", "é\u2028", "")


def assert_same_marks(one: Mark, other: Mark) -> None:
    assert (one.line, one.column) == (other.line, other.column)
    assert [*one.children] == [*other.children]
    for token, below in one.children.items():
        assert_same_marks(below, other.children[token])


def both(text: str) -> tuple[Mark, Mark]:
    """The marks of the outermost value, read as JSON and read as YAML."""
    return json_text.parse("a", text).marks(), yaml_text.parse("a", text).marks()


@pytest.mark.parametrize("seed", range(200))
def test_all_nodes_stand_where_yaml_has_them(seed: int) -> None:
    draw = random.Random(seed)
    value = {"a": drawn(draw, draw.randrange(8))}
    assert_same_marks(*both(json.dumps(value, indent=draw.choice((None, 0, 2)))))


@pytest.mark.parametrize("levels", [1, 23, 24, 25, 26, DEPTH_MAX - 1])
def test_what_stands_behind_deep_nesting_is_found(levels: int) -> None:
    text = f'[{"[" * levels}"]"{"]" * levels},\n {{"a": 1,\n  "b": 2}}]'
    ours, theirs = both(text)
    assert_same_marks(ours, theirs)
    assert (ours.children["1"].children["b"].line, ours.children["1"].line) == (3, 2)


def test_of_two_equal_keys_the_later_one_has_the_place() -> None:
    ours = json_text.parse("a", '{"a": 1,\n "a": [2]}')
    assert (ours.marks().children["a"].line, ours.value) == (2, {"a": [2]})
    assert ours.complaints.found[0][0] == "/a"
