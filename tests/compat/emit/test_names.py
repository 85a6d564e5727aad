"""Names and literals of emitted code."""

import ast
import builtins
import keyword
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import compat
from compat.emit.names import (
    IMPORTED,
    exchange_name,
    lens_function,
    module_name,
    package_name,
    prose,
    singular,
    slug,
    unique,
)
from compat.emit.syntax import code, formatted, literal, quoted, text
from compat.errors import CompatError
from compat.lens.ops import Flow
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
        ("size_up", "size_up_"),
        ("size_up_2", "size_up_2_"),
        ("size_down_2_count", "size_down_2_count_"),
        ("size_up_each", "size_up_each_"),
        ("size_up_date", "size_up_date"),
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


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("volumes", "volumes"),
        ("own", "exchange_own"),
        ("list", "exchange_list"),
        ("class", "exchange_class"),
        ("match", "exchange_match"),
        ("annotations", "exchange_annotations"),
        ("license", "exchange_license"),
        ("l", "exchange_l"),
        ("volume_up", "exchange_volume_up"),
        ("_private", "exchange__private"),
        ("test_it", "exchange_test_it"),
    ],
)
def test_an_exchange_has_another_name_than_all_that_its_module_knows(name: str, found: str) -> None:
    assert exchange_name(name) == found


def test_lens_functions_clash_with_nothing_and_not_with_one_another() -> None:
    names = ("scaled", "lens_scaled", "count_size", "test_result", "_size", "class", "size")
    found = [lens_function(name, flow) for name in names for flow in Flow]
    assert len(set(found)) == len(found)
    assert not IMPORTED.intersection(found)
    assert not [each for each in found if each.startswith(("count_", "test", "_"))]
    assert lens_function("size", Flow.UP) == "size_up"
    assert lens_function("scaled", Flow.DOWN) == "lens_scaled_down"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Volume", "volume"),
        ("class", "class_"),
        ("NUL", "nul_"),
        ("com1", "com1_"),
        ("test_result", "of_test_result"),
        ("load_test", "of_load_test"),
        ("latest", "latest"),
    ],
)
def test_files_have_names_that_every_file_system_and_test_runner_leaves_alone(
    words: str, found: str
) -> None:
    assert module_name(words) == found


def test_a_package_hides_nothing_that_it_or_the_toolkit_imports() -> None:
    sources = [path.read_text("utf-8") for path in Path(compat.__file__).parent.rglob("*.py")]
    imported = {name for source in sources for name in imports(ast.parse(source))}
    assert {"compat", "json", "httpx", "yaml"} <= imported
    for name in sorted(imported | {"core", "class", "list", "__init__", "a-b", ""}):
        with pytest.raises(CompatError, match="choose another name with --package"):
            package_name(name)
    assert package_name("lamps_v1_v2") == "lamps_v1_v2"


def imports(tree: ast.Module) -> Iterator[str]:
    """The top-level packages that a module imports from outside of its own."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name.partition(".")[0] for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
