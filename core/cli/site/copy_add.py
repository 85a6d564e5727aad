"""`isthmus --site URL copy add`: have another site keep a copy of a group."""

from typing import Any

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected
from core.cli.site.waiting import finished
from core.machine.link.mode import Mode
from core.units import count_text, size_text

_SHOWN = 10


@click.command("add", epilog=exits())
@click.argument("group", metavar="GROUP")
@click.argument("other", metavar="SITE_URL")
@click.option(
    "--mode",
    type=click.Choice([each.value for each in Mode]),
    default=Mode.ASYNC.value,
    show_default=True,
    help="When a write is acknowledged: see `isthmus copy mode`; `copy set` changes it.",
)
@click.option(
    "--discard",
    metavar="EPOCH",
    type=click.IntRange(min=1),
    help="Give up what hosts wrote at the other site since that epoch of production began here, or "
    "a copy that is left over there, with its points.",
)
@click.option("--dry-run", is_flag=True, help="Change nothing, and tell what it would come to.")
@text_or_json
def command(
    *, group: str, other: str, mode: str, discard: int | None, dry_run: bool, form: str
) -> None:
    """Have the site at SITE_URL keep a copy of GROUP, which is production at this one.

    Where GROUP was production there before, its images become those of the copy: what either side
    has written since this one took over is copied, and nothing else. What hosts have written there
    that is not here is told by --dry-run, and given up with --discard alone, which names the epoch
    that GROUP is in; so is a copy that is left over there, of a production before, or of one that
    was removed. Hosts of GROUP connect again once meanwhile.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 copy add db http://other:7480 --dry-run
      isthmus --site http://127.0.0.1:7480 copy add db http://other:7480 --discard 2
    """
    with connected() as client:
        found = client.group(group)
        asked = {
            "site": other,
            "mode": mode,
            "epoch": discard or found["epoch"],
            "discard": discard is not None,
            "dry_run": dry_run,
        }
        begun = client.post(f"/v1/groups/{found['id']}/copies", asked)
        done = finished(client, begun, "copying")["result"]
    if form == "json":
        say_json(done)
        return
    if (left_over := done["left_over"]) is not None:
        note(
            f"{other} has a copy that is left over, of production at {left_over['production']} in "
            f"epoch {left_over['epoch']}, up to write {left_over['end']}: its points go"
        )
    if done["divergence"] is not None:
        _tell(done["divergence"], other)
    if not dry_run:
        note(f"{found['name']} has a copy at {other}; {size_text(done['copied'])} were copied")


def _tell(found: Any, other: str) -> None:
    if not (found["writes"] or found["unnumbered"]):
        note(f"nothing behind write {found['point']} is at {other} alone")
        return
    note(
        f"{count_text(found['writes'], 'write')} of {size_text(found['bytes'])} behind write "
        f"{found['point']} are at {other} alone"
    )
    for each in found["ranges"][:_SHOWN]:
        note(f"  {each['volume']} {each['offset']}+{each['length']}")
    if found["unnumbered"]:
        note(f"  and {size_text(found['unnumbered'])} may hold more of them")
