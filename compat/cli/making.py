"""Carrying out an order for a package."""

from collections.abc import Mapping

from compat.cli.console import working
from compat.cli.order import Order
from compat.cli.planning import make_guesses, make_plan
from compat.emit.hooks import hook_complaints
from compat.emit.names import package_name
from compat.emit.package import emit
from compat.emit.tree import HOOKS, compare
from compat.plan.bridge import BridgePlan
from compat.report.outcome import Ending, Outcome
from compat.store import read_tree, write_tree


def carry_out(order: Order, *, check: bool) -> Outcome:
    """Plan, emit, compare with what is there, and write unless only checking.

    Raises CompatError for what cannot be used, and for a folder that cannot be replaced.
    """
    package_name(order.package)
    planned = make_plan(order.inputs)
    plan, folder = planned.plan, str(order.folder)
    if plan.open_gaps and not order.allow_gaps:
        return Outcome(
            ending=Ending.GAPS,
            package=order.package,
            folder=folder,
            plan=plan,
            steps=planned.steps,
            guesses=make_guesses(planned),
            problems=planned.problems,
        )
    with working("generating"):
        files = emit(plan, order.package, allow_gaps=order.allow_gaps, recipe=order.recipe)
    there = read_tree(order.folder)
    staleness, hooks = compare(files, there), _hook_complaints(there, plan)
    if not staleness.is_fresh and not check:
        write_tree(order.folder, files)
    return Outcome(
        ending=_ending(fresh=staleness.is_fresh, check=check, complete=not hooks),
        package=order.package,
        folder=folder,
        plan=plan,
        steps=planned.steps,
        problems=planned.problems,
        changed=staleness.changed,
        missing=staleness.missing,
        orphaned=staleness.orphaned,
        hooks=hooks,
    )


def _hook_complaints(there: Mapping[str, bytes], plan: BridgePlan) -> tuple[str, ...]:
    own = there.get(HOOKS)
    return hook_complaints(None if own is None else own.decode(errors="replace"), plan.hooks)


def _ending(*, fresh: bool, check: bool, complete: bool) -> Ending:
    if check and not fresh:
        return Ending.STALE
    if not complete:
        return Ending.HOOKS
    return Ending.FRESH if fresh else Ending.WRITTEN
