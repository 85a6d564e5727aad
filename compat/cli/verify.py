"""`isthmus compat verify`: does a package do what its plan says?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from compat.cli.console import note_problems, say_json, say_text, working
from compat.cli.forms import Form
from compat.cli.options import format_option
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.plan.bridge import BridgePlan
    from compat.verify.corpus import Effort
    from compat.verify.report import Report


@click.command()
@click.argument("package")
@click.option(
    "--only",
    metavar="TEXT",
    multiple=True,
    help="Only exchanges named like this: old_client, GET /volumes. May be given several times.",
)
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Messages to make up for each exchange, besides those that are always tried.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another one: other messages.")
@click.option(
    "--write-tests",
    "into",
    metavar="DIR",
    default="",
    help="Where a test file goes that replays the messages with nothing but pytest.",
)
@format_option
def verify(
    *, package: str, only: tuple[str, ...], examples: int, seed: int, into: str, form: Form
) -> None:
    """Hold the generated PACKAGE against the plan that its inputs give, with messages made from
    the specs themselves.

    PACKAGE is its folder; the specs and the intent that its manifest names are read again. The same
    seed makes the same messages. A promise that is broken, or a package made from other inputs, is
    exit code 1, and each comes with the smallest message that shows it.

    The checks: wholeness (the package belongs to these inputs), agreement (it does what the plan
    says), ownership (what it is given stays as it is), admission (what one version allows is valid
    in the other), round trip (what goes there and back is the same), passage (what no spec knows
    passes), reading (it says beforehand what it looks into), lenses and edits (each translation
    by itself), witnesses (each difference in each role, by a message that shows it). Losses that
    the manifest lists are let through, and counted.

    With --write-tests, a package that keeps its promises gets a test file for the tree of those who
    use it: DIR/test_NAME.py, with its messages in test_NAME.json. It needs pytest alone.

    \b
    Examples:
      isthmus compat verify generated/v1_v2 --only "old_client GET /volumes" --examples 100
      isthmus compat verify generated/v1_v2 --write-tests tests
    """
    from compat.cli.order import order_of
    from compat.cli.planning import make_plan

    if into and only:
        raise click.UsageError("--write-tests is for the whole package; leave out --only")
    folder = Path(package)
    order = order_of(folder)
    if into:
        _refuse_strange(order.package, into)
    planned = make_plan(order.inputs)
    effort = _effort(examples, seed)
    with _leaving_nothing():
        report = _verified(folder, planned.plan, effort, only)
        written = _recorded(folder, planned.plan, effort, into) if into and report.is_sound else ()
    if form is Form.TEXT:
        note_problems(planned.problems)
    _print(report, written, form)
    if not report.is_sound:
        code = Exit.FINDINGS if report.complete else Exit.INTERRUPTED
        click.get_current_context().exit(code)


@contextmanager
def _leaving_nothing() -> Iterator[None]:
    """What Hypothesis keeps for another time is not kept in the folder that the command runs in."""
    from hypothesis.configuration import set_hypothesis_home_dir

    with TemporaryDirectory() as scratch:
        set_hypothesis_home_dir(scratch)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


def _effort(examples: int, seed: int) -> "Effort":
    from compat.verify.corpus import Effort

    return Effort(examples=examples, seed=seed)


def _refuse_strange(package: str, into: str) -> None:
    """Before anything that takes long."""
    from compat.verify.recording import files_for

    files_for(package, Path(into))


def _recorded(folder: Path, plan: "BridgePlan", effort: "Effort", into: str) -> tuple[str, ...]:
    from compat.verify.recording import write_tests

    with working("writing tests"):
        files = write_tests(folder, plan, Path(into), effort)
    return str(files.test), str(files.messages)


def _verified(
    folder: Path, plan: "BridgePlan", effort: "Effort", only: tuple[str, ...]
) -> "Report":
    from compat.verify.verifying import Options, verify

    options = Options(effort=effort, only=only)
    with working("verifying") as tell:

        def progress(what: str, done: int, total: int) -> None:
            tell(f"{done} of {total}, {what}")

        return verify(folder, plan, options, progress)


def _print(report: "Report", written: tuple[str, ...], form: Form) -> None:
    from compat.report.printable import printable
    from compat.verify.report import report_document, report_text

    if form is Form.JSON:
        say_json({**report_document(report), "written": list(written)})
        return
    say_text(printable(report_text(report)))
    if written:
        say_text(f"\nwritten: {printable(' '.join(written))}\n")
