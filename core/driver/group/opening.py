"""Opening the images of a group, for one process alone."""

import time
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Final

from core.driver.backend.opening import ImageBusyError
from core.driver.backend.place import Place
from core.driver.group.volume import GroupVolume, open_volume

FED_WAIT_S: Final = 15.0
"""For so long whoever fed an image for a process that was killed may take to end."""

_POLL_S: Final = 0.1


def opened(stack: ExitStack, place: Place, create: int | None = None) -> GroupVolume:
    """An image, which goes with the stack; `create` is the size of one that is to be made."""
    volume = open_volume(place, create)
    stack.callback(volume.close)
    return volume


def opened_of_copy(stack: ExitStack, places: Iterable[Place]) -> list[GroupVolume]:
    """Those of a copy, which somebody may feed for a moment yet."""
    return [_opened_soon(stack, place) for place in places]


def _opened_soon(stack: ExitStack, place: Place) -> GroupVolume:
    deadline = time.monotonic() + FED_WAIT_S
    while True:
        try:
            return opened(stack, place)
        except ImageBusyError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_POLL_S)
