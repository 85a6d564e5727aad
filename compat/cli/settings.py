"""The settings of `compat check`, from a TOML file: its own, or a table of `pyproject.toml`."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker

from compat.differ.effect import Level
from compat.differ.gate import Accepted, Settings
from compat.differ.lifecycle import Stability
from compat.errors import CompatError

PROJECT: Final = "pyproject.toml"
_TABLE: Final = ("tool", "isthmus", "check")


def read_settings(name: str) -> Settings:
    """Those of the file; without a name those of `pyproject.toml`, if it is there and has any.

    Raises CompatError for what cannot be read, or is no such settings.
    """
    path = Path(name or PROJECT)
    if not name and not path.is_file():
        return Settings()
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CompatError(f"cannot be read: {error}", where=str(path)) from None
    if path.name == PROJECT:
        for key in _TABLE:
            told = told.get(key, {})
    return _settings(told, str(path))


@cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema of the settings, as it is shipped."""
    import json

    text = resources.files("compat.cli").joinpath("settings.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _settings(told: Mapping[str, Any], where: str) -> Settings:
    checker = Draft202012Validator(schema(), format_checker=FormatChecker(formats=("date",)))
    for error in checker.iter_errors(told):
        place = ".".join(map(str, error.absolute_path)) or "the settings"
        hint = str(error.schema.get("description", "")) if isinstance(error.schema, dict) else ""
        raise CompatError(f"{place}: {error.message}", where=where, hint=hint)
    least = told.get("least-stability")
    return Settings(
        levels={rule: Level[level.upper()] for rule, level in told.get("levels", {}).items()},
        accepted=tuple(Accepted(**each) for each in told.get("accept", ())),
        without_paths=tuple(_pattern(each, where) for each in told.get("without-paths", ())),
        without_tags=frozenset(told.get("without-tags", ())),
        without_extensions=frozenset(told.get("without-extensions", ())),
        beta_days=told.get("beta-days", 0),
        stable_days=told.get("stable-days", 0),
        least=None if least is None else Stability[least.upper()],
    )


def _pattern(text: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise CompatError(f"without-paths: {text!r}: {error}", where=where) from None
