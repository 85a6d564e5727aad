"""`isthmus compat generate`: the shim itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compat.cli.console import note_problems, say, say_json
from compat.cli.forms import Form
from compat.cli.inputs import AS_USUAL, Reading
from compat.cli.options import format_option, intents_option, reading_options, steps_of
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.cli.order import Order
    from compat.report.outcome import Outcome


@click.command()
@click.argument("specs", nargs=-1, required=True, metavar="OLD [MIDDLE...] NEW | PACKAGE")
@click.option("--out", metavar="DIR", default="", help="Where the package's folder goes.")
@click.option("--package", metavar="NAME", default="", help="The name to import it by.")
@intents_option
@click.option("--allow-gaps", is_flag=True, help="Generate all the rest; gaps refuse their calls.")
@click.option("--check", is_flag=True, help="Write nothing; fail unless the package is up to date.")
@reading_options
@format_option
def generate(
    *,
    specs: tuple[str, ...],
    out: str,
    package: str,
    intents: tuple[str, ...],
    allow_gaps: bool,
    check: bool,
    reading: Reading,
    form: Form,
) -> None:
    """Generate the package DIR/NAME, a shim between OLD and NEW in both directions.

    With the folder of a PACKAGE alone, make it again from what its manifest names. What nothing
    bridges and nobody accepted fails with exit code 1, and nothing is written. A loss that needs
    nobody's word does not fail: how many there are is told at the end, and `plan` shows each. The
    package's hooks.py is yours: it is read and never written.

    More than two specs, from the oldest to the newest, are fused: one package does in one step what
    a chain of packages does in several. Then --intent is given for each step in order, or not at
    all; '' stands for a step that needs none.

    \b
    Examples:
      isthmus compat generate v1.yaml v2.yaml --intent intent.yaml --out generated --package v1_v2
      isthmus compat generate v1.yaml v2.yaml v3.yaml --intent i12.yaml --intent i23.yaml \\
          --out generated --package v1_v3
      isthmus compat generate generated/v1_v2 --check
    """
    given = bool(out or package or intents or allow_gaps or reading != AS_USUAL)
    order = _again(specs[0], given=given) if len(specs) == 1 else None
    if order is None:
        order = _anew(specs, out, package, intents, allow_gaps, reading)
    from compat.cli.making import carry_out

    outcome = carry_out(order, check=check)
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
    intents: tuple[str, ...],
    allow_gaps: bool,
    reading: Reading,
) -> "Order":
    from compat.cli.order import Order

    if not (out and package):
        raise click.UsageError("OLD and NEW need --out DIR and --package NAME")
    return Order(
        inputs=steps_of(specs, intents, reading),
        folder=Path(out, package),
        package=package,
        allow_gaps=allow_gaps,
    )


def _report(outcome: "Outcome", form: Form) -> None:
    from compat.report.outcome import outcome_document, outcome_text

    if form is Form.JSON:
        say_json(outcome_document(outcome))
        return
    note_problems(outcome.problems)
    say(outcome_text(outcome))
