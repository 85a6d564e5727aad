"""Where a fused plan's differences are: in its two versions, not in one that it leads through."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from compat.load.pointer import split
from compat.model.interface import Interface
from compat.model.place import Place
from compat.plan.bridge import BridgePlan, Difference


def placed(step: BridgePlan, other: BridgePlan) -> Iterator[Difference]:
    """One of two steps' differences, with their places in the middle version led through the other.

    What stands nowhere in the outer version keeps its place in the middle.
    """
    is_first = step.new.digest == other.old.digest
    outer = other.new if is_first else other.old
    pairs = other.partners if is_first else {new: old for old, new in other.partners.items()}
    for difference in step.differences:
        if is_first:
            yield replace(difference, new=_beyond(difference.new, pairs, outer))
        else:
            yield replace(difference, old=_beyond(difference.old, pairs, outer))


def _beyond(place: Place | None, pairs: Mapping[str, str], outer: Interface) -> Place | None:
    """The same within the partner of the nearest schema that has one, or at the same pointer."""
    if place is None:
        return None
    pointers = (*_partners(place, pairs, outer.place.file), place.pointer)
    there = (each for each in pointers if _has(outer, each))
    return next((Place(outer.place.source, pointer) for pointer in there), place)


def _partners(place: Place, pairs: Mapping[str, str], file: str) -> Iterator[str]:
    steps = place.id.split("/")
    for depth in range(len(steps), 0, -1):
        partner = pairs.get("/".join(steps[:depth]))
        if partner is not None and partner.startswith(f"{file}#"):
            yield "/".join([partner.removeprefix(f"{file}#"), *steps[depth:]])


def _has(interface: Interface, pointer: str) -> bool:
    found: object = interface.document
    for token in split(pointer):
        match found:
            case Mapping() if token in found:
                found = found[token]
            case list() if token.isdecimal() and int(token) < len(found):
                found = found[int(token)]
            case _:
                return False
    return True
