"""`isthmus compat rules`: what changes are called, and what each rule means."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from compat.cli.console import json_text, note, working
from compat.cli.forms import Form
from compat.cli.options import direction_option, forms_option, level_option, output_option
from compat.differ.effect import Level
from compat.errors import CompatError
from compat.model.role import Role

if TYPE_CHECKING:
    from compat.report.rules.rule import Rule


@click.command("rules")
@click.argument("rule", default="")
@click.option("--like", "piece", metavar="TEXT", default="", help="Only ids that have it in them.")
@level_option
@direction_option("Whose --level counts")
@forms_option(Form.TEXT, Form.JSON, Form.MARKDOWN)
@output_option
@click.option(
    "--pages",
    "folder",
    metavar="DIR",
    default="",
    help="Write the page of each rule there, as Markdown, with README.md as their list.",
)
def rule_ids(
    *,
    rule: str,
    piece: str,
    levels: frozenset[Level],
    role: Role,
    form: Form,
    output: str,
    folder: str,
) -> None:
    """List all rules, or tell all about RULE, the id of one.

    The list has the level of each for an old client with a new server and for a new client with an
    old server. A page has the meaning, who breaks and why, an example of two specs, and what a shim
    does about it. Levels are those of the example, and settings of `check` may give others.
    --like and --level leave out of the list, or of the pages, what is not like that.

    \b
    Examples:
      isthmus compat rules --like enum-value
      isthmus compat rules --level err --level warn --direction new-client
      isthmus compat rules response-property-enum-value-added
      isthmus compat rules --pages docs/rules
    """
    from compat.cli.output import deliver

    if rule and (piece or levels or folder):
        raise click.UsageError("either RULE, or --like, --level and --pages for a list")
    if output and folder:
        raise click.UsageError("either --output or --pages")
    if not levels and _is_given("role"):
        raise click.UsageError("--direction says whose --level counts: give that, too")
    found = _wanted(rule, piece)
    if levels:
        with working("comparing the examples"):
            found = tuple(each for each in found if each.level(role) in levels)
    if folder:
        _write_pages(found, folder)
        return
    if not found:
        note("no rule is like that")
    text = _page(found[0], form) if rule else _list(found, form)
    deliver(text, output)


def _is_given(option: str) -> bool:
    source = click.get_current_context().get_parameter_source(option)
    return source is not ParameterSource.DEFAULT


def _wanted(rule: str, piece: str) -> tuple["Rule", ...]:
    from compat.bridging.rules import rules
    from compat.intent.problem import nearest
    from compat.report.rules.rule import described

    known = sorted(rules())
    if rule and rule not in known:
        hint = nearest(rule, known) or "`isthmus compat rules` lists them all"
        raise CompatError(f"{rule} is no rule", hint=hint)
    return described([rule] if rule else [each for each in known if piece in each])


def _page(rule: "Rule", form: Form) -> str:
    from compat.report.rules.document import rule_document
    from compat.report.rules.markdown import rule_markdown
    from compat.report.rules.text import rule_text

    match form:
        case Form.JSON:
            return json_text(rule_document(rule))
        case Form.MARKDOWN:
            return _lines(rule_markdown(rule))
        case _:
            return _lines(rule_text(rule))


def _list(found: Sequence["Rule"], form: Form) -> str:
    from compat.report.rules.document import entry_document
    from compat.report.rules.markdown import list_markdown
    from compat.report.rules.text import list_text

    with working("comparing the examples"):
        match form:
            case Form.JSON:
                return json_text([dict(entry_document(rule)) for rule in found])
            case Form.MARKDOWN:
                return _lines(list_markdown(found))
            case _:
                return _lines(list_text(found))


def _write_pages(found: Sequence["Rule"], folder: str) -> None:
    from compat.cli.output import write_output
    from compat.report.rules.markdown import list_markdown, rule_markdown

    home = Path(folder)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CompatError(f"cannot be made: {error.strerror}", where=folder) from None
    with working("planning the examples"):
        for rule in found:
            write_output(str(home / f"{rule.id}.md"), _lines(rule_markdown(rule)))
        table = "\n".join(list_markdown(found, folder="./"))
        write_output(str(home / "README.md"), f"# Rules\n\n{table}\n")
    note(f"{folder}: {len(found)} pages written")


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
