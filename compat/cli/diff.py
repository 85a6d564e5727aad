"""`isthmus compat diff`: every change between two specs, by the ids that it is known by."""

from datetime import date
from functools import wraps
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
)
from compat.cli.forms import Form, form_text
from compat.cli.inputs import Depth, Lifetimes, Question, Reading
from compat.cli.options import (
    Command,
    direction_option,
    fail_on_option,
    forms_option,
    intent_option,
    min_level_option,
    strictness_options,
    with_options,
)

if TYPE_CHECKING:
    from compat.cli.memory import Said

_WITH_PROBLEMS = (Form.JSON, Form.YAML, Form.SARIF)


def _lifetime_options(command: Command) -> Command:
    """Hands `lifetimes` to the command."""

    @wraps(command)
    def with_lifetimes(*, beta_days: int, stable_days: int, **others: object) -> None:
        command(lifetimes=Lifetimes(beta_days=beta_days, stable_days=stable_days), **others)

    return with_options(
        tuple(
            click.option(
                f"--{level}-days",
                type=click.IntRange(min=0),
                default=0,
                show_default=True,
                help=f"Days between the deprecation of {what} and its end.",
            )
            for level, what in (("beta", "a beta"), ("stable", "what is stable"))
        ),
        with_lifetimes,
    )


def _depth_options(command: Command) -> Command:
    """Hands `depth` to the command."""

    @wraps(command)
    def with_depth(
        *, intent: str, planned: bool, witnessed: bool, semver: bool, **others: object
    ) -> None:
        depth = Depth(
            intent=intent,
            is_planned=planned or bool(intent),
            is_witnessed=witnessed,
            is_versioned=semver,
        )
        command(depth=depth, **others)

    return with_options(
        (
            intent_option,
            click.option(
                "--plan",
                "planned",
                is_flag=True,
                help="Plan a shim, too: say what it does about each change, and tell renames, "
                "moves and mappings as one change. --intent does that by itself.",
            ),
            click.option(
                "--witnesses",
                "witnessed",
                is_flag=True,
                help="Add to what breaks a client a message that shows it.",
            ),
            click.option(
                "--semver",
                is_flag=True,
                help="Tell it, too, where info.version is bumped less than the changes ask for "
                "(Semantic Versioning 2.0.0).",
            ),
        ),
        with_depth,
    )


@click.command()
@click.argument("old")
@click.argument("new")
@forms_option(*Form)
@click.option("--output", metavar="FILE", default="", help="Where to write it; else it is printed.")
@direction_option
@min_level_option("info")
@fail_on_option("none")
@_lifetime_options
@_depth_options
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
    lifetimes: Lifetimes,
    depth: Depth,
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
      isthmus compat diff v1.yaml v2.yaml --intent intent.yaml --witnesses
      isthmus compat diff git:main:specs specs --fail-on err
      isthmus compat diff v1.yaml v2.yaml --direction new-client --format html --output diff.html
    """
    from compat.cli.output import refuse_input

    if output:
        refuse_input(output, (old, new, depth.intent))
    asked = Question(
        old=old,
        new=new,
        direction=direction,
        min_level=min_level,
        fail_on=fail_on,
        lifetimes=lifetimes,
        depth=depth,
        reading=reading,
        today=date.today().isoformat(),
    )
    if ends := _tell(asked, form, output):
        raise click.exceptions.Exit(ends)


def _tell(asked: Question, form: Form, output: str) -> int:
    """Prints or writes the answer, and gives the exit code."""
    from compat.cli.comparison import answer
    from compat.cli.memory import recalled, remember
    from compat.cli.output import write_output

    if form is Form.TEXT and not output and is_drawn():
        from compat.report.changes.text import changes_text

        found = answer(asked)
        note_problems(found.listing.problems)
        say(changes_text(found.listing))
        return found.code
    question = str((asked, form, columns()))
    said = recalled(question, asked.documents)
    if said is None:
        said = _said(asked, form)
        remember(question, said)
    for line in said.notes:
        note(line)
    if output:
        write_output(output, said.text)
        note(f"{output}: written")
    else:
        say_text(said.text)
    return said.code


def _said(asked: Question, form: Form) -> "Said":
    from compat.cli.comparison import answer
    from compat.cli.memory import Said

    found = answer(asked)
    is_noted = form not in _WITH_PROBLEMS
    return Said(
        text=form_text(found.listing, form),
        notes=tuple(problem_notes(found.listing.problems)) if is_noted else (),
        code=found.code,
        documents=found.documents,
    )
