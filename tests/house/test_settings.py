"""What is said in two places agrees, and nothing is left out of the checks."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import packages_distributions
from typing import Any

from tests.house.rules import LAYERS
from tests.house.tree import ROOT, Module, module, modules, unexcused

CHECKED = ("compat", "core", "tests", "tools")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def versions(pyproject: Mapping[str, Any], found: Iterable[Module]) -> Iterator[str]:
    """A `__version__` that is written out is that of pyproject.toml."""
    wanted = pyproject["project"]["version"]
    for each in found:
        for node in each.tree.body:
            match node:
                case ast.Assign(
                    targets=[ast.Name(id="__version__")], value=ast.Constant(value=version)
                ) if version != wanted:
                    yield f"{each.path}: version {version!r}, but pyproject.toml says {wanted}"


def unreleased(changelog: str) -> Iterator[str]:
    """The first section of the changelog takes what is not released yet."""
    headings: list[str] = re.findall(r"^## (.+)$", changelog, re.MULTILINE)
    if headings[:1] != ["[Unreleased]"]:
        yield "CHANGELOG.md: the first section is not [Unreleased]"


def untyped(pyproject: Mapping[str, Any], present: Iterable[str]) -> Iterator[str]:
    """Every folder of ours that is there is checked by mypy."""
    packages = pyproject["tool"]["mypy"]["packages"]
    yield from (f"mypy does not check {name}" for name in present if name not in packages)


def normal(requirement: str) -> str:
    """The name of a distribution (PEP 503), without version and extras."""
    name = re.split(r"[^\w.-]", requirement.strip())[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def undeclared(
    pyproject: Mapping[str, Any],
    found: Iterable[Module],
    distributions: Mapping[str, list[str]],
) -> Iterator[str]:
    """A product imports only what an installation without extras brings."""
    declared = {normal(each) for each in pyproject["project"]["dependencies"]}
    ours = {*CHECKED, "generated"}
    for each in found:
        for root in dict.fromkeys(target.split(".")[0] for target in each.imports):
            names = {normal(name) for name in distributions.get(root, [root])}
            if root not in sys.stdlib_module_names | ours and not names & declared:
                yield f"{each.path}: imports {root}, which no dependency in pyproject.toml brings"


def idle(pyproject: Mapping[str, Any], found: Iterable[Module]) -> Iterator[str]:
    """What an installation brings is imported by a product."""
    roots = {normal(target.split(".")[0]) for each in found for target in each.imports}
    known = {normal(name) for root in roots for name in packages_distributions().get(root, [root])}
    for each in pyproject["project"]["dependencies"]:
        if normal(each) not in known:
            yield f"pyproject.toml: nothing imports {normal(each)}"


def test_versions_agree() -> None:
    found = versions(tomllib.loads(read("pyproject.toml")), modules(*LAYERS))
    assert unexcused("versions", found) == []


def test_the_changelog_has_room_for_what_comes() -> None:
    assert unexcused("changelog", unreleased(read("CHANGELOG.md"))) == []


def test_every_folder_is_checked_for_types() -> None:
    present = [name for name in CHECKED if modules(name)]
    assert unexcused("types", untyped(tomllib.loads(read("pyproject.toml")), present)) == []


def test_the_products_import_only_what_they_declare() -> None:
    pyproject = tomllib.loads(read("pyproject.toml"))
    found = undeclared(pyproject, modules(*LAYERS), packages_distributions())
    assert unexcused("dependencies", found) == []


def test_nothing_is_installed_for_no_use() -> None:
    pyproject = tomllib.loads(read("pyproject.toml"))
    assert unexcused("idle dependencies", idle(pyproject, modules(*LAYERS))) == []


def test_an_idle_dependency_is_found() -> None:
    pyproject = {"project": {"dependencies": ["PyYAML>=6", "left-pad>=1"]}}
    planted = module("compat/load.py", "import yaml")
    assert list(idle(pyproject, [planted])) == ["pyproject.toml: nothing imports left-pad"]


def test_another_version_is_found() -> None:
    pyproject = {"project": {"version": "0.2.0"}}
    planted = module("compat/__init__.py", '__version__ = "0.1.0"')
    assert list(versions(pyproject, [planted])) == [
        "compat/__init__.py: version '0.1.0', but pyproject.toml says 0.2.0"
    ]
    assert list(versions(pyproject, [module("compat/__init__.py", '__version__ = "0.2.0"')])) == []


def test_a_changelog_without_unreleased_is_found() -> None:
    complaint = ["CHANGELOG.md: the first section is not [Unreleased]"]
    assert list(unreleased("# Changelog\n\n## [0.1.0]\n")) == complaint
    assert list(unreleased("")) == complaint
    assert list(unreleased("# Changelog\n\n## [Unreleased]\n\n## [0.1.0]\n")) == []


def test_a_folder_without_types_is_found() -> None:
    pyproject = {"tool": {"mypy": {"packages": ["compat"]}}}
    assert list(untyped(pyproject, ["compat", "core"])) == ["mypy does not check core"]


def test_an_import_of_an_extra_is_found() -> None:
    pyproject = {"project": {"dependencies": ["PyYAML>=6", "hypothesis_jsonschema"]}}
    known = {"yaml": ["PyYAML"], "pytest": ["pytest"]}
    planted = module("compat/load.py", "import json, yaml, pytest.mark\nfrom compat import model")
    assert list(undeclared(pyproject, [planted], known)) == [
        "compat/load.py: imports pytest, which no dependency in pyproject.toml brings"
    ]
