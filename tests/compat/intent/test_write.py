"""Entries written out read back as they were, whatever names a spec brings."""

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compat.intent.read import read_intent
from compat.intent.write import Entry, Section, write_intent
from compat.load.document import parse
from compat.load.problem import Problems
from compat.model.schema import Json

NASTY = (
    *(
        "on",
        "yes",
        "No",
        "null",
        "~",
        "",
        " ",
        "true",
        "1",
        "1.0",
        "1e3",
        "0x1F",
        "1:30",
        "<<",
        "=",
    ),
    *("2026-11-23", "a: b", "- a", "# a", "'", '"', "\\", "a\nb", "a\r\n b", "\ttab", "x\x00y"),
    *("{", "[", "*a", "&a", "!t", "%x", "@", "`", "?", "|", ">", "...", "---", "\u2028", "\x85"),
    *("\ufeff", "Größe", "文字", "😀", "a" * 200, " lead", "trail ", "a.b", "x #y", "x:"),
)

texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(codec="utf-8"), max_size=12),
)
scalars: st.SearchStrategy[Json] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
names = st.dictionaries(texts, texts, min_size=1, max_size=3)
actions = st.fixed_dictionaries(
    {"at": texts.filter(bool)},
    optional={
        "rename": names,
        "copy": names,
        "default": st.dictionaries(texts, values, min_size=1, max_size=3),
        "values": st.lists(st.tuples(scalars, scalars).map(list), min_size=1, max_size=3),
        "move": st.lists(
            st.tuples(st.lists(texts, min_size=1), st.lists(texts, min_size=1)).map(list),
            min_size=1,
            max_size=2,
        ),
        "stash": st.lists(texts, min_size=1, max_size=3),
    },
)
comments = st.lists(texts, max_size=3).map(tuple)


def entry(words: Mapping[str, Any], on: bool, notes: tuple[str, ...]) -> Entry:
    return Entry(section=Section.BRIDGES, words=words, on=on, comments=notes)


entries = st.lists(st.builds(entry, actions, st.booleans(), comments), max_size=4)


def parsed(text: str) -> dict[str, Any]:
    problems = Problems(strict=True)
    return cast("dict[str, Any]", parse("intent.yaml", text.encode(), problems).value)


@given(entries, texts, texts, comments)
def test_what_is_written_is_read_back(
    found: list[Entry], old: str, new: str, heading: tuple[str, ...]
) -> None:
    text = write_intent(found, old=old, new=new, heading=heading)
    value = parsed(text)
    assert (value["intent"], value.get("old", ""), value.get("new", "")) == (1, old, new)
    wanted = [({} if one.on else {"on": False}) | dict(one.words) for one in found]
    assert json.dumps(value.get("bridges", [])) == json.dumps(wanted)


@given(entries)
def test_other_loaders_of_yaml_read_the_same(found: list[Entry]) -> None:
    """Those of YAML 1.1 among them; but for numbers, which the versions write differently."""
    text = write_intent(found)
    bridges = (yaml.safe_load(text) or {}).get("bridges") or []
    for one, read in zip(found, bridges, strict=True):
        assert read["at"] == one.words["at"]
        assert read.get("rename") == one.words.get("rename")
        assert read.get("stash") == one.words.get("stash")


def test_an_entry_reads_like_a_persons() -> None:
    found = [
        Entry(
            section=Section.ACCEPT,
            words={"difference": "field-removed A.b", "reason": "", "owner": ""},
            on=False,
        ),
        Entry(
            section=Section.BRIDGES,
            words={"at": "Logger", "rename": {"log_fifo": "log_path", "on": "yes"}},
            on=False,
            comments=("Rename, score 0.61:", "  +0.26 the names share log"),
        ),
        Entry(
            section=Section.BRIDGES,
            words={"at": "PUT /a request", "move": [[["query", "a.b"], ["body", "b"]]]},
            comments=("Certain.",),
        ),
    ]
    assert (
        write_intent(found, old="1.0", new="v2", heading=["A draft"])
        == """\
# A draft
intent: 1
old: '1.0'
new: v2

bridges:
  # Rename, score 0.61:
  #   +0.26 the names share log
  - on: false
    at: Logger
    rename:
      log_fifo: log_path
      'on': 'yes'

  # Certain.
  - at: PUT /a request
    move: [[[query, a.b], [body, b]]]

accept:
  - on: false
    difference: field-removed A.b
    reason: ''
    owner: ''
"""
    )


@pytest.mark.parametrize(
    "text", ["a\nbridges: []", "a\rx: 1", "a\u2028- b", "a\x85x", "bell\x07", "\x00"]
)
def test_a_comment_never_ends_before_its_line(text: str) -> None:
    written = write_intent([], heading=[text])
    assert parsed(written) == {"intent": 1}
    assert all(line.startswith("#") for line in written.splitlines()[:-1])


def test_a_text_of_several_lines_stays_on_one() -> None:
    text = write_intent(
        [Entry(section=Section.BRIDGES, words={"at": "A\n  - b", "default": {"x": "\t\n\n"}})]
    )
    assert text.splitlines()[3:] == [
        '  - at: "A\\n  - b"',
        "    default:",
        '      x: "\\t\\n\\n"',
    ]


def test_operations_stand_before_bridges_and_those_before_acceptances() -> None:
    words: dict[Section, dict[str, Json]] = {
        Section.ACCEPT: {"difference": "d", "reason": "", "owner": ""},
        Section.BRIDGES: {"at": "A", "hook": "a"},
        Section.OPERATIONS: {"old": "GET /a", "calls": [{"operation": "GET /b"}]},
    }
    found = [Entry(section=section, words=words[section], on=False) for section in words]
    text = write_intent(found)
    assert list(parsed(text)) == ["intent", "operations", "bridges", "accept"]
    assert read_intent("x", text.encode()).operations == ()
