"""What befalls a site, as it is written on the command line."""

import re
from collections.abc import Callable, Sequence
from typing import Final

import click

from core.errors import CoreError
from core.plan.placement.changing import added, lost, maintained, migrated
from core.plan.placement.topology import Topology

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_OPTIONS: Final = (
    click.option(
        "--migrate",
        metavar="GROUP=FROM:TO",
        multiple=True,
        help="The machine that uses this group has moved to another hypervisor.",
    ),
    click.option(
        "--add", metavar="NAME[:ZONE]", multiple=True, help="There is another hypervisor."
    ),
    click.option("--lost", metavar="NAME", multiple=True, help="This hypervisor is gone."),
    click.option(
        "--maintenance",
        metavar="NAME",
        multiple=True,
        help="No appliance may run on this hypervisor.",
    ),
)


def event_options(command: Callable[..., None]) -> Callable[..., None]:
    """Hands `migrate`, `add`, `lost` and `maintenance` to the command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def after(
    topology: Topology,
    *,
    migrate: Sequence[str],
    add: Sequence[str],
    lost_hosts: Sequence[str],
    maintenance: Sequence[str],
) -> Topology:
    """The site after all of that. Raises CoreError for what cannot befall it."""
    for word in add:
        name, _, zone = word.partition(":")
        if not _NAME.fullmatch(name):
            raise CoreError(f"{word!r} names no hypervisor", hint="write --add h9:rack1")
        zones = {each.zone for each in topology.hypervisors}
        if zone and zone not in zones:
            known = ", ".join(sorted(zones - {""})[:8]) or "none"
            raise CoreError(f"there is no zone {zone!r}", hint=f"there are: {known}")
        topology = added(topology, name, zone)
    for word in migrate:
        group, _, way = word.partition("=")
        source, _, target = way.partition(":")
        if not (group and source and target):
            raise CoreError(f"{word!r} is no migration", hint="write --migrate payroll=h1:h2")
        topology = migrated(topology, group, source, target)
    if lost_hosts:
        topology = lost(topology, lost_hosts)
    return maintained(topology, maintenance) if maintenance else topology
