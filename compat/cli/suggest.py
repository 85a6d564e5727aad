"""`isthmus compat suggest`: a draft of the intent file."""

import os
from pathlib import Path

import click

from compat.cli.console import note, note_problems, say_json, say_text
from compat.cli.forms import Form
from compat.cli.inputs import Inputs, Reading
from compat.cli.options import format_option, intent_option, reading_options
from compat.errors import CompatError


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--out", metavar="FILE", default="", help="Where to write it; else it is printed.")
@intent_option
@reading_options
@format_option
def suggest(*, old: str, new: str, out: str, intent: str, reading: Reading, form: Form) -> None:
    """Draft an intent file: what may explain the differences between OLD and NEW, with evidence.

    What is certain is on, everything else is off until a person turns it on. With an intent, the
    draft is for what that leaves open. A file that exists is never overwritten.

    To make a draft yours, take `on: false` from what is right, fill in `reason` and `owner` of the
    losses that you take on, and delete the rest.

    \b
    Examples:
      isthmus compat suggest v1.yaml v2.yaml --out intent.yaml
      isthmus compat suggest v1.yaml v2.yaml --intent intent.yaml --format json
    """
    from compat.cli.planning import make_draft
    from compat.plan.drafting.draft import render
    from compat.suggest.candidate import LIKELY

    if out:
        _refuse_existing(Path(out))
    drafted = make_draft(Inputs(specs=(old, new), intents=(intent,), reading=reading))
    found, text = drafted.draft, render(drafted.draft)
    if out:
        _write(Path(out), text)
    if form is Form.JSON:
        from compat.report.draft import draft_document
        from compat.report.places import problem_documents

        say_json({**draft_document(found), "problems": problem_documents(drafted.problems)})
        return
    note_problems(drafted.problems)
    if out:
        note(
            f"{out}: {len(found.certain)} certain, {len(found.candidates)} guesses that are off, "
            f"{len(found.open)} of {len(found.plan.open_gaps)} gaps without a likely guess "
            f"(score {LIKELY} or more)"
        )
    else:
        say_text(text)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise CompatError(
            "the file exists and may hold decisions",
            where=str(path),
            hint="write elsewhere, and take over what you want",
        )


def _write(path: Path, text: str) -> None:
    """All of the text or nothing, and never over a file that somebody made meanwhile."""
    whole = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        whole.write_text(text, encoding="utf-8")
        os.link(whole, path)
    except FileExistsError:
        _refuse_existing(path)
    except OSError as error:
        raise CompatError(f"cannot be written: {error.strerror}", where=str(path)) from None
    finally:
        whole.unlink(missing_ok=True)
