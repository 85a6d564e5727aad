"""Two builds of one version are told apart, and an answer of one is not given by the other."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import compat
from compat.cli import build as builds
from compat.cli.build import build
from compat.cli.memory import FOLDER, Said, recalled, remember


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of two files, which stands for the product."""
    folder = tmp_path / "package"
    for name in ("__init__.py", "differ/rules.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("LEVEL = 1\n")
    stand_in = ModuleType("compat")
    stand_in.__file__ = str(folder / "__init__.py")
    monkeypatch.setattr(builds, "compat", stand_in)
    return folder


def written(folder: Path) -> None:
    (folder / "differ" / "rules.py").write_text("LEVEL = 12\n")


def written_at_the_same_size_and_time(folder: Path) -> None:
    path = folder / "differ" / "rules.py"
    before = path.stat()
    path.write_text("LEVEL = 2\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def added(folder: Path) -> None:
    (folder / "page.html.jinja").write_text("")


def removed(folder: Path) -> None:
    (folder / "differ" / "rules.py").unlink()


@pytest.mark.parametrize("edit", [written, written_at_the_same_size_and_time, added, removed])
def test_another_build_is_another_one(package: Path, edit: Callable[[Path], None]) -> None:
    before = build()
    assert build() == before
    edit(package)
    assert build() != before


def test_what_python_leaves_beside_the_sources_does_not_count(package: Path) -> None:
    before = build()
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "rules.pyc").write_bytes(b"")
    assert build() == before


def test_an_answer_is_given_by_the_build_alone_that_gave_it(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
    said = Said(text="1 change", notes=[], code=0, documents={"api.yaml": {}})  # type: ignore[arg-type]
    remember("question", said)
    assert recalled("question", ["api.yaml"]) == said
    written(package)
    assert recalled("question", ["api.yaml"]) is None


def test_a_build_whose_files_cannot_be_seen_keeps_nothing(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
    shutil.rmtree(package)
    remember("question", Said(text="", notes=(), code=0, documents={"api.yaml": {}}))
    assert recalled("question", ["api.yaml"]) is None
    assert not (tmp_path / "kept").exists()


def test_the_product_itself_is_a_build() -> None:
    assert compat.__file__ is not None
    assert build() == build()
