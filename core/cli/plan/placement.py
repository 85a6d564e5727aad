"""`isthmus plan placement`: which appliance protects what, and where it runs."""

from pathlib import Path

import click

from compat.cli.console import say_json, working
from core.cli.exits import exits
from core.cli.options import NumberRange, text_or_json
from core.cli.plan.document import read_described
from core.cli.plan.events import after, event_options
from core.cli.plan.interrupts import told_without_a_plan
from core.cli.plan.placement_told import document, say_plan
from core.errors import CoreError, Exit
from core.plan.placement.planner import plan
from core.plan.placement.reading import ContradictionError, read_topology
from core.plan.placement.told import told
from core.plan.placement.topology import Topology


@click.command(
    epilog=exits({Exit.FINDINGS: "a volume is exposed, or moves cannot keep within the limit"})
)
@click.argument("topology", metavar="TOPOLOGY")
@event_options
@click.option(
    "--work",
    metavar="W",
    type=NumberRange(min=0, min_open=True, max=100_000),
    default=20.0,
    show_default=True,
    help="How much a solver may do, about a second each; the same work has the same result.",
)
@text_or_json
@click.pass_context
def command(
    context: click.Context,
    *,
    topology: str,
    migrate: tuple[str, ...],
    add: tuple[str, ...],
    lost: tuple[str, ...],
    maintenance: tuple[str, ...],
    work: float,
    form: str,
) -> None:
    """Find which appliance protects what, and where it runs, so that a crash costs least.

    Where a volume is used on the hypervisor that its appliance runs on, a crash of that one takes
    all that was known, and the whole volume is compared. TOPOLOGY, in YAML, JSON or TOML, describes
    the site; the worst crash is made least, then what crashes are expected to cost in a year. Where
    it says how things are today, as little as possible is changed for that, and it is told in which
    order; with what has happened it is a repair.

    \b
    Example:
      isthmus plan placement topology.yaml
      isthmus plan placement topology.yaml --migrate payroll=h1:h2
      isthmus plan placement topology.yaml --maintenance h3 --format json
    """
    site = after(
        read(Path(topology)), migrate=migrate, add=add, lost_hosts=lost, maintenance=maintenance
    )
    with told_without_a_plan("--work"), working("looking for a placement") as tell:
        try:
            found = plan(
                site,
                work_max=work,
                tell=lambda name, best, bound: tell(f"{name} {best}, at least {bound}"),
            )
        except CoreError as error:
            raise type(error)(error.what, where=topology, hint=error.hint) from None
        result = told(site, found)
    if form == "json":
        say_json(document(result))
    else:
        say_plan(result)
    if not result.is_well:
        context.exit(Exit.FINDINGS)


def read(path: Path) -> Topology:
    """Raises CoreError, with file, line and remedy, for what no plan can be made of."""
    described = read_described(path, "topology")
    try:
        return read_topology(described.value)
    except ContradictionError as error:
        raise described.refusal(error.steps, error.what, error.hint) from None
