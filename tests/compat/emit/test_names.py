"""Names and literals of emitted code."""

import ast
import builtins
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.emit.names import IMPORTED, exchange_name, prose, singular, slug, unique
from compat.emit.syntax import code, formatted, literal, quoted, text
from tests.compat.emit.everything import NAMES
from tests.compat.emit.test_package import sources

TEXTS = st.one_of(st.text(), st.sampled_from(NAMES))


@given(TEXTS)
def test_a_slug_is_a_name_that_hides_nothing(words: str) -> None:
    found = slug(words, limit=20)
    assert found.isidentifier()
    assert found == found.lower()
    assert found.isascii()
    assert len(found) <= 22
    assert not keyword.iskeyword(found)
    assert found not in IMPORTED
    assert not found.endswith(("_up", "_down"))
    assert found not in dir(builtins)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("HostConfig", "host_config"),
        ("IPAddress", "ip_address"),
        ("x-kubernetes-node", "x_kubernetes_node"),
        ("GET /volumes max", "get_volumes_max"),
        ("id", "id_"),
        ("class", "class_"),
        ("Zähler", "zahler"),
        ("3com", "n3_com"),
        ("...", "field"),
        ("a" * 30, "a" * 20),
    ],
)
def test_slugs_remind_of_their_text(words: str, found: str) -> None:
    assert slug(words, limit=20) == found


def test_names_are_made_unique_and_singular() -> None:
    assert unique("a", []) == "a"
    assert unique("id_", ["id_", "id_2"]) == "id_3"
    names = ("volumes", "policies", "ports", "class", "as", "data")
    assert [singular(name) for name in names] == [
        "volume",
        "policy",
        "port",
        "item",
        "item",
        "item",
    ]


@given(TEXTS)
def test_every_text_is_a_literal_of_itself(words: str) -> None:
    assert ast.literal_eval(quoted(words)) == words
    assert "\n" not in quoted(words)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | TEXTS, st.lists))
def test_every_value_is_a_literal_of_itself(value: object) -> None:
    source = code(literal(value))  # type: ignore[arg-type]
    assert repr(eval(source)) == repr(value)


@given(TEXTS)
def test_prose_ends_no_docstring(words: str) -> None:
    found = prose(words, limit=40)
    assert ast.literal_eval(f'"""{found}"""') == found
    assert len(found) <= 40
    assert found.isascii()
    assert found.isprintable()


@given(st.lists(TEXTS, min_size=1))
def test_templates_hold_their_texts(texts: list[str]) -> None:
    template = formatted([text(each) for each in texts])
    if template is not None:
        assert eval(code(template)) == "".join(texts)


def test_locals_hide_nothing_that_modules_import() -> None:
    """`IMPORTED` names all that emitted modules import from the parts of the package."""
    parts = {"values", "parts", "codecs", "paging", "joining", "counters", "gaps", "hooks_protocol"}
    for path, source in sources().items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.level == 2 and node.module in parts:
                assert {alias.name for alias in node.names} <= IMPORTED, path


def test_an_exchange_never_has_the_name_of_an_import() -> None:
    assert exchange_name("own") == "exchange_own"
    assert exchange_name("volume_up") == "exchange_volume_up"
    assert exchange_name("_private") == "exchange__private"
    assert exchange_name("test_it") == "exchange_test_it"
    assert exchange_name("volumes") == "volumes"
