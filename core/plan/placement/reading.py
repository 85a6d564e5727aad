"""A topology from what was written down, which its schema has let through.

Everything that refers to something else is looked up here, and everything that contradicts itself
is refused, with the steps that lead to it in the document.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from core.plan.entry import SIZE_MAX
from core.plan.placement.topology import (
    MILLI,
    Appliance,
    Group,
    Hypervisor,
    Limits,
    Placement,
    Resync,
    Topology,
    Volume,
)
from core.units import NANOSECONDS_PER_SECOND, duration_text, parse_duration, parse_size, size_text

Steps: TypeAlias = tuple[str | int, ...]

WRITES_MAX: Final = 1 << 46
LATENCY_MAX: Final = 3600 * NANOSECONDS_PER_SECOND
UNITS_MAX: Final = 5000
OPEN: Final = 1 << 20
"""What a hypervisor writes at once where nothing is told: 32 requests of 32 KiB."""


class ContradictionError(Exception):
    """What does not fit, where it stands, and what to do."""

    def __init__(self, steps: Steps, what: str, hint: str) -> None:
        self.steps, self.what, self.hint = steps, what, hint
        super().__init__(what)


def read_topology(told: Mapping[str, Any]) -> Topology:
    """Raises ContradictionError for what refers to nothing, or cannot be."""
    hypervisors = _named(told["hypervisors"], ("hypervisors",))
    appliances = _named(told["appliances"], ("appliances",))
    groups = _named(told["groups"], ("groups",))
    for nth, each in enumerate(told["appliances"]):
        mirror = each.get("mirror")
        steps: Steps = ("appliances", nth, "mirror")
        if mirror == each["name"]:
            raise ContradictionError(steps, "it would mirror itself", "name another appliance")
        if mirror is not None:
            _known(mirror, appliances, steps, "appliance")
    for nth, together in enumerate(told.get("apart", ())):
        for at, name in enumerate(together):
            _known(name, appliances, ("apart", nth, at), "appliance")
    found = Topology(
        resync=_resync(told["resync"]),
        hypervisors=(*map(_hypervisor, told["hypervisors"]),),
        appliances=(*(_appliance(each, nth) for nth, each in enumerate(told["appliances"])),),
        groups=(*(_group(each, nth, hypervisors) for nth, each in enumerate(groups.values())),),
        apart=(*(tuple(each) for each in told.get("apart", ())),),
        latencies=_latencies(told),
        limits=_limits(told.get("limits", {})),
    )
    if len(found.units) > UNITS_MAX:
        what = f"{len(found.units)} groups and volumes of grids are more than {UNITS_MAX}"
        raise ContradictionError(("groups",), what, "plan one cluster at a time")
    if "today" not in told:
        return found
    return replace(found, today=_today(told["today"], found))


def _named(told: Sequence[Mapping[str, Any]], steps: Steps) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for nth, each in enumerate(told):
        if each["name"] in found:
            what = f"{each['name']} is there twice"
            raise ContradictionError((*steps, nth, "name"), what, "give each a name of its own")
        found[each["name"]] = each
    return found


def _known(name: str, among: Iterable[str], steps: Steps, noun: str) -> None:
    if name not in among:
        known = ", ".join(sorted(among)[:8])
        raise ContradictionError(steps, f"there is no {noun} {name}", f"there are: {known}")


def _hypervisor(told: Mapping[str, Any]) -> Hypervisor:
    return Hypervisor(
        name=told["name"],
        zone=told.get("zone", ""),
        appliances_max=int(told.get("appliances", 1)),
        tenant_slots=_count(told, "tenant-slots"),
        crashes_milli=round(told.get("crashes-per-year", 1) * MILLI),
        is_usable=not told.get("maintenance", False),
    )


def _appliance(told: Mapping[str, Any], nth: int) -> Appliance:
    return Appliance(
        name=told["name"],
        cluster=told.get("cluster", ""),
        writes_max=_written(told, ("appliances", nth)) if "writes" in told else None,
        tenants=frozenset(told["tenants"]) if "tenants" in told else None,
        mirror=told.get("mirror", ""),
    )


def _group(told: Mapping[str, Any], nth: int, hypervisors: Iterable[str]) -> Group:
    steps: Steps = ("groups", nth, "volumes")
    _named(told["volumes"], steps)
    return Group(
        name=told["name"],
        tenant=told.get("tenant", ""),
        weight=int(told.get("weight", 1)),
        latency_max=parse_duration(told["latency"]) if "latency" in told else None,
        is_grid=told.get("grid", False),
        volumes=(
            *(_volume(each, (*steps, at), hypervisors) for at, each in enumerate(told["volumes"])),
        ),
    )


def _volume(told: Mapping[str, Any], steps: Steps, hypervisors: Iterable[str]) -> Volume:
    for at, name in enumerate(told["used-by"]):
        _known(name, hypervisors, (*steps, "used-by", at), "hypervisor")
    size = _size(told["size"])
    sizes = {key: _size(told.get(key, 0)) for key in ("exposed", "open", "backlog")}
    if "open" not in told:
        sizes["open"] = min(OPEN, size)
    if not 0 < size <= SIZE_MAX:
        what = f"a volume of {told['size']} cannot be"
        hint = f"write a size from 1 to {size_text(SIZE_MAX)}"
        raise ContradictionError((*steps, "size"), what, hint)
    for key in ("exposed", "open"):
        if sizes[key] > size:
            what = f"{size_text(sizes[key])} are more than the volume has, {size_text(size)}"
            raise ContradictionError((*steps, key), what, "write what is at most its size")
    if sizes["backlog"] > SIZE_MAX:
        what = f"{told['backlog']} cannot be"
        raise ContradictionError((*steps, "backlog"), what, f"at most {size_text(SIZE_MAX)}")
    return Volume(
        name=told["name"],
        size=size,
        writes=_written(told, steps),
        used_by=(*told["used-by"],),
        **sizes,
    )


def _written(told: Mapping[str, Any], steps: Steps) -> int:
    """In a second."""
    found = _size(told.get("writes", 0))
    if found > WRITES_MAX:
        what = f"{told['writes']} in a second cannot be"
        raise ContradictionError((*steps, "writes"), what, f"at most {size_text(WRITES_MAX)}")
    return found


def _resync(told: Mapping[str, Any]) -> Resync:
    return Resync(
        read=_size(told["read"]),
        signature=_size(told["signature"]),
        link=_size(told["link"]),
        fixed=parse_duration(told.get("fixed", "0s")),
    )


def _latencies(told: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    zones = {each.get("zone", "") for each in told["hypervisors"]} - {""}
    found: dict[tuple[str, str], int] = {}
    for nth, each in enumerate(told.get("latencies", ())):
        one, other = each["between"]
        for at, name in enumerate((one, other)):
            _known(name, zones, ("latencies", nth, "between", at), "hypervisor in a zone")
        if (one, other) in found or (other, one) in found:
            what = f"what is between {one} and {other} is told twice"
            raise ContradictionError(("latencies", nth), what, "leave one of them out")
        found[one, other] = parse_duration(each["latency"])
        if found[one, other] > LATENCY_MAX:
            what = f"a latency of {each['latency']} cannot be"
            hint = f"at most {duration_text(LATENCY_MAX)}"
            raise ContradictionError(("latencies", nth, "latency"), what, hint)
    return found


def _limits(told: Mapping[str, Any]) -> Limits:
    return Limits(
        moves_max=_count(told, "moves"),
        appliance_moves_max=_count(told, "appliance-moves"),
        gain_percent=int(told.get("gain-percent", 5)),
        worst_max=parse_duration(told["worst"]) if "worst" in told else None,
    )


def _today(told: Mapping[str, Any], topology: Topology) -> Placement:
    appliances = {each.name for each in topology.appliances}
    hypervisors = {each.name for each in topology.hypervisors}
    units = {each.name for each in topology.units}
    for name, host in told["appliances"].items():
        _known(name, appliances, ("today", "appliances", name), "appliance")
        _known(host, hypervisors, ("today", "appliances", name), "hypervisor")
    for name, appliance in told["groups"].items():
        _known(name, units, ("today", "groups", name), "group, or GROUP/VOLUME of a grid,")
        _known(appliance, appliances, ("today", "groups", name), "appliance")
    for kind, names in (("appliances", appliances), ("groups", units)):
        for missing in _missing(told[kind], names):
            what = f"where {missing} is now is not told"
            raise ContradictionError(("today", kind), what, "tell it, or leave `today` out")
    return Placement(dict(told["appliances"]), dict(told["groups"]))


def _missing(told: Mapping[str, str], names: Iterable[str]) -> Iterator[str]:
    """What has no place, in a fixed order."""
    yield from (name for name in sorted(names) if name not in told)


def _count(told: Mapping[str, Any], key: str) -> int | None:
    return int(told[key]) if key in told else None


def _size(told: str | float) -> int:
    return parse_size(told) if isinstance(told, str) else int(told)
