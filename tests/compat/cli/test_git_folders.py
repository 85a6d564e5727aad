"""Folders of specs in a revision of git, and as they are staged."""

from pathlib import Path

import pytest

from compat.errors import Exit
from tests.compat.cli.repository import Repository, lamps
from tests.compat.cli.running import Here
from tests.compat.cli.test_folders import DOCUMENTS, NEW, OLD, READ, changes, document


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("git:HEAD:specs", "specs"),
        ("git:v1:specs/", "git:HEAD:specs"),
        ("git:HEAD:specs", "./specs/"),
    ],
)
def test_a_folder_may_be_one_of_a_revision(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    repository = Repository(tmp_path / "repository", monkeypatch)
    repository.commit("Begin", {f"specs/{name}": text for name, text in OLD.items()})
    repository.git("tag", "v1")
    (repository.folder / "specs" / "gone.yaml").unlink()
    repository.write({f"specs/{name}": text for name, text in NEW.items()})
    if new.startswith("git:"):
        repository.commit("Go on", {})
    found = document(here, old, new)
    assert [each["name"] for each in found["documents"]] == DOCUMENTS
    assert len(found["changes"]) == 5
    files = [each["old"]["file"] for each in found["documents"] if each["old"]]
    assert files[0] == f"{old.rstrip('/')}/gone.yaml"


def test_a_folder_may_be_what_is_staged(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(tmp_path / "repository", monkeypatch)
    repository.commit("Begin", {f"specs/{name}": text for name, text in OLD.items()})
    repository.write({f"specs/{name}": text for name, text in NEW.items()})
    assert changes(here, "git:HEAD:specs", "git::specs") == []
    repository.git("add", "--all")
    repository.write({"specs/more.yaml": lamps("1", READ)})
    monkeypatch.chdir(repository.folder / "specs")
    assert len(changes(here, "git:HEAD:specs", "git::specs/")) == 4


@pytest.mark.parametrize("top", ["git:HEAD:", "git:HEAD:/", "git:HEAD:.", "git:HEAD:./"])
def test_the_top_of_a_repository_is_a_folder(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, top: str
) -> None:
    repository = Repository(tmp_path / "repository", monkeypatch)
    repository.commit("Begin", OLD)
    repository.write(NEW)
    (repository.folder / "gone.yaml").unlink()
    found = document(here, top, ".")
    assert [each["name"] for each in found["documents"]] == DOCUMENTS
    assert len(found["changes"]) == 5
    assert found["documents"][1]["old"]["file"] == "git:HEAD:gone.yaml"
    assert here("check", top, ".").code == Exit.FINDINGS
    github = here("diff", top, ".", "--format", "github").out
    assert "file=gone.yaml" in github
    assert "file=lamps.yaml" in github


@pytest.mark.parametrize("top", ["git::", "git::.", "git::./"])
def test_the_top_of_what_is_staged_is_a_folder(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, top: str
) -> None:
    repository = Repository(tmp_path / "repository", monkeypatch)
    repository.commit("Begin", OLD)
    repository.write(NEW)
    (repository.folder / "gone.yaml").unlink()
    assert changes(here, "git:HEAD:", top) == []
    assert len(changes(here, top, ".")) == 5
    repository.git("add", "--all")
    assert changes(here, top, ".") == []


def test_a_folder_in_git_is_meant_from_the_top_and_with_a_dot_from_here(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(tmp_path / "repository", monkeypatch)
    repository.commit("Begin", OLD)
    repository.write(NEW)
    (repository.folder / "gone.yaml").unlink()
    monkeypatch.chdir(repository.folder / "inner")
    for start in ("git:HEAD:", "git::"):
        assert len(changes(here, f"{start}.", ".")) == 1
        assert len(changes(here, f"{start}inner", ".")) == 1
        assert len(changes(here, f"{start}../inner/", ".")) == 1
        for top in ("", ".."):
            assert len(changes(here, f"{start}{top}", "..")) == 5
        outside = here("diff", f"{start}../..", "..")
        assert outside.code == Exit.BAD_INPUT
        assert "outside of the repository" in outside.err
