"""`isthmus compat plan`: what differs, and how each difference is crossed."""

import click

from compat.cli.console import note_problems, say, say_json
from compat.cli.forms import Form
from compat.cli.inputs import Reading
from compat.cli.options import format_option, intents_option, reading_options, steps_of


@click.command()
@click.argument("specs", nargs=-1, required=True, metavar="OLD [MIDDLE...] NEW")
@intents_option
@click.option("--all", "everything", is_flag=True, help="Show what needs nothing, too.")
@reading_options
@format_option
def plan(
    *,
    specs: tuple[str, ...],
    intents: tuple[str, ...],
    everything: bool,
    reading: Reading,
    form: Form,
) -> None:
    """Show what differs between OLD and NEW, and how a shim would cross each difference.

    OLD and NEW are OpenAPI 3.0, 3.1 or Swagger 2.0, YAML or JSON: a path, `-` for standard input,
    or git:REV:PATH. A plan with open gaps is a plan: the exit code is 0.

    More than two specs, from the oldest to the newest, are fused, as `generate` does it. Then
    --intent is given for each step in order, or not at all; '' stands for a step that needs none.

    \b
    Examples:
      isthmus compat plan git:v1.0:api.yaml api.yaml --intent intent.yaml
      isthmus compat plan v1.yaml v2.yaml v3.yaml --intent i12.yaml --intent i23.yaml
    """
    from compat.cli.planning import make_plan

    planned = make_plan(steps_of(specs, intents, reading))
    if form is Form.JSON:
        from compat.report.document import plan_document

        say_json(plan_document(planned.plan, planned.problems))
        return
    from compat.report.text import plan_text

    note_problems(planned.problems)
    say(plan_text(planned.plan, everything=everything))
