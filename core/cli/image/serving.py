"""Serving a point in the way that was chosen, until the process is told to end."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from core.cli.exits import TERMINATED
from core.cli.images import images, path_of
from core.cli.opening import Opened
from core.cli.points import Selected
from core.cli.progress import progress
from core.cli.serving import Doors, Ending, name_at, say_ready, served, tell, tell_to_end, uri_of
from core.driver.backend.place import place_of
from core.driver.group.access import Accessed, accessed, borrowed
from core.driver.group.opened import Overlay, PointExport, SharedView
from core.driver.nbd.export import Export
from core.errors import CoreError
from core.machine.image import BORROWED, GIVEN_UP, Access, Ask, ImageState, Mode, WhenFull
from core.machine.journal.access import SHARE
from core.stream.view import PointView

_SHARE_OF_IT: Final = f"one part in {SHARE} of --journal-size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be served, and how.

    `at` is how the point is called in names of exports, `size` the budget of a journal that nobody
    serves.
    """

    found: Opened
    selected: Selected
    at: str
    elsewhere: Mapping[str, str]
    doors: Doors
    access: Access
    when_full: WhenFull
    writable: bool
    scratch: Path | None
    size: int
    wait: Ending

    @property
    def names(self) -> Sequence[str]:
        """The volumes."""
        return self.found.history.identity.names


def serve(wanted: Wanted, ask: Ask) -> None:
    """Serve until the process is told to end, and leave nothing behind."""
    state = ImageState()
    state.step(ask)
    if state.mode in BORROWED:
        _serve_replicas(wanted, state)
    else:
        _serve_apart(wanted, state)


def _serve_apart(wanted: Wanted, state: ImageState) -> None:
    """From the history, what is written going to a file apart; the rest of it, if it is asked."""
    with ExitStack() as stack:
        history = wanted.found.history
        numbers = range(len(wanted.names))
        current = stack.enter_context(images(wanted.found, wanted.elsewhere, numbers))
        exports: list[Export] = []
        overlays: list[Overlay] = []
        for number, name in enumerate(wanted.names):
            view = SharedView(
                PointView(history, current[number], volume=number, point=wanted.selected.point)
            )
            if wanted.writable or state.mode is Mode.COPYING:
                overlays.append(Overlay(view, wanted.scratch))
                stack.callback(overlays[-1].close)
            overlay = overlays[-1] if overlays else None
            exports.append(PointExport(name, view, overlay, writable=wanted.writable))
        with _ready(wanted, exports):
            if state.mode is not Mode.COPYING:
                wanted.wait()
            else:
                steps = (step for each in overlays for step in each.copy())
                size = sum(each.offer.size for each in exports)
                with _beside(wanted, state, "copying", size, lambda: next(steps, None)):
                    wanted.wait()
    state.step(Ask.CLOSE)


def _serve_replicas(wanted: Wanted, state: ImageState) -> None:
    """On the replicas, which are given back at the end."""
    found, point = wanted.found, wanted.selected.point
    places = [
        place_of(path_of(found.history, number, wanted.elsewhere))
        for number in range(len(wanted.names))
    ]
    reasons: list[str] = []

    def ended(why: str) -> None:
        reasons.append(why)
        tell_to_end()

    def when_full(given: Accessed) -> bool:
        if wanted.when_full is WhenFull.END and not reasons:
            ended(f"as much was written as the journal may keep of the replicas, {_SHARE_OF_IT}")
        if wanted.when_full is not WhenFull.DIRECT:
            return False
        _go_direct(state, given.go_direct_now)
        return True

    with (
        borrowed(
            found.path,
            point=point,
            first=found.history.epoch_of(point).head.first,
            size=wanted.size,
            ended=ended,
        ) as loan,
        accessed(
            found.folder,
            places,
            loan,
            point=point,
            live=found.writer is not None,
            when_full=when_full,
        ) as given,
    ):
        if state.mode is Mode.ROLLING:
            if not _roll(wanted, given, state):
                _tell(reasons, found)
                sys.exit(TERMINATED)
            loan.rolled()
            if wanted.access is Access.DIRECT:
                _go_direct_at_last(state, given)
        with _ready(wanted, given.exports(writable=wanted.writable)):
            if state.mode is not Mode.CATCHING_UP:
                wanted.wait()
            else:
                size = given.bytes_to_roll
                with _beside(wanted, state, "rolling", size, given.step, then=loan.rolled):
                    wanted.wait()
        is_given_back = state.mode not in GIVEN_UP
        state.step(Ask.CLOSE)
    if is_given_back:
        state.step(Ask.REACHED)
    _tell(reasons, found)


def _go_direct_at_last(state: ImageState, given: Accessed) -> None:
    """Now that the replicas are at the point, unless there was no room for what they held."""
    if state.mode is Mode.LOGGED:
        _go_direct(state, given.go_direct)


def _go_direct(state: ImageState, go: Callable[[], None]) -> None:
    """Have history given up, and write straight to the replicas."""
    go()
    state.step(Ask.GO_DIRECT)
    tell(
        "history was given up: what is written on the replicas is not kept, and its regions are "
        "copied from production when the image is closed"
    )


def _tell(reasons: Sequence[str], found: Opened) -> None:
    """Raise if the image was ended for a reason."""
    if reasons:
        raise CoreError(
            f"the image was ended: {reasons[0]}",
            where=str(found.path),
            hint="what was written on it is forgotten; open it again, "
            "with --when-full direct if history may be given up for it",
        )


def _roll(wanted: Wanted, given: Accessed, state: ImageState) -> bool:
    """Bring the replicas to the point before anybody is served; not if it is told to end."""
    with progress("rolling", given.bytes_to_roll) as done:
        while (looked := given.step()) is not None:
            done(looked)
            if wanted.wait.is_told():
                return False
    state.step(Ask.REACHED)
    return True


@contextmanager
def _beside(
    wanted: Wanted,
    state: ImageState,
    what: str,
    size: int,
    step: Callable[[], int | None],
    then: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Make steps in a thread until there are none, `then` doing that, or until this ends."""
    stopping = Event()

    def run() -> None:
        with progress(what, size) as done:
            while not stopping.is_set():
                try:
                    looked = step()
                except (CoreError, OSError) as error:
                    tell(f"{what} came to an end: {error}; the rest is served from the history")
                    return
                if looked is None:
                    break
                done(looked)
        if not stopping.is_set():
            state.step(Ask.REACHED)
            then()
            tell(f"{what} is done: {', '.join(wanted.names)} at {wanted.selected}")

    thread = Thread(target=run, name=what, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@contextmanager
def _ready(wanted: Wanted, exports: Sequence[Export]) -> Iterator[None]:
    """Serve, and say so."""
    with served(exports, wanted.doors, wanted.at) as addresses:
        told: dict[str, Any] = {
            "listen": [*addresses],
            "exports": [*wanted.names],
            "uris": [uri_of(address, name) for address in addresses for name in wanted.names],
            "named": [name_at(name, wanted.at) for name in wanted.names],
            "point": wanted.selected.point,
            "time_ns": wanted.selected.time_ns,
            "writable": wanted.writable,
            "access": wanted.access.value,
        }
        say_ready(told)
        yield
