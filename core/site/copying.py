"""How a copy is fed: when writes are acknowledged, what it is sent, and how far behind it may be.

The group has what is wanted. Its worker is begun with that, and is given orders where it says that
it does something else.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from core.machine.link.bandwidth import UNLIMITED, parse_schedule
from core.machine.link.mode import Mode
from core.machine.link.regulation import Bound, Policy
from core.site.problem import Problem
from core.site.store import Document
from core.units import NANOSECONDS_PER_SECOND

WINDOW: Final = 4 << 20
ADAPTIVE: Final = "adaptive"
CHOSEN: Final = ("within", "bandwidth", "policy", "bounds", "compression")

_BOUNDS: Final = {"lag": Bound.LAG, "lag_seconds": Bound.LAG_TIME, "unapplied": Bound.UNAPPLIED}
_OPTIONS: Final = {
    Bound.LAG: "--copy-lag={}",
    Bound.LAG_TIME: "--copy-lag-time={}ns",
    Bound.UNAPPLIED: "--copy-unapplied={}",
}


def settings_of(copy: Document) -> Document:
    """What is wanted of a copy, all of it."""
    mode = copy["mode"]
    return {
        "mode": mode,
        "within": copy.get("within", WINDOW) if mode == Mode.SEMI_SYNC else None,
        "bandwidth": copy.get("bandwidth", UNLIMITED),
        "policy": copy.get("policy", Policy.NONE.value),
        "bounds": {**copy.get("bounds", {})},
        "compression": copy.get("compression", ADAPTIVE),
    }


def chosen(copy: Document) -> Document:
    """What was said of it beside its mode: whoever feeds it later does the same."""
    return {name: copy[name] for name in CHOSEN if name in copy}


def is_other(copy: Document, told: Document) -> bool:
    """Does the node of a copy, by its status, know something else than what is wanted?

    What it does not tell, being of an earlier release, it cannot be taught.
    """
    wanted, names = settings_of(copy), ("mode", *CHOSEN)
    return any(told.get(name) not in (None, wanted[name]) for name in names)


def changed(copy: Document, asked: Mapping[str, Any]) -> Document:
    """The copy as it is asked for; raises CoreError for what goes not together."""
    mode = asked.get("mode", copy["mode"])
    if "within" in asked and mode != Mode.SEMI_SYNC:
        raise Problem("refused", f"in mode {mode} nothing is lacking by choice: it has no window")
    if "bandwidth" in asked:
        parse_schedule(asked["bandwidth"])
    found = {**copy, **asked}
    bounds = found.get("bounds", {})
    if bounds and "policy" not in found:
        found["policy"] = Policy.REGULATE.value
    policy = found.get("policy", Policy.NONE)
    if policy != Policy.NONE and not bounds:
        raise Problem(
            "refused",
            f"a copy that is to {policy} has no bound",
            hint="say how far behind it may be: lag, lag_seconds or unapplied",
        )
    return found


def words_of(copy: Document) -> Iterator[str]:
    """Those by which `isthmus protect` is told of it, behind its --copy."""
    wanted = settings_of(copy)
    yield f"--mode={wanted['mode']}"
    if wanted["within"] is not None:
        yield f"--copy-within={wanted['within']}"
    if wanted["bandwidth"] != UNLIMITED:
        yield f"--copy-bandwidth={wanted['bandwidth']}"
    if wanted["compression"] != ADAPTIVE:
        yield f"--copy-compression={wanted['compression']}"
    if wanted["bounds"]:
        yield f"--copy-policy={wanted['policy']}"
    for bound, value in _bounds(wanted).items():
        yield _OPTIONS[bound].format(value)


def orders(copy: Document, link: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    """What the worker is to be told, by what it says of the copy: each function, with arguments."""
    wanted = settings_of(copy)
    if any(wanted[name] != link.get(name) for name in ("mode", "within")):
        yield "copy mode", {"mode": wanted["mode"], "within": wanted["within"]}
    if str(parse_schedule(wanted["bandwidth"])) != link.get("bandwidth"):
        yield "copy bandwidth", {"bandwidth": wanted["bandwidth"]}
    packed = link.get("compression")
    if packed is not None and wanted["compression"] != packed.get("mode"):
        yield "copy compression", {"compression": wanted["compression"]}
    bounds = _bounds(wanted)
    told: Any = link.get("bounds") or {}
    has = {name: value for name, value in told.items() if value is not None}
    if wanted["policy"] != link.get("policy") or bounds != has:
        yield "copy policy", {"policy": wanted["policy"], "bounds": bounds}


def regulation(link: Mapping[str, Any], time_text: Callable[[int], str]) -> Document | None:
    """How hosts and the copy keep pace, as the worker measures it; None where it does not."""
    if "worst" not in link:
        return None
    return {
        **{name: link[name] for name in ("unapplied", "load", "drain", "applied_rate")},
        "delay_seconds": link["delay_s"],
        "longest_delay_seconds": link["longest_delay_s"],
        **_snapshots(link),
        "worst": {
            name: _worst(link["worst"][bound], bound, time_text)
            for name, bound in _BOUNDS.items()
            if bound in link["worst"]
        },
    }


def _snapshots(link: Mapping[str, Any]) -> Document:
    """A worker of an earlier release knows of none."""
    if "snapshots" not in link:
        return {}
    return {
        "snapshots": {
            name: link["snapshots"][name] for name in ("shipping", "count", "written", "sent")
        }
    }


def _worst(told: Document, bound: Bound, time_text: Callable[[int], str]) -> Document:
    value, margin = told["value"], told["margin"]
    if bound is Bound.LAG_TIME:
        value = round(value / NANOSECONDS_PER_SECOND, 3)
        margin = None if margin is None else round(margin / NANOSECONDS_PER_SECOND, 3)
    return {
        "value": value,
        "margin": margin,
        "time": time_text(told["time_ns"]),
        **{name: told[name] for name in ("load", "drain", "cause")},
    }


def _bounds(wanted: Document) -> Mapping[Bound, int]:
    """As the worker counts them."""
    found = {_BOUNDS[name]: value for name, value in wanted["bounds"].items()}
    if Bound.LAG_TIME in found:
        found[Bound.LAG_TIME] = round(found[Bound.LAG_TIME] * NANOSECONDS_PER_SECOND)
    return found
