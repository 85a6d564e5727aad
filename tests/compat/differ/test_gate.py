"""Levels of one's own, what is left out, and what somebody accepted."""

import re
from dataclasses import replace

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.differ.gate import Accepted, Settings, gated
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.source import load_interface
from tests.compat.cli.running import V1, V2

TODAY = "2026-11-28"
OLD, NEW = (load_interface(name, validate=False).interface for name in (V1, V2))
FOUND = list(changes(OLD, NEW, Policy(today=TODAY)))


def acceptance(change: Change, until: str = "2027-01-31") -> Accepted:
    return Accepted(fingerprint=change.fingerprint, owner="storage", reason="nobody", until=until)


def test_fingerprints_tell_all_changes_apart() -> None:
    assert len({change.fingerprint for change in FOUND}) == len(FOUND)


def test_a_fingerprint_knows_neither_rule_nor_place() -> None:
    change = FOUND[0]
    same = replace(change, id="another-rule", old=None, new=None, settled=Level.INFO)
    assert same.fingerprint == change.fingerprint
    assert replace(change, operation="GET /other").fingerprint != change.fingerprint


def test_what_is_accepted_is_open_no_more_and_still_told() -> None:
    result = gated(FOUND, OLD, NEW, Settings(accepted=(acceptance(FOUND[0]),)), TODAY)
    assert [change.fingerprint for change in result.open] == [c.fingerprint for c in FOUND[1:]]
    [(change, word)] = result.accepted
    assert (change.fingerprint, word.owner) == (FOUND[0].fingerprint, "storage")
    assert result.complaints == ()


def test_an_acceptance_holds_on_its_last_day_and_then_no_more() -> None:
    settings = Settings(accepted=(acceptance(FOUND[0], until=TODAY),))
    assert gated(FOUND, OLD, NEW, settings, TODAY).complaints == ()
    later = gated(FOUND, OLD, NEW, settings, "2026-11-29")
    assert len(later.open) == len(FOUND)
    assert later.complaints[0].endswith(f"by storage ran out on {TODAY}")


def test_an_acceptance_of_nothing_is_a_mistake() -> None:
    word = Accepted(fingerprint="0" * 16, owner="storage", reason="typo", until="2027-01-31")
    [complaint] = gated(FOUND, OLD, NEW, Settings(accepted=(word,)), TODAY).complaints
    assert complaint.endswith("is of no change: take it out")


def test_what_leaves_nothing_out_is_a_mistake() -> None:
    settings = Settings(
        without_paths=(re.compile("^/volume/"),),
        without_tags=frozenset({"inner"}),
        without_extensions=frozenset({"x-inner"}),
    )
    assert gated(FOUND, OLD, NEW, settings, TODAY).complaints == (
        "without-paths: ^/volume/ fits no path",
        "without-tags: inner is the tag of no operation",
        "without-extensions: x-inner is the extension of no operation",
    )


def test_levels_of_ones_own_stand_above_the_law() -> None:
    levels = {"new-optional-request-parameter": Level.ERR, "api-path-removed": Level.INFO}
    result = gated(FOUND, OLD, NEW, Settings(levels=levels), TODAY)
    raised = [change for change in result.open if change.id in levels]
    assert raised
    assert {change.level for change in raised} == {Level.ERR}


def test_operations_are_left_out_by_path_tag_or_extension() -> None:
    settings = Settings(without_paths=(re.compile("^/volumes"),))
    left = {change.operation for change in gated(FOUND, OLD, NEW, settings, TODAY).open}
    assert left
    assert not any(" /volumes" in operation for operation in left)
    tagged = replace(OLD, operations=tuple(replace(o, tags=("old",)) for o in OLD.operations))
    settings = Settings(without_tags=frozenset({"old"}))
    assert all(
        not change.operation or change.old is None
        for change in gated(FOUND, tagged, NEW, settings, TODAY).open
    )
    marked = replace(
        OLD, operations=tuple(replace(o, extensions={"x-internal": True}) for o in OLD.operations)
    )
    settings = Settings(without_extensions=frozenset({"x-internal"}))
    assert len(gated(FOUND, marked, NEW, settings, TODAY).open) < len(FOUND)
