"""A plan as it is told: settings as they are configured, and all that is known of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.plan.config.behaviour import SHARES, Calibration
from core.plan.config.chosen import Choice
from core.plan.config.conflict import Conflict, Need, conflicts, needs
from core.plan.config.explain import Reasons, missed_goals, moved
from core.plan.config.marginal import More, worth_of_more
from core.plan.config.menu import Menu, Shared
from core.plan.config.planning import Plan
from core.plan.config.setting import Predicted, Sending, Setting
from core.plan.config.state import Link, State
from core.plan.goals.goal import Goal


@dataclass(frozen=True, slots=True)
class Group:
    """One group: `missed` are goals that are not kept, by name, and `reasons` why each setting is
    what it is; `curve` are (RPO in nanoseconds, cents in a year) of what might be had."""

    goal: Goal
    setting: Setting
    predicted: Predicted
    calibration: Calibration
    missed: Mapping[str, str]
    reasons: Mapping[str, str]
    changes: bool
    curve: tuple[tuple[int, int], ...]
    link: Link


@dataclass(frozen=True, slots=True)
class Use:
    """How much of something is taken; `what` as people say it, both numbers in the same unit."""

    what: str
    taken: int
    room: int
    unit: str


@dataclass(frozen=True, slots=True)
class Told:
    """All of a plan."""

    plan: Plan
    groups: tuple[Group, ...]
    uses: tuple[Use, ...]
    conflicts: tuple[Conflict, ...]
    needs: tuple[Need, ...]
    more: tuple[More, ...]

    @property
    def is_kept(self) -> bool:
        """Are all goals kept?"""
        return not any(each.missed for each in self.groups)


def told(
    plan: Plan,
    *,
    with_worth: bool = False,
    tell: Callable[[str], object] = lambda _: None,
) -> Told:
    """What is to be said of a plan; `with_worth` what a little more of everything would buy."""
    pairs = [*zip(plan.menus, plan.answer.choices, strict=True)]
    groups = tuple(_group(plan, menu, choice) for menu, choice in pairs)
    found: tuple[Conflict, ...] = ()
    lacking: tuple[Need, ...] = ()
    if any(each.missed for each in groups):
        tell("looking for what is at odds")
        found = conflicts(plan.menus, plan.state)
        lacking = needs(plan.menus, plan.state)
    more: tuple[More, ...] = ()
    if with_worth:
        more = worth_of_more(plan, tell)
    return Told(plan, groups, _uses(plan), found, lacking, more)


def _group(plan: Plan, menu: Menu, choice: Choice) -> Group:
    name = menu.goal.group
    return Group(
        goal=menu.goal,
        setting=plan.settings[name],
        predicted=plan.predicted[name],
        calibration=menu.behaviour.calibration,
        missed=missed_goals(menu, choice, plan.state),
        reasons=Reasons(menu, choice, plan.state).all(),
        changes=moved(menu, choice),
        curve=curve_of(menu),
        link=plan.state.link(menu.load.link),
    )


def curve_of(menu: Menu) -> tuple[tuple[int, int], ...]:
    """What less loss costs: pairs of RPO and cents, none of which another one beats."""
    storage = {
        kind: min((each.cents for each in ways if not each.missed), default=0)
        for kind, ways in menu.storages.items()
    }
    points = sorted(
        (each.rpo_ns, each.cents + storage[each.kind])
        for each in menu.transfers
        if each.sending is not Sending.MARK and each.share <= SHARES
    )
    found: list[tuple[int, int]] = []
    for rpo_ns, cents in points:
        if not found or cents < found[-1][1]:
            found.append((rpo_ns, cents))
    return tuple(found)


def schedule_text(share: int, link: Link) -> str:
    """Bandwidth over the day, as it is said to a copy: `800000B@08:00-18:00 2500000B`."""
    windows = [
        f"{rate * share // SHARES}B@{_clock(begin)}-{_clock(end)}"
        for begin, end, rate in link.windows
    ]
    return " ".join((*windows, f"{link.bandwidth * share // SHARES}B"))


def ladder_text(goal: Goal, setting: Setting) -> str:
    """What is kept of points as they age, as it is said to a journal; "" for each write."""
    if not setting.spacing_ns:
        return ""
    every, window = plain_duration(goal.every_write_ns), plain_duration(goal.window_ns)
    return f"{every}:all {window}:{plain_duration(setting.spacing_ns)}"


def plain_duration(nanoseconds: int) -> str:
    """With one unit, the largest that is whole: `36h`, not `1d12h`."""
    seconds = max(1, nanoseconds // 10**9)
    for unit, scale in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % scale == 0:
            return f"{seconds // scale}{unit}"
    return f"{seconds}s"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _uses(plan: Plan) -> tuple[Use, ...]:
    state, found = plan.state, []
    loads = {each.name: each for each in state.groups}
    rates = {menu.goal.group: menu.rate * 1000 for menu in plan.menus}
    for link in state.links:
        share = sum(
            setting.share
            for name, setting in plan.settings.items()
            if loads[name].link == link.name
        )
        taken = share * link.bandwidth // SHARES
        room = link.bandwidth * (1000 - link.reserve) // 1000
        found.append(Use(f"{Shared.LINK} of {link.name}", taken, room, "bytes a second"))
    for pool in state.pools:
        own = [name for name in plan.settings if loads[name].pool == pool.name]
        size = sum(plan.settings[name].journal_bytes for name in own)
        iops = sum(plan.predicted[name].iops for name in own)
        memory = sum(plan.predicted[name].memory_bytes for name in own)
        found.append(Use(f"{Shared.JOURNAL} of {pool.name}", size, pool.bytes, "bytes"))
        found.append(Use(f"{Shared.IOPS} of {pool.name}", iops, pool.iops, "a second"))
        found.append(Use(f"{Shared.MEMORY} of {pool.name}", memory, pool.memory, "bytes"))
    found += _uses_of_appliances(plan, state, rates)
    return tuple(found)


def _uses_of_appliances(plan: Plan, state: State, rates: Mapping[str, int]) -> list[Use]:
    """By what it takes in with the worst loss of another one."""
    found = []
    for each in state.appliances:
        own = sum(rates[name] for name, one in plan.settings.items() if one.appliance == each.name)
        after = max(
            (
                sum(
                    rates[name]
                    for name, one in plan.settings.items()
                    if (one.appliance, one.standby) == (lost.name, each.name)
                )
                for lost in state.appliances
            ),
            default=0,
        )
        what = f"{Shared.RATE} of {each.name}, with any other lost"
        found.append(Use(what, own + after, each.rate, "bytes a second"))
    return found
