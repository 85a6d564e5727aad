"""The version that an interface says it is of."""

from collections.abc import Iterator
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect, Level
from compat.differ.semver import is_below
from compat.model.interface import Interface
from compat.model.place import Place

DECREASED: Final = "api-version-decreased"


def version_change(
    rule: str,
    aspect: str,
    old: Interface,
    new: Interface,
    *,
    ruled: Level | None = None,
    remedy: str = "",
) -> Change:
    """Of the versions themselves, at the places where they stand."""
    return Change(
        id=rule,
        effect=Effect.SAME,
        direction=Direction.REQUEST,
        part="version",
        aspect=aspect,
        old=_place(old),
        new=_place(new),
        before=old.version,
        after=new.version,
        ruled=ruled,
        remedy=remedy,
    )


def version(old: Interface, new: Interface) -> Iterator[Change]:
    """One that went down; what has no number says nothing."""
    if is_below(new.version, old.version):
        yield version_change(DECREASED, "version", old, new)


def _place(interface: Interface) -> Place:
    """Where the version stands, or the spec where it has none."""
    info = interface.document.get("info")
    is_there = isinstance(info, dict) and "version" in info
    return Place(interface.place.source, "/info/version" if is_there else interface.place.pointer)
