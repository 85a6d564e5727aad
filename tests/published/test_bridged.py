"""Two readings of published specs hold each other: the differ's, and the planner's."""

import pytest

from compat.bridging.bridging import Bridging
from compat.bridging.transitions import gathered
from compat.differ.change import Change
from compat.differ.effect import Effect, Level
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.model.role import Role
from compat.report.changes.words import placed
from compat.verify.breaking import witnesses
from tests.published.shims import REVIEWED, TODAY, reviewed_plan

_UNCHECKED = "/ip-address"  # a format that nobody defined, so nothing is checked against it
_CERTAIN = frozenset({Effect.NARROWER, Effect.WIDER, Effect.OTHER})


@pytest.mark.parametrize("name", REVIEWED)
def test_the_plan_knows_of_every_change_that_breaks_a_client(name: str) -> None:
    plan = reviewed_plan(name)
    bridging = Bridging.of(plan)
    found = gathered([*changes(plan.old, plan.new, Policy(today=TODAY))], bridging)
    loud = [each for each in found if Level.ERR in (each.level, each.level_for_new_client)]
    assert loud
    assert [placed(each) for each in loud if not bridging.differences(each)] == []


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", REVIEWED)
def test_a_message_shows_every_change_of_a_schema_that_breaks_a_client(
    name: str, role: Role
) -> None:
    plan = reviewed_plan(name)
    found = tuple(changes(plan.old, plan.new, Policy(today=TODAY)))
    shown = witnesses(plan.old, plan.new, found, role).found
    loud = [each for each in found if _is_certain(each, role)]
    unseen = [placed(each) for each in loud if each.fingerprint not in shown]
    assert [each for each in unseen if not each.endswith(_UNCHECKED)] == []


def _is_certain(change: Change, role: Role) -> bool:
    is_told_by_schemas = change.roots is not None and change.effect in _CERTAIN
    return is_told_by_schemas and change.level_for(role) is Level.ERR
