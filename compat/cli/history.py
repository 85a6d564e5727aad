"""`isthmus compat history`: what each revision of a spec changed for its clients."""

from enum import StrEnum
from typing import TYPE_CHECKING

import click

from compat.cli.console import json_text, note, plain, say, say_text
from compat.cli.inputs import Reading
from compat.cli.options import (
    LEVELS,
    direction_option,
    fail_on_option,
    forms_option,
    strictness_options,
)
from compat.differ.effect import Level
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.report.history.row import History


class Chronicle(StrEnum):
    """What a history can be written as."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


@click.command()
@click.argument("path")
@click.option(
    "--since",
    metavar="REV",
    default="",
    help="Only what came after this revision; A..B looks from B instead of from HEAD.",
)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Only the newest N.")
@click.option("--tags", is_flag=True, help="Only revisions that have a tag, one with the next.")
@forms_option(*Chronicle)
@click.option("--output", metavar="FILE", default="", help="Where to write it; else it is printed.")
@direction_option
@click.option(
    "--min-level",
    type=click.Choice(LEVELS),
    help="Leave out revisions with no change of this level or above.",
)
@fail_on_option("none")
@strictness_options
def history(
    *,
    path: str,
    since: str,
    limit: int | None,
    tags: bool,
    form: Chronicle,
    output: str,
    direction: str,
    min_level: str | None,
    fail_on: str,
    reading: Reading,
) -> None:
    """Tell what each revision of the spec at PATH changed, the newest first.

    A revision is a commit that changed the file, or a file that it refers to now, seen along the
    first parents: a branch that was merged is one, as its merge. The file is followed to the name
    that it had before. Each is compared with the version before it, and told with how many errors,
    warnings and notes that meant for an old client and for a new one, and the first of what broke
    the client that --direction names.

    A revision that is no spec, or lacks the file, is told with the reason; the next is compared
    with the last one that could be read. What is not committed is not looked at.

    \b
    Examples:
      isthmus compat history api.yaml --limit 20
      isthmus compat history api.yaml --tags --format html --output history.html
      isthmus compat history api.yaml --since origin/main --fail-on err
    """
    from compat.cli.output import refuse_input, write_output
    from compat.cli.tracing import Wanted, make_history
    from compat.model.role import Role

    if output:
        refuse_input(output, (path,))
    role = Role(direction.replace("-", "_"))
    wanted = Wanted(since=since, tags=tags, limit=limit)
    made = make_history(path, wanted, reading, role)
    shown = made if min_level is None else made.at_least(Level[min_level.upper()])
    if output:
        write_output(output, _text(shown, form))
        note(f"{output}: written")
    else:
        _print(shown, form)
    if fail_on != "none" and made.changed(Level[fail_on.upper()]):
        click.get_current_context().exit(Exit.FINDINGS)


def _print(made: "History", form: Chronicle) -> None:
    if form is Chronicle.TEXT:
        from compat.report.history.text import history_text

        say(history_text(made))
    else:
        say_text(_text(made, form))


def _text(made: "History", form: Chronicle) -> str:
    """What goes into a file of this form."""
    match form:
        case Chronicle.TEXT:
            from compat.report.history.text import history_text

            return plain(history_text(made))
        case Chronicle.JSON:
            from compat.report.history.document import history_document

            return json_text(history_document(made))
        case Chronicle.MARKDOWN:
            from compat.report.history.markdown import history_markdown

            return history_markdown(made)
        case Chronicle.HTML:
            from compat.report.history.page import history_page

            return history_page(made)
