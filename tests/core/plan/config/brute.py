"""The best plan of few groups, by trying every one: nothing of the solver is used."""

from collections.abc import Iterator, Sequence
from itertools import product

from core.plan.config.chosen import HYSTERESIS, Worth
from core.plan.config.menu import Menu
from core.plan.config.state import State
from core.plan.config.storage import Storage
from core.plan.config.transfer import Transfer

Way = tuple[Transfer, Storage]
STANDBY = 500
SHARES = 100_000
MIB = 1 << 20


def best(menus: Sequence[Menu], state: State) -> Worth:
    """What the best plan is worth, with what is configured kept where it may be; its `cents` are
    of the one that costs least."""
    names = [each.name for each in state.appliances]
    slack = 0 if all(menu.current is None for menu in menus) else HYSTERESIS
    least: Worth | None = None
    found: list[Worth] = []
    for base, ways in _combined(menus, state):
        if least is not None:
            if base[:2] > least[:2]:
                break
            most = least.cents + (least.cents // slack if slack else 0)
            if base[:2] == least[:2] and base[2] > most:
                break
        for moved, lacking in _placed(menus, ways, state, names):
            worth = Worth(base[0], base[1] + lacking, base[2], base[3], moved)
            if least is None or worth[:3] < least[:3]:
                least = worth
            found.append(worth)
    assert least is not None
    most = least.cents + (least.cents // slack if slack else 0)
    near = [each for each in found if each[:2] == least[:2] and each.cents <= most]
    return Worth(*least[:3], *min(each[3:] for each in near))


def _combined(
    menus: Sequence[Menu], state: State
) -> Iterator[tuple[tuple[int, ...], tuple[Way, ...]]]:
    """Every combination that keeps what is shared, the best first, wherever groups are."""
    every = [
        (tuple(map(sum, zip(*map(_worth, menus, ways), strict=True))), ways)
        for ways in product(*map(_ways, menus))
        if _fits_shared(menus, ways, state)
    ]
    yield from sorted(every, key=lambda each: each[0])


def _placed(
    menus: Sequence[Menu], ways: Sequence[Way], state: State, names: Sequence[str]
) -> set[tuple[int, int]]:
    """What moves, and how much weighs that has no standby, of every way to place them."""
    pairs = [(one, other) for one in names for other in (*names, "") if one != other]
    choices = [pairs if way[0].kind != "none" else [("", "")] for way in ways]
    return {
        (
            sum(map(_moves, menus, places)),
            sum(STANDBY for place in places if place[0] and not place[1] and len(names) > 1),
        )
        for places in product(*choices)
        if _fits_places(menus, ways, places, state)
    }


def _ways(menu: Menu) -> list[Way]:
    """Of equal ones, in all that counts, one is as good as another."""
    found: dict[tuple[object, ...], Way] = {}
    for transfer in menu.transfers:
        for storage in menu.storages[transfer.kind]:
            taken = (
                *(transfer.share, transfer.memory, transfer.kind == "none"),
                *(transfer.cpu + storage.cpu, storage.journal_bytes, storage.iops),
            )
            key = (*_worth(menu, (transfer, storage)), *taken)
            found.setdefault(key, (transfer, storage))
    return [*found.values()]


def _worth(menu: Menu, way: Way) -> tuple[int, int, int, int]:
    transfer, storage = way
    kept, changes = menu.current, 0
    if kept is not None:
        changes = sum(
            (
                *(kept.sending != transfer.sending, kept.interval_ns != transfer.interval_ns),
                *(kept.level != transfer.level, kept.share != transfer.share),
                *(kept.regulated != transfer.regulated, kept.access != transfer.access),
                kept.journal_bytes != storage.journal_bytes,
                kept.log_percent != storage.log_percent,
                kept.journal_compression != storage.journal_compression,
                *(kept.spacing_ns != storage.spacing_ns, kept.phases != storage.phases),
            )
        )
    return (
        menu.goal.priority * transfer.missed,
        transfer.also + storage.missed,
        transfer.cents + storage.cents,
        changes,
    )


def _moves(menu: Menu, place: tuple[str, str]) -> int:
    if menu.current is None:
        return 0
    return 2 * (menu.current.appliance != place[0]) + (menu.current.standby != place[1])


def _fits_shared(menus: Sequence[Menu], ways: Sequence[Way], state: State) -> bool:
    """Links, pools and tenants; each appliance is looked at with the places."""
    link, pool = state.links[0], state.pools[0]
    copied = [way[0].kind != "none" for way in ways]
    rooms = (
        SHARES * (1000 - link.reserve) // 1000,
        pool.bytes // MIB,
        pool.iops,
        pool.memory // MIB,
        sum(each.rate // 1000 for each in state.appliances),
        sum(each.iops for each in state.appliances),
        sum(each.cpu for each in state.appliances),
    )
    taken = [
        (
            transfer.share,
            storage.journal_bytes // MIB,
            storage.iops,
            -(-transfer.memory // MIB),
            menu.rate * is_copied,
            menu.load.iops * is_copied,
            transfer.cpu + storage.cpu,
        )
        for menu, (transfer, storage), is_copied in zip(menus, ways, copied, strict=True)
    ]
    for tenant, share in (("", 1000), *state.tenants.items()):
        own = [
            each
            for menu, each in zip(menus, taken, strict=True)
            if not tenant or menu.goal.tenant == tenant
        ]
        sums = [sum(column) for column in zip(*own, strict=True)] if own else [0] * 7
        if any(used > room * share // 1000 for used, room in zip(sums, rooms, strict=True)):
            return False
    return True


def _fits_places(
    menus: Sequence[Menu],
    ways: Sequence[Way],
    places: Sequence[tuple[str, str]],
    state: State,
) -> bool:
    burdens = [
        (menu.rate, menu.load.iops, transfer.cpu + storage.cpu)
        for menu, (transfer, storage) in zip(menus, ways, strict=True)
    ]
    for each in state.appliances:
        for lost in ("", *(other.name for other in state.appliances if other is not each)):
            here = [
                burden
                for burden, (own, standby) in zip(burdens, places, strict=True)
                if own == each.name or (lost and (own, standby) == (lost, each.name))
            ]
            room = (each.rate // 1000, each.iops, each.cpu)
            if any(
                sum(column) > most
                for column, most in zip(zip(*here, strict=True), room, strict=False)
            ):
                return False
    return True
