"""`isthmus compat history`: what each revision of a spec changed for its clients."""

from typing import TYPE_CHECKING, Final

import click

from compat.cli.console import json_text, note, plain, say
from compat.cli.forms import Form
from compat.cli.inputs import Reading
from compat.cli.options import (
    direction_option,
    fail_on_option,
    forms_option,
    min_level_option,
    output_option,
    strictness_options,
)
from compat.differ.effect import Level
from compat.errors import Exit
from compat.model.role import Role

if TYPE_CHECKING:
    from compat.report.history.row import History


FORMS: Final = (Form.TEXT, Form.JSON, Form.MARKDOWN, Form.HTML)


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
@forms_option(*FORMS)
@output_option
@direction_option()
@min_level_option(None, "Leave out revisions with no change of this level or above.")
@fail_on_option(None)
@strictness_options
def history(
    *,
    path: str,
    since: str,
    limit: int | None,
    tags: bool,
    form: Form,
    output: str,
    role: Role,
    min_level: Level | None,
    fail_on: Level | None,
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
    from compat.cli.output import deliver, refuse_input
    from compat.cli.tracing import Wanted, make_history
    from compat.git import is_shallow

    if output:
        refuse_input(output, (path,))
    wanted = Wanted(since=since, tags=tags, limit=limit)
    made = make_history(path, wanted, reading, role)
    if is_shallow(path):
        note(f"{path}: this clone lacks older commits; `git fetch --unshallow` gets them")
    shown = made if min_level is None else made.at_least(min_level)
    if form is Form.TEXT and not output:
        from compat.report.history.text import history_text

        say(history_text(shown))
    else:
        deliver(_text(shown, form), output)
    if fail_on is not None and made.changed(fail_on):
        click.get_current_context().exit(Exit.FINDINGS)


def _text(made: "History", form: Form) -> str:
    """What goes into a file of this form."""
    match form:
        case Form.TEXT:
            from compat.report.history.text import history_text

            return plain(history_text(made))
        case Form.JSON:
            from compat.report.history.document import history_document

            return json_text(history_document(made))
        case Form.MARKDOWN:
            from compat.report.history.markdown import history_markdown

            return history_markdown(made)
        case _:
            from compat.report.history.page import history_page

            return history_page(made)
