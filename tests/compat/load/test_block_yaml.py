"""Reading YAML line by line says what libyaml says, or leaves the text to it."""

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.load import block_flow, block_yaml, extent
from compat.load.limits import DEPTH_MAX
from tests.compat.load.mutations import SEEDS, mutated
from tests.compat.load.readings import disagreement
from tests.shared import SHARED, SPEC_PAIRS

DATA = Path(__file__).parents[2] / "data"


def published(folder: Path) -> list[str]:
    """The YAML files below a folder of published specs; skips the test where it is absent."""
    if not folder.is_dir():
        pytest.skip(f"needs the published specs in {folder}")
    return [read(path) for path in sorted(folder.rglob("*.y*ml"))]


def read(path: Path) -> str:
    """The text with the line ends that are in it."""
    return path.read_bytes().decode("utf-8-sig")


def test_published_specs_are_all_read_line_by_line_and_as_libyaml_reads_them() -> None:
    found = Counter(map(disagreement, published(SPEC_PAIRS)))
    assert found.keys() == {""}


def test_specs_written_for_tools_are_read_as_libyaml_reads_them() -> None:
    found = Counter(map(disagreement, published(SHARED / "cases" / "oasdiff")))
    assert found.keys() == {""}


@pytest.mark.parametrize(
    "text",
    [
        *SEEDS,
        "a: |\n  x\n\n\n",
        "a: |+\n  x\n\n\nb: 1\n",
        "a: |-\n  x\n   \n",
        "a: |2-\n    x\n   y\n",
        "- |\n x\n- y\n",
        "a: >\n  x\n  y\n    z\n   w\n\n  v\n  # u\n",
        "a: >\n\n\n  x\n",
        "a: 'x'  # y\nb: \"#\" #\nc: d#e f\n",
        "a: http://b:1/c\nb c d: e\n'f g': h\n\"\": i\n/{j}: k\n",
        "a:\n- b\n- - c\n  - d\n-\n  e\n",
        "a: 1.10\nb: 007 # c\nc: -1\nd: .5\ne: 1e3\nf: True\ng:\n- 1.0\n- ~\n",
        "a:\n  'b'\nc:\n  - d\n\n# e\n\n    # f\n  - g\n",
        "  a: 1\n  b: 2\n",
        "# a\n\n---\nb: c\n",
        'a: "\\u00e9\\U0001f600\\x41\\t\\0\\_\\/\\""\nb: "\u00e9\U0001f600\xa0"\n',
        'a: "b\n  c\\\n\n  d \\ \n  e"\n',
        "a: []\nb: {}\nc: [{d: [1, -2.5, true, null]}, 'e', \"f\", g h]\nd: {\"e\":1}\n",
        f"a: [{'b, ' * 1000}c]\n",
        "a: b\n  c\n  # d\ne:\n  f\n  # g\n",
        "a: [\n  # b\n  c, # d\n  e\n]\nf: 1\n",
        "a: b\r\nc: |\r\n  d\r\n  e\r\nf: 'g\r\n  h'\r\n",
        "a: b",
        "a:",
        "- a\n- b: c",
    ],
)  # fmt: skip
def test_block_yaml_is_read_line_by_line(text: str) -> None:
    assert disagreement(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "# a\n", "a", "- \n", "{a: 1}\n", "'a'\n", "|\n  a\n", "a: &b c\n", "a: *b\n",
        "a: !b c\n", "!b\na: c\n", "<<: {a: b}\n", "? a\n: b\n", "%YAML 1.1\n---\na: b\n",
        "a: b\n---\nc: d\n", "---\n---\na: b\n", "--- a\n", "a: b\n...\n", "a: b\n...: c\n",
        "a:\tb\n", "a: b\n\tc: d\n", "a: |\n\tb\n", "a: b\x85c: d\n", "a: b\u2028\n",
        "\ufeffa: b\n",
        "a: \x01\n", "a: b\rc: d\n", "a: @b\n", "a: `b\n", "a: %b\n", "a: b: c\n", "a: b\n c: d\n",
        "a: 'b' c\n", "a: 'b\n", "a: 'b\n'\n", 'a: "\\ud800"\n', 'a: "\\q"\n', "'a\n b': c\n",
        "a: [b\n", "a: [b]]\n", "a: [b] c\n", "a: [,]\n", "a: {b}\n", "a: [b: c]\n",
        "a: {b\n: c}\n",
        "a: {b:c}\n", "a: {1: &b c}\n", "a: {b: c, b: d}\n", "a: b\na: c\n", "a:\n  b: c\n d: e\n",
        "a: b\n- c\n", "- a\nb: c\n", "a:\n- b\n c: d\n", "- a\n-   b\n", "-\n- a\n", "a:\n  5\n",
        "a: |\n    \n  b\n", "a: |\nb: c\n", "a: |\n  b", "a: |3\n  b\n", "a: b\n# c\n  d\n",
        "a: 'b'\n  c\n", "a: |\n  b\n   ",
        f"{'a' * 1100}: b\n", f"a: {{{'b' * 1100}: c}}\n", f"a: {'[' * 50}{']' * 50}\n",
        f"a: [{'b, ' * 30_000}b]\n", f"{'- ' * 10_000}a\n",
    ],
)  # fmt: skip
def test_what_is_rare_or_wrong_is_left_to_libyaml(text: str) -> None:
    assert block_yaml.read(text) is None


@pytest.mark.parametrize("quote", ["'", '"', '"\\n', ""])
def test_a_long_run_of_spaces_is_looked_at_once(quote: str) -> None:
    text = f"a: {quote}b{' ' * 300_000}c\n  d{quote[:1]}\n"
    assert disagreement(text) == ""


def test_what_is_too_deep_is_left_to_libyaml() -> None:
    deep = "".join(f"{' ' * level}a:\n" for level in range(DEPTH_MAX))
    assert disagreement(deep) == ""
    assert block_yaml.read(f"{deep}{' ' * DEPTH_MAX}a: b\n") is None


def test_what_has_too_many_nodes_is_left_to_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (extent, block_yaml, block_flow):
        monkeypatch.setattr(module, "NODES_MAX", 100)
    for fits, text in ((24, "- [a, b, c]\n"), (98, "- a\n"), (49, "- a: b\n")):
        assert block_yaml.read(text * fits) is not None
        assert block_yaml.read(text * (fits + 2)) is None
    assert block_yaml.read("# a\n" * 100 + "b: c\n") is None


def test_a_collection_of_too_many_nodes_is_not_made_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(block_flow, "NODES_MAX", 100)
    monkeypatch.setattr(block_flow, "json", SimpleNamespace(dumps=json.dumps, loads=made.append))
    assert block_yaml.read("a: [\n" + "  b,\n" * 100 + "  b]\n") is None
    assert made == []


def test_what_has_too_long_pointers_is_left_to_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{'a' * 100}:\n" + "- b\n" * 100
    assert disagreement(text) == ""
    monkeypatch.setattr(extent, "POINTERS_CHARS_MAX", 10_000)
    assert block_yaml.read(text) is None


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.text(alphabet="ab :#-'\"\\\n\t[]{},&*!|>%@`?=~<.0123456789\xe9", max_size=60),
    st.text(alphabet="word ,.", max_size=200),
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.one_of(
        st.lists(below, max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=8), st.text("ab /{}$", max_size=20)), below),
    ),
    max_leaves=20,
)


@given(
    value=st.one_of(st.lists(VALUES, min_size=1), st.dictionaries(st.text(), VALUES, min_size=1)),
    style=st.sampled_from((None, "'", '"', "|", ">")),
    flow=st.sampled_from((False, False, None)),
    width=st.sampled_from((20, 80, 1000)),
    indent=st.sampled_from((2, 4)),
    unicode=st.booleans(),
    start=st.booleans(),
)
def test_whatever_a_program_writes_is_read_as_libyaml_reads_it(
    value: Any,
    style: str | None,
    flow: bool | None,
    width: int,
    indent: int,
    unicode: bool,
    start: bool,
) -> None:
    text = yaml.safe_dump(
        value,
        default_style=style,
        default_flow_style=flow,
        width=width,
        indent=indent,
        allow_unicode=unicode,
        explicit_start=start,
    )
    assert not disagreement(text)


def told_apart(texts: list[str], seed: int) -> None:
    """Of a hundred mutations for each example of the profile, both ways are taken by many."""
    count = 100 * settings().max_examples
    found = Counter[str | None]()
    for text in mutated(seed, count, texts):
        told = disagreement(text)
        assert not told, (text, told)
        found[told] += 1
    assert min(found[""], found[None]) > count // 5


def test_mutations_of_small_specs_are_read_as_libyaml_reads_them() -> None:
    told_apart([read(path) for path in sorted(DATA.rglob("*.yaml"))], seed=1)


def test_mutations_of_published_specs_are_read_as_libyaml_reads_them() -> None:
    told_apart(published(SPEC_PAIRS), seed=2)
