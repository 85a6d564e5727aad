"""`isthmus compat check`: the gate of a build pipeline."""

from datetime import date

import click

from compat.cli.console import note_problems, say, say_json, working
from compat.cli.inputs import Inputs, Reading
from compat.cli.options import Format, format_option, intent_option, reading_options
from compat.errors import Exit


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
@reading_options
@format_option
def check(
    *,
    old: str,
    new: str,
    intent: str,
    direction: str,
    fail_on: str,
    config: str,
    reading: Reading,
    form: Format,
) -> None:
    """Say whether NEW may follow OLD: what breaks as it is, and what is left with a shim.

    A change may be accepted in the settings, by its fingerprint, with an owner, a reason and the
    last day of it; what the shim refuses or loses is accepted in the intent. Both stay visible. An
    acceptance that ran out or is of no change fails, and so does what leaves nothing out.

    \b
    Examples:
      isthmus compat check git:main:api.yaml api.yaml --fail-on breaking
      isthmus compat check v1.yaml v2.yaml --intent intent.yaml --fail-on lossy --format json
    """
    from compat.cli.planning import make_plan
    from compat.cli.settings import read_settings
    from compat.differ.gate import gated
    from compat.differ.interface import changes
    from compat.differ.lifecycle import Policy
    from compat.plan.bridge import Role
    from compat.report.check import Checked, FailOn, check_document, check_text

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
    if form is Format.JSON:
        say_json(check_document(checked))
    else:
        note_problems(planned.problems)
        say(check_text(checked))
    if checked.fails(FailOn(fail_on)):
        raise click.exceptions.Exit(Exit.FINDINGS)
