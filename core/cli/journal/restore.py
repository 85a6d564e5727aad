"""`isthmus journal restore`: the volumes as they were at a point."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from compat.cli.console import note
from core.cli.exits import exits
from core.cli.images import images, parse_images, path_of
from core.cli.opening import Opened, opened
from core.cli.options import at_option, image_option, journal_argument, now_ns
from core.cli.output import PIECE_BYTES, Draft, drafts, refuse_target
from core.cli.points import parse_point
from core.cli.progress import progress
from core.errors import CoreError
from core.stream.view import PointView
from core.units import count_text, size_text

_STRETCH_BYTES: Final = 64 << 20  # in which it is asked for holes


@click.command("restore", epilog=exits())
@journal_argument
@click.argument("more", nargs=-1, metavar="")
@at_option
@click.option(
    "--output",
    "output",
    metavar="FILE...",
    multiple=True,
    required=True,
    help="A file for each volume, in the group's order.",
)
@image_option
@click.option("--force", is_flag=True, help="Write over files that are there.")
def command(
    *,
    journal: str,
    more: tuple[str, ...],
    at: str,
    output: tuple[str, ...],
    image: tuple[str, ...],
    force: bool,
) -> None:
    """Write the volumes as they were at a point, byte for byte, each to a file of its own.

    They come from the journal in DIR and the images as they are now; no server is needed, and
    one that runs is not disturbed. The files take no space where they are zero. They get their
    names when all of them are whole, so that an interrupt leaves nothing.

    \b
    Example:
      isthmus journal restore journal --at -15m --output disk.img
      isthmus journal restore journal --at bookmark:monday --output data.img log.img
    """
    if more and len(output) > 1:
        raise click.UsageError("--output FILE FILE, or --output for each FILE, and not both")
    targets = [Path(each) for each in (*output, *more)]
    with opened(journal) as found:
        history = found.history
        point = parse_point(at, history, now_ns=now_ns())
        elsewhere = parse_images(image, history)
        _check_targets(found, targets, elsewhere, force=force)
        with images(found, elsewhere, range(len(targets))) as current:
            views = [
                PointView(history, current[nth], volume=nth, point=point.point)
                for nth in range(len(targets))
            ]
            total = sum(view.size for view in views)
            with drafts(targets) as made, progress("restoring", total) as done:
                for view, draft in zip(views, made, strict=True):
                    copy(view, draft, done)
    for name, target, view in zip(history.identity.names, targets, views, strict=True):
        note(f"{target}: {name} at {point}, {size_text(view.size)}")


def _check_targets(
    found: Opened, targets: Sequence[Path], elsewhere: Mapping[str, str], *, force: bool
) -> None:
    """Raises CoreError unless there is one file for each volume, and each may be written."""
    history = found.history
    names = history.identity.names
    if len(targets) != len(names):
        raise CoreError(
            f"{count_text(len(names), 'volume')}, and --output names "
            f"{count_text(len(targets), 'file')}",
            where=history.where,
            hint=f"a file for each of {', '.join(names)}, in this order; "
            "`isthmus journal export` writes one volume",
        )
    if len({target.resolve() for target in targets}) < len(targets):
        raise CoreError("--output names a file twice", where=history.where)
    kept = kept_files(found, elsewhere)
    for target in targets:
        refuse_target(target, force=force, kept=kept, journal=found.path)


def kept_files(found: Opened, elsewhere: Mapping[str, str]) -> Sequence[Path]:
    """The images of the group: what hosts write to, and what history is of."""
    members = found.history.identity.volumes
    history_is_of = (path_of(found.history, number, elsewhere) for number in range(len(members)))
    return [Path(each) for each in (*history_is_of, *(member.path for member in members))]


def copy(view: PointView, draft: Draft, done: Callable[[int], object]) -> None:
    """Fill a file with what the volume held."""
    draft.resize(view.size)
    buffer = memoryview(bytearray(PIECE_BYTES))
    for begin in range(0, view.size, _STRETCH_BYTES):
        for offset, length in view.data(begin, _STRETCH_BYTES):
            for at in range(offset, offset + length, PIECE_BYTES):
                piece = buffer[: min(PIECE_BYTES, offset + length - at)]
                view.read_into(piece, at)
                draft.write(piece, at)
        done(min(_STRETCH_BYTES, view.size - begin))
