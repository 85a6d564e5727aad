"""`isthmus --site URL verify`: whether a copy of a group is what production is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from compat.cli.console import note, say_json
from core.cli.columns import say_line, say_table
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected, named
from core.cli.site.copy_set import place_of
from core.cli.site.waiting import finished
from core.errors import CoreError, Exit
from core.units import count_text, parse_size, size_text

_FINDINGS: Final = "the copy differs, or something could not be compared"


@click.command("verify", epilog=exits({Exit.FINDINGS: _FINDINGS}))
@click.argument("group", metavar="GROUP")
@click.option(
    "--copy",
    "other",
    metavar="SITE_URL",
    default="",
    help="Which site's copy is meant, or the name of that site; needless of one alone.",
)
@click.option("--rate", metavar="SIZE", help="Compare so much a second at most.")
@click.option("--anew", is_flag=True, help="Begin at the beginning, whatever was compared before.")
@click.option(
    "--deadline",
    metavar="SECONDS",
    type=click.IntRange(1, 86_400),
    default=86_400,
    show_default=True,
    help="For how long it may take; what was compared by then is behind the next one.",
)
@text_or_json
def command(
    *, group: str, other: str, rate: str | None, anew: bool, deadline: int, form: str
) -> None:
    """Compare all of GROUP with its copy at another site, by signatures, while hosts write.

    Each range that differs is named, with the time at which it was last found alike, and that at
    which it was found to differ: it came to that in between. Nothing is written. It is an operation
    of the node, which goes on where the last one was interrupted, and is cancelled with this
    command.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 verify db
      isthmus --site http://127.0.0.1:7480 verify db --copy other --rate 50MiB
    """
    body: dict[str, Any] = {"anew": anew, "deadline_s": deadline}
    if rate is not None:
        body["rate"] = parse_size(rate)
    with connected() as client:
        found = client.group(group)
        path = named("groups", found["id"], "copies", str(_place(found, other)), "verify")
        done = finished(client, client.post(path, body), "comparing")["result"]
    if form == "json":
        say_json(done)
    else:
        _say(done)
    if done["differing"] or done["unsettled"]:
        click.get_current_context().exit(Exit.FINDINGS)


def _place(group: Mapping[str, Any], other: str) -> int:
    """Of the copy that is meant among those of its group."""
    known: Sequence[Any] = group["copies"]
    if other or len(known) == 1:
        return place_of(group, other or known[0]["url"])
    raise CoreError(
        f"{group['name']} has {len(known) or 'no'} copies",
        hint="say which is meant by --copy" if known else "`isthmus --site URL copy add` makes one",
    )


def _say(done: Mapping[str, Any]) -> None:
    rows = [
        (
            *(each["volume"], each["offset"], each["length"], done["copy"]),
            *(each["since"] or "never", each["until"]),
        )
        for each in done["differences"]
    ]
    if rows:
        headings = ("volume", "offset", "length", "copy", "last alike", "found to differ")
        say_table(headings, rows, right=("offset", "length"))
    if (more := done["differing"] - len(rows)) > 0:
        say_line(f"and {count_text(more, 'more range')}")
    for each in done["unsettled"]:
        say_line(
            f"{each['volume']} at {each['offset']}: not compared, hosts write there all the time, "
            "or it cannot be read here"
        )
    note(f"{size_text(done['compared'])} compared, {count_text(done['differing'], 'range')} differ")
