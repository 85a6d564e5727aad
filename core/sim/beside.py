"""What goes on beside the hosts of a world, as the driver has it: files are made ready for the next
segment, and epochs that have aged are folded.

A process of its own makes the draft of what stands for epochs, and ends with the server. Hosts
write meanwhile, and any of it may be interrupted at each operation.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from core.errors import CoreError
from core.machine.journal.folds import Key, Made, Task, held, make_first, tasks
from core.sim.faults import WatchedFolder
from core.sim.service import GROUP, WHERE, Server
from core.sim.weather import FOLDING, KilledError, Process
from core.stream.names import Place, place_of
from core.wire.segment import HEAD_BYTES, Head, parse_head

if TYPE_CHECKING:
    from core.sim.world import World


class Beside:
    """A thread that supplies the shelf, and one that has epochs folded."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._folding: Process | None = None
        self._declined: set[Key] = set()

    def server_gone(self) -> None:
        """What folds ends with the server."""
        if self._folding is not None:
            self._folding.alive = False

    def make_spare(self) -> None:
        """Make files ready for the next segment, if they are wanted."""
        world, server = self._world, self._free_server()
        if server is None or not (shelf := server.shelf).wants_spare():
            return
        met = world.met(server, shelf.make_spare, OSError)
        if world.server is not server or shelf is not server.shelf:
            return  # another shelf has found what there is by itself
        world.serve(lambda: shelf.take_spare(made=met is None), OSError)
        world.check.made["times that files were made ready"] += met is None

    def fold(self) -> None:
        """Fold once, if the ladder wants it."""
        world, server = self._world, self._free_server()
        if server is None:
            return
        shelf, standing = server.shelf, world.standing()
        wanted = tasks(
            held(shelf),
            begin=standing.begin if standing else 1,
            now_ns=world.clock.wall(),
            declined=self._declined,
        )
        if not wanted:
            return
        shelf.reserved = max(task.bytes_max for task in wanted)
        made = self._made(wanted)
        if world.server is not server:
            return
        if made is not None and made.epoch:
            self._adopt(server, wanted[made.declined].places[: 2 if made.pre_images else 1])
        if world.server is server:
            shelf.reserved = 0
            world.met(server, lambda: _forget(server.folder, wanted), OSError)

    def _free_server(self) -> Server | None:
        server = self._world.server
        if server is None or not self._world.is_idle or server.has_failed:
            return None
        return server

    def _made(self, wanted: Sequence[Task]) -> Made | None:
        """Have a draft made; what is not worth it, or could not be made, is not tried again."""
        world = self._world
        process = self._folding = Process(FOLDING, world.operated, recovering=False)
        folder = WatchedFolder(world.machine.folder, process)
        orders = [task.order for task in wanted]
        try:
            made = make_first(folder, orders, group=GROUP, where=WHERE)
        except (KilledError, OSError, CoreError) as error:
            world.trace.add(f"not folded: {error!r}")
            self._declined.update(task.key for task in wanted)
            return None
        finally:
            self._folding = None
        self._declined.update(task.key for task in wanted[: made.declined])
        return made

    def _adopt(self, server: Server, places: Sequence[Place]) -> None:
        world, shelf, stale = self._world, server.shelf, list[str]()

        def adopt() -> None:
            stale.extend(shelf.adopt(*(_drafted(server.folder, each) for each in places)))

        if not world.serve(adopt, OSError, CoreError):
            return
        for name in stale:
            if world.met(server, partial(server.folder.remove, name), OSError):
                return
        there = [*map(place_of, shelf.heads(places[0].stream))]
        world.check.made["times that epochs were folded"] += places[0] in there


def _drafted(folder: WatchedFolder, place: Place) -> Head:
    draft = folder.open(f"{place.data}.new", writable=False)
    packed = bytearray(HEAD_BYTES)
    draft.read_into(packed, 0)
    draft.close()
    return parse_head(bytes(packed), where=place.data)


def _forget(folder: WatchedFolder, wanted: Sequence[Task]) -> None:
    """Take away what is left of drafts that were not adopted."""
    there = set(folder.names())
    for task in wanted:
        for place in task.places:
            for name in (f"{place.meta}.new", f"{place.data}.new"):
                if name in there:
                    folder.remove(name)
