"""What if: a change to goals or state, as a person writes it, on a copy of what was read."""

import copy
import re
from collections.abc import Sequence
from typing import Any, Final

from core.errors import CoreError
from core.plan.entry import parse_rate

GONE: Final = "gone"
_EDIT: Final = re.compile(
    r"(goal|group|link|pool|appliance|tenant)\.([\w.-]+?)(?:\.([a-z-]+))?=(.+)"
)
_TIMES: Final = re.compile(r"x(\d{1,4}(?:\.\d{1,4})?)")
_LISTS: Final = {
    "group": "groups",
    "link": "links",
    "pool": "pools",
    "appliance": "appliances",
    "tenant": "tenants",
}
_HINT: Final = (
    "write it as link.wan.bandwidth=50MB/s, appliance.a1=gone, group.payroll.writes=x2 or"
    " goal.payroll.rpo=30s"
)


def edited(goals: Any, state: Any, edits: Sequence[str]) -> tuple[Any, Any]:
    """Both as they would be; what was read stays what it is.

    Raises CoreError for a change to what there is not.
    """
    goals, state = copy.deepcopy(goals), copy.deepcopy(state)
    for text in edits:
        match = _EDIT.fullmatch(text.strip())
        if match is None:
            raise CoreError(f"--what-if {text}: this is no change", hint=_HINT)
        kind, name, key, value = match.groups()
        holder = goals if kind == "goal" else state
        _change(holder, "groups" if kind == "goal" else _LISTS[kind], (name, key, value), text)
        if kind == "group" and value == GONE and not key:
            goals["groups"] = [each for each in goals["groups"] if each["name"] != name]
    return goals, state


def _change(holder: Any, place: str, change: tuple[str, str | None, str], text: str) -> None:
    name, key, value = change
    entries = holder.get(place, [])
    found = [each for each in entries if each["name"] == name]
    if not found:
        known = ", ".join(str(each["name"]) for each in entries) or "there is none of these"
        raise CoreError(f"--what-if {text}: there is no {name}", hint=f"known: {known}")
    if key is None:
        if value != GONE:
            raise CoreError(f"--what-if {text}: of what is it to be that?", hint=_HINT)
        holder[place] = [each for each in entries if each["name"] != name]
        return
    times = _TIMES.fullmatch(value)
    if times and key == "writes" and place == "groups" and "writes" in found[0]:
        _multiply(found[0], float(times[1]))
        return
    before = found[0].get(key)
    found[0][key] = _number(value) if isinstance(before, int | float) else value


def _multiply(group: Any, factor: float) -> None:
    rates = group["writes"]["rates"]
    group["writes"]["rates"] = [
        factor * (each if isinstance(each, int | float) else parse_rate(each)) for each in rates
    ]
    group["iops"] = round(group.get("iops", 0) * factor)
    group.pop("measured", None)


def _number(value: str) -> Any:
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return value
