"""`isthmus compat diff`: every change between two specs, by the ids that it is known by."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import click

from compat.cli.console import json_text, note, note_problems, plain, say, say_text, working
from compat.cli.inputs import Reading
from compat.cli.options import forms_option, strictness_options
from compat.differ.effect import Level
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.report.changes.listing import Listing

_LEVELS = [level.name.lower() for level in reversed(Level)]


class Form(StrEnum):
    """What the changes can be written as."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"
    HTML = "html"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"


_WITH_PROBLEMS = (Form.JSON, Form.YAML, Form.SARIF)


@click.command()
@click.argument("old")
@click.argument("new")
@forms_option(*Form)
@click.option("--output", metavar="FILE", default="", help="Where to write it; else it is printed.")
@click.option(
    "--direction",
    type=click.Choice(["old-client", "new-client"]),
    default="old-client",
    show_default=True,
    help="Whose levels count: an old client's with a new server, or a new client's with an old "
    "server.",
)
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
    help="Exit with 1 where there is a change of this level or above, left out or not.",
)
@click.option(
    "--beta-days", default=0, show_default=True, help="How long before an end betas announce it."
)
@click.option(
    "--stable-days", default=0, show_default=True, help="How long before an end the rest does."
)
@strictness_options
def diff(
    *,
    old: str,
    new: str,
    form: Form,
    output: str,
    direction: str,
    min_level: str,
    fail_on: str,
    beta_days: int,
    stable_days: int,
    reading: Reading,
) -> None:
    """Tell every change between OLD and NEW by its rule, with its level and places.

    OLD and NEW are OpenAPI 3.0, 3.1 or Swagger 2.0, YAML or JSON: a path, `-` for standard input,
    or git:REV:PATH. Of the levels, `err` breaks the client that --direction names, `warn` may,
    `info` does not. Where a rule has an id that other tools use, it is that.

    The formats: text; json and yaml, the same document for programs; markdown, for a comment on a
    pull request; html, a page that needs nothing but itself; sarif, for code scanning; junit, for
    reports of tests; github, annotations of a workflow.

    \b
    Examples:
      isthmus compat diff git:main:api.yaml api.yaml --fail-on err
      isthmus compat diff v1.yaml v2.yaml --min-level warn --format json
      isthmus compat diff v1.yaml v2.yaml --direction new-client --format html --output diff.html
    """
    from compat.cli.output import refuse_input, write_output
    from compat.differ.interface import changes
    from compat.differ.lifecycle import Policy
    from compat.plan.bridge import Role
    from compat.report.changes.listing import level_for, listing
    from compat.source import load_interface

    if output:
        refuse_input(output, (old, new))
    ours, theirs = (
        load_interface(name, strict=reading.strict, remote=reading.remote, validate=reading.strict)
        for name in (old, new)
    )
    policy = Policy(today=date.today().isoformat(), beta_days=beta_days, stable_days=stable_days)
    with working("comparing"):
        every = [*changes(ours.interface, theirs.interface, policy)]
    role = Role(direction.replace("-", "_"))
    found = listing(
        ours.interface,
        theirs.interface,
        every,
        role=role,
        least=Level[min_level.upper()],
        problems=(*ours.problems, *theirs.problems),
    )
    if form not in _WITH_PROBLEMS:
        note_problems(found.problems)
    if output:
        write_output(output, _text(found, form))
        note(f"{output}: written")
    else:
        _print(found, form)
    if fail_on != "none" and any(level_for(each, role) >= Level[fail_on.upper()] for each in every):
        raise click.exceptions.Exit(Exit.FINDINGS)


def _print(found: "Listing", form: Form) -> None:
    if form is Form.TEXT:
        from compat.report.changes.text import changes_text

        say(changes_text(found))
    else:
        say_text(_text(found, form))


def _text(found: "Listing", form: Form) -> str:
    """What goes into a file of this form."""
    match form:
        case Form.TEXT:
            from compat.report.changes.text import changes_text

            return plain(changes_text(found))
        case Form.JSON:
            from compat.report.changes.document import changes_document

            return json_text(changes_document(found))
        case Form.YAML:
            from compat.report.changes.document import changes_document
            from compat.report.changes.yaml_text import yaml_text

            return yaml_text(changes_document(found))
        case Form.MARKDOWN:
            from compat.report.changes.markdown import changes_markdown

            return changes_markdown(found)
        case Form.HTML:
            from compat.report.changes.page import changes_page

            return changes_page(found)
        case Form.SARIF:
            from compat.report.changes.sarif import changes_sarif

            return json_text(changes_sarif(found))
        case Form.JUNIT:
            from compat.report.changes.junit import changes_junit

            return changes_junit(found)
        case Form.GITHUB:
            from compat.report.changes.github import changes_commands

            return changes_commands(found)
