"""`isthmus compat check`: the gate of a build pipeline."""

from datetime import date
from typing import TYPE_CHECKING

import click

from compat.cli.console import json_text, note, note_problems, plain, say, say_text, working
from compat.cli.forms import Form, form_text
from compat.cli.inputs import Inputs, Reading
from compat.cli.options import forms_option, intent_option, reading_options
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.report.check import Checked


@click.command()
@click.argument("old")
@click.argument("new")
@intent_option
@click.option(
    "--direction",
    type=click.Choice(["old-client", "new-client"]),
    default="old-client",
    show_default=True,
    help="Whose way counts: an old client's to a new server, or a new client's to an old server.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["breaking", "unbridged", "lossy", "none"]),
    default="unbridged",
    show_default=True,
    help="What ends in exit code 1: a change that breaks the client without a shim, a gap that the "
    "shim leaves open, or that and what it loses. What is wrong with the settings always does.",
)
@click.option(
    "--config",
    metavar="FILE",
    default="",
    help="Settings in TOML; else [tool.isthmus.check] of pyproject.toml, if it is there.",
)
@forms_option(Form.TEXT, Form.JSON, Form.MARKDOWN, Form.SARIF, Form.JUNIT, Form.GITHUB)
@click.option("--output", metavar="FILE", default="", help="Where to write it; else it is printed.")
@reading_options
def check(
    *,
    old: str,
    new: str,
    intent: str,
    direction: str,
    fail_on: str,
    config: str,
    reading: Reading,
    form: Form,
    output: str,
) -> None:
    """Say whether NEW may follow OLD: what breaks as it is, and what is left with a shim.

    A change may be accepted in the settings, by its fingerprint, with an owner, a reason and the
    last day of it; what the shim refuses or loses is accepted in the intent. Both stay visible. An
    acceptance that ran out or is of no change fails, and so does what leaves nothing out.

    Text and JSON tell all of it; the other formats are those of `compat diff`, without what is
    accepted or left out.

    \b
    Examples:
      isthmus compat check git:main:api.yaml api.yaml --fail-on breaking
      isthmus compat check v1.yaml v2.yaml --intent intent.yaml --fail-on lossy --format json
    """
    from compat.cli.output import refuse_input
    from compat.cli.planning import make_plan
    from compat.cli.settings import read_settings
    from compat.differ.gate import gated
    from compat.differ.interface import changes
    from compat.differ.lifecycle import Policy
    from compat.plan.role import Role
    from compat.report.check import Checked, FailOn

    if output:
        refuse_input(output, (old, new, intent, config))
    settings = read_settings(config)
    intents = (intent,) if intent else ()
    planned = make_plan(Inputs(specs=(old, new), intents=intents, reading=reading))
    ours, theirs = planned.plan.old, planned.plan.new
    today = date.today().isoformat()
    policy = Policy(
        today=today,
        beta_days=settings.beta_days,
        stable_days=settings.stable_days,
        least=settings.least,
    )
    with working("comparing"):
        found = list(changes(ours, theirs, policy))
    checked = Checked(
        gated=gated(found, ours, theirs, settings, today),
        plan=planned.plan,
        role=Role(direction.replace("-", "_")),
        problems=planned.problems,
    )
    if form is not Form.JSON:
        note_problems(planned.problems)
    _tell(checked, form, output)
    if checked.fails(FailOn(fail_on)):
        raise click.exceptions.Exit(Exit.FINDINGS)


def _tell(checked: "Checked", form: Form, output: str) -> None:
    from compat.cli.output import write_output
    from compat.report.check import check_document, check_text

    match form:
        case Form.TEXT if not output:
            say(check_text(checked))
            return
        case Form.TEXT:
            text = plain(check_text(checked))
        case Form.JSON:
            text = json_text(check_document(checked))
        case _:
            text = form_text(checked.listing, form)
    if output:
        write_output(output, text)
        note(f"{output}: written")
    else:
        say_text(text)
