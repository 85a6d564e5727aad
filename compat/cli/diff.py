"""`isthmus compat diff`: every change between two specs, by the ids that it is known by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import click

from compat.cli.console import (
    columns,
    is_drawn,
    note,
    note_problems,
    problem_notes,
    say,
    say_text,
    working,
)
from compat.cli.forms import Form, form_text
from compat.cli.inputs import Reading
from compat.cli.options import forms_option, strictness_options
from compat.differ.effect import Level
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.cli.memory import Said
    from compat.report.changes.listing import Listing

_LEVELS = [level.name.lower() for level in reversed(Level)]


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
    "--beta-days",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Days between the deprecation of a beta and its end.",
)
@click.option(
    "--stable-days",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Days between the deprecation of what is stable and its end.",
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
    from compat.cli.memory import recalled, remember
    from compat.cli.output import refuse_input, write_output

    if output:
        refuse_input(output, (old, new))
    asked = _Asked(
        old=old,
        new=new,
        form=form,
        direction=direction,
        min_level=min_level,
        fail_on=fail_on,
        beta_days=beta_days,
        stable_days=stable_days,
        reading=reading,
        today=date.today().isoformat(),
        columns=columns(),
    )
    if form is Form.TEXT and not output and is_drawn():
        from compat.report.changes.text import changes_text

        found = _compared(asked)
        note_problems(found.listing.problems)
        say(changes_text(found.listing))
        ends = found.code
    else:
        said = recalled(str(asked), (old, new))
        if said is None:
            said = _said(asked)
            remember(str(asked), said)
        for line in said.notes:
            note(line)
        if output:
            write_output(output, said.text)
            note(f"{output}: written")
        else:
            say_text(said.text)
        ends = said.code
    if ends:
        raise click.exceptions.Exit(ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Everything that an answer depends on, besides the documents."""

    old: str
    new: str
    form: Form
    direction: str
    min_level: str
    fail_on: str
    beta_days: int
    stable_days: int
    reading: Reading
    today: str
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The changes, the exit code that they give, and the digests of what they were found in."""

    listing: "Listing"
    code: int
    documents: Mapping[str, Mapping[str, str]]


def _said(asked: _Asked) -> "Said":
    from compat.cli.memory import Said

    found = _compared(asked)
    is_noted = asked.form not in _WITH_PROBLEMS
    return Said(
        text=form_text(found.listing, asked.form),
        notes=tuple(problem_notes(found.listing.problems)) if is_noted else (),
        code=found.code,
        documents=found.documents,
    )


def _compared(asked: _Asked) -> "_Found":
    """Reads both specs and compares them."""
    from compat.differ.interface import changes
    from compat.differ.lifecycle import Policy
    from compat.differ.reading import read_changed, read_whole
    from compat.plan.role import Role
    from compat.report.changes.listing import level_for, listing
    from compat.source import open_spec

    reading = asked.reading
    opened = [
        open_spec(name, strict=reading.strict, remote=reading.remote)
        for name in (asked.old, asked.new)
    ]
    versions = (read_whole if reading.strict else read_changed)(*opened)
    ours, theirs = versions.old, versions.new
    policy = Policy(today=asked.today, beta_days=asked.beta_days, stable_days=asked.stable_days)
    with working("comparing"):
        every = [*changes(ours.interface, theirs.interface, policy, versions.unchanged)]
    role = Role(asked.direction.replace("-", "_"))
    found = listing(
        ours.interface,
        theirs.interface,
        every,
        role=role,
        least=Level[asked.min_level.upper()],
        problems=(*ours.problems, *theirs.problems),
    )
    fails = asked.fail_on != "none" and any(
        level_for(each, role) >= Level[asked.fail_on.upper()] for each in every
    )
    return _Found(
        listing=found,
        code=Exit.FINDINGS if fails else Exit.OK,
        documents={asked.old: ours.digests, asked.new: theirs.digests},
    )
