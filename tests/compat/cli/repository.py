"""A real repository of git in a folder of its own, the same in every run."""

import os
import subprocess
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.compat.plan.specs import spec

_FIRST_DAY: Final = date(2026, 1, 1)


class Repository:
    """Each commit is made a day after the one before; nobody's settings of git count."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._days = folder, 0
        for variable in [name for name in os.environ if name.startswith("GIT_")]:
            monkeypatch.delenv(variable)
        for file in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
            monkeypatch.setenv(file, os.devnull)
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        self.git("init", "--quiet", "-b", "main")
        self.git("config", "user.name", "ada")
        self.git("config", "user.email", "ada@example.com")

    def git(self, *words: str) -> str:
        day = f"{_FIRST_DAY + timedelta(days=self._days)}T12:00:00+0000"
        done = subprocess.run(
            ["git", *words],
            cwd=self.folder,
            env={**os.environ, "GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, subject: str, files: Mapping[str, str]) -> str:
        """What is in the folder then, with these files; gives the short hash."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", subject)
        self._days += 1
        return self.git("rev-parse", "--short", "HEAD")


def lamps(version: str, *operations: str, lamp: str = "{name!: string}") -> str:
    """A spec of these operations, all about lamps."""
    made = spec(dict.fromkeys(operations, "{200: Lamp}"), f"Lamp: {lamp}")
    made["info"] = {"title": "Lamps", "version": version}
    return yaml.safe_dump(made, sort_keys=False)
