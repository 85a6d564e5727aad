"""What befalls a site: the topology after it, with where everything is then.

A placement for it is a repair: what still may be where it is stays there, unless something is won.
"""

from collections.abc import Iterable
from dataclasses import replace

from core.errors import CoreError
from core.plan.placement.topology import Group, Hypervisor, Placement, Topology, Volume


def migrated(topology: Topology, name: str, source: str, target: str) -> Topology:
    """Volumes of this group that `source` uses are used by `target` instead: a machine has moved.

    Raises CoreError where there is no such group or hypervisor, or nothing of it is used there.
    """
    hosts = [each.name for each in topology.hypervisors]
    _known(source, hosts, "hypervisor")
    _known(target, hosts, "hypervisor")
    _known(name, [each.name for each in topology.groups], "group")
    moved = [each for each in topology.groups if each.name == name]
    if not any(source in volume.used_by for group in moved for volume in group.volumes):
        raise CoreError(f"{source} uses no volume of {name}", hint="name one that does")
    groups = (
        _used(each, {source: target}) if each.name == name else each for each in topology.groups
    )
    return replace(topology, groups=(*groups,))


def added(topology: Topology, name: str, zone: str) -> Topology:
    """Another hypervisor, which can run an appliance."""
    if any(each.name == name for each in topology.hypervisors):
        raise CoreError(f"there is a hypervisor {name} already", hint="give it another name")
    found = Hypervisor(name=name, zone=zone)
    return replace(topology, hypervisors=(*topology.hypervisors, found))


def lost(topology: Topology, names: Iterable[str]) -> Topology:
    """These hypervisors are gone: nothing uses volumes from there, and what ran there runs nowhere.

    Raises CoreError where there is no such hypervisor, or no other one.
    """
    gone = {*names}
    for name in sorted(gone):
        _known(name, [each.name for each in topology.hypervisors], "hypervisor")
    left = (*(each for each in topology.hypervisors if each.name not in gone),)
    if not left:
        raise CoreError("no hypervisor is left", hint="name those that are lost")
    today = topology.today
    if today is not None:
        hosts = {name: host for name, host in today.hosts.items() if host not in gone}
        today = Placement(hosts, today.appliances)
    return replace(
        topology,
        hypervisors=left,
        groups=(*(_used(each, dict.fromkeys(gone, "")) for each in topology.groups),),
        today=today,
    )


def maintained(topology: Topology, names: Iterable[str]) -> Topology:
    """No appliance may run on these hypervisors; volumes are still used from there."""
    meant = {*names}
    for name in sorted(meant):
        _known(name, [each.name for each in topology.hypervisors], "hypervisor")
    return replace(
        topology,
        hypervisors=(
            *(
                replace(each, is_usable=each.is_usable and each.name not in meant)
                for each in topology.hypervisors
            ),
        ),
    )


def _used(group: Group, instead: dict[str, str]) -> Group:
    """The group as it is used by others instead of these; by "" is by nobody."""
    return replace(group, volumes=(*(_volume_used(each, instead) for each in group.volumes),))


def _volume_used(volume: Volume, instead: dict[str, str]) -> Volume:
    used = dict.fromkeys(instead.get(name, name) for name in volume.used_by)
    return replace(volume, used_by=(*filter(None, used),))


def _known(name: str, among: list[str], noun: str) -> None:
    if name not in among:
        raise CoreError(
            f"there is no {noun} {name}", hint=f"there are: {', '.join(sorted(among)[:8])}"
        )
