"""`isthmus --site URL copy set`: how a copy of a group is fed."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from compat.cli.console import note, say_json
from core.cli.copy.limits import POLICIES, bound_options, bounds_of
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected, named
from core.errors import CoreError
from core.machine.link.mode import Mode
from core.machine.link.regulation import Bound
from core.units import NANOSECONDS_PER_SECOND, parse_size, size_text


@click.command("set", epilog=exits())
@click.argument("group", metavar="GROUP")
@click.argument("other", metavar="SITE_URL")
@click.option(
    "--mode",
    type=click.Choice([each.value for each in Mode]),
    help="When a write is acknowledged, from when the copy has all that was written before.",
)
@click.option(
    "--within", metavar="SIZE", help="What it may lack in mode semi-sync; else as much as it did."
)
@click.option(
    "--bandwidth",
    metavar="SIZE[@HH:MM-HH:MM]...|none",
    help="What it is sent in a second, at most, as '20MiB@08:00-18:00 none'.",
)
@click.option(
    "--compression",
    type=click.Choice(["adaptive", "off"]),
    help="Whether what it is sent is packed; adaptive: where the link is the slower part.",
)
@click.option(
    "--policy",
    type=click.Choice(POLICIES),
    help="What is done so that it keeps to its bounds, which stay unless others are named.",
)
@bound_options()
@text_or_json
def command(
    *,
    group: str,
    other: str,
    mode: str | None,
    within: str | None,
    bandwidth: str | None,
    compression: str | None,
    policy: str | None,
    lag: str | None,
    lag_time: str | None,
    unapplied: str | None,
    form: str,
) -> None:
    """Have the copy of GROUP at SITE_URL, which may be the name of that site, fed in another way.

    Hosts go on writing. It is kept: whoever serves GROUP later does the same. What each word means
    is told by `isthmus copy mode`, `copy bandwidth` and `copy policy`, which are for a folder.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 copy set db http://other:7480 --mode sync
      isthmus --site http://127.0.0.1:7480 copy set db other --mode semi-sync --within 8MiB
      isthmus --site http://127.0.0.1:7480 copy set db other --bandwidth '20MiB@08:00-18:00 none'
      isthmus --site http://127.0.0.1:7480 copy set db other --policy regulate --lag 256MiB
    """
    asked = {
        "mode": mode,
        "within": None if within is None else parse_size(within),
        "bandwidth": bandwidth,
        "compression": compression,
        "policy": policy,
        "bounds": _bounds(bounds_of(lag, lag_time, unapplied)),
    }
    body = {name: value for name, value in asked.items() if value is not None}
    if not body:
        raise click.UsageError(
            "say what is to change: --mode, --bandwidth, --compression, --policy or a bound"
        )
    with connected() as client:
        found = client.group(group)
        path = named("groups", found["id"], "copies", str(place_of(found, other)))
        changed = client.patch(path, body, revision=found["revision"])
    if form == "json":
        say_json(changed)
        return
    copy = changed["copies"][place_of(changed, other)]
    note(f"{changed['name']} at {copy['site']}: {copy_text(copy)}")


def place_of(group: Mapping[str, Any], other: str) -> int:
    """Of the copy that is meant among those of its group."""
    known: Sequence[Any] = group["copies"]
    for nth, each in enumerate(known):
        if other.rstrip("/") == each["url"].rstrip("/") or other == each["site"]:
            return nth
    raise CoreError(
        f"no site {other} keeps a copy of {group['name']}",
        hint="`isthmus --site URL group show` tells which do",
    )


def _bounds(bounds: Mapping[Bound, int] | None) -> Mapping[str, float] | None:
    """As the interface has them."""
    if bounds is None:
        return None
    found: dict[str, float] = {each.value: value for each, value in bounds.items()}
    if Bound.LAG_TIME in bounds:
        del found[Bound.LAG_TIME.value]
        found["lag_seconds"] = bounds[Bound.LAG_TIME] / NANOSECONDS_PER_SECOND
    return found


def copy_text(copy: Mapping[str, Any]) -> str:
    """How a copy is fed, on one line."""
    words = [copy["mode"]]
    if copy["within"] is not None:
        words.append(f"within {size_text(copy['within'])}")
    words.append(f", bandwidth {copy['bandwidth']}, policy {copy['policy']}")
    if copy.get("compression", "adaptive") != "adaptive":
        words.append(f", compression {copy['compression']}")
    bounds = copy["bounds"]
    words += [
        f"--{name} {size_text(bounds[name])}" for name in ("lag", "unapplied") if name in bounds
    ]
    if "lag_seconds" in bounds:
        words.append(f"--lag-time {bounds['lag_seconds']:g}s")
    return " ".join(words).replace(" ,", ",")
