"""`isthmus compat verify`: does a package do what its plan says?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compat.cli.console import note_problems, say_json, say_text, working
from compat.cli.options import Format, format_option
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.plan.bridge import BridgePlan
    from compat.verify.report import Report


@click.command()
@click.argument("package")
@click.option(
    "--only",
    metavar="TEXT",
    multiple=True,
    help="Only exchanges named like this: old_client, GET /volumes. May be given several times.",
)
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Messages to make up for each exchange, besides those that are always tried.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another one: other messages.")
@format_option
def verify(*, package: str, only: tuple[str, ...], examples: int, seed: int, form: Format) -> None:
    """Hold the generated PACKAGE against the plan that its inputs give, with messages made from
    the specs themselves.

    PACKAGE is its folder; the specs and the intent that its manifest names are read again. The same
    seed makes the same messages. A promise that is broken, or a package made from other inputs, is
    exit code 1, and each comes with the smallest message that shows it.

    \b
    Example:
      isthmus compat verify generated/v1_v2 --only "old_client GET /volumes" --examples 100
    """
    from compat.cli.order import order_of
    from compat.cli.planning import make_plan

    folder = Path(package)
    planned = make_plan(order_of(folder).inputs)
    report = _verified(folder, planned.plan, only=only, examples=examples, seed=seed)
    if form is Format.TEXT:
        note_problems(planned.problems)
    _print(report, form)
    if not report.is_sound:
        code = Exit.FINDINGS if report.complete else Exit.INTERRUPTED
        click.get_current_context().exit(code)


def _verified(
    folder: Path, plan: "BridgePlan", *, only: tuple[str, ...], examples: int, seed: int
) -> "Report":
    from compat.verify.corpus import Effort
    from compat.verify.verifying import Options, verify

    options = Options(effort=Effort(examples=examples, seed=seed), only=only)
    with working("verifying") as tell:

        def progress(what: str, done: int, total: int) -> None:
            tell(f"{done} of {total}, {what}")

        return verify(folder, plan, options, progress)


def _print(report: "Report", form: Format) -> None:
    from compat.report.printable import printable
    from compat.verify.report import report_document, report_text

    if form is Format.JSON:
        say_json(report_document(report))
    else:
        say_text(printable(report_text(report)))
