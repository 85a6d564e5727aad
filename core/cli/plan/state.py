"""`isthmus --site URL plan state`: what a node knows, as the state that a plan is made from."""

from typing import Final

import click

from compat.cli.console import working
from compat.cli.output import deliver
from core.cli.exits import exits
from core.cli.plan.configuration.asked import Site
from core.cli.plan.configuration.draft import draft
from core.cli.plan.configuration.states import STATE, described
from core.cli.plan.document import lacking
from core.cli.site.client import connected
from core.errors import CoreError
from core.plan.goals.goal import DAY_NS
from core.units import NANOSECONDS_PER_SECOND, parse_duration

_LEAST_NS: Final = 5 * NANOSECONDS_PER_SECOND


@click.command("state", epilog=exits())
@click.option(
    "--for",
    "lasting",
    metavar="DURATION",
    default="",
    help="Watch it for so long before: how far copies are behind, and what they take, as 1h.",
)
@click.option("--output", metavar="FILE", default="", help="Where to write it; else it is printed.")
def command(*, lasting: str, output: str) -> None:
    """Draft the state that `isthmus plan config` reads, from what a node knows of itself.

    The node where production is tells groups and where their copies are, and what hosts wrote where
    it keeps their history; else the node that keeps that copy does. With --for it is watched how
    far copies are behind what is written, by which the predictor is corrected, and what they take
    while something waits. What no node knows stands there as a comment, with what belongs there.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 plan state --output state.yaml
      isthmus --site http://127.0.0.1:7480 plan state --for 1h --output measured.yaml
    """
    lasting_ns = _lasting(lasting) if lasting else 0
    with connected() as client, working("watching") as tell:
        site = Site(client)
        state = site.state(lasting_ns=lasting_ns, tell=tell)
    lines = (
        f"# What {site.url} has told; times of day are in UTC.",
        *draft(state, lacking(described(site, state), STATE)),
    )
    deliver("\n".join((*lines, "")), output)


def _lasting(text: str) -> int:
    found = parse_duration(text)
    if not _LEAST_NS <= found <= DAY_NS:
        raise CoreError(f"--for {text}: from 5s to 1d", hint="write it as 10m or 1h")
    return found
