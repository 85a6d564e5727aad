"""`isthmus journal export`: one volume as it was at a point."""

import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from compat.cli.console import note
from core.cli.exits import exits
from core.cli.images import images, number_of, parse_images
from core.cli.journal.restore import copy, kept_files
from core.cli.opening import opened
from core.cli.options import at_option, image_option, journal_argument, now_ns
from core.cli.output import PIECE_BYTES, Draft, drafts, refuse_target
from core.cli.points import parse_point
from core.cli.progress import progress
from core.errors import CoreError
from core.stream.history import History
from core.stream.view import PointView
from core.units import size_text

_STDOUT: Final = "-"
_QEMU: Final = "qemu-img"


@click.command("export", epilog=exits())
@journal_argument
@at_option
@click.option("--volume", metavar="NAME", default="", help="Which one, where there are several.")
@click.option("--output", metavar="FILE", required=True, help="A file, or - for standard output.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["raw", "qcow2"]),
    default="raw",
    show_default=True,
    help="As which kind of image; qcow2 needs qemu-img.",
)
@image_option
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(
    *,
    journal: str,
    at: str,
    volume: str,
    output: str,
    form: str,
    image: tuple[str, ...],
    force: bool,
) -> None:
    """Write one volume as it was at a point: to standard output, to a file, or as qcow2.

    As `restore` does it, from the journal in DIR and the image as it is now.

    \b
    Example:
      isthmus journal export journal --at -15m --output - | zstd > disk.zst
      isthmus journal export journal --at -15m --volume log --format qcow2 --output log.qcow2
    """
    if form == "qcow2":
        _check_qcow2(output)
    with opened(journal) as found:
        history = found.history
        point = parse_point(at, history, now_ns=now_ns())
        number = _number(history, volume)
        elsewhere = parse_images(image, history)
        if output != _STDOUT:
            kept = kept_files(found, elsewhere)
            refuse_target(Path(output), force=force, kept=kept, journal=found.path)
        with images(found, elsewhere, (number,)) as current:
            view = PointView(history, current[number], volume=number, point=point.point)
            if output == _STDOUT:
                _stream(view)
            else:
                _write(view, Path(output), form)
    where = "standard output" if output == _STDOUT else output
    note(f"{where}: {history.identity.names[number]} at {point}, {size_text(view.size)}")


def _check_qcow2(output: str) -> None:
    if output == _STDOUT:
        raise click.UsageError("qcow2 is written to a file, not to standard output")
    if shutil.which(_QEMU) is None:
        raise CoreError("qcow2 needs qemu-img, which is not installed", hint="--format raw")


def _number(history: History, volume: str) -> int:
    if volume:
        return number_of(volume, history)
    if len(history.identity.volumes) > 1:
        raise CoreError(
            "there are several volumes",
            where=history.where,
            hint=f"--volume says which of {', '.join(history.identity.names)}",
        )
    return 0


def _stream(view: PointView) -> None:
    out = sys.stdout.buffer
    if out.isatty():
        raise CoreError("an image is not for a terminal", hint="--output FILE, or a pipe behind it")
    buffer = memoryview(bytearray(PIECE_BYTES))
    with progress("exporting", view.size) as done:
        for at in range(0, view.size, PIECE_BYTES):
            piece = buffer[: min(PIECE_BYTES, view.size - at)]
            view.read_into(piece, at)
            out.write(piece)
            done(len(piece))
    out.flush()


def _write(view: PointView, target: Path, form: str) -> None:
    if form == "raw":
        with drafts((target,)) as (draft,), progress("exporting", view.size) as done:
            copy(view, draft, done)
        return
    with drafts((target,)) as (draft,):
        raw = Draft(target)
        try:
            with progress("exporting", view.size) as done:
                copy(view, raw, done)
            _convert(raw.path, draft.path)
        finally:
            raw.close()


def _convert(raw: Path, made: Path) -> None:
    words = (_QEMU, "convert", "-f", "raw", "-O", "qcow2", str(raw), str(made))
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        told, _ = process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
    if process.returncode:
        raise CoreError(f"qemu-img failed: {told.strip()}", where=str(made))
