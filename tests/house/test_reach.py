"""No dead module: each is reached by imports from where a run begins.

Tests reach only modules of the tests: what nothing but its own tests imports is dead all the same.
A product in which no run can begin yet is not judged.
"""

import ast
import tomllib
from collections.abc import Iterable, Iterator
from importlib import import_module

from tests.house.rules import LAZY, PUBLIC, RUNTIME
from tests.house.tree import ROOT, Module, module, modules, unexcused, within

PRODUCTS = ("compat", "core", "tools")


def console_scripts(pyproject: str) -> tuple[str, ...]:
    """The modules that the console scripts of a pyproject.toml name."""
    scripts: dict[str, str] = tomllib.loads(pyproject)["project"].get("scripts", {})
    return tuple(target.partition(":")[0] for target in scripts.values())


def lazy_commands() -> Iterator[str]:
    """The modules that tables of commands name."""
    for name in LAZY:
        for entry in import_module(name).COMMANDS.values():
            yield from filter(None, (entry.module, getattr(entry, "site", "")))


def runs_as_script(found: Module) -> bool:
    """Does the module say what happens when it is run?"""
    guards = (ast.unparse(node.test) for node in found.tree.body if isinstance(node, ast.If))
    return found.name.endswith("__main__") or any("__name__ == '__main__'" in g for g in guards)


def is_collected(found: Module) -> bool:
    """Does pytest read this file by itself?"""
    last = found.name.rpartition(".")[2]
    return found.name.startswith("tests.") and (last.startswith("test_") or last == "conftest")


def begins(found: Module, scripts: Iterable[str]) -> bool:
    """Can a run begin in this module?"""
    return found.name in scripts or runs_as_script(found) or is_collected(found)


def is_kept(found: Module) -> bool:
    """Is it there for others: users' code, or generated packages?"""
    return any(within(found.name, home) for home in (*PUBLIC, *RUNTIME))


def with_parents(name: str) -> Iterator[str]:
    """The dotted name and every package around it."""
    parts = name.split(".")
    yield from (".".join(parts[:length]) for length in range(len(parts), 0, -1))


def unreached(found: Iterable[Module], scripts: Iterable[str]) -> Iterator[str]:
    """The modules to which no chain of imports leads; an empty one has nothing that could die."""
    by_name = {each.name: each for each in found}
    starts = [name for name, each in by_name.items() if begins(each, scripts)]
    kept = [name for name, each in by_name.items() if is_kept(each)]
    waiting = [name for start in (*starts, *kept) for name in with_parents(start)]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in reached:
            reached.add(name)
            waiting += [part for target in by_name[name].imports for part in with_parents(target)]
    judged = {start.split(".")[0] for start in starts}
    for name, each in by_name.items():
        if name not in reached and name.split(".")[0] in judged and each.source.strip():
            yield f"{each.path}: no entry point reaches it"


def test_every_module_of_the_products_is_reached() -> None:
    scripts = (*console_scripts((ROOT / "pyproject.toml").read_text("utf-8")), *lazy_commands())
    assert unexcused("reach", unreached(modules(*PRODUCTS), scripts)) == []


def test_every_module_of_the_tests_is_reached() -> None:
    assert unexcused("reach of tests", unreached(modules("tests"), ())) == []


def test_a_module_that_nothing_imports_is_found() -> None:
    planted = [
        module("compat/__init__.py", ""),
        module("compat/cli.py", "from compat.model import used"),
        module("compat/model/__init__.py", ""),
        module("compat/model/used.py", "from . import deeper"),
        module("compat/model/deeper.py", "x = 1"),
        module("compat/model/circle.py", "import compat.model.round"),
        module("compat/model/round.py", "import compat.model.circle"),
        module("compat/serve/client.py", "from compat.model import served"),
        module("compat/model/served.py", "x = 1"),
    ]
    assert list(unreached(planted, ("compat.cli",))) == [
        "compat/model/circle.py: no entry point reaches it",
        "compat/model/round.py: no entry point reaches it",
    ]


def test_a_product_that_cannot_be_started_yet_is_not_judged() -> None:
    planted = [module("compat/model/place.py", "x = 1"), module("compat/serve/client.py", "x = 1")]
    assert list(unreached(planted, ("compat.cli",))) == []


def test_a_run_begins_at_scripts_main_guards_and_tests() -> None:
    assert console_scripts('[project.scripts]\nisthmus = "compat.cli:main"') == ("compat.cli",)
    for path, source in (
        ("compat/cli/__init__.py", ""),
        ("core/__main__.py", ""),
        ("tools/bench.py", 'if __name__ == "__main__":\n    run()'),
        ("tests/compat/test_load.py", ""),
        ("tests/conftest.py", ""),
    ):
        assert begins(module(path, source), ("compat.cli",)), path
    assert not begins(module("tests/compat/documents.py", "def run(): ..."), ("compat.cli",))
