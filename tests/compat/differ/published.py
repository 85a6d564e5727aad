"""Published pairs of specs with the rules that comparing them must give, and how that is scored."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy, Stability
from compat.model.interface import Interface
from compat.source import load_interface
from tests.shared import SHARED

CASES: Final = SHARED / "cases" / "oasdiff"
TODAY: Final = "2026-11-28"


@dataclass(frozen=True, slots=True)
class Case:
    """One pair, and what is expected of it."""

    name: str
    told: Mapping[str, Any]

    @property
    def policy(self) -> Policy:
        options = str(self.told.get("checker_options") or "")
        days, least = (0, 0), None
        if "WithDeprecation" in options:
            beta, _, stable = options.partition("(")[2].partition(")")[0].partition(",")
            days = int(beta), int(stable)
        for level in Stability:
            if f"StabilityLevel{level.name.title()}" in options:
                least = level
        return Policy(today=TODAY, beta_days=days[0], stable_days=days[1], least=least)

    def found(self) -> list[Change]:
        old, new = _loaded(self.told["base"]), _loaded(self.told["revision"])
        return list(changes(old, new, self.policy))

    def complaint(self) -> str:
        """What is wrong, empty where all is as it must be."""
        least = Level[self.told["min_level"]]
        ids = [change.id for change in self.found() if change.level >= least]
        wanted, scope = self.told["ids"], self.told["in_scope_ids"]
        inside = [each for each in ids if scope == "all" or each in scope or each in wanted]
        unwanted = [each for each in self.told["absent_ids"] if each in ids]
        match self.told["expect"]:
            case "exact":
                good = _is_exact(inside, wanted, self.told["count"])
            case "contains":
                good = not (set(wanted) - set(ids)) and not unwanted
            case "empty":
                good = not inside
            case _:
                good = not unwanted
        return "" if good else f"{self.name}: wanted {sorted(wanted)}, got {sorted(inside)}"


def _is_exact(found: list[str], wanted: list[str], count: int | None) -> bool:
    """With fewer ids than `count` only some are known, without a count not how often each is."""
    if count is None:
        return set(found) == set(wanted)
    missing = Counter(wanted) - Counter(found)
    return len(found) == count and not missing


@cache
def _loaded(name: str) -> Interface:
    return load_interface(str(CASES / name), validate=False).interface


def cases() -> Iterator[Case]:
    """All of them; skips the test where they are absent."""
    path = CASES / "cases.json"
    if not path.exists():
        pytest.skip(f"needs the published cases in {CASES}")
    for told in json.loads(path.read_text(encoding="utf-8")):
        yield Case(told["name"], told)


def rules() -> Mapping[str, Level]:
    """The level of each published rule."""
    path = CASES / "check_ids.json"
    if not path.exists():
        pytest.skip(f"needs the published rules in {CASES}")
    return {
        each["id"]: Level[each["level"]] for each in json.loads(path.read_text(encoding="utf-8"))
    }
