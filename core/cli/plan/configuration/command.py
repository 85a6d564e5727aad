"""`isthmus plan config`: what is configured for each group, from what a business wants of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from compat.cli.console import json_text, working
from compat.cli.output import deliver, refuse_input
from core.cli.exits import exits
from core.cli.options import NumberRange, format_option
from core.cli.plan.configuration.document import current_of, plan_document
from core.cli.plan.configuration.edits import edited
from core.cli.plan.configuration.page import plan_page
from core.cli.plan.configuration.states import STATE, is_asked, read_state
from core.cli.plan.configuration.text import plan_text
from core.cli.plan.document import Described, checked, read_described
from core.cli.plan.interrupts import told_without_a_plan
from core.errors import CoreError, Exit
from core.plan.config.planning import VastError, plan_of
from core.plan.config.setting import Setting
from core.plan.config.solve import WORK
from core.plan.config.state import State, refuse_unmatched, state_of
from core.plan.config.told import told
from core.plan.entry import Entry, refuse_twice
from core.plan.goals.goal import Goal, goals_of

_GOALS, _PLAN = "plan-goals", "plan-config"
_EFFORT_MAX: Final = 1000.0
_ENDS: Final[Mapping[int, str]] = {
    Exit.FINDINGS: "a plan was found, and it does not keep all goals: it tells which"
}


@click.command("config", epilog=exits(_ENDS))
@click.argument("goals", metavar="GOALS")
@click.option(
    "--state",
    "states",
    metavar="FILE|URL",
    multiple=True,
    required=True,
    help="What there is to plan with: a file, or a node that is asked. Of several, each is laid"
    " over those before.",
)
@click.option(
    "--current",
    metavar="FILE",
    help="A plan that is in force, as --format json printed it: what need not change stays.",
)
@click.option(
    "--what-if",
    "edits",
    metavar="CHANGE",
    multiple=True,
    help="Plan as if: link.wan.bandwidth=50MB/s, appliance.a1=gone, group.db.writes=x2,"
    " goal.db.rpo=30s.",
)
@click.option("--worth", "with_worth", is_flag=True, help="Tell what more of each resource buys.")
@click.option(
    "--effort",
    metavar="N",
    type=NumberRange(0, _EFFORT_MAX),
    default=WORK,
    show_default=True,
    help="How long to look for a better plan: seconds or so. The same effort gives the same plan.",
)
@format_option("text", "json", "html")
@click.option("--output", metavar="FILE", default="", help="Where to write it; else it is printed.")
@click.pass_context
def command(
    context: click.Context,
    *,
    goals: str,
    states: tuple[str, ...],
    current: str | None,
    edits: tuple[str, ...],
    with_worth: bool,
    effort: float,
    form: str,
    output: str,
) -> None:
    """Plan how each group of GOALS is protected: mode, bandwidth, compression, journal, appliance.

    GOALS, in YAML, JSON or TOML, says what a business wants of each group; the state, what there is
    and what was measured, which a node tells as far as it knows. Nothing is configured by that: the
    plan tells each setting and why it is so, and where goals cannot all be kept, which are at odds
    and what would have to be added. It is checked before it is told, by what has nothing to do with
    how it was found.

    \b
    Example:
      isthmus plan config goals.yaml --state state.yaml
      isthmus plan config goals.yaml --state state.yaml --format json --output plan.json
      isthmus plan config goals.yaml --state state.yaml --current plan.json
      isthmus plan config goals.yaml --state state.yaml --what-if link.wan.bandwidth=50MB/s
      isthmus plan config goals.yaml --state http://127.0.0.1:7480 --state beside.yaml
    """
    files = [each for each in states if not is_asked(each)]
    refuse_input(output, [goals, *files, *([current] if current else [])])
    with told_without_a_plan("--effort"), working("planning") as tell:
        wanted, there = _read(goals, states, edits, tell)
        kept = _current(current, there) if current else {}
        try:
            plan = plan_of(wanted, there, kept, work=effort, tell=tell)
        except VastError as error:
            raise VastError(error.what, where=goals, hint=error.hint) from None
        found = told(plan, with_worth=with_worth, tell=tell)
    if form == "json":
        text = json_text(plan_document(found))
    elif form == "html":
        text = plan_page(found)
    else:
        text = plan_text(found)
    deliver(text, output)
    if not found.is_kept:
        context.exit(Exit.FINDINGS)


def _read(
    goals: str, states: tuple[str, ...], edits: tuple[str, ...], tell: Callable[[str], object]
) -> tuple[tuple[Goal, ...], State]:
    """Both, as they are described and then as they are changed."""
    described = read_described(Path(goals), _GOALS), read_state(states, tell)
    wanted, there = _understood(*described)
    if not edits:
        return wanted, there
    changed = edited(described[0].value, described[1].value, edits)
    try:
        return _understood(*map(_as_if, described, changed, (_GOALS, STATE)))
    except CoreError as error:
        raise CoreError(f"--what-if: {error.what}", where="", hint=error.hint) from None


def _as_if(described: Described, value: Mapping[str, Any], schema: str) -> Described:
    return checked(replace(described, value=value), schema)


def _understood(goals: Described, state: Described) -> tuple[tuple[Goal, ...], State]:
    wanted = goals_of(goals.value, goals.refusal)
    there = state_of(state.value, state.refusal)
    order = [each["name"] for each in goals.value["groups"]]
    told_order = sorted(wanted, key=lambda each: order.index(each.group))
    refuse_unmatched(told_order, there, goals.refusal)
    return wanted, there


def _current(path: str, state: State) -> Mapping[str, Setting]:
    """What is configured now, of the groups that there are still."""
    described = read_described(Path(path), _PLAN)
    names = {each.name for each in state.groups}
    refuse_twice([*Entry(described.value, (), described.refusal).entries("groups")], "groups")
    found = current_of(described.value)
    return {name: setting for name, setting in found.items() if name in names}
