"""What is signed: an image, or a volume of a journal as it was at a point."""

import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np

from core.cli.images import images, number_of, parse_images
from core.cli.opening import opened
from core.cli.options import now_ns
from core.cli.points import Selected, parse_point
from core.cli.signature.kept import Kept, kept_there
from core.driver.backend.place import place_of
from core.driver.image import open_image
from core.errors import CoreError
from core.stream.history import History
from core.stream.view import PointView
from core.structure.signature import Scheme
from core.structure.signing import Medium

_LATEST: Final = "latest"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How which range is to be signed; without a `length` up to the end.

    `anew`: nothing that was signed before is believed.
    """

    scheme: Scheme
    offset: int
    length: int | None
    anew: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A medium that is open, and what it is called; of a journal, the volume and the point too.

    `kept` is what is known there already of the range that is wanted.
    """

    medium: Medium
    size: int
    name: str
    volume: str | None = None
    point: Selected | None = None
    kept: Kept | None = None

    @property
    def known(self) -> int:
        """How many chunks need not be read."""
        return 0 if self.kept is None else int(np.count_nonzero(self.kept.known.is_valid))

    @property
    def sequence(self) -> int | None:
        """The number of the point."""
        return None if self.point is None else self.point.point

    def __str__(self) -> str:
        return self.name if self.volume is None else f"{self.volume} of {self.name} at {self.point}"


@contextmanager
def target(
    word: str, volume: str, at: str, elsewhere: Sequence[str], wanted: Wanted
) -> Iterator[Target]:
    """What these words of the command mean; an empty one was not said."""
    place = place_of(word)
    if isinstance(place, Path) and place.is_dir():
        with ExitStack() as stack:
            kept, at = None, at or _LATEST
            if at == _LATEST and not elsewhere and not wanted.anew:
                kept = stack.enter_context(
                    kept_there(place, volume, wanted.scheme, wanted.offset, wanted.length)
                )
                at = at if kept is None else f"sequence:{kept.point}"
            yield stack.enter_context(_volume(word, volume, at, elsewhere, kept))
        return
    for said, what in ((volume, "VOLUME"), (at, "--at"), (elsewhere, "--image")):
        if said:
            raise click.UsageError(f"{what} is for the folder of a journal, which {word} is not")
    if isinstance(place, Path):
        _refuse_odd(place)
    image = open_image(place)
    try:
        yield Target(medium=image, size=image.size(), name=word)
    finally:
        image.close()


@contextmanager
def _volume(
    name: str, volume: str, at: str, elsewhere: Sequence[str], kept: Kept | None
) -> Iterator[Target]:
    with opened(name) as found:
        history = found.history
        point = parse_point(at, history, now_ns=now_ns())
        number = _number(history, volume)
        with images(found, parse_images(elsewhere, history), (number,)) as current:
            view = PointView(history, current[number], volume=number, point=point.point)
            try:
                yield Target(
                    medium=view,
                    size=view.size,
                    name=name,
                    volume=history.identity.names[number],
                    point=point,
                    kept=kept,
                )
            finally:
                view.close()


def _number(history: History, volume: str) -> int:
    if volume:
        return number_of(volume, history)
    names = history.identity.names
    if len(names) > 1:
        raise CoreError(
            "there are several volumes",
            where=history.where,
            hint=f"name one behind the folder: {', '.join(names)}",
        )
    return 0


def _refuse_odd(path: Path) -> None:
    """Raises CoreError for what has no bytes at offsets."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISBLK(mode):
        raise CoreError("neither a file nor a block device, nor a folder", where=str(path))
