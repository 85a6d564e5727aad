"""The commands of `isthmus journal`."""

from collections.abc import Mapping
from typing import Final

import click

from core.cli.lazy import Entry, LazyGroup

COMMANDS: Final[Mapping[str, Entry]] = {
    "diff": Entry("core.cli.journal.diff", "Ranges that differ between two points."),
    "export": Entry("core.cli.journal.export", "One volume at a point, as a stream or as qcow2."),
    "list": Entry("core.cli.journal.list", "What a journal holds."),
    "rate": Entry("core.cli.journal.rate", "How much changed, over time."),
    "restore": Entry("core.cli.journal.restore", "The volumes at a point, as files."),
    "show": Entry("core.cli.journal.show", "The writes: who wrote what, where and when."),
    "verify": Entry("core.cli.journal.verify", "Whether all of a journal is whole."),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def journal() -> None:
    """What a journal holds, and every point of it.

    These commands need the folder alone: no server, and nobody's leave. A journal may be written
    meanwhile. None of them changes it.

    \b
    A point is
      2026-03-02T14:05:00Z  or +02:00: the last point whose time is not later
      -90s, -1h30m          the same, so long before now
      sequence:4711         the state after that write
      bookmark:NAME         the point that has the name
      earliest, latest      the ends of the history

    \b
    Examples:
      isthmus journal list journal
      isthmus journal show journal --from -1h --range 1MiB+4096
      isthmus journal restore journal --at 2026-03-02T14:05:00Z --output disk.img
    """
