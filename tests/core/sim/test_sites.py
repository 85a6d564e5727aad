"""Worlds of two sites, the faults that they are to survive, and defects that they have to find."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import pytest
from hypothesis import settings

from core.machine import distributor
from core.machine.journal import arriving, giving_up, intake
from core.machine.link import shipper
from core.sim.runs import Totals, lived, lives
from core.sim.scenario import play
from core.sim.sites import far
from core.sim.sites.plan import KINDS, Mishap
from core.wire.chunk import Chunk
from tests.compat.cli.running import ROOT
from tests.core.sim.mutants import Mutant, changed, replaced

LONG = settings.default is settings.get_profile("long")
SEEDS = 600 if LONG else 20
STORIES: Final = ROOT / "tests" / "scenarios"
DESIRED: Final = {Mishap.CUT, Mishap.LOST, Mishap.SLOW, Mishap.LATE, Mishap.DAMAGED}


def test_what_was_promised_holds_at_two_sites() -> None:
    totals = Totals(KINDS)
    for outcome in lives(range(SEEDS), jobs=1, twice=False, sites=2):
        totals.add(outcome)
    sys.stderr.write(f"\n{totals.seeds} worlds, {totals.hours:.1f} simulated hours\n")
    failed = [
        f"isthmus simulate --sites 2 --seed {each.seed}: {each.failure}" for each in totals.failed
    ]
    assert failed == []
    assert not DESIRED & {*totals.never}
    assert totals.checks["times that it was in sync"]
    assert totals.checks["marks compared"]
    assert not LONG or totals.never == ()


def test_the_same_seed_is_the_same_world() -> None:
    assert lived(1, sites=2, twice=True).failure == ""
    assert len({lived(seed, sites=2).digest for seed in (1, 2)}) == 2


def by_test(module: str, name: str) -> str:
    return f"tests/core/{module}.py::{name}"


LATER_CLUSTERS = "a site is one appliance yet: no peer takes a group over"
LATER_SPLITTER = "the splitter is in the process that serves, and dies with it"

FAULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "WAN down, short (< buffer)": ("sites/wan_down_short.txt", "sites/wan_down_in_sync.txt"),
    "WAN down, long": ("sites/wan_down_long.txt",),
    "WAN slow / lossy / reordered / duplicated": (
        "sites/wan_slow_lossy.txt",
        "sites/wan_slow_lossy_in_sync.txt",
        "sites/copied_over_a_lossy_link.txt",
    ),
    "source DPA crash": ("sites/source_crash.txt", "sites/source_lost_for_good.txt"),
    "splitter + DPA crash together": ("sites/source_loses_power.txt",),
    "target DPA crash": (
        "sites/target_crash.txt",
        "sites/target_crash_in_sync.txt",
        "sites/target_crash_while_it_applies.txt",
        "sites/taken_over_and_killed.txt",
    ),
    "target journal full": ("sites/target_journal_full.txt",),
    "journal corrupt segment": ("bit_rot_in_old_segments.txt", "bit_rot_in_pre_images.txt"),
    "replica LU error": ("sites/replica_error.txt",),
    "production LU write error after DPA ack": ("sites/production_write_error.txt",),
    "TSP full in image access": (
        by_test(
            "machine/test_access", "test_what_there_is_no_room_for_is_refused_and_the_rest_goes_on"
        ),
    ),
    "clock jump": ("sites/clock_jump.txt", "clock_set_back.txt"),
    "split brain (both writable)": (
        "sites/split_brain.txt",
        by_test(
            "cli/test_failback",
            "test_what_differs_is_copied_and_what_hosts_wrote_apart_is_not_lost_silently",
        ),
    ),
    "partial delta / half PIT": ("sites/half_point.txt", "sites/half_copied.txt"),
    "version mismatch": (by_test("machine/test_intake", "test_a_kind_of_a_later_release_is_told"),),
    "bit rot": (
        "bit_rot_in_old_segments.txt",
        "bit_rot_in_pre_images.txt",
        by_test("cli/test_verify", "test_what_is_spoilt_on_either_side_is_named_and_repaired"),
    ),
}
"""The rows of the fault matrix, each with what plays it: stories, or tests."""

NOT_YET: Final[Mapping[str, str]] = {
    "all source DPAs down": LATER_SPLITTER,
    "splitter (host) crash": LATER_SPLITTER,
    "site control lost": LATER_CLUSTERS,
    "repository lost": LATER_CLUSTERS,
    "tenant overload": "tenants have no shares of a machine yet",
}
"""Those that cannot be played yet, each with the reason."""

PARTLY: Final[Mapping[str, str]] = {
    "source DPA crash": LATER_CLUSTERS,
    "target DPA crash": LATER_CLUSTERS,
    "WAN slow / lossy / reordered / duplicated": "a link is a stream: nothing in it changes places",
    "journal corrupt segment": "on one site: what rots in a copy's journal is not sent again yet",
}
"""What of a row is played in part."""


@pytest.mark.parametrize("row", FAULTS)
def test_what_plays_a_row_of_the_fault_matrix_is_there(row: str) -> None:
    for each in FAULTS[row]:
        path, _, name = each.partition("::")
        if name:
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
        else:
            assert (STORIES / path).is_file()


def test_every_row_is_played_or_has_a_reason() -> None:
    assert len({*FAULTS, *NOT_YET}) == len(FAULTS) + len(NOT_YET) == 21
    assert {*PARTLY} <= {*FAULTS}
    assert all((*NOT_YET.values(), *PARTLY.values()))


def test_every_story_of_two_sites_is_of_a_row() -> None:
    played = {each for row in FAULTS.values() for each in row}
    others = {"sites/source_lost_in_async.txt"}
    others |= {"sites/target_unapplied_when_production_is_marked.txt"}
    found = {str(each.relative_to(STORIES)) for each in (STORIES / "sites").glob("*.txt")}
    assert found - others <= played
    assert others <= found


Found = Callable[[], bool]


def in_story(name: str) -> bool:
    """Does a story of two sites not go as it says?"""
    path = STORIES / "sites" / f"{name}.txt"
    try:
        play(path.read_text(encoding="utf-8"), where=path.name)
    except Exception:  # a violation, or whatever comes out of a product that is wrong
        return True
    return False


def in_seeds(count: int) -> bool:
    """Does one of the first seeds fail?"""
    return any(lived(seed, sites=2).failure for seed in range(count))


MUTANTS: Final[Mapping[str, tuple[Mutant, Found]]] = {
    "a write is acknowledged once it is sent": (
        partial(
            changed,
            shipper.Shipper,
            "heard",
            "self.received = max(self.received, ack.first)",
            "self.received = max(self.received, self._tail.last)",
        ),
        partial(in_seeds, 60),
    ),
    "a write never waits for the copy": (
        partial(replaced, shipper.Shipper, "awaits", lambda *_: False),
        partial(in_story, "source_lost_for_good"),
    ),
    "a copy is in sync before it has all that was acknowledged": (
        partial(changed, shipper.Shipper, "awaits", "self.owe(end)", "pass"),
        partial(in_seeds, 120),
    ),
    "what the copy lacks is not marked": (
        partial(
            changed,
            giving_up,
            "_doubted",
            'begin, stop = touched(written[written["volume"] == number])',
            "begin, stop = touched(written[:0])",
        ),
        partial(in_story, "target_unapplied_when_production_is_marked"),
    ),
    "what production touched before it lost its power is not marked": (
        partial(
            changed,
            giving_up,
            "_doubted",
            "ranges += touched_runs(history.folder, number)",
            "pass",
        ),
        partial(in_story, "source_loses_power"),
    ),
    "what was not applied is made void": (
        partial(replaced, arriving, "write_again", lambda *_, **__: 0),
        partial(in_story, "target_unapplied_when_production_is_marked"),
    ),
    "history begins before the copy is whole": (
        partial(
            changed,
            distributor.Distributor,
            "_begins",
            "if self._reached is None or self._reached >= part.head.first:",
            "if False:",
        ),
        partial(in_story, "half_copied"),
    ),
    "what came damaged is taken": (
        partial(replaced, Chunk, "is_whole", lambda *_: True),
        partial(in_story, "wan_slow_lossy"),
    ),
    "what a region holds is not looked at": (
        partial(
            changed,
            intake.Intake,
            "_place",
            "if is_data and checksum(payload) != frame.checksum:",
            "if False:",
        ),
        partial(in_story, "copied_over_a_lossy_link"),
    ),
    "a second production is accepted": (
        partial(replaced, far, "refuse_second", lambda *_, **__: None),
        partial(in_story, "split_brain"),
    ),
    "what is taken over is not durable": (
        partial(changed, far.Far, "_take", "self.journal.make_durable()", "pass"),
        partial(in_story, "taken_over_and_killed"),
    ),
    "what is flushed is not durable at the copy": (
        partial(changed, arriving.Arriving, "make_durable", "self._segment.data.sync()", "pass"),
        partial(in_story, "target_crash_in_sync"),
    ),
}


SELDOM: Final = frozenset(
    {
        "a write is acknowledged once it is sent",
        "a copy is in sync before it has all that was acknowledged",
    }
)
"""Those that no story has, and that one seed in ten finds, or fewer."""


@pytest.mark.parametrize("name", sorted(SELDOM))
def test_a_defect_that_is_sought_in_the_long_mode_can_be_planted(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    MUTANTS[name][0](monkeypatch)


@pytest.mark.parametrize("name", [each for each in MUTANTS if LONG or each not in SELDOM])
def test_a_defect_that_is_planted_at_two_sites_is_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, is_found = MUTANTS[name]
    plant(monkeypatch)
    assert is_found()
