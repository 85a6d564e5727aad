"""`isthmus compat rules`: what changes are called."""

import click

from compat.cli.console import say_json, say_text
from compat.cli.options import Format, format_option


@click.command("rules")
@click.option("--like", "piece", metavar="TEXT", default="", help="Only ids that have it in them.")
@format_option
def rule_ids(*, piece: str, form: Format) -> None:
    """List the ids of all rules, which settings of `check` may give another level.

    \b
    Example:
      isthmus compat rules --like enum-value
    """
    from compat.differ.rules import rules

    found = sorted(rule for rule in rules() if piece in rule)
    if form is Format.JSON:
        say_json([*found])
    else:
        say_text("".join(f"{rule}\n" for rule in found))
