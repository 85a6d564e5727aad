"""How a copy at another site is told to a person."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from core.cli.columns import say_line, say_table
from core.machine.link.regulation import Bound
from core.units import NANOSECONDS_PER_SECOND, count_text, duration_text, size_text

PARTS: Final = ("splitter", "queue", "wire", "remote", "apply")
"""Where what a copy lacks may be, in the order in which it goes through."""
_NAMES: Final = {Bound.LAG: "lag", Bound.LAG_TIME: "lag-time", Bound.UNAPPLIED: "unapplied"}


def policy_text(copy: Mapping[str, Any]) -> str:
    """The policy with its bounds, as `isthmus copy policy` takes them."""
    words = [copy["policy"]]
    for bound, name in _NAMES.items():
        value = copy["bounds"][bound.value]
        if value is not None:
            words.append(f"--{name} {_text_of(bound)(value)}")
    return " ".join(words)


def mode_text(copy: Mapping[str, Any]) -> str:
    """The mode with its window."""
    within = copy["within"]
    return str(copy["mode"]) if within is None else f"{copy['mode']} within {size_text(within)}"


def say_copy(copy: Mapping[str, Any], *, is_only: bool = True) -> None:
    """How far behind it is, what hosts wait for that, and the worst that was seen."""
    lag, place = copy["lag"], "" if is_only else f"{copy['place']}: "
    stands = "connected" if copy["connected"] else f"not connected: {copy['failure']}"
    say_line(f"copy      {place}{mode_text(copy)}, {copy['state']}, {stands}")
    parts = lag["parts"]
    say_line(
        f"behind    it lacks {size_text(lag['bytes'])}, {lag['seconds']:g} s old, and has not "
        f"applied {size_text(copy['unapplied'])}{_speeds(copy)}"
    )
    where = (f"{name} {_part_text(parts, name)}" for name in PARTS)
    say_line(f"          {', '.join(where)}; bandwidth {copy['bandwidth']}{_packed(copy)}")
    say_line(f"policy    {policy_text(copy)}{_delays(copy)}")
    if told := _snapshots(copy["snapshots"]):
        say_line(f"          {told}")
    now = {
        Bound.LAG: lag["bytes"],
        Bound.LAG_TIME: int(lag["seconds"] * NANOSECONDS_PER_SECOND),
        Bound.UNAPPLIED: copy["unapplied"],
    }
    say_table(
        ("", "now", "bound", "worst", "margin", "when", "because"),
        [
            _row(bound, now[bound], copy["bounds"][bound.value], copy["worst"][bound.value])
            for bound in Bound
            if bound.value in copy["worst"]
        ],
        right=("now", "bound", "worst", "margin"),
    )


def _row(bound: Bound, now: int, high: int | None, worst: Mapping[str, Any]) -> tuple[str, ...]:
    text, margin = _text_of(bound), worst["margin"]
    when = datetime.fromtimestamp(worst["time_ns"] // NANOSECONDS_PER_SECOND, UTC)
    return (
        _NAMES[bound],
        text(now),
        "" if high is None else text(high),
        text(worst["value"]),
        "" if margin is None else f"{'-' if margin < 0 else ''}{text(abs(margin))}",
        f"{when:%Y-%m-%dT%H:%M:%SZ}" if worst["value"] else "",
        worst["cause"],
    )


def _text_of(bound: Bound) -> Callable[[int], str]:
    return duration_text if bound is Bound.LAG_TIME else size_text


def _packed(copy: Mapping[str, Any]) -> str:
    found = copy["compression"]
    if found["sent"] == found["frames"]:
        return ""
    return f", {size_text(found['frames'])} sent as {size_text(found['sent'])}"


def _snapshots(found: Mapping[str, Any]) -> str:
    """What it was shipped as one, and how far the next one is."""
    if found["refused"]:
        return "it can be shipped no snapshots: its release is older, or its journal too small"
    if not (found["shipping"] or found["count"]):
        return ""
    told = f"{count_text(found['count'], 'snapshot')} of {size_text(found['written'])} sent as "
    told += size_text(found["sent"])
    if not found["shipping"]:
        return f"{told}; each write is shipped again"
    return f"{told}; of the next one {size_text(found['came'])} of {size_text(found['coming'])}"


def _part_text(parts: Mapping[str, Any], name: str) -> str:
    return f"{size_text(parts[f'{name}_bytes'])} ({parts[f'{name}_seconds']:g} s)"


def _speeds(copy: Mapping[str, Any]) -> str:
    told = f"; hosts write {size_text(copy['load'])}/s"
    if copy["drain"] is not None:
        told += f", it takes {size_text(copy['drain'])}/s"
    return told


def _delays(copy: Mapping[str, Any]) -> str:
    if not copy["longest_delay_s"] and not copy["delay_s"]:
        return ""
    return f"; writes wait {copy['delay_s']:g} s, {copy['longest_delay_s']:g} s at most so far"
