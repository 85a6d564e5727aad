"""What a node that runs knows of a state, and what of it has to be written by hand."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from core.cli.moments import parse_moment
from core.cli.plan.configuration.answers import answered
from core.cli.site.client import Client
from core.driver.asking import RefusedError
from core.errors import CoreError
from core.plan.config.observed import (
    Lags,
    Look,
    Series,
    Span,
    applied_rate,
    lags,
    left_rate,
    series_of,
    step_of,
    written,
)
from core.units import NANOSECONDS_PER_SECOND

_LOOK_NS: Final = NANOSECONDS_PER_SECOND // 2
_NO_HISTORY: Final = 409

Looks: TypeAlias = Mapping[str, Sequence[Look]]
"""What was seen of groups by their names."""
Tell = Callable[[str], object]


class Site:
    """A node that is asked: `id` and `name` are its own, `groups` those that it takes part in."""

    def __init__(self, client: Client) -> None:
        self._client = client
        told = answered(client.get("/v1/node"), "node", client.url)
        self.url, self.id, self.name = client.url, str(told["id"]), str(told["name"])
        self._now_ns = parse_moment(told["time"], now_ns=0)
        self.groups: Sequence[Any] = [
            each
            for each in client.all("/v1/groups", "groups")
            if not answered(each, "group", self.url).get("left_over", False)
        ]

    def state(self, *, lasting_ns: int = 0, tell: Tell = lambda _: None) -> dict[str, Any]:
        """As much of a description of a state as it knows; it is watched for so long before."""
        own = [each for each in self.groups if each["role"] == "production"]
        places = [*dict.fromkeys(map(self._place, self.groups))]
        step_ns = step_of(lasting_ns)
        looks = self._looks([each for each in own if each["copies"]], lasting_ns, tell)
        return {
            "state": 1,
            "appliances": [{"name": self.name}] if own or not self.groups else [],
            "links": [{"name": each, **self._link(each, looks)} for each in places if each],
            "pools": [{"name": each, **self._pool(each, looks)} for each in places if each],
            "groups": [
                self._group(each, looks.get(each["name"], ()), step_ns) for each in self.groups
            ],
        }

    def _link(self, place: str, looks: Looks) -> Mapping[str, str]:
        """What copies there take together, where that tells of no limit that was chosen."""
        found = left_rate(
            [
                looks[each["name"]]
                for each in self.groups
                if looks.get(each["name"])
                and self._place(each) == place
                and each["copies"][0]["bandwidth"] == "none"
            ]
        )
        return {"bandwidth": _rate(found)} if found else {}

    def _pool(self, place: str, looks: Looks) -> Mapping[str, str]:
        """What the fastest of the copies there was applied at."""
        own = [each["name"] for each in self.groups if self._place(each) == place]
        found = max((applied_rate(looks[each]) or 0 for each in own if looks.get(each)), default=0)
        return {"apply": _rate(found)} if found else {}

    def _place(self, group: Any) -> str:
        """The site that keeps the copy; "" where there is none."""
        if group["role"] != "production":
            return self.name
        return str(group["copies"][0]["site"]) if group["copies"] else ""

    def _group(self, group: Any, looks: Sequence[Look], step_ns: int) -> dict[str, Any]:
        place, series = self._place(group), self._history(group)
        found: dict[str, Any] = {"name": group["name"]}
        if place:
            found |= {"link": place, "pool": place}
        if series is None and looks:
            series = written(looks, step_ns)
        if series is not None:
            begin = datetime.fromtimestamp(series.begin_ns // NANOSECONDS_PER_SECOND, UTC)
            found["iops"] = series.iops
            found["writes"] = _writes(series) | {"from": f"{begin:%H:%M}"}
        seen = lags(looks, step_ns) if looks else None
        if seen is not None:
            found["measured"] = {
                "bandwidth": _rate(seen.bandwidth),
                "lag": [*seen.lag_s],
                "writes": _writes(seen),
            }
        return found

    def _history(self, group: Any) -> Series | None:
        """Of production with a copy the history is where the copy is."""
        if group["role"] == "production" and group["copies"]:
            return None
        try:
            told = self._client.get(f"/v1/groups/{group['id']}/timeline")
        except RefusedError as error:
            if error.status == _NO_HISTORY:
                return None
            raise
        spans = answered(told, "timeline", self.url)["spans"]
        return series_of([*map(_span, spans)], self._now_ns)

    def _looks(self, groups: Sequence[Any], lasting_ns: int, tell: Tell) -> Looks:
        """What was seen of each, in rounds; nothing of one of which something was not known."""
        rounds: list[list[Look | None]] = []
        since_ns = time.monotonic_ns()
        shift_ns = time.time_ns() - since_ns
        while lasting_ns and groups:
            passed_ns = time.monotonic_ns() - since_ns
            rounds.append([self._look(each, shift_ns) for each in groups])
            if passed_ns >= lasting_ns:
                break
            tell(f"{100 * passed_ns // lasting_ns}%")
            left_ns = _LOOK_NS - (time.monotonic_ns() - since_ns) % _LOOK_NS
            time.sleep(left_ns / NANOSECONDS_PER_SECOND)
        looks = {each["name"]: [of[nth] for of in rounds] for nth, each in enumerate(groups)}
        return {
            name: [each for each in of if each is not None] if None not in of else []
            for name, of in looks.items()
        }

    def _look(self, group: Any, shift_ns: int) -> Look | None:
        at_ns = time.monotonic_ns() + shift_ns
        status = self._client.get(f"/v1/groups/{group['id']}/status")
        told = answered(status, "status", self.url)
        peer = told["peers"][0] if told["peers"] else {}
        lag, pace = peer.get("lag"), peer.get("regulation")
        if not lag or not pace or None in (told["end"], lag["bytes"]) or "written" not in pace:
            return None
        return Look(
            at_ns=at_ns,
            end=told["end"],
            written=pace["written"],
            queued=lag["bytes"],
            unapplied=pace["unapplied"] or 0,
        )


def refuse_other(sites: Sequence[Site]) -> None:
    """Raises CoreError where one name means two things: what they tell cannot be put together."""
    known: dict[tuple[str, str], tuple[str, str]] = {}
    for site in sites:
        of_groups = ((("group", each["name"]), each["id"]) for each in site.groups)
        for (kind, name), number in ((("node", site.name), site.id), *of_groups):
            other, url = known.setdefault((kind, name), (number, site.url))
            if other != number:
                what = f"another {kind} is called {name} at {url}"
                hint = f"`isthmus --site {site.url} plan state` writes a file: rename it there"
                raise CoreError(what, where=site.url, hint=hint)


def _rate(rate: int) -> str:
    return f"{rate}B/s"


def _writes(series: Series | Lags) -> dict[str, Any]:
    return {"every": f"{series.every_ns // NANOSECONDS_PER_SECOND}s", "rates": [*series.rates]}


def _span(told: Any) -> Span:
    return Span(
        begin_ns=parse_moment(told["from"], now_ns=0),
        end_ns=parse_moment(told["to"], now_ns=0),
        writes=told["writes"],
        bytes=told["bytes"],
        is_thinned=told["points"] < told["writes"],
    )
