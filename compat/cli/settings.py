"""The settings of `compat check`, from a TOML file: its own, or a table of `pyproject.toml`."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from compat.differ.bump import Bump
from compat.differ.effect import Level
from compat.differ.gate import Accepted, Settings
from compat.differ.lifecycle import Stability
from compat.differ.semver import Step
from compat.errors import CompatError
from compat.intent.problem import nearest

PROJECT: Final = "pyproject.toml"
_TABLE: Final = ("tool", "isthmus", "check")


def read_settings(name: str) -> Settings:
    """Those of the file; without a name those of `pyproject.toml`, if it is there and has any.

    Raises CompatError for what cannot be read, or is no such settings.
    """
    path = Path(name or PROJECT)
    if not name and not path.is_file():
        return Settings()
    told: Mapping[str, Any]
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        hint = "name a TOML file with the settings, or a pyproject.toml"
        raise CompatError(f"cannot be read: {said}", where=str(path), hint=hint) from None
    if path.name == PROJECT:
        told = _table(told, str(path), is_named=bool(name))
    return _settings(told, str(path)) if told else Settings()


def _table(told: Mapping[str, Any], where: str, *, is_named: bool) -> Mapping[str, Any]:
    """The part of a project's file that is ours."""
    hint = "write the settings below [tool.isthmus.check]"
    found: Any = told
    for key in _TABLE:
        if not isinstance(found, dict):
            raise CompatError("[tool.isthmus.check] is no table", where=where, hint=hint)
        found = found.get(key)
        if found is None:
            if is_named:
                raise CompatError("it has no [tool.isthmus.check]", where=where, hint=hint)
            return {}
    if not isinstance(found, dict):
        raise CompatError("[tool.isthmus.check] is no table", where=where, hint=hint)
    return found


@cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema of the settings, as it is shipped."""
    import json

    text = resources.files("compat.cli").joinpath("settings.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _settings(told: Mapping[str, Any], where: str) -> Settings:
    # Imported where they are used: most who commit have no settings, and wait for the hook.
    from jsonschema import Draft202012Validator, FormatChecker

    from compat.bridging.rules import rules

    checker = Draft202012Validator(schema(), format_checker=FormatChecker(formats=("date",)))
    error = next(checker.iter_errors(told), None)
    if error is not None:
        place = ".".join(map(str, error.absolute_path)) or "the settings"
        hint = str(error.schema.get("description", "")) if isinstance(error.schema, dict) else ""
        raise CompatError(f"{place}: {error.message}", where=where, hint=hint)
    for rule in told.get("levels", {}):
        if rule not in rules():
            hint = nearest(rule, sorted(rules())) or "`isthmus compat rules` lists them all"
            raise CompatError(f"levels: {rule} is no rule", where=where, hint=hint)
    least = told.get("least-stability")
    steps = told.get("version-bump")
    return Settings(
        levels={rule: Level[level.upper()] for rule, level in told.get("levels", {}).items()},
        accepted=tuple(Accepted(**each) for each in told.get("accept", ())),
        without_paths=tuple(_pattern(each, where) for each in told.get("without-paths", ())),
        without_tags=frozenset(told.get("without-tags", ())),
        without_extensions=frozenset(told.get("without-extensions", ())),
        beta_days=told.get("beta-days", 0),
        stable_days=told.get("stable-days", 0),
        bump=None
        if steps is None
        else Bump(**{of: Step[step.upper()] for of, step in steps.items()}),
        least=None if least is None else Stability[least.upper()],
    )


def _pattern(text: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise CompatError(f"without-paths: {text!r}: {error}", where=where) from None
