"""`isthmus compat diff`: every change between two specs, by the ids that it is known by."""

from datetime import date

import click

from compat.cli.console import note_problems, say, say_json, working
from compat.cli.inputs import Reading
from compat.cli.options import Format, format_option, reading_options
from compat.differ.effect import Level
from compat.errors import Exit

_LEVELS = [level.name.lower() for level in reversed(Level)]


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--min-level",
    type=click.Choice(_LEVELS),
    default="info",
    show_default=True,
    help="Leave out what is less than this.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["none", *_LEVELS]),
    default="none",
    show_default=True,
    help="Exit with 1 where there is a change of this level or above.",
)
@click.option(
    "--beta-days", default=0, show_default=True, help="How long before an end betas announce it."
)
@click.option(
    "--stable-days", default=0, show_default=True, help="How long before an end the rest does."
)
@reading_options
@format_option
def diff(
    *,
    old: str,
    new: str,
    min_level: str,
    fail_on: str,
    beta_days: int,
    stable_days: int,
    reading: Reading,
    form: Format,
) -> None:
    """Tell every change between OLD and NEW by its rule, with its level and places.

    OLD and NEW are OpenAPI 3.0, 3.1 or Swagger 2.0, YAML or JSON: a path, `-` for standard input,
    or git:REV:PATH. The level is that for an old client with a new server: `err` breaks it, `warn`
    may, `info` does not. Where a rule has an id that other tools use, it is that.

    \b
    Examples:
      isthmus compat diff git:main:api.yaml api.yaml --fail-on err
      isthmus compat diff v1.yaml v2.yaml --min-level warn --format json
    """
    from compat.differ.interface import changes
    from compat.differ.lifecycle import Policy
    from compat.source import load_interface

    ours, theirs = (
        load_interface(name, strict=reading.strict, remote=reading.remote, validate=reading.strict)
        for name in (old, new)
    )
    policy = Policy(today=date.today().isoformat(), beta_days=beta_days, stable_days=stable_days)
    with working("comparing"):
        least = Level[min_level.upper()]
        every = changes(ours.interface, theirs.interface, policy)
        found = [change for change in every if change.level >= least]
    problems = (*ours.problems, *theirs.problems)
    if form is Format.JSON:
        from compat.report.changes import changes_document

        say_json(changes_document(ours.interface, theirs.interface, found, problems))
    else:
        from compat.report.changes_text import changes_text

        note_problems(problems)
        say(changes_text(found))
    if fail_on != "none" and any(each.level >= Level[fail_on.upper()] for each in found):
        raise click.exceptions.Exit(Exit.FINDINGS)
