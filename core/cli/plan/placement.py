"""`isthmus plan placement`: which appliance protects what, and where it runs."""

from pathlib import Path

import click

from compat.cli.console import say_json, say_text
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.plan.document import read_described
from core.plan.placement.reading import ContradictionError, read_topology
from core.plan.placement.topology import Topology


@click.command(epilog=exits())
@click.argument("topology", metavar="TOPOLOGY")
@text_or_json
def command(*, topology: str, form: str) -> None:
    """Read the description of a site in TOPOLOGY, and hold it against what can be.

    \b
    Example:
      isthmus plan placement topology.yaml
    """
    found = read(Path(topology))
    counts = {
        "hypervisors": len(found.hypervisors),
        "appliances": len(found.appliances),
        "groups": len(found.groups),
    }
    if form == "json":
        say_json(counts)
    else:
        say_text("".join(f"{count} {what}\n" for what, count in counts.items()))


def read(path: Path) -> Topology:
    """Raises CoreError, with file, line and remedy, for what no plan can be made of."""
    described = read_described(path, "topology")
    try:
        return read_topology(described.value)
    except ContradictionError as error:
        raise described.refusal(error.steps, error.what, error.hint) from None
