"""What goes on beside the hosts of a world, as the driver has it: files are made ready for the next
segment, and epochs that have aged are folded.

A process of its own makes the draft of what stands for epochs, and ends with the server. Hosts
write meanwhile, and any of it may be interrupted at each operation.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from core.errors import CoreError
from core.machine.journal.drafts import drafted, forget_drafts, make_first, make_pre_images
from core.machine.journal.thinning import Key, Task, stock_of, tasks
from core.sim.faults import WatchedFolder
from core.sim.service import GROUP, WHERE, Server
from core.sim.weather import FOLDING, KilledError, Process
from core.stream.names import Place
from core.wire.segment import Head

if TYPE_CHECKING:
    from core.sim.world import World

T = TypeVar("T")


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
        stock = stock_of(shelf, standing.begin if standing else 1)
        now_ns = world.clock.wall()
        wanted = [*tasks(stock, now_ns=now_ns, declined=self._declined)]
        if not wanted:
            return
        for each in wanted:
            world.check.folds(each, stock, now_ns=now_ns)
        shelf.reserved = max(task.bytes_max for task in wanted)
        task = self._made(wanted)
        if task is not None and world.server is server:
            self._adopt(server, task)
        if world.server is server:
            shelf.reserved = 0
            places = [place for task in wanted for place in task.places]
            world.met(server, lambda: forget_drafts(server.folder, places), OSError)

    def _free_server(self) -> Server | None:
        server = self._world.server
        if server is None or not self._world.is_idle or server.has_failed:
            return None
        return server

    def _made(self, wanted: Sequence[Task]) -> Task | None:
        """Have a draft made; what is not worth it, or could not be made, is not tried again."""
        orders = [task.order for task in wanted]
        declined = self._by_itself(
            lambda folder: make_first(folder, orders, group=GROUP, where=WHERE)
        )
        if declined is None:
            declined = len(wanted)
        self._declined.update(task.key for task in wanted[:declined])
        return wanted[declined] if declined < len(wanted) else None

    def _by_itself(self, fold: Callable[[WatchedFolder], T]) -> T | None:
        """What a process of its own does; None where it came to no end."""
        world = self._world
        process = self._folding = Process(FOLDING, world.operated, recovering=False)
        try:
            return fold(WatchedFolder(world.machine.folder, process))
        except (KilledError, OSError, CoreError) as error:
            world.trace.add(f"not folded: {error!r}")
            return None
        finally:
            self._folding = None

    def _adopt(self, server: Server, task: Task) -> None:
        """An epoch is drafted: let it stand for others, and then its pre-images for theirs."""
        epoch = self._adopted(server, task.place)
        if epoch is None or not task.pre_images:
            return
        order = task.pre_images_order
        if (
            self._by_itself(lambda folder: make_pre_images(folder, order, group=GROUP, where=WHERE))
            and self._world.server is server
        ):
            self._adopted(server, task.pre_images_place, after=epoch)

    def _adopted(self, server: Server, place: Place, *, after: Head | None = None) -> Head | None:
        world, shelf, stale, heads = self._world, server.shelf, list[str](), list[Head]()

        def adopt() -> None:
            heads.append(drafted(server.folder, place, where=WHERE))
            stale.extend(shelf.adopt(heads[0], after=after))

        if not world.serve(adopt, OSError, CoreError):
            return None
        for name in stale:
            if world.met(server, partial(server.folder.remove, name), OSError):
                return None
        is_there = heads[0] in shelf.heads(place.stream)
        world.check.made["times that epochs were folded"] += after is None and is_there
        return heads[0]
