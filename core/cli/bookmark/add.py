"""`isthmus bookmark add`: give the latest point a name."""

import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.images import images, parse_images, path_of
from core.cli.moments import moment_text
from core.cli.opening import Opened, as_served, opened
from core.cli.options import image_option, journal_argument, text_or_json
from core.driver.backend.place import place_of
from core.driver.control import ask
from core.driver.group.leaving import leave
from core.driver.group.protection import protected
from core.driver.group.volume import open_volume
from core.driver.lock import WriterLock
from core.driver.quiesce import ToldToEndError, quiesced
from core.errors import CoreError
from core.machine.journal.recovery import open_journal
from core.machine.journal.shelf import KEEP_ALL
from core.stream.history import History
from core.stream.left import forget_left
from core.stream.noted import noted
from core.wire.note import Bookmark, Consistency, pack_note


@click.command("add", epilog=exits())
@journal_argument
@click.argument("name")
@click.option(
    "--consistency",
    type=click.Choice([each.value for each in Consistency]),
    default=Consistency.CRASH.value,
    show_default=True,
    help="What is known of the point: application where somebody has brought that to rest.",
)
@click.option(
    "--quiesce",
    metavar="COMMAND",
    help="Brings the application to rest; the point is application-consistent if it ends with 0.",
)
@click.option(
    "--resume", metavar="COMMAND", help="Lets it go on; it is run whatever became of the rest."
)
@click.option(
    "--timeout",
    "timeout_s",
    metavar="S",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="How many seconds each of these commands may take.",
)
@image_option
@text_or_json
def command(
    *,
    journal: str,
    name: str,
    consistency: str,
    quiesce: str | None,
    resume: str | None,
    timeout_s: float,
    image: tuple[str, ...],
    form: str,
) -> None:
    """Give the latest point of the journal in DIR a name.

    Where the group is being served, the process that serves it is asked. Otherwise the end of the
    journal gets the name, if its writer came to its end; that begins a new epoch, with the space
    that takes.

    With --quiesce the application is brought to rest before, by a command that the shell runs, and
    goes on by that of --resume, which is run also where something failed or was interrupted. What
    the commands need of secrets they find in the environment or in files.

    \b
    Example:
      isthmus bookmark add journal "before the upgrade"
      isthmus bookmark add journal nightly-12 --quiesce "psql -c CHECKPOINT"
      isthmus bookmark add journal frozen --quiesce "fsfreeze -f /srv" --resume "fsfreeze -u /srv"
    """
    if quiesce is None and resume is not None:
        raise click.UsageError("--resume needs --quiesce")
    promised = consistency if quiesce is None else Consistency.APPLICATION
    mark = Bookmark(name=name, consistency=Consistency(promised))
    with opened(journal) as found:
        if quiesce is None:
            told = _placed(found, mark, image)
        else:
            try:
                with quiesced(quiesce, resume, timeout_s=timeout_s):
                    told = _placed(found, mark, image)
            except ToldToEndError as ended:
                sys.exit(128 + ended.number)
    if form == "json":
        say_json({"name": name, **told})
    else:
        note(f"{name}: sequence {told['sequence']}, {told['time']}")


def _placed(found: Opened, mark: Bookmark, words: tuple[str, ...]) -> Mapping[str, Any]:
    if found.writer:
        return _asked(found, mark)
    if any(member.replica for member in found.history.identity.volumes):
        return _added_to_group(found, mark)
    return _added(found, mark, words)


def _asked(found: Opened, mark: Bookmark) -> dict[str, Any]:
    answer = ask(found.path, "bookmark", name=mark.name, consistency=mark.consistency.value)
    return _told(answer.get("point"), answer.get("time_ns"))


def _told(point: object, time_ns: object) -> dict[str, Any]:
    if not isinstance(point, int) or not isinstance(time_ns, int):
        raise CoreError("the process that writes the journal gave no answer that is known")
    return {"sequence": point, "time": moment_text(time_ns), "time_ns": time_ns}


def _added(found: Opened, mark: Bookmark, words: tuple[str, ...]) -> Mapping[str, Any]:
    history = found.history
    elsewhere = parse_images(words, history)
    with WriterLock(found.path):
        history.refresh()
        _check(history, mark)
        numbers = range(len(history.identity.volumes))
        with ExitStack() as stack, images(found, elsewhere, numbers):
            volumes = []
            for number in numbers:
                volume = open_volume(place_of(path_of(history, number, elsewhere)))
                stack.callback(volume.close)
                volumes.append(volume)
            forget_left(found.folder)
            written, _ = open_journal(
                found.folder,
                volumes,
                where=history.where,
                clock=time.time_ns,
                retention=KEEP_ALL,
            )
            written.note(pack_note(mark))
            written.close()
            leave(found.folder, history.identity, volumes, ())
    return _last(history, mark)


def _added_to_group(found: Opened, mark: Bookmark) -> Mapping[str, Any]:
    """Where there are replicas the whole group is opened for a moment."""
    with WriterLock(found.path):
        found.history.refresh()
        _check(found.history, mark)
    with protected(as_served(found, {}), lambda _name, _done, _size: None) as group:
        group.group.note(pack_note(mark))
    return _last(found.history, mark)


def _last(history: History, mark: Bookmark) -> Mapping[str, Any]:
    history.refresh()
    last = [each for each in noted(history) if each.note == mark][-1]
    return _told(last.point, last.time_ns)


def _check(history: History, mark: Bookmark) -> None:
    if history.unsealed is not None:
        raise CoreError(
            "its writer did not come to its end, and its volumes have to be recovered first",
            where=history.where,
            hint="serve the group (`isthmus protect`), which recovers it, and ask again",
        )
    names = [each.note.name for each in noted(history) if isinstance(each.note, Bookmark)]
    if mark.name in names:
        raise CoreError(
            f"there is a bookmark that is called {mark.name!r}",
            where=history.where,
            hint="choose another name: `isthmus bookmark list` shows those there are",
        )
