"""The copies of a group at other sites, from what is wanted and what its journal knows."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from core.driver.folder import DiskFolder
from core.driver.group.group import Group
from core.driver.link.copying import Copying
from core.driver.link.several import feed
from core.driver.link.shipped import ShippedCopy
from core.errors import CoreError
from core.machine.journal.concurrent import Concurrent
from core.machine.journal.replicated import Production
from core.stream.copies import COPIES_MAX, known_places, numbered
from core.stream.identity import LINK, NOWHERE, Identity


def refuse_copies(wanted: Sequence[Copying]) -> None:
    """Raises CoreError where there cannot be these together."""
    places = [str(each.place) for each in wanted]
    for each in places:
        if places.count(each) > 1:
            raise CoreError(
                "this copy is given twice", where=each, hint="each copy is at a place of its own"
            )
    if len(places) > COPIES_MAX:
        raise CoreError(
            f"{len(places)} copies: a group has {COPIES_MAX} at most", hint="leave some out"
        )


def is_continued(wanted: Sequence[Copying], folder: DiskFolder, identity: Identity) -> bool:
    """Are these copies of the journal, so that its history goes on where it is kept?

    Where it is kept by copies alone, one of these has to be among them.
    """
    if not wanted:
        return False
    replicas = {each.replica for each in identity.volumes}
    if replicas == {""}:
        return True
    if not identity.is_shipped or NOWHERE in replicas:
        return False
    first = _first(identity)
    known = known_places(folder, where=str(folder.path), first=first) or (first,)
    return any(str(each.place) in known for each in wanted)


def numbered_copies(
    wanted: Sequence[Copying], folder: DiskFolder, identity: Identity
) -> tuple[int, ...]:
    """What the journal calls these."""
    places = [str(each.place) for each in wanted]
    return numbered(folder, places, where=str(folder.path), first=_first(identity))


def begun_copies(
    wanted: Sequence[Copying],
    found: Iterable[tuple[int, Production | Concurrent]],
    group: Group,
    folder: DiskFolder,
    identity: Identity,
) -> tuple[ShippedCopy, ...]:
    """What feeds each of them, from now on; where one cannot be begun, none is."""
    with ExitStack() as stack:
        copies = []
        for each, (number, production) in zip(wanted, found, strict=True):
            copy = ShippedCopy(group, production, folder, identity, group.volumes, each, number)
            stack.callback(copy.stop)
            copies.append(copy)
        if copies:
            feed(group, copies)
        stack.pop_all()
    return tuple(copies)


def _first(identity: Identity) -> str:
    """Where the copy is with which the journal began; empty where it began with none."""
    return identity.volumes[0].replica.removeprefix(LINK) if identity.is_shipped else ""
