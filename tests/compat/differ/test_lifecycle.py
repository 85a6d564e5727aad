"""Deprecation, the day it ends on, and stability."""

from datetime import date, timedelta

import pytest

from compat.differ.lifecycle import (
    Life,
    Policy,
    Stability,
    day_of,
    deprecation,
    is_promised,
    removal,
    stability,
)

POLICY = Policy(today="2026-11-28", beta_days=30, stable_days=100)


def life(*, deprecated: bool = True, sunset: str = "", level: str = "") -> Life:
    told = {"x-sunset": sunset, "x-stability-level": level}
    return Life(deprecated=deprecated, extensions={k: v for k, v in told.items() if v})


def test_days_are_those_of_the_calendar() -> None:
    day = date(1, 1, 1)
    while day.year < 2200:
        assert day_of(day.isoformat()) == day.toordinal()
        day += timedelta(days=29)
    for text in ("2024-02-29", "2000-02-29"):
        assert day_of(text) == date.fromisoformat(text).toordinal()


@pytest.mark.parametrize(
    "text", ["", "2026", "2025-02-29", "1900-02-29", "2026-13-01", "2026-04-31", "2026-00-10", "x"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_of(text) is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (life(deprecated=False), life(deprecated=False), []),
        (life(), life(deprecated=False), ["reactivated"]),
        (life(deprecated=False), life(), ["sunset-missing"]),
        (life(deprecated=False), life(level="alpha"), ["deprecated"]),
        (life(deprecated=False), life(sunset="2027-12-01"), ["deprecated-with-sunset"]),
        (life(deprecated=False), life(sunset="2026-12-01"), ["sunset-too-small"]),
        (life(deprecated=False), life(sunset="soon"), ["sunset-invalid"]),
        (life(sunset="2027-12-01"), life(), ["sunset-deleted"]),
        (life(sunset="2027-12-01"), life(sunset="2026-12-01"), ["sunset-changed-too-small"]),
        (life(sunset="2027-12-01"), life(sunset="2028-12-01"), []),
        (life(), life(), []),
    ],
)
def test_what_happens_to_an_end(old: Life, new: Life, words: list[str]) -> None:
    assert list(deprecation(old, new, POLICY)) == words


@pytest.mark.parametrize(
    ("old", "how"),
    [
        (life(deprecated=False), "without-deprecation"),
        (life(), "with-deprecation"),
        (life(sunset="2026-11-28"), "with-deprecation"),
        (life(sunset="2026-11-29"), "before-sunset"),
        (life(sunset="soon"), "sunset-invalid"),
    ],
)
def test_how_something_goes(old: Life, how: str) -> None:
    assert removal(old, POLICY) == how


def test_levels_go_up_and_down_and_those_below_the_policy_do_not_count() -> None:
    alpha, stable = life(level="alpha"), life(level="stable")
    assert list(stability(alpha, stable, POLICY)) == ["increased"]
    assert list(stability(stable, alpha, POLICY)) == ["decreased"]
    assert list(stability(stable, life(), POLICY)) == []
    beta = Policy(today="2026-11-28", least=Stability.BETA)
    assert list(stability(alpha, stable, beta)) == []
    assert [is_promised(each) for each in (alpha, stable, life())] == [False, True, True]
    assert life(level="firm").has_unknown_stability
