"""What somebody has set for git changes no answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.compat.cli.repository import Repository, lamps
from tests.compat.cli.running import Here

READ, WRITE = "GET /lamps", "POST /lamps"
SETTINGS = {
    "color.ui": "always",
    "core.abbrev": "40",
    "core.quotePath": "true",
    "diff.algorithm": "of nobody",
    "diff.context": "-1",
    "diff.noprefix": "true",
    "diff.orderFile": "of nobody",
    "diff.relative": "true",
    "diff.renameLimit": "1",
    "diff.renames": "false",
    "i18n.logOutputEncoding": "ISO-8859-1",
    "log.diffMerges": "combined",
    "log.follow": "true",
    "log.showRoot": "false",
    "log.showSignature": "true",
    "pager.rev-list": "true",
    "status.relativePaths": "false",
    "status.showUntrackedFiles": "no",
}


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A spec of two versions, which has another name by now, as a file beside it has."""
    repository = Repository(tmp_path / "repository", monkeypatch)
    repository.commit("Begin", {"api.yaml": lamps("1", READ, WRITE), "others.txt": "a\n" * 9})
    repository.commit("Keep every lamp", {"api.yaml": lamps("2", READ)})
    (repository.folder / "inner").mkdir()
    for old, new in (("api.yaml", "inner/lämpen.yaml"), ("others.txt", "inner/others.txt")):
        repository.git("mv", old, new)
    repository.commit("Move them", {"inner/lämpen.yaml": lamps("3", READ, "PUT /x")})
    repository.commit("Go on", {"inner/lämpen.yaml": lamps("4", READ)})
    return repository


def rows(here: Here) -> list[Any]:
    told = here("history", "inner/lämpen.yaml", "--format", "json").out
    found: list[Any] = json.loads(told)["revisions"]
    return found


def answers(here: Here) -> list[Any]:
    pair = ("git:HEAD~2:api.yaml", "git::inner/lämpen.yaml")
    folders = ("git:HEAD~1:inner", "git::inner")
    compared = [here("diff", *each, "--format", "json").out for each in (pair, folders)]
    return [rows(here), here("staged", "inner/lämpen.yaml").out, *compared]


def test_settings_of_git_change_nothing(here: Here, told: Repository) -> None:
    told.write({"inner/lämpen.yaml": lamps("5", WRITE)})
    told.git("add", "--all")
    before = answers(here)
    assert len(before[0]) == 4
    for name, value in SETTINGS.items():
        told.git("config", name, value)
    assert answers(here) == before


def test_variables_that_give_paths_another_meaning_change_nothing(
    here: Here, told: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(told, Repository)
    before = answers(here)
    assert before
    for how in ("LITERAL", "GLOB", "ICASE"):
        monkeypatch.setenv(f"GIT_{how}_PATHSPECS", "1")
        assert answers(here) == before
