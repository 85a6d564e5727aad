"""`isthmus compat staged`: what a commit would change, before it is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import click

from compat.cli.console import note, note_problems, say, working
from compat.cli.inputs import Reading
from compat.cli.options import (
    direction_option,
    fail_on_option,
    min_level_option,
    strictness_options,
)
from compat.differ.effect import Level
from compat.errors import CompatError, Exit

if TYPE_CHECKING:
    from compat.differ.change import Change
    from compat.load import Loaded, Problem
    from compat.model.role import Role
    from compat.report.changes.listing import Pair


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--against",
    metavar="REV",
    default="HEAD",
    show_default=True,
    help="The revision that what is staged is compared with.",
)
@direction_option
@min_level_option("warn")
@fail_on_option("err")
@strictness_options
def staged(
    *,
    files: tuple[str, ...],
    against: str,
    direction: str,
    min_level: str,
    fail_on: str,
    reading: Reading,
) -> None:
    """Compare each FILE as it is staged in git with the one that was committed last.

    For a hook that runs before a commit and names the files that it is about. A new spec passes,
    and what is no spec is left aside. One that was committed broken is compared with nothing; one
    that is gone from what is staged is a change, too.

    \b
    Examples:
      isthmus compat staged specs/lamps.yaml specs/rooms.yaml
      isthmus compat staged api.yaml --against origin/main --fail-on warn
    """
    from compat.git import from_top, is_commit
    from compat.model.role import Role

    if against != "HEAD" and not is_commit(against):  # before the first commit there is no HEAD
        hint = "name a commit, tag or branch"
        raise CompatError("git knows no such revision", where=against, hint=hint)
    role = Role(direction.replace("-", "_"))
    found: list[_Compared] = []
    with working("comparing") as tell:
        for file in files:
            tell(file)
            found += _compared(from_top(file), against, reading)
    for each in found:
        _tell(each, role, Level[min_level.upper()])
    if fail_on != "none" and any(
        change.level_for(role) >= Level[fail_on.upper()]
        for each in found
        for change in each.changes
    ):
        raise click.exceptions.Exit(Exit.FINDINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """A spec by its path from the top of the repository, and all that changed in it."""

    name: str
    pair: "Pair"
    changes: tuple["Change", ...]
    problems: tuple["Problem", ...]


def _compared(name: str, against: str, reading: Reading) -> Iterator[_Compared]:
    """One, or none for what is no spec on either side; raises CompatError for what is nowhere."""
    from compat.differ.documents import document_changes
    from compat.differ.lifecycle import Policy
    from compat.git import has
    from compat.report.changes.listing import Pair

    if not has("", name) and not has(against, name):
        hint = "add it first, and name it as seen from here"
        raise CompatError(f"neither staged nor in {against}", where=name, hint=hint)
    old, new = _before(name, against, reading), _spec("", name, reading)
    if old is None and new is None:
        return
    ours, theirs = (None if each is None else each.interface for each in (old, new))
    policy = Policy(today=date.today().isoformat())
    yield _Compared(
        name=name,
        pair=Pair(old=ours, new=theirs),
        changes=tuple(document_changes("", ours, theirs, policy)),
        problems=() if new is None else new.problems,
    )


def _before(name: str, against: str, reading: Reading) -> "Loaded | None":
    """What was committed broken must not stand in the way of what mends it."""
    from compat.load import SpecError

    try:
        return _spec(against, name, reading)
    except SpecError as error:
        note(f"warning: it is compared with nothing: {error}")
        return None


def _spec(revision: str, name: str, reading: Reading) -> "Loaded | None":
    from compat.folder import load_spec
    from compat.git import has

    if not has(revision, name):
        return None
    strict, remote = reading.strict, reading.remote
    return load_spec(f"git:{revision}:{name}", strict=strict, remote=remote, validate=strict)


def _tell(compared: _Compared, role: "Role", least: Level) -> None:
    """Its name, and what changed in it."""
    from rich.console import Group
    from rich.text import Text

    from compat.report.changes.listing import listing_of
    from compat.report.changes.text import changes_text
    from compat.report.printable import on_one_line

    note_problems(compared.problems)
    shown = listing_of((compared.pair,), compared.changes, role=role, least=least)
    say(Group(Text(on_one_line(compared.name), "bold"), changes_text(shown), Text()))
