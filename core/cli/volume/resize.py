"""`isthmus volume resize`: give a volume another size, as history that can be gone back on."""

from typing import Final

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.images import moved_images
from core.cli.opening import Opened, as_served, opened
from core.cli.options import image_option, journal_argument, text_or_json
from core.driver.control import ask
from core.driver.group.protection import protected
from core.driver.group.resizing import Resized, resize
from core.driver.group.wanted import Wanted
from core.units import parse_size, size_text

_PATIENCE_S: Final = 600.0


@click.command("resize", epilog=exits())
@journal_argument
@click.argument("name")
@click.argument("size")
@image_option
@text_or_json
def command(*, journal: str, name: str, size: str, image: tuple[str, ...], form: str) -> None:
    """Give the volume NAME of the journal in DIR another SIZE, and its replica with it.

    What is added reads as zeroes. Where the group is being served the process that serves it is
    asked: a volume grows while clients use it, who see that when they connect again, and shrinks
    when there are none. Where it is not served, this opens it, and needs none of the options that
    it is served with. What is cut off stays in the history: a rewind brings it back.

    \b
    Example:
      isthmus volume resize journal disk 20GiB
      isthmus volume resize journal disk 512MiB --format json
    """
    wanted_bytes = parse_size(size)
    with opened(journal) as found:
        told = _asked(found, name, wanted_bytes) if found.writer else None
        wanted = as_served(found, moved_images(found, image))
    if told is None:
        told = _alone(wanted, name, wanted_bytes)
    if form == "json":
        say_json(told._asdict())
        return
    note(f"{name}: {size_text(told.size)}, it had {size_text(told.before)}")
    if told.size < told.before:
        note(f"to undo it: isthmus rewind {journal} --at sequence:{told.point - 1}")


def _asked(found: Opened, name: str, size: int) -> Resized:
    answer = ask(found.path, "resize", timeout_s=_PATIENCE_S, volume=name, size=size)
    return Resized(**{field: answer[field] for field in Resized._fields})


def _alone(wanted: Wanted, name: str, size: int) -> Resized:
    with protected(wanted, lambda _name, _done, _size: None) as group:
        return resize(group, name, size)
