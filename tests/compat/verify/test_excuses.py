"""Which difference answers for a value that is not as a spec has it, and which does not."""

from collections.abc import Mapping
from typing import Any

import pytest

from compat.intent.model import (
    Intent,
    MapEnum,
    RenameFields,
    ScaleUnit,
    Supply,
    Then,
)
from compat.model.role import Role
from compat.model.schema import ABSENT, Json
from compat.plan.bridge import BridgePlan, Difference, Verdict
from compat.plan.spot import Side
from compat.verify.cases import Versions
from compat.verify.changes import Change
from compat.verify.excuses import Excuses, Scene, alternatives_pass
from compat.verify.nodes import Path
from compat.verify.validity import Fault
from tests.compat.plan.making import bridge, intent, volumes
from tests.compat.verify.making import NEW, OLD, racks_plan

MAY, MUST = "{name!: string, size: integer}", "{name!: string, size!: integer}"


class Plan:
    """A plan between two shapes of `Volume`, whose excuses are asked for."""

    def __init__(self, plan: BridgePlan, schema: str = "Volume") -> None:
        self.plan, self.schema = plan, schema
        self.excuses, self.versions = Excuses(plan), Versions(plan)

    def _asked(self, role: Role, path: Path, *, is_new: bool) -> tuple[Scene, Any]:
        is_caller = is_new is (role is NEW)
        version = (self.versions.caller if is_caller else self.versions.callee)(role)
        side = Side.REQUEST if is_new is (role is OLD) else Side.RESPONSE
        scene = Scene(role=role, side=side, is_new=is_new, operations=frozenset())
        root = version.interface.components[self.schema]
        return scene, version.nodes.along(root, path)

    def fault(
        self, role: Role, path: Path, keyword: str, value: Json = None, *, is_new: bool = True
    ) -> str | None:
        """Kind and subject of what excuses the fault of a value in that version's words."""
        scene, ways = self._asked(role, path, is_new=is_new)
        fault = Fault(path=path, keyword=keyword, message="", value=value)
        return named(self.excuses.of_fault(scene, ways, fault))

    def loss(
        self, role: Role, path: Path, before: Any, after: Any, *, is_new: bool = False
    ) -> str | None:
        """Kind and subject of what excuses that a value does not come back as it was."""
        scene, ways = self._asked(role, path, is_new=is_new)
        return named(self.excuses.of_loss(scene, ways, Change(path, before, after)))


def named(found: Difference | None) -> str | None:
    return None if found is None else f"{found.kind} {found.subject}"


def between(old: str, new: str, decided: Intent | None = None, **hooks: Any) -> Plan:
    return Plan(bridge(volumes(old), volumes(new), decided, **hooks).plan)


def accepting(old: str, new: str, accept: Mapping[str, Then | None]) -> Plan:
    return between(old, new, intent(accept=accept))


# --- faults ---------------------------------------------------------------------------------------


def test_an_accepted_gap_excuses_what_is_missing_at_its_place() -> None:
    plan = accepting(
        "{name!: string, size: integer}", "{name!: string, size!: integer}", {"*": None}
    )
    assert plan.fault(OLD, ("size",), "required") == "field-became-required Volume.size"


def test_it_excuses_nothing_at_another_place_and_no_other_fault() -> None:
    plan = accepting(
        "{name!: string, size: integer}", "{name!: string, size!: integer}", {"*": None}
    )
    assert plan.fault(OLD, ("name",), "required") is None
    assert plan.fault(OLD, ("size",), "type") is None
    assert plan.fault(OLD, (), "required") is None


def test_what_is_bridged_without_loss_excuses_nothing() -> None:
    renames = intent(("Volume", RenameFields(names={"size": "bytes"})))
    plan = between("{size!: integer}", "{bytes!: integer}", renames)
    assert plan.fault(OLD, ("bytes",), "required") is None
    assert plan.fault(OLD, ("size",), "required", is_new=False) is None


def test_it_excuses_only_in_the_role_that_it_is_lossy_in() -> None:
    plan = accepting("{fan!: integer}", "{name: string}", {"field-removed *": None})
    (lost,) = (each for each in plan.plan.differences if each.kind == "field-removed")
    assert lost.judgements[OLD].verdict >= Verdict.LOSSY
    assert plan.fault(OLD, ("fan",), "required", is_new=False) == "field-removed Volume.fan"
    if lost.judgements[NEW].verdict < Verdict.LOSSY:
        assert plan.fault(NEW, ("fan",), "required", is_new=False) is None


def test_a_value_excuses_itself_alone() -> None:
    plan = accepting("{state: a|b}", "{state: a|b|c|d}", {"value-added Volume.state=c": None})
    assert plan.fault(OLD, ("state",), "enum", "c", is_new=False) == "value-added Volume.state=c"
    assert plan.fault(OLD, ("state",), "enum", "x", is_new=False) is None


def test_an_excuse_is_for_the_operations_that_meet_it() -> None:
    plan = accepting(
        "{name!: string, size: integer}", "{name!: string, size!: integer}", {"*": None}
    )
    scene, ways = plan._asked(OLD, ("size",), is_new=True)
    fault = Fault(path=("size",), keyword="required", message="", value={})

    def excused(*operations: str) -> str | None:
        here = Scene(role=OLD, side=scene.side, is_new=True, operations=frozenset(operations))
        return named(plan.excuses.of_fault(here, ways, fault))

    assert excused("PUT /volumes/{id}") == "field-became-required Volume.size"
    assert excused("GET /elsewhere") is None


def test_one_variant_that_would_do_excuses_a_union() -> None:
    bad = Fault(path=("a",), keyword="type", message="", value=1)
    good = Fault(path=("b",), keyword="required", message="", value={})
    difference = racks_plan().differences[0]

    def excused(fault: Fault) -> Difference | None:
        return difference if fault is good else None

    def union(*variants: tuple[Fault, ...]) -> Fault:
        return Fault(path=(), keyword="anyOf", message="", value={}, alternatives=variants)

    assert alternatives_pass(union((bad,), (good, good)), excused) is difference
    assert alternatives_pass(union((bad,), (good, bad)), excused) is None
    assert alternatives_pass(union((bad,), (union((good,)),)), excused) is difference
    assert alternatives_pass(union((), ()), excused) is None


# --- losses ---------------------------------------------------------------------------------------


def test_a_field_that_is_dropped_as_the_manifest_says_is_a_listed_loss() -> None:
    plan = accepting("{name: string, fan: integer}", "{name: string}", {"*": Then.DROP})
    assert plan.loss(OLD, ("fan",), 1, ABSENT) == "field-removed Volume.fan"
    assert plan.loss(OLD, ("name",), "db", ABSENT) is None


def test_a_rename_loses_nothing() -> None:
    plan = between(
        "{size: integer}",
        "{bytes: integer}",
        intent(("Volume", RenameFields(names={"size": "bytes"}))),
    )
    assert plan.loss(OLD, ("size",), 1, ABSENT) is None


def test_a_unit_that_does_not_divide_evenly_is_a_listed_loss() -> None:
    decided = intent(("Volume.size", ScaleUnit(numerator=1000, denominator=1)))
    plan = between("{size: integer}", "{size: integer}", decided)
    (changed,) = plan.plan.differences
    expected = f"{changed.kind} {changed.subject}"
    lossy = changed.verdict >= Verdict.DEFAULTED
    assert plan.loss(NEW, ("size",), 1500, 2000, is_new=True) == (expected if lossy else None)


@pytest.mark.parametrize(("value", "listed"), [("b", True), ("c", True), ("melting", False)])
def test_values_that_become_one_are_listed_and_no_others(value: str, listed: bool) -> None:
    renames = MapEnum(values=(("a", "A"), ("b", "B")), back=(("C", "b"),))
    plan = between("{state: a|b|c}", "{state: A|B|C|c}", intent(("Volume.state", renames)))
    (renamed,) = (each for each in plan.plan.differences if each.kind == "values-renamed")
    assert renamed.verdict >= Verdict.DEFAULTED
    found = plan.loss(OLD, ("state",), value, "other")
    assert found == (f"values-renamed {renamed.subject}" if listed else None)


def test_a_supplied_field_may_come_back_where_none_was() -> None:
    plan = between(
        "{name: string}",
        "{name: string, room!: string}",
        intent(("Volume", Supply(values={"room": "hall"}))),
    )
    assert plan.loss(NEW, ("room",), "hall", ABSENT, is_new=True) == "field-added Volume.room"


def test_what_only_held_what_moved_comes_and_goes_with_it() -> None:
    plan = Plan(racks_plan(), "Rack")
    assert plan.loss(OLD, ("site",), {}, ABSENT) is not None
    assert plan.loss(OLD, ("site",), {"floor": 1}, ABSENT) is None


def test_a_hook_answers_for_what_it_touched_and_no_more() -> None:
    plan = Plan(racks_plan(), "Rack")
    hooked = next(each for each in plan.plan.differences if each.kind == "hooked")

    def excused(path: Path, *touched: Path) -> str | None:
        scene, ways = plan._asked(OLD, path, is_new=False)
        touches = [(hooked.id, each) for each in touched]
        return named(plan.excuses.of_loss(scene, ways, Change(path, 1, 2), touches))

    assert excused(("serial",), ("serial",)) == "hooked Rack.serial"
    assert excused(("inner", "serial", "code"), ("serial", "code")) == "hooked Rack.serial"
    assert excused(("name",), ("serial",)) is None
    assert excused(("serial",)) is None


def test_of_a_text_that_cannot_be_cut_the_pieces_are_missing() -> None:
    plan = Plan(racks_plan(), "Rack")
    assert plan.fault(OLD, ("first",), "required") == "field-split Rack.owner"
    assert plan.fault(OLD, ("last",), "required") == "field-split Rack.owner"
    assert plan.fault(OLD, ("name",), "required") is None


# --- where differences are ------------------------------------------------------------------------


def test_the_places_of_differences_are_those_of_the_version_asked_for() -> None:
    plan = accepting("{name: string}", "{name: string, size: integer}", {"*": None})
    (added,) = plan.plan.differences
    scene, _ = plan._asked(NEW, (), is_new=True)
    (place,) = plan.excuses.places(scene, [added.id])
    assert place.endswith("/properties/size")
    scene, _ = plan._asked(NEW, (), is_new=False)
    assert all(not each.endswith("/size") for each in plan.excuses.places(scene, [added.id]))
    assert plan.excuses.places(scene, ["0" * 12]) == frozenset()
