"""`isthmus compat check`: the gate of a build pipeline."""

from datetime import date
from typing import TYPE_CHECKING

import click

from compat.cli.console import json_text, note, note_problems, plain, say, working
from compat.cli.forms import Form, form_text
from compat.cli.inputs import Inputs, Reading
from compat.cli.options import (
    config_option,
    direction_option,
    forms_option,
    intent_option,
    output_option,
    reading_options,
)
from compat.errors import CompatError, Exit
from compat.model.role import Role

if TYPE_CHECKING:
    from compat.differ.gate import Settings
    from compat.report.check import Checked


@click.command()
@click.argument("old")
@click.argument("new")
@intent_option
@direction_option("Whose way counts")
@click.option(
    "--fail-on",
    type=click.Choice(["breaking", "unbridged", "lossy", "none"]),
    help="What ends in exit code 1: a change that breaks the client without a shim, a gap that the "
    "shim leaves open, or that and what it loses. A version that is not bumped as the settings ask "
    "does so with any but none, and what is wrong with the settings always does.  "
    "[default: unbridged; of folders: breaking]",
)
@config_option
@forms_option(Form.TEXT, Form.JSON, Form.MARKDOWN, Form.SARIF, Form.JUNIT, Form.GITHUB)
@output_option
@reading_options
def check(
    *,
    old: str,
    new: str,
    intent: str,
    role: Role,
    fail_on: str | None,
    config: str,
    reading: Reading,
    form: Form,
    output: str,
) -> None:
    """Say whether NEW may follow OLD: what breaks as it is, and what is left with a shim.

    A change may be accepted in the settings, by its fingerprint, with an owner, a reason and the
    last day of it; what the shim refuses or loses is accepted in the intent. Both stay visible. An
    acceptance that ran out or is of no change fails, and so does what leaves nothing out.

    Text and JSON tell all of it; the other formats are those of `compat diff`, without what is
    accepted or left out.

    OLD and NEW may be two folders, as for `compat diff`. A shim is of one interface, so for folders
    --fail-on is breaking or none, and there is no intent.

    \b
    Examples:
      isthmus compat check git:main:api.yaml api.yaml --fail-on breaking
      isthmus compat check git:main:specs specs --direction new-client
      isthmus compat check v1.yaml v2.yaml --intent intent.yaml --fail-on lossy --format json
    """
    from compat.cli.folders import are_folders
    from compat.cli.output import refuse_input
    from compat.cli.settings import read_settings
    from compat.report.check import FailOn

    if output:
        refuse_input(output, (old, new, intent, config))
    settings = read_settings(config)
    if are_folders(old, new):
        _refuse_shim(old, intent, fail_on, reading)
        checked = _checked_folders(old, new, settings, reading, role)
    else:
        intents = (intent,) if intent else ()
        inputs = Inputs(specs=(old, new), intents=intents, reading=reading)
        checked = _checked_specs(inputs, settings, role)
    if form is not Form.JSON:
        note_problems(checked.problems)
    _tell(checked, form, output)
    usual = FailOn.UNBRIDGED if checked.plan is not None else FailOn.BREAKING
    on = usual if fail_on is None else FailOn(fail_on)
    if failures := checked.failures(on):
        note(f"failed with --fail-on {on}: {', '.join(failures)}")
        raise click.exceptions.Exit(Exit.FINDINGS)


def _refuse_shim(old: str, intent: str, fail_on: str | None, reading: Reading) -> None:
    """Raises CompatError for what is said of a shim, where folders are compared."""
    told = {
        "--intent": bool(intent),
        f"--fail-on {fail_on}": fail_on in ("unbridged", "lossy"),
        "--old-name": bool(reading.old_name),
        "--new-name": bool(reading.new_name),
    }
    if wrong := [option for option, is_given in told.items() if is_given]:
        raise CompatError(
            f"{wrong[0]} is of a shim, a shim is of one interface, and these are folders",
            where=old,
            hint="leave it out, or check each spec of the folders by itself",
        )


def _checked_specs(inputs: Inputs, settings: "Settings", role: Role) -> "Checked":
    from compat.bridging.bridging import Bridging
    from compat.bridging.transitions import gathered
    from compat.cli.planning import make_plan
    from compat.differ.documents import Document, document_changes
    from compat.differ.gate import gated
    from compat.report.check import Checked

    planned = make_plan(inputs)
    document = Document(old=planned.plan.old, new=planned.plan.new)
    today = date.today().isoformat()
    with working("comparing"):
        told = [*document_changes(document, settings.policy(today))]
        bridging = Bridging.of(planned.plan)
        found = gathered(told, bridging)
    return Checked(
        gated=gated(found, (document,), settings, today),
        documents=(document,),
        plan=planned.plan,
        bridging=bridging,
        role=role,
        problems=planned.problems,
    )


def _checked_folders(
    old: str, new: str, settings: "Settings", reading: Reading, role: Role
) -> "Checked":
    from compat.cli.folders import compare_folders, read_folders
    from compat.differ.gate import gated
    from compat.report.check import Checked

    today = date.today().isoformat()
    read = read_folders(old, new, reading, whole=True)
    found = compare_folders(read, settings.policy(today))
    documents = tuple(each.document for each in read)
    return Checked(
        gated=gated(found, documents, settings, today),
        documents=documents,
        plan=None,
        bridging=None,
        role=role,
        problems=tuple(problem for each in read for problem in each.problems),
        folders=(old, new),
    )


def _tell(checked: "Checked", form: Form, output: str) -> None:
    from compat.cli.output import deliver
    from compat.report.check import check_document, check_text

    match form:
        case Form.TEXT if not output:
            say(check_text(checked))
            return
        case Form.TEXT:
            text = plain(check_text(checked))
        case Form.JSON:
            text = json_text(check_document(checked))
        case _:
            text = form_text(checked.listing, form)
    deliver(text, output)
