"""`isthmus compat diff`: every change between two specs, by the ids that it is known by."""

from collections.abc import Mapping, Sequence
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
from compat.cli.options import (
    direction_option,
    fail_on_option,
    forms_option,
    min_level_option,
    strictness_options,
)
from compat.differ.effect import Level
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.cli.memory import Said
    from compat.differ.change import Change
    from compat.differ.lifecycle import Policy
    from compat.load import Problem
    from compat.report.changes.listing import Listing, Pair

_WITH_PROBLEMS = (Form.JSON, Form.YAML, Form.SARIF)


@click.command()
@click.argument("old")
@click.argument("new")
@forms_option(*Form)
@click.option("--output", metavar="FILE", default="", help="Where to write it; else it is printed.")
@direction_option
@min_level_option("info")
@fail_on_option("none")
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

    They may also be two folders, or git:REV:FOLDER. Then the specs in them are compared by their
    names below them, and one that is gone or new is a change, too. What does not say that it is a
    spec, as a file that specs refer to, is left aside.

    The formats: text; json and yaml, the same document for programs; markdown, for a comment on a
    pull request; html, a page that needs nothing but itself; sarif, for code scanning; junit, for
    reports of tests; github, annotations of a workflow.

    \b
    Examples:
      isthmus compat diff git:main:api.yaml api.yaml --fail-on err
      isthmus compat diff v1.yaml v2.yaml --min-level warn --format json
      isthmus compat diff git:main:specs specs --fail-on err
      isthmus compat diff v1.yaml v2.yaml --direction new-client --format html --output diff.html
    """
    from compat.cli.output import refuse_input

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
    if ends := _tell(asked, output):
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


def _tell(asked: _Asked, output: str) -> int:
    """Prints or writes the answer, and gives the exit code."""
    from compat.cli.memory import recalled, remember
    from compat.cli.output import write_output

    if asked.form is Form.TEXT and not output and is_drawn():
        from compat.report.changes.text import changes_text

        found = _compared(asked)
        note_problems(found.listing.problems)
        say(changes_text(found.listing))
        return found.code
    said = recalled(str(asked), (asked.old, asked.new))
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
    return said.code


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
    """Reads both specs, or the specs in both folders, and compares them."""
    from compat.cli.folders import are_folders
    from compat.differ.interface import changes
    from compat.report.changes.listing import Pair
    from compat.source import load_interface

    if are_folders(asked.old, asked.new):
        return _folders_compared(asked)
    reading = asked.reading
    ours, theirs = (
        load_interface(name, strict=reading.strict, remote=reading.remote, validate=reading.strict)
        for name in (asked.old, asked.new)
    )
    with working("comparing"):
        every = [*changes(ours.interface, theirs.interface, _policy(asked))]
    return _judged(
        asked,
        every,
        pairs=(Pair(old=ours.interface, new=theirs.interface),),
        problems=(*ours.problems, *theirs.problems),
        documents={asked.old: ours.digests, asked.new: theirs.digests},
    )


def _folders_compared(asked: _Asked) -> "_Found":
    """What was found in folders is not kept: another document may come at any time."""
    from compat.cli.folders import compare_folders, read_folders

    folders = (asked.old, asked.new)
    read = read_folders(*folders, asked.reading, validate=asked.reading.strict)
    every = compare_folders(read, _policy(asked))
    return _judged(
        asked, every, pairs=read.pairs, problems=read.problems, documents={}, folders=folders
    )


def _policy(asked: _Asked) -> "Policy":
    from compat.differ.lifecycle import Policy

    return Policy(today=asked.today, beta_days=asked.beta_days, stable_days=asked.stable_days)


def _judged(
    asked: _Asked,
    every: Sequence["Change"],
    *,
    pairs: tuple["Pair", ...],
    problems: tuple["Problem", ...],
    documents: Mapping[str, Mapping[str, str]],
    folders: tuple[str, str] | None = None,
) -> "_Found":
    """What is told of the changes, and whether it fails."""
    from compat.plan.bridge import Role
    from compat.report.changes.listing import level_for, listing_of

    role = Role(asked.direction.replace("-", "_"))
    found = listing_of(
        pairs,
        every,
        folders=folders,
        role=role,
        least=Level[asked.min_level.upper()],
        problems=problems,
    )
    fails = asked.fail_on != "none" and any(
        level_for(each, role) >= Level[asked.fail_on.upper()] for each in every
    )
    return _Found(listing=found, code=Exit.FINDINGS if fails else Exit.OK, documents=documents)
