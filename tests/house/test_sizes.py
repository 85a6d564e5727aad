"""Modules and functions that fit in a head."""

import ast
from collections.abc import Iterator

from tests.house.rules import FUNCTION_LINES_MAX, MODULE_LINES_MAX
from tests.house.tree import Module, module, modules, unexcused


def oversizes(found: Module) -> Iterator[str]:
    """The module, and each function from `def` to its last line."""
    lines = len(found.source.splitlines())
    if lines > MODULE_LINES_MAX:
        yield f"{found.path}: {lines} lines, at most {MODULE_LINES_MAX}"
    for node in ast.walk(found.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{found.path}: {node.name}() has {lines} lines, at most {FUNCTION_LINES_MAX}"


def function(lines: int) -> str:
    return "def planted():\n" + "    x = 1\n" * (lines - 1)


def test_everything_in_the_tree_fits() -> None:
    everything = modules("compat", "core", "tests", "tools")
    assert unexcused("sizes", (text for each in everything for text in oversizes(each))) == []


def test_a_module_of_one_line_too_many_is_found() -> None:
    assert list(oversizes(module("compat/long.py", "x = 1\n" * MODULE_LINES_MAX))) == []
    assert list(oversizes(module("compat/long.py", "x = 1\n" * (MODULE_LINES_MAX + 1)))) == [
        "compat/long.py: 501 lines, at most 500"
    ]


def test_a_function_of_one_line_too_many_is_found() -> None:
    assert list(oversizes(module("compat/long.py", function(FUNCTION_LINES_MAX)))) == []
    for source in (
        function(FUNCTION_LINES_MAX + 1),
        "async " + function(FUNCTION_LINES_MAX + 1),
        "class Home:\n"
        + "".join(f"    {line}\n" for line in function(FUNCTION_LINES_MAX + 1).splitlines()),
    ):
        assert list(oversizes(module("compat/long.py", source))) == [
            "compat/long.py: planted() has 71 lines, at most 70"
        ]
