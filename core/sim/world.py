"""A group on disks, clocks and processes that fail, beside a record of what was asked and promised.

Here is all that can be done to it; `life.py` does it by chance, and `scenario.py` as it is told. A
loss of power is an exception that goes through whoever was at work, and ends in `power_was_lost`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Final

from core.errors import CoreError
from core.machine.journal.failing import JournalFailedError
from core.machine.journal.rewind import rewind
from core.machine.journal.shelf import KEEP_ALL, JournalFullError, Retention
from core.machine.journal.writer import Journal
from core.sim.atlas import Rot
from core.sim.beside import Beside
from core.sim.checks import Checker, ViolationError, held
from core.sim.clock import Clock
from core.sim.faults import SYNC, Operation, PowerLostError
from core.sim.host import WRITE, Request, run_of
from core.sim.medium import Blob, MemoryFolder, MemoryVolume
from core.sim.onlookers import Onlookers
from core.sim.plan import Plan, Trouble
from core.sim.power import Machine, drawn
from core.sim.record import Record, begun_with
from core.sim.recorded import Recorded
from core.sim.replicas import Replicas
from core.sim.service import WHERE, Begun, Range, Server, begin_server
from core.sim.trace import Trace
from core.sim.weather import SERVER, KilledError, Process, Weather
from core.stream.history import History
from core.stream.phases import State
from core.stream.standing import Standing, read_standing

OPENS_MAX: Final = 8
STEPS_MAX: Final = 1_000_000
"""Ten times what the busiest worlds come to."""
_TRIES_MAX: Final = 2
_BLOCK_BYTES: Final = 4096
_NO_ROOM: Final = (JournalFullError, OSError)
_NOT_OF_POINTS: Final = (JournalFullError, JournalFailedError)


class World:
    """`server` is None while nobody serves; `replicas` are fed, if there are any."""

    def __init__(self, plan: Plan, rng: Random) -> None:
        self.plan, self.rng = plan, rng
        self.retention: Retention = plan.retention
        self.clock = Clock()
        self.trace = Trace(self.clock)
        self.weather = Weather(plan, rng, self.clock, self.trace)
        begun = begun_with(plan.sizes)
        others = begun if plan.is_fed else ()
        if plan.is_filled:
            begun, others = _filled(begun, rng), _filled(others, rng)
        self.record = Record(begun, self.clock)
        self.check = Checker(self.record)
        volumes = tuple(MemoryVolume(Blob(each)) for each in (*begun, *others))
        self.machine = Machine(MemoryFolder(), volumes)
        self.server: Server | None = None
        self.replicas = Replicas(self)
        self.onlookers = Onlookers(self)
        self.beside = Beside(self)
        self.rot = Rot(self)
        self.is_closed = False
        self.others: Callable[[Process], None] | None = None
        self._least_is_flushed = False
        self._is_busy = False
        self.steps = 0
        self.was_opened = False
        self._was_full = False

    @property
    def volumes(self) -> tuple[MemoryVolume, ...]:
        """What hosts write to."""
        return self.machine.volumes[: len(self.plan.sizes)]

    @property
    def images(self) -> tuple[MemoryVolume, ...]:
        """What history is of."""
        return self.machine.volumes[-len(self.plan.sizes) :]

    @property
    def has_room(self) -> bool:
        """Does no point have to go before its time? Where a disk is full they make room."""
        is_full = self.weather.fired[Trouble.DISK_FULL] > 0
        return self.plan.retention.size >= KEEP_ALL.size and not is_full

    @property
    def keeps_all(self) -> bool:
        """Does no point ever have to go, unless history begins anew?"""
        return self.plan.keeps_all and self.has_room

    @property
    def is_idle(self) -> bool:
        """May somebody ask the server for something?"""
        return self.server is not None and not self._is_busy

    # What disks are asked for.

    def operated(self, process: Process, operation: Operation) -> None:
        """A process asks a disk for something; others may have acted just before."""
        if self.weather.is_off:
            raise PowerLostError
        self._step()
        if not process.alive:
            raise KilledError
        if self.others is not None:
            self.others(process)
            if not process.alive:
                raise KilledError
        lied, is_calm = self.weather.lying, self.weather.is_calm
        if self.server is not None and self.server.is_marking and operation.kind == SYNC:
            self.weather.is_calm = True  # what a failed sync loses is nowhere else, then
        try:
            self.weather.carry_out(process, operation)
        finally:
            self.weather.is_calm = is_calm
        if self.weather.lying != lied:
            self.rot.spare(self.weather.lying)
            self.damaged(float("inf"))

    def looked(self, operation: Operation) -> None:
        """Somebody outside looks at a disk, which takes no time and meets no trouble."""
        self._step()
        operation.carry_out()

    def _step(self) -> None:
        """Whatever goes on and on asks disks for something: a world without an end is told."""
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise ViolationError(f"there is no end: disks were asked {STEPS_MAX} times")

    def damaged(self, strict_from: float) -> None:
        """From now on what is before that point may be refused; who had checked it is gone."""
        self.check.is_damaged = True
        self.check.strict_from = max(self.check.strict_from, strict_from)
        self.onlookers.close_readers()

    # Processes.

    def open(self) -> None:
        """Begin to serve, however often that is interrupted."""
        assert self.server is None
        for attempt in range(OPENS_MAX):
            if attempt == OPENS_MAX - 2:
                self.weather.brighten()
            if self.try_to_open():
                return
        raise ViolationError(f"the group does not open, {OPENS_MAX} times one after the other")

    def try_to_open(self) -> bool:
        """Begin to serve; says whether that came to its end."""
        process = Process(SERVER, self.operated)
        has_replicas = self.weather.is_calm or self.rng.random() >= self.plan.absence
        begun = self.begun()._replace(has_replicas=has_replicas)
        self.trace.add("open" if has_replicas else "open without replicas")
        was_closed, self.is_closed = self.is_closed, False
        self._is_busy = True
        try:
            server = begin_server(begun, process)
        except PowerLostError:
            self.power_was_lost()
            return False
        except (KilledError, OSError, JournalFailedError) as error:
            self.trace.add(f"not opened: {error!r}")
            self.clock.wait(self.plan.tempo_ns)
            return False
        finally:
            self._is_busy = False
        self.server = server
        self._look_at_opened(server, was_closed=was_closed)
        if self.plan.is_fed:
            self.replicas.opened()
        return True

    def close(self) -> bool:
        """End in good order; says whether that came to its end."""
        server = self._serving()
        self.weather.settle()
        if not self.replicas.stop() and self.weather.lying:
            raise ViolationError("the feeder fails where nothing else may fail")
        with self._asking():
            met = self.met(server, server.journal.close)
        self.server = None
        if met or server.has_failed:
            return False
        self.record.promise(self.record.acknowledged)
        self.is_closed = True
        self.weather.lying = ""
        return True

    def kill(self) -> None:
        """The process that serves is no more; who feeds may still come to an end."""
        if self.server is not None:
            self.server.process.alive = False
            self.server = None
            self.trace.add("server gone")
        self.beside.server_gone()
        self.replicas.server_gone()

    def power_was_lost(self) -> None:
        """Nothing runs any more, and of the disks only what was durable is left for certain."""
        if self.server is not None:
            self.server.process.alive = False
        self.server = None
        self.beside.server_gone()
        self.replicas.kill()
        self.onlookers.close_readers()
        fate = drawn(self.machine, self.rng)
        self.machine = fate.machine
        self.weather.count(Trouble.WRITE_UNSYNCED, fate.lost)
        self.weather.count(Trouble.WRITE_TORN, fate.torn)
        self.weather.count(Trouble.NAME_LOST, fate.names_lost)
        self.weather.is_off = self._is_busy = False
        self._least_is_flushed = True

    # What hosts and people ask for.

    def write(self, volume: int, requests: Sequence[Request], *, client: int = 1) -> bool:
        """Send a run; says whether it was acknowledged."""
        run = run_of(requests)
        for _ in range(_TRIES_MAX):  # production that is marked is never full
            before = self.record.place
            for each in requests:
                self.record.asked(volume, each)
            if self._ask(before, lambda journal: journal.write(volume, run, client=client)):
                return True
            if not self._was_full or self.rng.random() < self.plan.patience or not self.mark():
                return False
        raise ViolationError("the journal is full, and nothing is journaled")

    def flush(self) -> bool:
        """Flush, which promises what was acknowledged before; says whether it was acknowledged."""
        server = self._serving()
        promised = self.record.acknowledged
        if self.met(server, server.journal.flush):
            return False
        self._refuse_after_failure(server, "a flush")
        self.weather.is_sheltered = False
        self.record.promise(promised)
        return True

    def resize(self, volume: int, size: int) -> bool:
        """Give a volume another size in bytes, which promises all so far."""
        before = self.record.place
        self.record.resized(volume, size)
        return self._ask(before, lambda journal: journal.resize(volume, size), durable=True)

    def note(self, text: bytes) -> bool:
        """Take a note at the latest point, which promises all so far."""
        if self._serving().is_marking:
            return self._refuses_note(text)
        point = self.record.end
        done = self._ask(self.record.place, lambda journal: journal.note(text), durable=True)
        if done:
            self.record.notes.append((point, text))
        return done

    def end_epoch(self) -> bool:
        """Begin an epoch, which promises all so far."""
        if self._serving().is_marking:
            return False
        return self._ask(self.record.place, lambda journal: journal.begin_epoch(), durable=True)

    def mark(self) -> bool:
        """The journal takes nothing more: volumes are marked; says whether that came to its end."""
        server = self._serving()
        if server.production is None or not self.is_idle or server.is_marking:
            return False
        self.trace.add("mark")
        if not self._changed(server.mark):
            return False
        self.check.made["times that volumes were marked"] += 1
        self.record.mark()
        self.replicas.end()
        return True

    def resume(self) -> bool:
        """The journal takes writes again; says whether that came to its end."""
        server = self._serving()
        self.trace.add("resume")
        if not self._changed(server.resume):
            return False
        self.record.resume()
        return True

    def note_gap(self) -> bool:
        """Note what was given up before history began; says whether there is nothing left of it."""
        production = self._serving().production
        assert production is not None
        note_gap = production.note_gap
        return self._ask(self.record.place, lambda _: note_gap(), refusals=_NO_ROOM)

    def rewind(self, point: int, between: Callable[[], None] | None = None) -> bool:
        """Take the volumes back; says whether that came to its end.

        `between` is what others do between two pieces.
        """
        server = self._serving()
        if server.is_marking:
            return False
        self.weather.is_honest = True  # a rewind may end the journal, if there is no room for it
        try:
            with self._asking():
                met = self.met(
                    server, lambda: self._take_back(server, point, between), OSError, CoreError
                )
        finally:
            self.weather.is_honest = False
        if isinstance(met, CoreError) and not isinstance(met, _NOT_OF_POINTS) and self.keeps_all:
            self.onlookers.refused(point, met)
        if met:
            return False
        self.check.equal(held(self.volumes), self.record.state(point), f"rewound to {point}")
        return True

    # Inside.

    def begun(self) -> Begun:
        """What processes are begun with."""
        return Begun(
            self.plan,
            self.machine,
            self.clock.wall,
            self.retention,
            self._not_written,
            has_replicas=True,
        )

    def _serving(self) -> Server:
        assert self.server is not None
        if self.is_idle:
            for applied in self.replicas.moved:
                self.server.keep(applied + 1)
        return self.server

    @contextmanager
    def _asking(self) -> Iterator[None]:
        assert not self._is_busy
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False

    def _ask(
        self,
        before: int,
        ask: Callable[..., object],
        *,
        durable: bool = False,
        refusals: tuple[type[Exception], ...] = (JournalFullError,),
    ) -> bool:
        server = self._serving()
        had_failed, self._was_full = server.has_failed, False
        with self._asking():
            met = self.met(server, lambda: ask(server.journal), *refusals)
        if isinstance(met, JournalFullError):  # of a long run the first parts are done
            self._was_full = True
            self.record.withdraw(self.record.place_of(server.journal.end))
        elif isinstance(met, JournalFailedError) and had_failed:
            self.record.withdraw(before)
        if met:
            return False
        self._refuse_after_failure(server, "something")
        self.record.acknowledge()
        if durable and not server.is_marking:
            self.record.promise(self.record.place)
        return True

    def _take_back(self, server: Server, point: int, between: Callable[[], None] | None) -> None:
        assert isinstance(server.journal, Journal)
        history = History(server.folder, where=WHERE, live=True)
        recorded = Recorded(server.journal, self.record).as_journal()
        pieces = rewind(recorded, history, server.volumes, server.images, point=point)
        for _ in pieces:
            if between is not None:
                between()
        history.close()

    def met(
        self, server: Server, ask: Callable[[], object], *refusals: type[Exception]
    ) -> Exception | None:
        """Ask for something, and see what becomes of the server; None where that is done."""
        try:
            ask()
        except KilledError as error:
            self.kill()
            return error
        except JournalFailedError as error:
            server.has_failed = True
            return error
        except refusals as error:
            self.trace.add(f"refused: {error}")
            return error
        return None

    def serve(self, ask: Callable[[], object], *refusals: type[Exception]) -> bool:
        """The server does something by itself; says whether that came to its end."""
        with self._asking():
            return self.met(self._serving(), ask, *refusals) is None

    def _changed(self, change: Callable[[], None]) -> bool:
        """The server goes over to another journal."""
        server = self._serving()
        with self._asking():
            if self.met(server, change, OSError):
                return False
        self._refuse_after_failure(server, "a change of state")
        return True

    def _refuses_note(self, text: bytes) -> bool:
        """There is no point that a note could be of."""
        try:
            self._serving().journal.note(text)
        except CoreError:
            return False
        raise ViolationError("a note was taken where there is no point")

    def _refuse_after_failure(self, server: Server, what: str) -> None:
        self.check.made["acknowledgements"] += 1
        if server.has_failed:
            raise ViolationError(f"{what} was acknowledged after the journal had failed")

    def standing(self) -> Standing | None:
        """How the replicas stand, where there are any."""
        return read_standing(self.machine.folder, where=WHERE) if self.plan.is_fed else None

    def _not_written(self, volume: int, ranges: Sequence[Range]) -> None:
        """Of what could not be written the journal takes down what the volume holds instead."""
        self.weather.is_sheltered = True
        content = self.volumes[volume].blob.content
        for offset, length in ranges:
            data = bytes(content[offset : offset + length])
            self.record.asked(volume, Request(WRITE, offset, length, data))
        first = self.record.point_at(self.record.acknowledged) + 1
        self.record.doubtful.update(range(first, self.record.end))

    def _look_at_opened(self, server: Server, *, was_closed: bool) -> None:
        record, end = self.record, server.journal.end
        least = record.flushed if self._least_is_flushed else record.acknowledged
        self.check.end(end, least=record.point_at(least))
        if was_closed and not server.recovered.clean:
            raise ViolationError("there is something to recover after an end in good order")
        standing = self.standing()
        if standing is None or standing.state is State.DISTRIBUTING:
            record.cut(end)
            self.check.equal(held(self.volumes), record.now(), "opened")
        else:  # production keeps what came after the journal's end
            self.check.among(held(self.volumes), max(least, record.place_of(end)), "opened")
            record.found(
                end,
                held(self.volumes),
                is_marked=server.is_marking,
                is_durable=self._least_is_flushed or not (record.is_marked and server.is_marking),
            )
        self._least_is_flushed = False
        self.was_opened = True
        self.weather.is_sheltered = False
        if self.check.is_damaged:
            self.onlookers.close_readers()  # to them the end is one of the epoch that is damaged
        if self.check.is_damaged and not self.plan.is_fed:
            self.check.strict_from = min(self.check.strict_from, end + 1)
        self.onlookers.keep_readers(end)
        self.rot.opened(end)


def _filled(volumes: Sequence[bytes], rng: Random) -> tuple[bytes, ...]:
    """The same sizes, with something in some of their blocks."""
    return tuple(
        b"".join(
            rng.choice((bytes(_BLOCK_BYTES), rng.randbytes(_BLOCK_BYTES)))
            for _ in range(0, len(each), _BLOCK_BYTES)
        )[: len(each)]
        for each in volumes
    )
