"""Acceptances: whom they fit, how long, and which of several counts."""

import pytest

from compat.errors import Exit
from compat.intent.model import AcceptIntent, Intent, Then
from compat.intent.problem import IntentError
from compat.plan.planner import plan
from tests.compat.plan.making import TODAY, Bridge, bridge, here, intent, volumes

OLD_SHAPE, NEW_SHAPE = "{name: string, color: string, shade: string}", "{name: string}"
COLOR, SHADE = "field-removed Volume.color", "field-removed Volume.shade"


def accepted(*patterns: str, until: str | None = None) -> Bridge:
    accept: dict[str, Then | None] = dict.fromkeys(patterns)
    return bridge(volumes(OLD_SHAPE), volumes(NEW_SHAPE), intent(accept=accept, until=until))


def test_without_a_word_both_are_open() -> None:
    assert accepted().gaps == [COLOR, SHADE]


@pytest.mark.parametrize(
    ("pattern", "open_gaps"),
    [
        (COLOR, [SHADE]),
        ("field-removed Volume.*", []),
        ("field-removed *.color", [SHADE]),
        ("*Volume.color", [SHADE]),
        ("*removed*col*", [SHADE]),
        ("*", []),
        ("field-removed*or", [SHADE]),
    ],
)
def test_a_pattern_fits_by_its_pieces_in_order(pattern: str, open_gaps: list[str]) -> None:
    made = accepted(pattern)
    assert made.gaps == open_gaps
    for found in made.plan.differences:
        assert (found.acceptance is None) == (f"{found.kind} {found.subject}" in open_gaps)


@pytest.mark.parametrize(
    "pattern",
    [
        "field-removed Volume.col",
        "Volume.color",
        "field-removed Volume.colour*",
        "*color*color",
        "field-removed Volume.color*color",
        "000000000000",
        "field-added *",
    ],
)
def test_a_pattern_that_fits_nothing_is_an_error(pattern: str) -> None:
    with pytest.raises(IntentError, match="nothing in either interface matches") as caught:
        accepted(pattern)
    assert caught.value.where == "intent.yaml:1:1"


def test_all_that_fits_nothing_is_told_at_once() -> None:
    with pytest.raises(IntentError, match="and 1 more") as caught:
        accepted("field-added Volume.x", COLOR, "field-added Volume.y")
    assert "line 1: field-added Volume.x; line 3: field-added Volume.y" in caught.value.hint


def test_an_id_is_a_pattern() -> None:
    identifier = accepted().plan.differences[0].id
    assert accepted(identifier).gaps == [SHADE]


def test_an_acceptance_names_who_and_why_and_until_when() -> None:
    found = accepted(COLOR, until="2026-12-31").plan.differences[0].acceptance
    assert found is not None
    assert (found.reason, found.owner, found.until) == ("a reason", "storage team", "2026-12-31")


@pytest.mark.parametrize(
    ("until", "expired"), [("2026-11-22", True), (TODAY, False), (None, False)]
)
def test_an_acceptance_runs_out_after_its_last_day(until: str | None, expired: bool) -> None:
    if not expired:
        assert accepted(COLOR, until=until).gaps == [SHADE]
        return
    with pytest.raises(IntentError, match="ran out on 2026-11-22") as caught:
        accepted(COLOR, until=until)
    assert caught.value.where
    assert "storage team" in caught.value.hint
    assert caught.value.exit_code is Exit.FINDINGS


# --- several that fit -----------------------------------------------------------------------------


def several(*entries: tuple[str, Then | None]) -> Bridge:
    return bridge(volumes(OLD_SHAPE), volumes(NEW_SHAPE), intent(accept=dict(entries)))


@pytest.mark.parametrize("turned", [False, True])
def test_the_most_exact_counts_whatever_their_order(turned: bool) -> None:
    entries = [("field-removed Volume.*", Then.DROP), (COLOR, Then.PASS)]
    made = several(*(reversed(entries) if turned else entries))
    treatments = {
        f"{one.kind} {one.subject}": next(iter(one.judgements.values())).treatment
        for one in made.plan.differences
    }
    assert treatments == {COLOR: "passes as it is", SHADE: "is dropped and counted"}


def test_one_that_others_outdo_everywhere_still_matches() -> None:
    assert several(("*", None), (COLOR, Then.DROP), (SHADE, Then.DROP)).gaps == []


def test_one_that_ran_out_is_an_error_even_beside_a_better_one() -> None:
    old = AcceptIntent(
        place=here(0), pattern="*", reason="r", owner="o", until="2020-01-01", then=None
    )
    renewed = AcceptIntent(
        place=here(1), pattern=COLOR, reason="r", owner="o", until=None, then=None
    )
    with pytest.raises(IntentError, match="ran out"):
        plan(
            volumes(OLD_SHAPE),
            volumes(NEW_SHAPE),
            Intent(accepts=(old, renewed)),
            today=TODAY,
        )
