"""The version that an interface says it is of (Semantic Versioning 2.0.0)."""

import re
from collections.abc import Iterator
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.model.interface import Interface
from compat.model.place import Place

DECREASED: Final = "api-version-decreased"
_NUMBERS: Final = re.compile(r"[vV]?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+.].*)?")


def version(old: Interface, new: Interface) -> Iterator[Change]:
    """A number that went down; what is no number says nothing."""
    before, after = _numbers(old.version), _numbers(new.version)
    if before is not None and after is not None and after < before:
        yield Change(
            id=DECREASED,
            effect=Effect.SAME,
            direction=Direction.REQUEST,
            part="version",
            aspect="version",
            old=version_place(old),
            new=version_place(new),
            before=old.version,
            after=new.version,
        )


def version_place(interface: Interface) -> Place:
    """Where the version stands, or the spec where it has none."""
    info = interface.document.get("info")
    is_there = isinstance(info, dict) and "version" in info
    return Place(interface.place.source, "/info/version" if is_there else interface.place.pointer)


def _numbers(text: str) -> tuple[int, int, int] | None:
    """Major, minor and patch; None for what is no such version."""
    found = _NUMBERS.fullmatch(text.strip())
    if found is None:
        return None
    major, minor, patch = (int(each or 0) for each in found.groups())
    return major, minor, patch
