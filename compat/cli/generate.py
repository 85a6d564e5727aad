"""`isthmus compat generate`: the shim itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compat.cli.console import note_problems, say, say_json, working
from compat.cli.inputs import AS_USUAL, Inputs, Reading
from compat.cli.options import Format, format_option, intent_option, reading_options
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.cli.order import Order
    from compat.cli.planning import Planned
    from compat.report.outcome import Outcome


@click.command()
@click.argument("specs", nargs=-1, required=True, metavar="OLD NEW | PACKAGE")
@click.option("--out", metavar="DIR", default="", help="Where the package's folder goes.")
@click.option("--package", metavar="NAME", default="", help="The name to import it by.")
@intent_option
@click.option("--allow-gaps", is_flag=True, help="Generate all the rest; gaps refuse their calls.")
@click.option("--check", is_flag=True, help="Write nothing; fail unless the package is up to date.")
@reading_options
@format_option
def generate(
    *,
    specs: tuple[str, ...],
    out: str,
    package: str,
    intent: str,
    allow_gaps: bool,
    check: bool,
    reading: Reading,
    form: Format,
) -> None:
    """Generate the package DIR/NAME, a shim between OLD and NEW in both directions.

    With the folder of a PACKAGE alone, make it again from what its manifest names. What nothing
    bridges and nobody accepted fails with exit code 1, and nothing is written. The package's
    hooks.py is yours: it is read and never written.

    \b
    Examples:
      isthmus compat generate v1.yaml v2.yaml --intent intent.yaml --out generated --package v1_v2
      isthmus compat generate generated/v1_v2 --check
    """
    from compat.cli.planning import make_plan

    given = bool(out or package or intent or allow_gaps or reading != AS_USUAL)
    order = _again(specs[0], given=given) if len(specs) == 1 else None
    if order is None:
        order = _anew(specs, out, package, intent, allow_gaps, reading)
    planned = make_plan(order.inputs)
    outcome = _carry_out(order, planned, check=check)
    _report(outcome, form)
    if outcome.ending.is_finding:
        click.get_current_context().exit(Exit.FINDINGS)


def _again(folder: str, *, given: bool) -> "Order":
    from compat.cli.order import order_of

    if given:
        raise click.UsageError("a PACKAGE alone is made as its manifest says; give OLD and NEW")
    return order_of(Path(folder))


def _anew(
    specs: tuple[str, ...],
    out: str,
    package: str,
    intent: str,
    allow_gaps: bool,
    reading: Reading,
) -> "Order":
    from compat.cli.order import Order

    if len(specs) != 2:
        raise click.UsageError("give OLD and NEW, or the folder of one PACKAGE")
    if not (out and package):
        raise click.UsageError("OLD and NEW need --out DIR and --package NAME")
    return Order(
        inputs=Inputs(old=specs[0], new=specs[1], intent=intent, reading=reading),
        folder=Path(out, package),
        package=package,
        allow_gaps=allow_gaps,
    )


def _carry_out(order: "Order", planned: "Planned", *, check: bool) -> "Outcome":
    """Emit, compare with what is there, and write unless only checking."""
    from compat.emit.hooks import stale_or_missing
    from compat.emit.package import emit
    from compat.emit.tree import HOOKS, compare
    from compat.report.outcome import Ending, Outcome
    from compat.store import read_tree, write_tree

    plan, folder = planned.plan, order.folder
    if plan.open_gaps and not order.allow_gaps:
        return Outcome(
            ending=Ending.GAPS,
            package=order.package,
            folder=str(folder),
            plan=plan,
            problems=planned.problems,
        )
    with working("generating"):
        files = emit(plan, order.package, allow_gaps=order.allow_gaps, recipe=order.recipe)
    there = read_tree(folder)
    staleness = compare(files, there)
    own = there.get(HOOKS)
    hooks = stale_or_missing(own.decode(errors="replace") if own is not None else None, plan.hooks)
    ending = Ending.FRESH if staleness.is_fresh else Ending.STALE if check else Ending.WRITTEN
    if ending is Ending.WRITTEN:
        write_tree(folder, files)
    if hooks and ending is not Ending.STALE:
        ending = Ending.HOOKS
    return Outcome(
        ending=ending,
        package=order.package,
        folder=str(folder),
        plan=plan,
        problems=planned.problems,
        changed=staleness.changed,
        missing=staleness.missing,
        orphaned=staleness.orphaned,
        hooks=hooks,
    )


def _report(outcome: "Outcome", form: Format) -> None:
    from compat.report.outcome import outcome_document, outcome_text

    if form is Format.JSON:
        say_json(outcome_document(outcome))
        return
    note_problems(outcome.problems)
    say(outcome_text(outcome))
