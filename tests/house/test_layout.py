"""Files lie where the tools that read them look."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.house.tree import ROOT, Module, module, modules, unexcused


def folders_without_init(found: Iterable[Module]) -> Iterator[str]:
    """Every folder of Python files below the tests, and each around it, is a package."""
    paths = {Path(each.path) for each in found}
    folders = {folder for path in paths for folder in path.parents if folder.parts}
    for folder in sorted(folders):
        if folder / "__init__.py" not in paths:
            yield f"{folder}: is not a package, it has no __init__.py"


def uncollected(found: Module) -> Iterator[str]:
    """Tests stand in files that pytest collects by itself."""
    last = found.path.rpartition("/")[2]
    if re.search(r"^(async )?def test_", found.source, re.MULTILINE) and not re.fullmatch(
        r"test_\w+\.py", last
    ):
        yield f"{found.path}: has tests, but pytest collects only test_*.py"


def packages_without_manifest(folders: Iterable[Path]) -> Iterator[str]:
    """Without its manifest nothing says what a generated package was made from."""
    for folder in folders:
        if not (folder / "manifest.json").is_file():
            yield f"{folder.name}: a generated package without a manifest.json"


def test_every_folder_of_tests_is_a_package() -> None:
    assert unexcused("packages", folders_without_init(modules("tests"))) == []


def test_every_test_is_collected() -> None:
    found = (text for each in modules("tests") for text in uncollected(each))
    assert unexcused("collected", found) == []


def test_every_generated_package_has_its_manifest() -> None:
    generated = ROOT / "generated"
    folders = sorted(generated.iterdir()) if generated.is_dir() else []
    found = packages_without_manifest(path for path in folders if path.is_dir())
    assert unexcused("generated", found) == []


def test_a_folder_that_is_no_package_is_found() -> None:
    planted = [module("tests/__init__.py", ""), module("tests/compat/load/test_a.py", "")]
    assert list(folders_without_init(planted)) == [
        "tests/compat: is not a package, it has no __init__.py",
        "tests/compat/load: is not a package, it has no __init__.py",
    ]


def test_a_test_that_never_runs_is_found() -> None:
    source = "def test_nothing() -> None: ..."
    assert list(uncollected(module("tests/compat/load_test.py", source))) == [
        "tests/compat/load_test.py: has tests, but pytest collects only test_*.py"
    ]
    assert list(uncollected(module("tests/compat/test_load.py", source))) == []


def test_a_generated_package_without_a_manifest_is_found(tmp_path: Path) -> None:
    assert list(packages_without_manifest([tmp_path])) == [
        f"{tmp_path.name}: a generated package without a manifest.json"
    ]
    (tmp_path / "manifest.json").write_text("{}")
    assert list(packages_without_manifest([tmp_path])) == []
