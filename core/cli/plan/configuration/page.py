"""A plan as a page of HTML: one file, without scripts."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from compat.report.page import template
from core.cli.plan.configuration.text import (
    bought_text,
    predicted_text,
    quality,
    settings_text,
    summary,
    use_text,
)
from core.plan.config.explain import money_text
from core.plan.config.told import Group, Told
from core.units import duration_text

_WIDTH: Final = 640
_HEIGHT: Final = 160
_LEAST_NS: Final = 1_000_000
_CURVES_MAX: Final = 60
LINES: Final = ("#1864ab", "#74c0fc")  # on light, on dark
GOALS: Final = ("#c92a2a", "#ffa8a8")


def plan_page(found: Told) -> str:
    """Everything of a plan, and of each group what less loss would cost."""
    return template("core.cli.plan.configuration").render(
        title="Plan of a configuration",
        summary=summary(found),
        quality=quality(found),
        groups=[_group(each) for each in found.groups],
        curves=[_curve(each) for each in found.groups[:_CURVES_MAX] if len(each.curve) > 1],
        conflicts=[each.words for each in found.conflicts],
        needs=[f"{each.amount} {each.resource}" for each in found.needs],
        more=[
            (f"{each.amount} {each.resource}", bought_text(each.missed, each.also, each.cents))
            for each in found.more
        ],
        uses=[(each.what, use_text(each)) for each in found.uses],
        width=_WIDTH,
        height=_HEIGHT,
        shades={"line": LINES, "goal": GOALS},
    )


def _group(each: Group) -> Mapping[str, Any]:
    return {
        "name": each.goal.group,
        "missed": [f"{name}: {words}" for name, words in each.missed.items()],
        "rows": [
            (name.replace("_", " "), value, each.reasons.get(name, ""))
            for name, value in settings_text(each).items()
        ],
        "predicted": [*predicted_text(each).items()],
    }


def _curve(each: Group) -> Mapping[str, Any]:
    """Steps over the logarithm of the RPO; a dot for what is planned, a line for the goal."""
    rpos = [max(_LEAST_NS, rpo_ns) for rpo_ns, _ in each.curve]
    ends = [*rpos, max(_LEAST_NS, each.goal.rpo_ns)]
    low, high = math.log(min(ends)), math.log(max(ends))
    most = max(cents for _, cents in each.curve) or 1

    def across(rpo_ns: int) -> float:
        place = math.log(max(_LEAST_NS, rpo_ns)) - low
        return round(place / (high - low) * _WIDTH if high > low else 0.0, 1)

    def up(cents: int) -> float:
        return round(_HEIGHT - cents / most * _HEIGHT, 1)

    return {
        "name": each.goal.group,
        "points": " ".join(_steps([(across(rpo), up(cents)) for rpo, cents in each.curve])),
        "marks": [
            {"x": across(rpo), "y": up(cents), "told": f"{_span(rpo)}: {money_text(cents)} a year"}
            for rpo, cents in each.curve
        ],
        "goal_x": across(each.goal.rpo_ns),
        "goal": _span(each.goal.rpo_ns),
        "planned_x": across(min(each.predicted.rpo_ns, max(ends))),
        "planned_y": max(0.0, up(min(most, each.predicted.cents))),
        "planned": f"{_span(each.predicted.rpo_ns)}, {money_text(each.predicted.cents)} a year",
        "low": _span(min(rpos)),
        "high": _span(max(ends)),
        "most": money_text(most),
    }


def _steps(points: Sequence[tuple[float, float]]) -> Sequence[str]:
    """What costs so much is had from there on, until something costs less."""
    found: list[str] = []
    for nth, (x, y) in enumerate(points):
        if nth:
            found.append(f"{x},{points[nth - 1][1]}")
        found.append(f"{x},{y}")
    return found


def _span(nanoseconds: int) -> str:
    return duration_text(nanoseconds) if nanoseconds else "nothing"
