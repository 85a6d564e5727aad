"""A group on disks, clocks and processes that fail, beside a record of what was asked and promised.

Here is all that can be done to it; `life.py` does it by chance, and `scenario.py` as it is told. A
loss of power is an exception that goes through whoever was at work, and ends in `power_was_lost`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Final

from core.errors import CoreError
from core.machine.journal.rewind import rewind
from core.machine.journal.shelf import JournalFullError, Retention
from core.machine.journal.writer import JournalFailedError
from core.sim.atlas import old_files, rotted
from core.sim.checks import Checker, ViolationError, held
from core.sim.clock import Clock
from core.sim.faults import Operation, PowerLostError
from core.sim.host import WRITE, Request, run_of
from core.sim.medium import MemoryFolder, MemoryVolume, blank_volume
from core.sim.plan import Plan, Trouble
from core.sim.power import Machine, drawn
from core.sim.reader import Reader
from core.sim.record import Record
from core.sim.recorded import Recorded
from core.sim.service import WHERE, Begun, Feeder, Range, Server, begin_feeder, begin_server
from core.sim.trace import Trace
from core.sim.weather import FEEDER, SERVER, KilledError, Process, Weather
from core.stream.history import History
from core.stream.standing import read_standing

OPENS_MAX: Final = 8
READERS_MAX: Final = 3


class World:
    """`server` is None while nobody serves; `feeder` while nobody feeds."""

    def __init__(self, plan: Plan, rng: Random) -> None:
        self.plan, self.rng = plan, rng
        self.retention: Retention = plan.retention
        self.clock = Clock()
        self.trace = Trace(self.clock)
        self.weather = Weather(plan, rng, self.clock, self.trace)
        self.record = Record(plan.sizes)
        self.check = Checker(self.record)
        copies = 2 if plan.is_fed else 1
        self.machine = Machine(MemoryFolder(), tuple(map(blank_volume, plan.sizes * copies)))
        self.server: Server | None = None
        self.feeder: Feeder | None = None
        self.readers: list[Reader] = []
        self.old_names: tuple[str, ...] = ()
        self.is_closed = False
        self.others: Callable[[Process], None] | None = None
        self._least_is_flushed = False
        self._is_busy = self._is_feeding = False
        self._opened_at = 0
        self._was_opened = False
        self._spoilt: list[str] = []
        self._moved: list[int] = []
        self.durable_in_replicas = -1
        self.is_feeding_at_rest = False
        """It was ended in good order, and may begin again without the server."""

    @property
    def volumes(self) -> tuple[MemoryVolume, ...]:
        """What hosts write to."""
        return self.machine.volumes[: len(self.plan.sizes)]

    @property
    def images(self) -> tuple[MemoryVolume, ...]:
        """What history is of."""
        return self.machine.volumes[-len(self.plan.sizes) :]

    @property
    def is_idle(self) -> bool:
        """May somebody ask the server for something?"""
        return self.server is not None and not self._is_busy

    # What disks are asked for.

    def operated(self, process: Process, operation: Operation) -> None:
        """A process asks a disk for something; others may have acted just before."""
        if self.weather.is_off:
            raise PowerLostError
        if not process.alive:
            raise KilledError
        if self.others is not None:
            self.others(process)
            if not process.alive:
                raise KilledError
        lied = self.weather.lying
        self.weather.carry_out(process, operation)
        if self.weather.lying != lied:
            self._spoilt.append(self.weather.lying[:-5])
            self.damaged(float("inf"))

    def damaged(self, strict_from: float) -> None:
        """From now on what is before that point may be refused; who had checked it is gone."""
        self.check.is_damaged = True
        self.check.strict_from = max(self.check.strict_from, strict_from)
        self.close_readers()

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
        begun = self._begun()
        self.trace.add("open")
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
            self.start_feeding()
        return True

    def close(self) -> bool:
        """End in good order; says whether that came to its end."""
        server = self._serving()
        self.weather.settle()
        if not self.stop_feeding() and self.weather.lying:
            raise ViolationError("the feeder fails where nothing else may fail")
        try:
            with self._asking():
                server.journal.close()
        except (KilledError, JournalFailedError) as error:
            self.trace.add(f"not closed: {error!r}")
            self.server = None
            return False
        self.server = None
        if server.has_failed:
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
        if self.feeder is None:
            return
        if self._is_feeding or self.rng.random() < 0.5:
            self.feeder.process.alive = False
            self.feeder = None
        else:
            self.stop_feeding()

    def power_was_lost(self) -> None:
        """Nothing runs any more, and of the disks only what was durable is left for certain."""
        for each in (self.server, self.feeder):
            if each is not None:
                each.process.alive = False
        self.server = self.feeder = None
        self.close_readers()
        fate = drawn(self.machine, self.rng)
        self.machine = fate.machine
        self.weather.count(Trouble.WRITE_UNSYNCED, fate.lost)
        self.weather.count(Trouble.WRITE_TORN, fate.torn)
        self.weather.count(Trouble.NAME_LOST, fate.names_lost)
        self.weather.is_off = self._is_busy = False
        self._least_is_flushed = True

    def start_feeding(self) -> bool:
        """Begin to feed the replicas; says whether that came to its end."""
        process = Process(FEEDER, self.operated)
        self.is_feeding_at_rest = False
        try:
            feeder = begin_feeder(self._begun(), process, self._replicas_have)
        except (KilledError, OSError, CoreError) as error:
            self._feeder_gone(error)
            return False
        if self.server is None:  # it was killed meanwhile, and no feeder outlives it
            process.alive = False
            return False
        self.feeder = feeder
        return True

    def stop_feeding(self) -> bool:
        """End the feeding in good order; says whether that came to its end."""
        feeder = self.feeder
        if feeder is None:
            return True
        try:
            feeder.stop()
        except (KilledError, OSError, CoreError) as error:
            self._feeder_gone(error)
            return False
        self.feeder, self.is_feeding_at_rest = None, True
        return True

    def feed(self) -> int:
        """The next batch goes to the replicas; returns how many writes it had."""
        if self.feeder is None:
            return 0
        self._is_feeding = True
        try:
            done = self.feeder.step()
        except (KilledError, OSError, CoreError) as error:
            self._feeder_gone(error)
            return 0
        finally:
            self._is_feeding = False
        if not done and self.feeder.wants_epoch and self.server is not None and self.is_idle:
            done = self.end_epoch()
        return done

    # What hosts and people ask for.

    def write(self, volume: int, requests: Sequence[Request], *, client: int = 1) -> bool:
        """Send a run; says whether it was acknowledged."""
        before = self.record.end
        wall_ns = self.clock.wall()
        for each in requests:
            self.record.asked(volume, each, wall_ns)
        run = run_of(requests)
        return self._ask(before, lambda journal: journal.write(volume, run, client=client))

    def flush(self) -> bool:
        """Flush, which promises what was acknowledged before; says whether it was acknowledged."""
        server = self._serving()
        promised = self.record.acknowledged
        try:
            server.journal.flush()
        except KilledError:
            self.kill()
            return False
        except JournalFailedError:
            server.has_failed = True
            return False
        self._refuse_after_failure(server, "a flush")
        self.weather.is_sheltered = False
        self.record.promise(promised)
        return True

    def resize(self, volume: int, size: int) -> bool:
        """Give a volume another size in bytes, which promises all so far."""
        before = self.record.end
        self.record.resized(volume, size, self.clock.wall())
        return self._ask(before, lambda journal: journal.resize(volume, size), durable=True)

    def note(self, text: bytes) -> bool:
        """Take a note at the latest point, which promises all so far."""
        point = self.record.end
        done = self._ask(point, lambda journal: journal.note(text), durable=True)
        if done:
            self.record.notes.append((point, text))
        return done

    def end_epoch(self) -> bool:
        """Begin an epoch, which promises all so far."""
        before = self.record.end
        return self._ask(before, lambda journal: journal.begin_epoch(), durable=True)

    def rewind(self, point: int, between: Callable[[], None] | None = None) -> bool:
        """Take the volumes back; says whether that came to its end.

        `between` is what others do between two pieces.
        """
        server = self._serving()
        self.weather.is_honest = True  # a rewind may end the journal, if there is no room for it
        try:
            with self._asking():
                history = History(server.folder, where=WHERE, live=True)
                recorded = Recorded(server.journal, self.record, self.clock)
                pieces = rewind(
                    recorded.as_journal(),
                    history,
                    server.volumes,
                    server.images,
                    point=point,
                )
                for _ in pieces:
                    if between is not None:
                        between()
                history.close()
        except KilledError:
            self.kill()
            return False
        except JournalFailedError:
            server.has_failed = True
            return False
        except JournalFullError:
            self.trace.add("no room to rewind")
            return False
        except OSError as error:
            self.trace.add(f"not rewound: {error}")
            return False
        except CoreError as error:
            if self.plan.keeps_all:
                self._refused(point, error)
            return False
        finally:
            self.weather.is_honest = False
        self.check.equal(held(self.volumes), self.record.state(point), f"rewound to {point}")
        return True

    # Looking.

    def open_reader(self) -> None:
        """Somebody opens a point."""
        if not self._was_opened:
            return
        if len(self.readers) == READERS_MAX:
            self.readers.pop(0).close()
        try:
            live = self.server is not None
            reader = Reader(self.machine.folder, self.images, self.rng, live=live)
        except CoreError as error:
            self._refused(-1, error)
            return
        if reader.point <= self.record.acknowledged and reader.point not in self.record.doubtful:
            self.readers.append(reader)

    def read_on(self) -> None:
        """One of the readers reads its next piece."""
        if not self.readers:
            return
        reader = self.rng.choice(self.readers)
        try:
            done = reader.read(self.record.state(reader.point))
        except CoreError as error:
            if self.plan.keeps_all:
                self._refused(reader.point, error)
            else:
                self.check.made["points that went while they were read"] += 1
            done = 0
        else:
            self.check.made["pieces read live"] += 1
        if not done:
            self.readers.remove(reader)
            reader.close()

    def close_readers(self) -> None:
        """Whoever read is gone."""
        self.readers = []

    def check_volumes(self) -> None:
        """Volumes hold what was acknowledged."""
        if self.server is not None and not self.server.has_failed:
            self.check.equal(held(self.volumes), self.record.now(), "volumes")

    def check_points(self, chosen: Callable[[range], Iterable[int]]) -> range:
        """Points are what they were, those that are chosen of all that are offered."""
        live = self.server is not None
        return self.check.history(self.machine.folder, self.images, chosen, live=live)

    def points_offered(self) -> range:
        """What the journal offers now."""
        live = self.server is not None
        history = History(self.machine.folder, where=WHERE, live=live)
        first, end = history.first, history.end
        history.close()
        return range(first, end + 1)

    # Inside.

    def _begun(self) -> Begun:
        return Begun(
            self.plan,
            self.machine,
            self.clock.wall,
            self.retention,
            self._not_written,
        )

    def _serving(self) -> Server:
        assert self.server is not None
        if self.is_idle:
            for applied in self._moved:
                self.server.keep(applied + 1)
            self._moved = []
        return self.server

    @contextmanager
    def _asking(self) -> Iterator[None]:
        assert not self._is_busy
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False

    def _ask(self, before: int, ask: Callable[..., object], *, durable: bool = False) -> bool:
        server = self._serving()
        try:
            with self._asking():
                ask(server.journal)
        except JournalFullError:
            self.record.withdraw(before)
            self.trace.add("full")
            return False
        except JournalFailedError:
            if server.has_failed:
                self.record.withdraw(before)
            server.has_failed = True
            return False
        except KilledError:
            self.kill()
            return False
        self._refuse_after_failure(server, "something")
        self.record.acknowledge()
        if durable:
            self.record.promise(self.record.end)
        return True

    def _refuse_after_failure(self, server: Server, what: str) -> None:
        self.check.made["acknowledgements"] += 1
        if server.has_failed:
            raise ViolationError(f"{what} was acknowledged after the journal had failed")

    def _refused(self, point: int, error: Exception) -> None:
        """A point was refused: because of damage, or since replicas are not that far."""
        standing = read_standing(self.machine.folder, where=WHERE) if self.plan.is_fed else None
        begin = standing.begin if standing else 1
        if begin is None or point < begin - 1:
            self.check.made["points not offered yet"] += 1
        else:
            self.check.refused(point, error)

    def _not_written(self, volume: int, ranges: Sequence[Range]) -> None:
        """Of what could not be written the journal takes down what the volume holds instead."""
        self.weather.is_sheltered = True
        content = self.volumes[volume].blob.content
        for offset, length in ranges:
            data = bytes(content[offset : offset + length])
            self.record.asked(volume, Request(WRITE, offset, length, data), self.clock.wall())
        self.record.doubtful.update(range(self.record.acknowledged + 1, self.record.end))

    def _replicas_have(self, applied: int) -> None:
        self.durable_in_replicas = applied
        self._moved.append(applied)

    def _feeder_gone(self, error: Exception) -> None:
        assert self.feeder is None or self.feeder.process.name == FEEDER
        self.trace.add(f"feeder gone: {error!r}")
        self.feeder = None
        if isinstance(error, CoreError) and not isinstance(
            error, (JournalFullError, JournalFailedError)
        ):
            raise ViolationError(f"the feeder refuses what is not damaged: {error}") from error

    def _look_at_opened(self, server: Server, *, was_closed: bool) -> None:
        record, end = self.record, server.journal.end
        least = record.flushed if self._least_is_flushed else record.acknowledged
        self.check.end(end, least=least)
        if was_closed and not server.recovered.clean:
            raise ViolationError("there is something to recover after an end in good order")
        self._least_is_flushed = False
        record.cut(end)
        self.check.equal(held(self.volumes), record.now(), "opened")
        self._opened_at, self._was_opened = end, True
        self.weather.is_sheltered = False
        if self.check.is_damaged:
            self.close_readers()  # to them the end is one of the epoch that is damaged
        if self.check.is_damaged and not self.plan.is_fed:
            self.check.strict_from = min(self.check.strict_from, end)
        self.readers = [each for each in self.readers if each.point <= end]
        self.old_names = tuple(
            name
            for name in old_files(self.machine.folder, where=WHERE, opened_at=end)
            if name[:-5] not in self._spoilt
        )

    def rot(self, wanted: Callable[[str], bool] = bool) -> bool:
        """One bit of an old file changes, of those that are wanted; says whether there was one."""
        blobs = self.machine.folder.blobs
        if self.plan.is_fed and self.durable_in_replicas < self._opened_at:
            return False
        rotten = [each for each in self.old_names if each in blobs and wanted(each)]
        if not rotten or self.weather.lying:
            return False
        name = self.rng.choice(rotten)
        self._spoilt.append(name[:-5])
        self.old_names = tuple(each for each in self.old_names if each[:-5] != name[:-5])
        blob = blobs[name]
        if blob.unsynced():
            return False
        at = rotted(blob, self.rng)
        self.weather.count(Trouble.ROT)
        self.trace.add(f"{name} rots at {at}")
        self.damaged(float("inf") if self.plan.is_fed else self._opened_at)
        return True
