"""`isthmus compat staged`: what a commit would change, before it is made."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import click

from compat.cli.console import note, note_problems, say, working
from compat.cli.inputs import Reading
from compat.cli.options import (
    config_option,
    direction_option,
    fail_on_option,
    min_level_option,
    strictness_options,
)
from compat.differ.effect import Level
from compat.errors import CompatError, Exit
from compat.model.role import Role

if TYPE_CHECKING:
    from compat.differ.documents import ReadDocument
    from compat.differ.gate import Gated
    from compat.load.opened import Opened


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--against",
    metavar="REV",
    default="HEAD",
    show_default=True,
    help="The revision that what is staged is compared with.",
)
@direction_option()
@min_level_option(Level.WARN)
@fail_on_option(Level.ERR)
@config_option
@strictness_options
def staged(
    *,
    files: tuple[str, ...],
    against: str,
    role: Role,
    min_level: Level,
    fail_on: Level | None,
    config: str,
    reading: Reading,
) -> None:
    """Compare each FILE as it is staged in git with the one that was committed last.

    For a hook that runs before a commit and names the files that it is about. A new spec passes,
    and what is no spec is left aside. One that was committed broken is compared with nothing; one
    that is gone from what is staged is a change, too.

    The settings are those of `compat check`: what is accepted there passes here. What they say of
    specs that are not named, or of changes that were committed before, is no mistake here, and
    what `version-bump` asks of a release is not asked of a commit.

    \b
    Examples:
      isthmus compat staged specs/lamps.yaml specs/rooms.yaml
      isthmus compat staged api.yaml --against origin/main --fail-on warn
    """
    from compat.cli.settings import read_settings
    from compat.differ.gate import gated
    from compat.git import is_commit

    if against != "HEAD" and not is_commit(against):  # before the first commit there is no HEAD
        hint = "name a commit, tag or branch"
        raise CompatError("git knows no such revision", where=against, hint=hint)
    settings = replace(read_settings(config), bump=None)
    today = date.today().isoformat()
    read = _read(files, against, reading)
    found = [change for each in read for change in each.changes(settings.policy(today))]
    judged = gated(found, [each.document for each in read], settings, today)
    for each in read:
        _tell(each, judged, role, min_level)
    _complain(judged)
    fails = fail_on is not None and any(change.level_for(role) >= fail_on for change in judged.open)
    if fails or judged.wrong:
        raise click.exceptions.Exit(Exit.FINDINGS)


def _read(files: Sequence[str], against: str, reading: Reading) -> list["ReadDocument"]:
    """Each spec by its path from the top of the repository; raises CompatError."""
    from compat.git import from_top, has

    found: list[ReadDocument] = []
    with working("reading") as tell:
        for name in dict.fromkeys(map(from_top, files)):
            tell(name)
            if not has("", name) and not has(against, name):
                hint = "add it first, and name it as seen from here"
                raise CompatError(f"neither staged nor in {against}", where=name, hint=hint)
            old, new = _before(name, against, reading), _opened("", name, reading)
            if old is not None or new is not None:
                found.append(_compared(name, old, new, reading))
    return found


def _before(name: str, against: str, reading: Reading) -> "Opened | None":
    """What was committed broken must not stand in the way of what mends it."""
    from compat.load import SpecError

    try:
        return _opened(against, name, reading)
    except SpecError as error:
        _compared_with_nothing(error)
        return None


def _compared(
    name: str, old: "Opened | None", new: "Opened | None", reading: Reading
) -> "ReadDocument":
    from compat.differ.documents import read_document
    from compat.load import SpecError

    try:
        return read_document(name, old, new, whole=reading.strict)
    except SpecError:
        if old is None or new is None:
            raise
    try:
        old.read(validate=reading.strict)
    except SpecError as error:
        _compared_with_nothing(error)
        old = None
    return read_document(name, old, new, whole=reading.strict)


def _compared_with_nothing(error: CompatError) -> None:
    note(f"warning: it is compared with nothing: {error}")


def _opened(revision: str, name: str, reading: Reading) -> "Opened | None":
    from compat.folder import open_if_spec
    from compat.git import has

    if not has(revision, name):
        return None
    strict, remote = reading.strict, reading.remote
    return open_if_spec(f"git:{revision}:{name}", strict=strict, remote=remote)


def _tell(read: "ReadDocument", judged: "Gated", role: Role, least: Level) -> None:
    """Its name, and what changed in it."""
    from rich.console import Group
    from rich.text import Text

    from compat.report.changes.listing import listing
    from compat.report.changes.text import changes_text
    from compat.report.gated import accepted_lines
    from compat.report.printable import on_one_line

    note_problems(() if read.new is None else read.new.problems)
    own = [replace(each, document="") for each in judged.open if each.document == read.name]
    shown = listing((replace(read.document, name=""),), own, role=role, least=least)
    accepted = [
        (replace(each, document=""), word)
        for each, word in judged.accepted
        if each.document == read.name
    ]
    name = Text(on_one_line(read.name), "bold")
    say(Group(name, changes_text(shown), *accepted_lines(accepted, role), Text()))


def _complain(judged: "Gated") -> None:
    from rich.console import Group

    from compat.report.gated import complaint_lines

    if judged.wrong:
        say(Group(*complaint_lines(judged.wrong)))
