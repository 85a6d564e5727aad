"""What is to be known of one rule: facts that come from comparing and planning its example."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from functools import cached_property

from compat.bridging.bridging import Bridging
from compat.bridging.rules import examples
from compat.bridging.transitions import gathered
from compat.differ.catalogue.example import TODAY, Example, Ran, run
from compat.differ.change import Change
from compat.differ.effect import Level
from compat.intent.model import NO_INTENT
from compat.intent.read import read_intent
from compat.model.role import Role
from compat.plan.bridge import BridgePlan, Difference
from compat.plan.planner import plan
from compat.report.changes.yaml_text import yaml_text
from compat.report.rules.reasons import reason


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule; what takes work is made when it is asked for."""

    id: str
    example: Example

    @property
    def meaning(self) -> str:
        return self.example.meaning

    @cached_property
    def ran(self) -> Ran:
        return run(self.example)

    @cached_property
    def change(self) -> Change:
        """The change that the rule is told by."""
        found = self.ran.changes
        if self.example.needs_plan and self.plan is not None:
            found = gathered(found, Bridging.of(self.plan))
        return next(each for each in found if each.id == self.id)

    def level(self, role: Role) -> Level:
        return self.change.level_for(role)

    def reason(self, role: Role) -> str:
        return reason(self.change, role)

    @cached_property
    def plan(self) -> BridgePlan | None:
        """None where one of the documents is not there."""
        old, new = self.ran.old, self.ran.new
        if old is None or new is None:
            return None
        told, intent = self.example.intent, NO_INTENT
        if told:
            intent = read_intent("intent.json", json.dumps(told).encode())
        return plan(old, new, intent, today=TODAY)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What a shim between the two has to cross."""
        return () if self.plan is None else self.plan.differences

    @property
    def settings(self) -> tuple[str, ...]:
        """The lines of settings without which the rule is never told."""
        days = self.example.stable_days
        asked = (f"stable-days = {days}",) if days else ()
        return asked if self.example.bump is None else (*asked, "version-bump = {}")

    @property
    def lines(self) -> Iterator[str]:
        """The whole example as the lines that stayed, went (`-`) and came (`+`)."""
        old, new = (yaml_text(each).splitlines() for each in (self.example.old, self.example.new))
        found = unified_diff(old, new, n=len(old) + len(new), lineterm="")
        for number, line in enumerate(found):
            if number > 2:  # behind the names of the files and the numbers of the lines
                yield line


def described(ids: Iterable[str]) -> tuple[Rule, ...]:
    """Those of these rules."""
    known = examples()
    return tuple(Rule(id=each, example=known[each]) for each in ids)
