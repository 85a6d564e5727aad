"""`isthmus compat matrix`: who can talk to whom over several versions."""

from enum import StrEnum
from typing import TYPE_CHECKING

import click

from compat.cli.console import json_text, note_problems, plain, say
from compat.cli.forms import Form
from compat.cli.inputs import Reading
from compat.cli.options import (
    intents_option,
    output_option,
    page_format_option,
    steps_of,
    strictness_options,
)
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.report.matrix.grid import Matrix


class FailOn(StrEnum):
    """Which pairs of versions are findings; a gap is a loss, too."""

    NONE = "none"
    GAP = "gap"
    LOSS = "loss"


@click.command()
@click.argument("specs", nargs=-1, required=True, metavar="OLD [MIDDLE...] NEW")
@intents_option
@click.option(
    "--name",
    "names",
    metavar="V",
    multiple=True,
    help="What a version is called, for each spec in order; else what the intents say, or the "
    "files' names.",
)
@strictness_options
@page_format_option
@output_option
@click.option(
    "--fail-on",
    type=click.Choice([each.value for each in FailOn]),
    default=FailOn.NONE.value,
    show_default=True,
    callback=lambda _context, _parameter, value: FailOn(value),
    help="Fail with exit code 1 if any pair of versions has such a difference.",
)
def matrix(
    *,
    specs: tuple[str, ...],
    intents: tuple[str, ...],
    names: tuple[str, ...],
    reading: Reading,
    form: Form,
    output: str,
    fail_on: FailOn,
) -> None:
    """Draw who can talk to whom: the clients of each version with the servers of each other.

    The specs are given from the oldest to the newest, as for `plan`, and --intent for each step in
    order, or not at all; '' stands for a step that needs none. Both directions are judged, each by
    itself: same, as is (no shim is needed), through a shim (lossless, defaulted or lossy), or not
    at all, with the first of the losses, or of the open gaps that are why. JSON has all losses.

    For versions that do not follow one another, the plans of the steps between them are fused, as
    `plan` does it; those that cannot be one are judged as a chain. Without any intent on the way,
    the two specs are planned by themselves, too, and that counts where a client fares better so.

    \b
    Examples:
      isthmus compat matrix v1.yaml v2.yaml v3.yaml --intent i12.yaml --intent i23.yaml
      isthmus compat matrix git:v1.0:api.yaml git:v1.1:api.yaml api.yaml --format html \\
          --output matrix.html --fail-on gap
    """
    inputs = steps_of(specs, intents, reading)
    _check_names(names, specs)
    from compat.cli.comparing import make_matrix
    from compat.cli.output import deliver, refuse_input

    if output:
        refuse_input(output, (*specs, *intents))
    made = make_matrix(inputs, names)
    if form is Form.TEXT:
        note_problems(made.problems)
    if form is Form.TEXT and not output:
        from compat.report.matrix.text import matrix_text

        say(matrix_text(made))
    else:
        deliver(_text(made, form), output)
    if _is_finding(made, fail_on):
        click.get_current_context().exit(Exit.FINDINGS)


def _check_names(names: tuple[str, ...], specs: tuple[str, ...]) -> None:
    if names and len(names) != len(specs):
        raise click.UsageError(
            f"there are {len(specs)} specs, and --name is given {len(names)} times: give it for "
            "each, or not at all"
        )
    if len(set(names)) != len(names) or not all(names):
        raise click.UsageError("--name must tell the versions apart")


def _text(made: "Matrix", form: Form) -> str:
    """What goes into a file of this form."""
    match form:
        case Form.TEXT:
            from compat.report.matrix.text import matrix_text

            return plain(matrix_text(made))
        case Form.JSON:
            from compat.report.matrix.document import matrix_document

            return json_text(matrix_document(made))
        case _:
            from compat.report.matrix.page import matrix_page

            return matrix_page(made)


def _is_finding(made: "Matrix", fail_on: FailOn) -> bool:
    from compat.report.matrix.cell import Passage

    match fail_on:
        case FailOn.NONE:
            return False
        case FailOn.GAP:
            return made.worst is Passage.NOT_AT_ALL
        case FailOn.LOSS:
            return made.worst >= Passage.LOSSY
