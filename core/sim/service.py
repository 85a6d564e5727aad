"""The processes of a group: one serves it, and one feeds its replicas if it has any."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from core.machine.distributor import Distributor
from core.machine.journal.access import recover_access
from core.machine.journal.feeding import Feeding, open_feeding
from core.machine.journal.marking import Marking
from core.machine.journal.recovery import Recovered, open_journal
from core.machine.journal.reopening import open_production
from core.machine.journal.replicated import Production, begin_initialising, is_initialised
from core.machine.journal.shelf import Retention, Shelf
from core.machine.journal.writer import Journal
from core.sim.faults import WatchedFolder, WatchedVolume
from core.sim.medium import MemoryVolume
from core.sim.plan import SEGMENT_BYTES, Plan
from core.sim.power import Machine
from core.sim.weather import Process
from core.stream.history import History
from core.stream.identity import Identity, Member, write_identity
from core.stream.names import IDENTITY
from core.stream.phases import State
from core.wire.chunk import KINDS
from core.wire.nbd.requests import Run
from core.wire.record import Kind

WHERE: Final = "journal"
GROUP: Final = bytes(range(16))

Range = tuple[int, int]


class ServedVolume(WatchedVolume):
    """A volume that tells of each request that fails, and goes on, as a real one does."""

    def __init__(
        self, inner: MemoryVolume, number: int, watch: Process, failed: Callable[..., None]
    ) -> None:
        """`failed` is called with the number and the ranges that were not written, if any."""
        super().__init__(inner, f"volume {number}", watch)
        self._number, self._failed = number, failed

    def write_run(self, run: Run) -> dict[int, int]:
        """See `core.machine.journal.writer`."""
        errors: dict[int, int] = {}
        at = 0
        for index, (head, _, offset, length) in enumerate(run.requests):
            at += run.header_bytes
            kind = KINDS.get(head & 0xFFFF)
            try:
                if kind is Kind.WRITE:
                    self.write(run.received[at : at + length], offset)
                elif kind is not None:
                    self.zero(offset, length)
            except OSError as error:
                errors[index] = error.errno or 5
            at += length if kind is Kind.WRITE else 0
        if errors:
            self._failed(self._number, [run.requests[index][2:] for index in errors])
        return errors


@dataclass(slots=True)
class Server:
    """`has_failed` from the first error of its journal on; `production` is of replicas."""

    process: Process
    journal: Journal | Marking
    volumes: Sequence[ServedVolume]
    images: Sequence[WatchedVolume]
    folder: WatchedFolder
    production: Production | None
    recovered: Recovered
    has_failed: bool = False

    @property
    def shelf(self) -> Shelf:
        """What the journal is on."""
        if self.production is not None:
            return self.production.shelf
        assert isinstance(self.journal, Journal)
        return self.journal.shelf

    @property
    def is_marking(self) -> bool:
        """Is nothing journaled?"""
        return isinstance(self.journal, Marking)

    def keep(self, first: int) -> None:
        """The replicas need no write before that any more."""
        if self.production is not None and not self.is_marking:
            self.production.keep(first)

    def mark(self) -> None:
        """The journal is full: volumes are marked from now on."""
        assert self.production is not None
        self.production.mark()
        self.journal = self.production.journal

    def resume(self) -> None:
        """The replicas can be fed again."""
        assert self.production is not None
        self.production.resume()
        self.journal = self.production.journal


class Begun(NamedTuple):
    """Everything that a server is begun with."""

    plan: Plan
    machine: Machine
    clock: Callable[[], int]
    retention: Retention
    failed: Callable[..., None]
    has_replicas: bool


def begin_server(begun: Begun, process: Process) -> Server:
    """Open the group, and make a journal of the folder first where it is none."""
    plan, machine = begun.plan, begun.machine
    folder = WatchedFolder(machine.folder, process)
    count = len(plan.sizes)
    volumes = [
        ServedVolume(each, nth, process, begun.failed)
        for nth, each in enumerate(machine.volumes[:count])
    ]
    replicas = watched_replicas(machine, count, process)
    if IDENTITY not in folder.names():
        write_identity(folder, _identity(plan))
    if plan.is_fed:
        if not is_initialised(folder):
            begin_initialising(folder, volumes)
        production = open_production(
            folder,
            volumes,
            replicas if begun.has_replicas else None,
            where=WHERE,
            clock=begun.clock,
            retention=begun.retention,
        )
        process.recovering = False
        journal, recovered = production.journal, production.recovered
        return Server(process, journal, volumes, replicas, folder, production, recovered)
    alone, recovered = open_journal(
        folder, volumes, where=WHERE, clock=begun.clock, retention=begun.retention
    )
    process.recovering = False
    return Server(process, alone, volumes, volumes, folder, None, recovered)


def watched_replicas(machine: Machine, count: int, process: Process) -> list[WatchedVolume]:
    """The replicas of a machine, which has them behind its volumes."""
    return [
        WatchedVolume(each, f"replica {nth}", process)
        for nth, each in enumerate(machine.volumes[count:])
    ]


@dataclass(slots=True)
class Feeder:
    """What feeds the replicas, which tells `moved` how far they are durable."""

    process: Process
    feeding: Feeding
    distributor: Distributor
    moved: Callable[[int], None]

    def step(self) -> int:
        """The next batch, or region; returns how many writes, or regions, it had."""
        before = self.feeding.applied
        self.distributor.look()
        done = self.distributor.step()
        if self.feeding.applied != before:
            self.moved(self.feeding.applied)
        return done

    @property
    def wants_epoch(self) -> bool:
        """Where nothing waits: could history begin, if only an epoch did?"""
        return self.distributor.wants_epoch

    @property
    def state(self) -> State:
        """How the replicas are fed, as it sees it."""
        return self.feeding.state

    def stop(self) -> None:
        """End in good order."""
        self.process.recovering = False
        self.feeding.close()


def begin_feeder(begun: Begun, process: Process, moved: Callable[[int], None]) -> Feeder:
    """Begin to feed where it was left off."""
    folder = WatchedFolder(begun.machine.folder, process)
    replicas = watched_replicas(begun.machine, len(begun.plan.sizes), process)
    history = History(folder, where=WHERE, live=True)
    recover_access(history, replicas)
    feeding = open_feeding(folder, history, retention=begun.retention)
    count = len(begun.plan.sizes)
    production = [
        WatchedVolume(each, f"volume {nth}", process)
        for nth, each in enumerate(begun.machine.volumes[:count])
    ]
    distributor = Distributor(
        history,
        feeding,
        replicas,
        production,
        pressure=begun.plan.pressure,
        batch_writes_max=begun.plan.batch_writes_max,
    )
    moved(feeding.applied)
    process.recovering = False
    return Feeder(process, feeding, distributor, moved)


def _identity(plan: Plan) -> Identity:
    members = tuple(
        Member(
            name=f"volume{nth}",
            path=f"/images/{nth}",
            size=size,
            replica=f"/replicas/{nth}" if plan.is_fed else "",
        )
        for nth, size in enumerate(plan.sizes)
    )
    return Identity(group=GROUP, volumes=members, segment_bytes=SEGMENT_BYTES)
