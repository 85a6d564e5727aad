"""`isthmus compat plan`: what differs, and how each difference is crossed."""

import click

from compat.cli.console import note_problems, say, say_json
from compat.cli.inputs import Inputs, Reading
from compat.cli.options import Format, format_option, intent_option, reading_options


@click.command()
@click.argument("old")
@click.argument("new")
@intent_option
@click.option("--all", "everything", is_flag=True, help="Show what needs nothing, too.")
@reading_options
@format_option
def plan(
    *, old: str, new: str, intent: str, everything: bool, reading: Reading, form: Format
) -> None:
    """Show what differs between OLD and NEW, and how a shim would cross each difference.

    OLD and NEW are OpenAPI 3.0, 3.1 or Swagger 2.0, YAML or JSON: a path, `-` for standard input,
    or git:REV:PATH. A plan with open gaps is a plan: the exit code is 0.

    \b
    Example:
      isthmus compat plan git:v1.0:api.yaml api.yaml --intent intent.yaml
    """
    from compat.cli.planning import make_plan

    planned = make_plan(Inputs(specs=(old, new), intents=(intent,), reading=reading))
    if form is Format.JSON:
        from compat.report.document import plan_document

        say_json(plan_document(planned.plan, planned.problems))
        return
    from compat.report.text import plan_text

    note_problems(planned.problems)
    say(plan_text(planned.plan, everything=everything))
