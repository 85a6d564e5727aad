"""What is said of a group that is at several sites, from what each end of the link knows.

Neither end is believed for the other: production knows what it has shipped and acknowledged, the
copy what came and what became of it. Whatever is not known is not well.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from core.site.copying import regulation, settings_of
from core.site.group import (
    COPY,
    PRODUCTION,
    SYNC,
    awaited,
    copies_of,
    epoch_of,
    is_left_over,
    role_of,
)
from core.site.standing import Seen, Standing, State
from core.site.standing import judge as judge_alone
from core.site.store import Document

SHIPPING: Final = "shipping"
DISTRIBUTING: Final = "distributing"

_WHY: Final = {
    "initialising": "is filled for the first time",
    "resyncing": "is made equal to production again",
    "marking": "lacks what production has marked",
    "fast-forward": "is behind, and gives up points until it is not",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the node of another site has said of its group, a moment ago; else why it is not known.

    `status` is a `GroupStatus` of the interface.
    """

    status: Document | None = None
    failure: str = "it has not been asked yet"


def judge(group: Document, seen: Seen, told: Sequence[Told]) -> Standing:
    """The standing of a group; `told` has what was said of each of its copies."""
    alone = judge_alone(seen)
    if alone.state is not State.PROTECTED or seen.heard is None:
        return alone
    reasons = list[str]()
    if role_of(group) == COPY:
        reasons += _of_copy(group, seen.heard)
    elif (before := awaited(group)) is not None:
        reasons.append(f"{before['site']} was production before, and is not its copy yet")
    for copy, each in zip(copies_of(group), told, strict=True):
        reasons += _of_production(copy, epoch_of(group), link_of(copy, seen.heard), each)
    if not reasons:
        return alone
    return replace(alone, state=State.DEGRADED, reasons=(*reasons, *alone.reasons))


def link_of(copy: Document, heard: Mapping[str, Any]) -> Any:
    """What the worker of production says of its end of the link to a copy; None without that.

    One that an earlier release has begun knows of one copy alone, which it does not name.
    """
    if "copies" not in heard:
        return heard.get("copy")
    return next((each for each in heard["copies"] if each["place"] == copy["link"]), None)


def _of_production(copy: Document, epoch: int, link: Any, told: Told) -> Sequence[str]:
    """Why production is not protected by a copy; `link` is what its own end of that says."""
    site = copy["site"]
    if told.status is not None and told.status["role"] != COPY:
        if told.status["epoch"] <= epoch:
            return (f"{site} says that it is {told.status['role']}, too",)
        return (
            f"{site} has taken over in epoch {told.status['epoch']}: "
            "what is written here is not there",
        )
    if not isinstance(link, Mapping):
        return (f"it is not told how the copy at {site} is",)
    if link.get("connected") is not True:
        return (f"the copy at {site} is not connected: {link.get('failure')}",)
    if link.get("state") != SHIPPING:
        return (f"the copy at {site} {_why(link.get('state'))}",)
    snapshots = link.get("snapshots", {})
    if snapshots.get("shipping"):
        return (f"the copy at {site} is shipped snapshots: hosts write more than it could take",)
    if snapshots.get("refused"):
        return (
            f"hosts write more than the copy at {site} could take, and it takes no snapshots: "
            "bring it to this release, or choose another policy",
        )
    if copy["mode"] == SYNC and link.get("in_sync") is not True:
        return (f"the copy at {site} lacks writes that were acknowledged",)
    if told.status is None:
        return (f"it is not known how the copy at {site} is: {told.failure}",)
    if not told.status["protected"]:
        return tuple(f"{site}: {each}" for each in told.status["reasons"] or ("it is not well",))
    return ()


def _of_copy(group: Document, heard: Mapping[str, Any]) -> Sequence[str]:
    """Why a copy does not protect production, as far as it can tell."""
    site = group["production"]["site"]
    if is_left_over(group):
        return (f"production at {site} ships to it no more: it is left over, and can be opened",)
    found = []
    if heard.get("connected") is not True:
        found.append(f"production at {site} is not connected")
    if heard.get("state") != DISTRIBUTING:
        found.append(f"it {_why(heard.get('state'))}")
    if failure := heard.get("failure"):
        found.append(f"what came is not put into its images: {failure}")
    if not found and group["mode"] == SYNC and heard.get("in_sync") is not True:
        found.append(f"production at {site} does not say that all it acknowledges is here")
    return found


def _why(state: Any) -> str:
    return _WHY.get(state, "is in a state that is not known")


def peers(
    group: Document, seen: Seen, told: Sequence[Told], time_text: Callable[[int], str]
) -> Sequence[Document]:
    """The other site of a group, or each, as its status shows it."""
    heard = seen.heard or {}
    if role_of(group) == COPY:
        return (_production(group, heard),)
    found = zip(copies_of(group), told, strict=True)
    links = {copy["url"]: link_of(copy, heard) or {} for copy in copies_of(group)}
    return tuple(
        {
            **_copy(copy, links[copy["url"]], each.status),
            "regulation": regulation(links[copy["url"]], time_text),
        }
        for copy, each in found
    )


def _production(group: Document, heard: Mapping[str, Any]) -> Document:
    end, there = heard.get("end"), heard.get("production_end")
    is_connected = heard.get("connected") is True
    return {
        "site": group["production"]["site"],
        "role": PRODUCTION if is_connected else None,
        "mode": group["mode"],
        "state": heard.get("state"),
        "connected": is_connected,
        "in_sync": heard.get("in_sync"),
        "received": end,
        "applied": heard.get("applied"),
        "copied": None,
        "lag": _lag(there, end, {}) if heard else None,
        **settings_of({**group.get("fed", {}), "mode": group["mode"]}),
        "regulation": None,
    }


def _copy(copy: Document, link: Mapping[str, Any], status: Document | None) -> Document:
    theirs: Mapping[str, Any] = {}
    if status is not None and status["peers"]:
        theirs = status["peers"][0]
    copied = None
    if "copied" in link:
        copied = {"done": link["copied"], "total": link["to_copy"]}
    return {
        "site": copy["site"],
        "role": status["role"] if status is not None else None,
        **settings_of(copy),
        "state": link.get("state"),
        "connected": link.get("connected") is True,
        "in_sync": link.get("in_sync"),
        "received": link.get("received"),
        "applied": theirs.get("applied"),
        "copied": copied,
        "lag": _lag(link.get("end"), link.get("received"), link.get("lag", {})) if link else None,
    }


def _lag(end: int | None, received: int | None, measured: Mapping[str, Any]) -> Document:
    """What lies between; bytes and seconds are told as far as the worker measures them."""
    return {
        "writes": None if end is None or received is None else max(0, end - received),
        "bytes": measured.get("bytes"),
        "seconds": measured.get("seconds"),
        "parts": measured.get("parts", {}),
    }


def summary(shown: Sequence[Document]) -> Mapping[str, Any]:
    """Of all peers together: whether they are in sync, and how far the last of them is behind."""
    synced = [each["in_sync"] for each in shown]
    lags = [each["lag"] for each in shown if each["lag"] is not None]
    is_told = bool(synced) and None not in synced
    return {
        "in_sync": all(synced) if is_told else None,
        "lag": max(lags, key=lambda each: each["writes"] or 0, default=None),
        "peers": [*shown],
    }
