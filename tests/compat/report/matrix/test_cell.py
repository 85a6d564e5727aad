"""How one version's clients fare with another's servers."""

import pytest

from compat.model.interface import Interface
from compat.model.role import Role
from compat.plan.bridge import Verdict
from compat.plan.fusing.spans import Route
from compat.report.matrix.cell import Cell, Passage
from tests.compat.plan.specs import interface
from tests.compat.report.matrix.rows import (
    PLAIN,
    RENAMED,
    ROOMS,
    SUPPLIED,
    everything,
    judged,
    lamps,
    sent,
)

PUT_ROOMS = "PUT /rooms"
OLD, NEW = (0, 1), (1, 0)

TABLE = {
    "nothing differs": (PLAIN, lamps("{name!: string}", name="other.yaml"), "", "same", "same"),
    "a field more in an answer": (
        PLAIN,
        lamps("{name!: string, room: string}"),
        "",
        "as is",
        "as is",
    ),
    "another base path": (
        lamps("{name!: string}", base="/v1"),
        lamps("{name!: string}", base="/v2"),
        "",
        "lossless",
        "lossless",
    ),
    "another name": (
        lamps("{place!: string}"),
        lamps("{room!: string}"),
        RENAMED,
        "lossless",
        "lossless",
    ),
    "a value more in a request": (
        sent("{name!: string}"),
        sent("{name!: string, room!: string}"),
        SUPPLIED,
        "defaulted",
        "lossy",
    ),
    "an operation more": (PLAIN, lamps("{name!: string}", ROOMS), "", "as is", "lossy"),
    "an operation less": (lamps("{name!: string}", ROOMS), PLAIN, "", "not at all", "as is"),
}


@pytest.mark.parametrize("name", TABLE)
def test_each_direction_is_judged_by_itself(name: str) -> None:
    old, new, intent, up, down = TABLE[name]
    found = judged(old, new, intents=[intent])
    assert (found[OLD].passage.words, found[NEW].passage.words) == (up, down)


def test_every_passage_occurs_in_the_table_and_in_one_picture() -> None:
    words = {passage.words for passage in Passage}
    assert {word for row in TABLE.values() for word in row[3:]} == words
    assert {cell.passage for row in everything().rows for cell in row} == set(Passage)


@pytest.mark.parametrize(
    ("old", "new", "passage"),
    [
        ("GET /lamps/{id}", "GET /lamps/{lamp}", Passage.SAME),
        ("GET /lamps/{x}/{y}", "GET /lamps/{y}/{x}", Passage.SAME),
        ("GET /lamps", "GET /lamps/", Passage.LOSSLESS),
        ("GET /a/lamps", "GET /b/lamps", Passage.LOSSLESS),
    ],
)
def test_of_a_path_only_what_goes_over_the_wire_counts(
    old: str, new: str, passage: Passage
) -> None:
    found = judged(interface({old: "{id: lamps}"}), interface({new: "{id: lamps}"}))
    assert found[OLD].passage is found[NEW].passage is passage


def test_an_accepted_gap_is_a_loss() -> None:
    accepted = "accept: [{difference: operation-removed GET /rooms, reason: r, owner: o}]"
    cell = judged(lamps("{name!: string}", ROOMS), PLAIN, intents=[accepted])[OLD]
    assert (cell.passage, len(cell.losses), cell.gaps) == (Passage.LOSSY, 1, ())


def test_the_figures_are_those_of_the_client_who_calls() -> None:
    found = judged(PLAIN, lamps("{name!: string}", ROOMS, PUT_ROOMS))
    old, new = found[OLD], found[NEW]
    assert (old.operations.total, old.operations.refused) == (1, 0)
    assert (new.operations.total, new.operations.refused) == (3, 2)
    assert old.differences == new.differences == 2
    assert (len(old.losses), len(new.losses)) == (0, 2)
    assert (old.role, new.role) == (Role.OLD_CLIENT, Role.NEW_CLIENT)


def test_the_worst_gaps_come_first() -> None:
    old, new = lamps("{name!: string, lit!: boolean}", ROOMS), lamps("{name!: integer}")
    gaps = judged(old, new)[OLD].gaps
    verdicts = [gap.judgements[Role.OLD_CLIENT].verdict for gap in gaps]
    assert verdicts == sorted(verdicts, reverse=True)
    assert set(verdicts) == {Verdict.NEEDS_INTENT, Verdict.UNBRIDGEABLE}


# --- versions that do not follow one another ------------------------------------------------------


def test_what_came_and_went_is_no_difference_between_the_ends() -> None:
    found = judged(PLAIN, lamps("{name!: string}", ROOMS), PLAIN)
    assert found[1, 2].passage is Passage.NOT_AT_ALL
    assert found[0, 2].passage is found[2, 0].passage is Passage.SAME
    assert found[0, 2].route is Route.DIRECT


def test_the_plans_of_the_steps_are_fused_where_somebody_decided() -> None:
    row = lamps("{place!: string}"), lamps("{room!: string}"), lamps("{hall!: string}")
    renamed_again = RENAMED.replace("room", "hall").replace("place", "room")
    found = judged(*row, intents=[RENAMED, renamed_again])
    for pair in ((0, 2), (2, 0)):
        assert (found[pair].passage, found[pair].route) == (Passage.LOSSLESS, Route.FUSED)


def through_a_chain(*more: Interface) -> dict[tuple[int, int], Cell]:
    """The first step's hook drives an operation, so that no plan can go on from there."""
    both = lamps("{name!: string}", ROOMS)
    driven = "operations: [{old: GET /rooms, hook: drive}]"
    return judged(both, PLAIN, *more, intents=[driven, *[""] * len(more)])


def test_a_chain_is_as_good_as_its_worst_step() -> None:
    found = through_a_chain(lamps("{name!: string}", PUT_ROOMS), sent("{name!: string}"))
    assert found[0, 2].route is Route.CHAINED
    assert found[0, 1].passage is found[0, 2].passage is Passage.LOSSLESS
    assert found[1, 2].passage is Passage.AS_IS
    assert found[0, 3].passage is Passage.NOT_AT_ALL
    assert found[0, 2].differences == found[0, 1].differences + found[1, 2].differences


def test_an_operation_crosses_a_chain_as_its_hardest_step_does() -> None:
    found = through_a_chain(lamps("{name!: string}", PUT_ROOMS))
    old, new = found[0, 2].operations, found[2, 0].operations
    assert (old.unchanged, old.hooked, old.refused) == (1, 1, 0)
    assert (new.unchanged, new.hooked, new.refused) == (1, 0, 1)
