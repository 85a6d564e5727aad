"""Generated packages on disk are replaced as a whole, and nothing else ever is."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from compat.emit.package import emit
from compat.errors import CompatError
from compat.lens.ops import Rename
from compat.store import read_tree, write_tree
from tests.compat.emit.making import plan_of


def files(*names: str) -> Mapping[str, bytes]:
    lenses = {name: (Rename(old="a", new="b", difference="d1"),) for name in names}
    return emit(plan_of(lenses), "shim", allow_gaps=False)


def others(path: Path) -> list[Path]:
    """What else lies beside the folder."""
    return [each for each in path.parent.iterdir() if each != path]


def test_a_package_is_written_and_read(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "shim"
    write_tree(folder, files("one"))
    assert read_tree(folder) == files("one")
    assert others(folder) == []


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert read_tree(tmp_path / "none") == {}


def test_regenerating_replaces_everything_but_hooks_and_leaves_no_caches(tmp_path: Path) -> None:
    folder = tmp_path / "shim"
    write_tree(folder, files("one"))
    (folder / "hooks.py").write_text("mine = 1\n")
    (folder / "hooks.py").chmod(0o600)
    (folder / "lenses" / "__pycache__").mkdir()
    (folder / "lenses" / "__pycache__" / "one.pyc").write_bytes(b"")
    write_tree(folder, files("two"))
    assert read_tree(folder) == {**files("two"), "hooks.py": b"mine = 1\n"}
    assert (folder / "hooks.py").stat().st_mode & 0o777 == 0o600
    assert others(folder) == []


def test_an_empty_folder_is_fine(tmp_path: Path) -> None:
    folder = tmp_path / "shim"
    folder.mkdir()
    write_tree(folder, files("one"))
    assert read_tree(folder) == files("one")


def test_hooks_may_be_there_first(tmp_path: Path) -> None:
    folder = tmp_path / "shim"
    folder.mkdir()
    (folder / "hooks.py").write_text("mine = 1\n")
    write_tree(folder, files("one"))
    assert read_tree(folder) == {**files("one"), "hooks.py": b"mine = 1\n"}


@pytest.mark.parametrize(
    "there",
    [
        {"main.py": "print()"},
        {"manifest.json": "{}"},
        {"manifest.json": "[" * 100_000},
        {"manifest.json": '{"generator": "another"}'},
    ],
)
def test_a_folder_that_was_not_generated_is_never_replaced(
    tmp_path: Path, there: dict[str, str]
) -> None:
    for name, text in there.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(CompatError, match="was not generated"):
        write_tree(tmp_path, files("one"))
    assert {path.name for path in tmp_path.iterdir()} == set(there)


def test_files_that_a_person_put_there_are_not_lost(tmp_path: Path) -> None:
    folder = tmp_path / "shim"
    write_tree(folder, files("one"))
    (folder / "lenses" / "notes.txt").write_text("mine")
    with pytest.raises(CompatError, match=r"lenses/notes\.txt"):
        write_tree(folder, files("two"))
    assert "lenses/one.py" in read_tree(folder)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "shim").write_text("")
    with pytest.raises(CompatError, match="no folder"):
        write_tree(tmp_path / "shim", files("one"))
    (tmp_path / "blocked").write_text("")
    with pytest.raises(CompatError):
        write_tree(tmp_path / "blocked" / "shim", files("one"))


def test_nothing_changes_when_writing_fails(tmp_path: Path) -> None:
    folder = tmp_path / "shim"
    write_tree(folder, files("one"))
    with pytest.raises(CompatError):
        write_tree(folder, {**files("two"), "x" * 300: b""})
    assert read_tree(folder) == files("one")
    assert others(folder) == []


@pytest.mark.parametrize("renames", [1, 2])
@pytest.mark.parametrize("is_done", [False, True])
def test_an_interrupt_between_the_old_and_the_new_loses_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int, is_done: bool
) -> None:
    folder = tmp_path / "shim"
    write_tree(folder, files("one"))
    (folder / "hooks.py").write_text("mine = 1\n")
    rename, asked = Path.rename, []

    def interrupted(self: Path, target: Path) -> Path:
        asked.append(target)
        if len(asked) != renames:
            return rename(self, target)
        if is_done:
            rename(self, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_tree(folder, files("two"))
    there = "two" if (renames, is_done) == (2, True) else "one"
    assert read_tree(folder) == {**files(there), "hooks.py": b"mine = 1\n"}
    assert others(folder) == []


def test_a_link_to_the_folder_stays_a_link(tmp_path: Path) -> None:
    folder, link = tmp_path / "real", tmp_path / "shim"
    write_tree(folder, files("one"))
    link.symlink_to(folder)
    write_tree(link, files("two"))
    assert link.is_symlink()
    assert read_tree(folder) == files("two")
