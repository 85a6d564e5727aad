"""`isthmus bookmark add`: give the latest point a name."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import click

from compat.cli.console import note, say_json
from core.cli.images import images, parse_images, path_of
from core.cli.moments import moment_text
from core.cli.opening import Opened, opened
from core.cli.options import image_option, journal_argument, text_or_json
from core.driver.backend.place import place_of
from core.driver.control import ask
from core.driver.group.volume import open_volume
from core.driver.lock import WriterLock
from core.errors import CoreError
from core.machine.journal.recovery import open_journal
from core.machine.journal.shelf import KEEP_ALL
from core.stream.history import History
from core.stream.noted import noted
from core.wire.note import Bookmark, Consistency, pack_note


@click.command("add")
@journal_argument
@click.argument("name")
@click.option(
    "--consistency",
    type=click.Choice([each.value for each in Consistency]),
    default=Consistency.CRASH.value,
    show_default=True,
    help="What is known of the point: application where the application was brought to rest.",
)
@image_option
@text_or_json
def command(
    *, journal: str, name: str, consistency: str, image: tuple[str, ...], form: str
) -> None:
    """Give the latest point of the journal in DIR a name.

    Where the group is being served, the process that serves it is asked. Otherwise the end of the
    journal gets the name, if its writer came to its end; that begins a new epoch, with the space
    that takes.

    \b
    Example:
      isthmus bookmark add journal "before the upgrade"
      isthmus bookmark add journal nightly-12 --consistency application
    """
    mark = Bookmark(name=name, consistency=Consistency(consistency))
    with opened(journal) as found:
        told = _asked(found, mark) if found.writer else _added(found, mark, image)
    if form == "json":
        say_json({"name": name, **told})
    else:
        note(f"{name}: sequence {told['sequence']}, {told['time']}")


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
            written, _ = open_journal(
                found.folder,
                volumes,
                where=history.where,
                clock=time.time_ns,
                retention=KEEP_ALL,
            )
            written.note(pack_note(mark))
            written.close()
    history.refresh()
    last = [each for each in noted(history) if each.note == mark][-1]
    return _told(last.point, last.time_ns)


def _check(history: History, mark: Bookmark) -> None:
    if any(member.replica for member in history.identity.volumes):
        raise CoreError(
            "its history is of replicas, which only the process that serves the group feeds",
            where=history.where,
            hint="serve the group (`isthmus protect`), and ask again",
        )
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
