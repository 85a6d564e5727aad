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
)
from compat.cli.forms import Form, form_text
from compat.cli.inputs import Extras, Question, Reading
from compat.cli.options import (
    Command,
    direction_option,
    fail_on_option,
    forms_option,
    intent_option,
    min_level_option,
    output_option,
    strictness_options,
    with_options,
)
from compat.differ.effect import Level
from compat.differ.lifecycle import Policy
from compat.model.role import Role

if TYPE_CHECKING:
    from compat.cli.memory import Said

_WITH_PROBLEMS = (Form.JSON, Form.YAML, Form.SARIF)


def _lifetime_options(command: Command) -> Command:
    """Hands `policy`, as of today, to the command."""

    @wraps(command)
    def with_policy(*, beta_days: int, stable_days: int, **others: object) -> None:
        today = date.today().isoformat()
        policy = Policy(today=today, beta_days=beta_days, stable_days=stable_days)
        command(policy=policy, **others)

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
        with_policy,
    )


def _extras_options(command: Command) -> Command:
    """Hands `extras` to the command."""

    @wraps(command)
    def with_extras(
        *, intent: str, is_planned: bool, is_witnessed: bool, is_versioned: bool, **others: object
    ) -> None:
        extras = Extras(
            intent=intent,
            is_planned=is_planned or bool(intent),
            is_witnessed=is_witnessed,
            is_versioned=is_versioned,
        )
        command(extras=extras, **others)

    return with_options(
        (
            intent_option,
            click.option(
                "--plan",
                "is_planned",
                is_flag=True,
                help="Plan a shim, too: say what it does about each change, and tell renames, "
                "moves and mappings as one change. --intent does that by itself.",
            ),
            click.option(
                "--witnesses",
                "is_witnessed",
                is_flag=True,
                help="Add to what breaks a client a message that shows it.",
            ),
            click.option(
                "--semver",
                "is_versioned",
                is_flag=True,
                help="Tell it, too, where info.version is bumped less than the changes ask for "
                "(Semantic Versioning 2.0.0).",
            ),
        ),
        with_extras,
    )


@click.command()
@click.argument("old")
@click.argument("new")
@forms_option(*Form)
@output_option
@direction_option()
@min_level_option(Level.INFO)
@fail_on_option(None)
@_lifetime_options
@_extras_options
@strictness_options
def diff(
    *,
    old: str,
    new: str,
    form: Form,
    output: str,
    role: Role,
    min_level: Level,
    fail_on: Level | None,
    policy: Policy,
    extras: Extras,
    reading: Reading,
) -> None:
    """Tell every change between OLD and NEW by its rule, with its level and places.

    OLD and NEW are OpenAPI 3.0, 3.1 or Swagger 2.0, YAML or JSON: a path, `-` for standard input,
    git:REV:PATH, or git::PATH for what is staged. Of the levels, `err` breaks the client that
    --direction names, `warn` may, `info` does not. Where a rule has an id that other tools use, it
    is that.

    They may also be two folders, git:REV:FOLDER or git::FOLDER, with nothing for FOLDER at the top
    of the repository. Then the specs in them are compared by their names below them, and one that
    is gone or new is a change, too. What does not say that it is a spec, as a file that specs refer
    to, is left aside.

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
        refuse_input(output, (old, new, extras.intent))
    asked = Question(
        old=old,
        new=new,
        role=role,
        min_level=min_level,
        fail_on=fail_on,
        policy=policy,
        extras=extras,
        reading=reading,
    )
    if ends := _tell(asked, form, output):
        raise click.exceptions.Exit(ends)


def _tell(asked: Question, form: Form, output: str) -> int:
    """Prints or writes the answer, and gives the exit code."""
    from compat.cli.comparison import answer
    from compat.cli.memory import recalled, remember
    from compat.cli.output import deliver, refuse_input

    if form is Form.TEXT and not output and is_drawn():
        from compat.report.changes.text import changes_text

        found = answer(asked)
        note_problems(found.listing.problems)
        say(changes_text(found.listing))
        return found.code
    question = str((asked, form, columns() if form is Form.TEXT else None))
    said = recalled(question, asked.documents)
    if said is None:
        said = _said(asked, form)
        remember(question, said)
    for line in said.notes:
        note(line)
    if output:
        refuse_input(output, (name for digests in said.documents.values() for name in digests))
    deliver(said.text, output)
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
