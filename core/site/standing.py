"""What is said of a group, from what was seen of its worker.

It is protected only while its worker says, when it is asked, that the journal takes writes.
Whatever is not known is not well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from core.units import NANOSECONDS_PER_SECOND, duration_text

KIND: Final = "status"
PAUSE_FIRST_S: Final = 0.5
PAUSE_MAX_S: Final = 30.0
SETTLED_NS: Final = 60 * NANOSECONDS_PER_SECOND
_SPOILT_MAX: Final = 8


class State(Enum):
    """How a group is."""

    STARTING = "starting"
    PROTECTED = "protected"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a node knows of a worker.

    `heard` is what it said when it was asked last, None where it did not answer; `failure` is how
    the one before it ended, `busy` what it has been asked to do, for which it answers nothing else.
    """

    pid: int | None = None
    is_ready: bool = False
    is_adopted: bool = False
    restarts: int = 0
    heard: Mapping[str, Any] | None = None
    failure: str = ""
    busy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state of a group, why it is not better, and its latest point."""

    state: State
    reasons: tuple[str, ...] = ()
    end: int | None = None


def judge(seen: Seen) -> Standing:
    """The standing that follows."""
    if not seen.is_ready:
        state = State.DOWN if seen.failure else State.STARTING
        return Standing(state=state, reasons=(seen.failure,) if seen.failure else ())
    if seen.heard is None:
        why = seen.busy or "the process that serves it does not answer"
        return Standing(state=State.DEGRADED, reasons=(why,))
    end = seen.heard.get("end")
    failure = seen.heard.get("failed")
    if failure is None or not isinstance(end, int):
        return Standing(state=State.DEGRADED, reasons=("it is not told how its journal is",))
    reasons = []
    if failure:
        reasons.append(f"its journal takes no writes: {failure}")
    lacking = seen.heard.get("lacking")
    if lacking:
        reasons.append("its images are given what they lacked when the copy was taken over")
        if why := lacking.get("failure"):
            reasons.append(f"its images are not given what they lack: {why}")
    if not_folded := seen.heard.get("not_folded"):
        reasons.append(f"its points are not thinned out: {not_folded}")
    spoilt = (seen.heard.get("signatures") or {}).get("spoilt") or ()
    reasons += [_spoilt_text(each) for each in spoilt[:_SPOILT_MAX]]
    state = State.DEGRADED if failure or lacking or spoilt else State.PROTECTED
    return Standing(state=state, reasons=tuple(reasons), end=end)


def _spoilt_text(spoilt: Mapping[str, Any]) -> str:
    ago_ns = max(0, spoilt["until_ns"] - spoilt["since_ns"])
    return (
        f"{spoilt['volume']} holds at {spoilt['offset']}, in {spoilt['length']} bytes, what no "
        f"host has written: it came to that in the {duration_text(ago_ns)} before it was found; "
        "`isthmus verify` says whether a copy has the same"
    )


def pause_s(failures: int) -> float:
    """How long to wait before a worker is begun again that failed so often in a row."""
    return float(min(PAUSE_MAX_S, PAUSE_FIRST_S * 2 ** min(max(0, failures - 1), 10)))


def failures_after(failures: int, *, served_ns: int) -> int:
    """How often it failed in a row, now that it did once more after serving for so long."""
    return 1 if served_ns >= SETTLED_NS else failures + 1
