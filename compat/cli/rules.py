"""`isthmus compat rules`: what changes are called, and what each rule means."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compat.cli.console import json_text, note, working
from compat.cli.forms import Form
from compat.cli.options import forms_option, output_option
from compat.errors import CompatError

if TYPE_CHECKING:
    from compat.report.rules.page import Page


@click.command("rules")
@click.argument("rule", default="")
@click.option("--like", "piece", metavar="TEXT", default="", help="Only ids that have it in them.")
@forms_option(Form.TEXT, Form.JSON, Form.MARKDOWN)
@output_option
@click.option(
    "--pages",
    "folder",
    metavar="DIR",
    default="",
    help="Write the page of each rule there, as Markdown, with README.md as their list.",
)
def rule_ids(*, rule: str, piece: str, form: Form, output: str, folder: str) -> None:
    """List all rules, or tell all about RULE, the id of one.

    The list has the level of each for an old client with a new server and for a new client with an
    old server. A page has the meaning, who breaks and why, an example of two specs, and what a shim
    does about it. Levels are those of the example, and settings of `check` may give others.

    \b
    Examples:
      isthmus compat rules --like enum-value
      isthmus compat rules response-property-enum-value-added
      isthmus compat rules --pages docs/rules
    """
    from compat.cli.output import deliver

    if rule and (piece or folder):
        raise click.UsageError("either RULE, or --like and --pages for a list")
    if output and folder:
        raise click.UsageError("either --output or --pages")
    found = _wanted(rule, piece)
    if folder:
        _write_pages(found, folder)
        return
    if not found:
        note(f"no rule has {piece} in its id")
    text = _page(found[0], form) if rule else _list(found, form)
    deliver(text, output)


def _wanted(rule: str, piece: str) -> tuple["Page", ...]:
    from compat.bridging.rules import rules
    from compat.intent.problem import nearest
    from compat.report.rules.page import pages

    known = sorted(rules())
    if rule and rule not in known:
        hint = nearest(rule, known) or "`isthmus compat rules` lists them all"
        raise CompatError(f"{rule} is no rule", hint=hint)
    return pages([rule] if rule else [each for each in known if piece in each])


def _page(page: "Page", form: Form) -> str:
    from compat.report.rules.page import page_document
    from compat.report.rules.text import page_markdown, page_text

    match form:
        case Form.JSON:
            return json_text(page_document(page))
        case Form.MARKDOWN:
            return _lines(page_markdown(page))
        case _:
            return _lines(page_text(page))


def _list(found: Sequence["Page"], form: Form) -> str:
    from compat.report.rules.page import entry_document
    from compat.report.rules.text import list_markdown, list_text

    with working("comparing the examples"):
        match form:
            case Form.JSON:
                return json_text([dict(entry_document(page)) for page in found])
            case Form.MARKDOWN:
                return _lines(list_markdown(found))
            case _:
                return _lines(list_text(found))


def _write_pages(found: Sequence["Page"], folder: str) -> None:
    from compat.cli.output import write_output
    from compat.report.rules.text import list_markdown, page_markdown

    home = Path(folder)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CompatError(f"cannot be made: {error.strerror}", where=folder) from None
    with working("planning the examples"):
        for page in found:
            write_output(str(home / f"{page.id}.md"), _lines(page_markdown(page)))
        table = "\n".join(list_markdown(found, folder="./"))
        write_output(str(home / "README.md"), f"# Rules\n\n{table}\n")
    note(f"{folder}: {len(found)} pages written")


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
