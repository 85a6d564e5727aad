"""A placement as text for people, and as JSON for programs."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from core.cli.columns import say_line, say_table
from core.plan.placement.moves import Move, Order
from core.plan.placement.recovery import Crash
from core.plan.placement.told import Exposed, Told
from core.units import NANOSECONDS_PER_MILLISECOND, count_text, duration_text, size_text

CRASHES_SHOWN_MAX: Final = 10
MILLI: Final = 1000


def say_plan(told: Told) -> None:
    """Print the plan, what it is worth first."""
    for line in (*_summary(told), ""):
        say_line(line)
    shown = [each for each in told.crashes if each.time_ms][:CRASHES_SHOWN_MAX]
    say_table(
        ("CRASH OF", "TAKES", "COMPARED", "COPIED", "GROUPS"),
        [_crash_row(each) for each in shown],
        right=("TAKES", "COMPARED", "COPIED", "GROUPS"),
    )
    if told.exposed:
        say_line()
        say_table(
            ("EXPOSED", "ON", "SIZE", "TAKES", "WHY"),
            [_exposed_row(each) for each in told.exposed],
            right=("SIZE", "TAKES"),
        )
    if told.order is not None and told.order.moves:
        say_line()
        say_table(
            ("MOVE", "FROM", "TO", "WORST THEN"),
            [_move_row(each) for each in told.order.moves],
            right=("WORST THEN",),
        )
    say_line()
    placement = told.plan.placement
    say_table(
        ("APPLIANCE", "ON", "GROUPS"),
        [
            (
                name,
                host,
                " ".join(u for u, a in placement.appliances.items() if a == name) or "none",
            )
            for name, host in placement.hosts.items()
        ],
    )


def _summary(told: Told) -> Iterator[str]:
    plan, worst = told.plan, told.crashes[0]
    groups = count_text(len(worst.works_ms), "group")
    yield f"the worst crash is that of {worst.host}: {time_text(worst.time_ms)}, {groups}"
    if plan.is_best:
        yield "no placement is better"
    elif plan.is_kept:
        yield "nothing is changed: what could be won is less than a change has to gain"
    else:
        yield f"no worst crash is less by more than {100 * plan.gap:.2f} % of the least possible"
    if told.today_ms is not None and not plan.is_kept:
        yield f"today it is {time_text(told.today_ms)}"
    if told.order is not None and told.order.moves:
        yield _order_text(told.order)
    if told.exposed:
        total = sum(each.size for each in told.exposed)
        count = count_text(len(told.exposed), "volume")
        yield f"{count} with {size_text(total)} exposed: see below"


def _order_text(order: Order) -> str:
    count = count_text(len(order.moves), "move")
    peak = time_text(order.peak_ms)
    if order.is_within:
        return f"{count}, in an order in which the worst crash never takes more than {peak}"
    return (
        f"{count}: no order was found in which the worst crash takes no more than"
        f" {time_text(order.limit_ms)}; in this one it is {peak}"
    )


def _crash_row(crash: Crash) -> Sequence[object]:
    swept = sum(each.swept for each in crash.tolls.values())
    copied = sum(each.copied for each in crash.tolls.values())
    took = time_text(crash.time_ms)
    return crash.host, took, size_text(swept), size_text(copied), len(crash.tolls)


def _exposed_row(exposed: Exposed) -> Sequence[object]:
    name = f"{exposed.unit.partition('/')[0]}/{exposed.volume}"
    why = "nowhere else to go" if exposed.is_forced else "no room elsewhere"
    return name, exposed.host, size_text(exposed.size), time_text(exposed.time_ms), why


def _move_row(move: Move) -> Sequence[object]:
    return move.name, move.source or "nowhere", move.target, time_text(move.worst_ms)


def time_text(milliseconds: int) -> str:
    return duration_text(milliseconds * NANOSECONDS_PER_MILLISECOND)


def document(told: Told) -> dict[str, Any]:
    """The plan for programs; `placement` is what the `today` of a topology is written as."""
    plan = told.plan
    found: dict[str, Any] = {
        "plan": 1,
        "placement": {
            "appliances": dict(plan.placement.hosts),
            "groups": dict(plan.placement.appliances),
        },
        "best": plan.is_best,
        "kept": plan.is_kept,
        "weighted": {
            "worst_ms": plan.worth.worst,
            "bound_ms": plan.bound,
            "gap": round(plan.gap, 6),
            "expected_ms_per_year": plan.worth.expected / MILLI,
        },
        "crashes": [_crash(each) for each in told.crashes],
        "exposed": [
            {
                "group": each.unit.partition("/")[0],
                "volume": each.volume,
                "hypervisor": each.host,
                "bytes": each.size,
                "ms": each.time_ms,
                "forced": each.is_forced,
            }
            for each in told.exposed
        ],
    }
    if told.order is not None:
        found["order"] = _order(told.order)
        found["today"] = {"worst_ms": told.today_ms}
    return found


def _crash(crash: Crash) -> dict[str, Any]:
    times = crash.times_ms()
    return {
        "hypervisor": crash.host,
        "ms": crash.time_ms,
        "bytes": crash.moved,
        "groups": [
            {
                "group": name,
                "ms": times.get(name, 0),
                "compared_bytes": toll.swept,
                "copied_bytes": toll.copied,
            }
            for name, toll in crash.tolls.items()
        ],
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "within_limit": order.is_within,
        "limit_ms": order.limit_ms,
        "peak_ms": order.peak_ms,
        "moves": [
            {
                "what": "appliance" if each.is_appliance else "group",
                "name": each.name,
                "from": each.source or None,
                "to": each.target,
                "worst_ms": each.worst_ms,
            }
            for each in order.moves
        ],
    }
