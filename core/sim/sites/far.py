"""The copy: what comes is taken, applied and offered; and taken over, it is production there."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from random import Random
from typing import Final

from core.errors import CoreError
from core.machine.distributor import Distributor
from core.machine.journal.access import recover_access
from core.machine.journal.arriving import Arriving
from core.machine.journal.behind import Behind, BehindVolume, recover_behind
from core.machine.journal.failing import JournalFailedError
from core.machine.journal.feeding import Feeding, open_feeding
from core.machine.journal.recovery import open_journal
from core.machine.journal.shelf import KEEP_ALL, JournalFullError
from core.machine.journal.writer import Journal
from core.machine.link.meeting import refuse_other, refuse_second
from core.machine.link.shipper import Begun, Welcome
from core.sim.checks import Checker, ViolationError, held
from core.sim.clock import Clock
from core.sim.faults import WatchedFolder, WatchedVolume
from core.sim.host import Request, run_of
from core.sim.medium import blank_volume
from core.sim.plan import Plan
from core.sim.reader import points_in
from core.sim.record import Record, State
from core.sim.sites.site import Site
from core.sim.trace import Teller
from core.sim.weather import SERVER, Process
from core.stream.history import History
from core.stream.identity import read_identity
from core.stream.phases import COPYING
from core.stream.standing import Course, Standing, read_standing
from core.stream.taken import Taken, read_taken, write_taken
from core.wire.note import Gap

WHERE = "far"
FEEDER_OF_COPY = "feeder"

_ROUNDS_MAX: Final = 100_000


class Far(Site):
    """`journal` is what arrives, and None while nobody receives; `feeding` feeds the images.

    `promised` is the last write that a host was told to be here, and `promised_durable` the last
    that is to survive a loss of power, of a generation.
    """

    def __init__(
        self, plan: Plan, rng: Random, clock: Clock, trace: Teller, made: Counter[str]
    ) -> None:
        super().__init__("copy", plan, rng, clock, trace)
        self.made = made
        self.journal: Arriving | None = None
        self.feeding: tuple[History, Feeding, Distributor] | None = None
        self.own: Journal | None = None
        """What it writes by itself, once it was taken over."""
        self.behind: Behind[BehindVolume] | None = None
        """What that belongs to, while its images lack something."""
        self.record: Record | None = None
        """What it is, from then on."""
        self.generation = self.promised = self.promised_durable = 0
        self.told_in_sync = False
        """What production said last."""
        self.owes_gaps = self.has_failed = False
        self._first = 0
        self._process: Process | None = None
        self._feeder: Process | None = None
        self.identify(is_copy=True)

    @property
    def is_serving(self) -> bool:
        """See `Site`."""
        return self.journal is not None or self.own is not None

    @property
    def taken(self) -> Taken | None:
        """Where it is a copy no longer."""
        return read_taken(self.machine.folder, where=WHERE)

    @property
    def standing(self) -> Standing | None:
        """How its images stand."""
        return read_standing(self.machine.folder, where=WHERE)

    @property
    def replicas(self) -> Sequence[WatchedVolume]:
        """Its images, as whoever receives has them."""
        assert self._process is not None
        return self.images(self._process)

    # Processes.

    def open(self) -> bool:
        """Begin to receive, or to serve where it was taken over; says whether that was done."""
        self.trace.add("open")
        with self.at_risk():
            try:
                process = self._process = self.process(SERVER)
                if self.taken is not None:
                    self._go_on(process)
                else:
                    self._receive(process)
                process.recovering = False
            except (OSError, JournalFailedError) as error:
                self.trace.add(f"not opened: {error!r}")
                self.kill()
        return self.is_serving

    def _receive(self, process: Process) -> None:
        journal = Arriving(
            self.folder(process), self.images(process), where=WHERE, retention=self.plan.retention
        )
        self.look_at_generation()
        if self.promised:
            least = self.promised_durable if self.lost_power else self.promised
            self.made["promises of the copy kept"] += 1
            if journal.end < least:
                raise ViolationError(f"the copy has {journal.end}, and was to have {least}")
            self.promised = min(self.promised, journal.end)
        self.lost_power = False
        self.journal = journal
        self.owes_gaps, self.has_failed = True, False

    def feed(self) -> int:
        """Apply the next batch; returns how much was done."""
        if (self.journal is None and self.behind is None) or self.standing is None:
            return 0
        done = 0
        with self.at_risk():
            try:
                done = self._fed()
            except (OSError, CoreError) as error:
                self.trace.add(f"feeder gone: {error!r}")
                is_known = isinstance(error, OSError | JournalFullError | JournalFailedError)
                self.stop_feeding()
                if not is_known:
                    raise ViolationError(f"what came is not applied: {error}") from error
        if done == 0 and self.behind is not None and not self.has_failed:
            self._catch_up(self.behind)
        return done

    def _catch_up(self, behind: Behind[BehindVolume]) -> None:
        """Nothing waits: the images are there, or an epoch is lacking for that."""
        if self.wants_epoch:
            self.ask(behind.journal.begin_epoch)
        elif self.feeding is not None and behind.is_there:
            self.ask(self._end)

    def _end(self) -> None:
        """The images have everything: the journal is to be that of production."""
        behind, process = self.behind, self._process
        assert behind is not None
        assert process is not None
        self.stop_feeding(in_good_order=True)
        behind.end(self.images(process))
        self.behind = self.own = None
        self._serve(process)
        self.made["copies that caught up"] += 1

    def _fed(self) -> int:
        if self.feeding is None:
            self._begin_feeding()
            return 1
        history, feeding, distributor = self.feeding
        distributor.look()
        done = distributor.step()
        if self.behind is not None:
            self.behind.follow(distributor.applied)
            return done
        assert self.journal is not None
        self.journal.follow(feeding.applied, distributor.applied)
        if history.do and history.first != self._first:
            self._first, self.owes_gaps = history.first, True
        return done

    def _begin_feeding(self) -> None:
        process = self._feeder = self.process(FEEDER_OF_COPY)
        folder, images = self.folder(process), self.images(process)
        history = History(folder, where=WHERE, live=True)
        recover_access(history, images)
        is_copy = self.behind is None
        retention = self.plan.retention if is_copy else KEEP_ALL
        feeding = open_feeding(folder, history, retention=retention)
        distributor = Distributor(
            history,
            feeding,
            images,
            (),
            pressure=self.plan.pressure if is_copy else None,
            batch_writes_max=self.plan.batch_writes_max,
        )
        process.recovering = False
        self.feeding = history, feeding, distributor

    def stop_feeding(self, *, in_good_order: bool = False) -> None:
        """Nobody feeds the images any more."""
        feeding, self.feeding = self.feeding, None
        if feeding is not None and in_good_order:
            feeding[1].close()
        if self._feeder is not None:
            self._feeder.alive = False
            self._feeder = None

    @property
    def wants_epoch(self) -> bool:
        """Could history begin, if only an epoch did?"""
        return self.feeding is not None and self.feeding[2].wants_epoch

    @property
    def applied(self) -> int:
        """The last write that its images have, if somebody feeds them."""
        return self.feeding[2].applied if self.feeding is not None else -1

    def close(self) -> bool:
        """End in good order; says whether that came to its end."""
        done = self.ask(self._close)
        if done:
            self.kill()
        return done

    def _close(self) -> None:
        self.stop_feeding(in_good_order=True)
        if self.journal is not None:
            self.journal.close()
        if self.own is not None:
            self.own.close()

    def kill(self) -> None:
        """See `Site`."""
        for process in (self._process, self._feeder):
            if process is not None:
                process.alive = False
        self._process = self._feeder = None
        self.journal = self.own = self.behind = self.feeding = None
        self.fallen()

    def ask(self, do: Callable[[], object]) -> bool:
        """Have the process do something; says whether it came to its end."""
        done = False
        with self.at_risk():
            try:
                do()
                done = True
            except JournalFullError as error:
                self.trace.add(f"refused: {error}")
            except (OSError, JournalFailedError) as error:
                self.trace.add(f"failed: {error!r}")
                self.has_failed = True
        return done and self.is_serving

    # Production.

    def meet(self, course: Course, group: bytes, volumes: Sequence[str]) -> None:
        """Production is there. Raises CoreError where it is refused."""
        refuse_second(None, self.taken, course.generation, where=WHERE)
        journal = self.journal
        assert journal is not None
        refuse_other(journal.identity, group, volumes, where=WHERE)
        standing = journal.standing
        refuse_second(standing, self.taken, course.generation, where=WHERE)
        if course.generation > (standing.course.generation if standing else 0):
            self.stop_feeding(in_good_order=True)
            journal.enter(course)
        self.look_at_generation()

    def welcome(self) -> Welcome:
        """What it has, as it tells production."""
        journal = self.journal
        assert journal is not None
        coming = journal.coming
        return Welcome(
            journal.spot,
            journal.is_alike,
            cover_bytes_max=journal.cover_bytes_max,
            coming=None if coming is None else Begun(coming.spot, coming.head.last),
        )

    def look_at_generation(self) -> None:
        """What was promised is of one generation, and says nothing of another."""
        standing = self.standing
        known = standing.course.generation if standing else 0
        if known != self.generation:
            self.generation, self.promised, self.promised_durable = known, 0, 0

    def promise(self, generation: int, end: int, *, is_durable: bool = False) -> None:
        """A host was told that all up to a write is here."""
        assert generation == self.generation
        self.promised = max(self.promised, end)
        if is_durable:
            self.promised_durable = max(self.promised_durable, end)

    def owed(self) -> Sequence[Gap]:
        """Points that were given up, of which production is to be told."""
        if self.journal is None or not self.owes_gaps:
            return ()
        self.owes_gaps = False
        found: Sequence[Gap] = ()
        with self.at_risk():
            try:
                found = self.journal.owed()
            except (OSError, CoreError) as error:
                self.trace.add(f"not told: {error!r}")
        return found

    # Taking over.

    @property
    def is_complete(self) -> bool:
        """Is it what production was at a point?"""
        standing = self.standing
        if standing is None or self.journal is None:
            return False
        reached = standing.course.reached
        end = self.journal.end
        return standing.state not in COPYING or (reached is not None and reached <= end)

    def take_over(self, records: Mapping[int, Record]) -> bool:
        """Be production from now on; says whether that came to its end."""
        if self.taken is None:
            if not self.is_complete:
                return False
            self.ask(self._take)
        self._expect_taken(records)
        return self.taken is not None and (self.own is not None or self.open())

    def _take(self) -> None:
        assert self.journal is not None
        end = self.journal.end
        self.journal.make_durable()
        self._close()
        self.journal = None
        assert self._process is not None
        write_taken(self.folder(self._process), Taken(end))
        self._go_on(self._process)

    def _go_on(self, process: Process) -> None:
        """The group is served here, whatever its images lack."""
        self.has_failed = False
        if not read_identity(self.folder(process), where=WHERE).is_copy:
            self._serve(process)
            return
        history = recover_behind(self.folder(process), self.images(process), where=WHERE)
        self.behind = behind = Behind(
            history,
            self.machine.volumes,
            lambda image, latest: BehindVolume(
                image, latest, blank_volume(latest.size), nullcontext()
            ),
            clock=self.clock.wall,
            retention=self.plan.retention,
        )
        self.made["copies served that lacked something"] += behind.unapplied > 0
        self._opened(behind.journal)

    def _serve(self, process: Process) -> None:
        """It is production, and nothing else."""
        own, _ = open_journal(
            self.folder(process),
            self.images(process),
            where=WHERE,
            clock=self.clock.wall,
            retention=self.plan.retention,
        )
        self._opened(own)

    def _opened(self, own: Journal) -> None:
        if self.record is not None:
            record, check = self.record, Checker(self.record, self.made)
            least = record.flushed if self.lost_power else record.acknowledged
            check.end(own.end, least=record.point_at(least))
            record.cut(own.end)
            check.equal(self._hosts_read(), record.now(), "the copy taken over, opened")
        self.own, self.lost_power = own, False

    def _hosts_read(self) -> State:
        if self.behind is None:
            return held(self.machine.volumes)
        found = [bytearray(each.size()) for each in self.behind.volumes]
        for volume, buffer in zip(self.behind.volumes, found, strict=True):
            volume.read_into(buffer, 0)
        return tuple(map(bytes, found))

    def catch_up(self) -> bool:
        """Its images are given everything; says whether they have it."""
        for _ in range(_ROUNDS_MAX):
            if self.behind is None:
                break
            self.feed()
        return self.is_serving and self.behind is None

    def _expect_taken(self, records: Mapping[int, Record]) -> None:
        """What it is from then on is what production was at that point."""
        taken = self.taken
        if taken is None or self.record is not None:
            return
        least = self.promised_durable if self.lost_power else self.promised
        if taken.point < least:
            raise ViolationError(
                f"taken over at {taken.point}, and {least} was promised to be there"
            )
        self.made["copies taken over"] += 1
        self.record = records[self.generation].forked()
        self.record.cut(taken.point)
        notes = self.record.notes  # one at the last point may have been on its way
        self.record.notes = [each for each in notes if each[0] < taken.point]

    def write(self, volume: int, request: Request) -> None:
        """A host of production here writes."""
        own, record = self.own, self.record
        if own is None or record is None or self.has_failed:
            return
        before = record.place
        record.asked(volume, request)
        run = run_of([request])
        if self.ask(lambda: own.write(volume, run, client=1)):
            record.acknowledge()
            if self.behind is not None:
                self.behind.wrote(own.end, len(run.received))
        elif self.own is not None and not self.has_failed:  # there was no room for it
            record.withdraw(before)

    # Looking at it.

    def offered(self) -> Sequence[int]:
        """The points that can be had."""
        history = History(self.looked_at, where=WHERE, live=self.is_serving)
        try:
            return points_in(history) if history.begin is not None and history.do else ()
        finally:
            history.close()

    @property
    def looked_at(self) -> WatchedFolder:
        """Its journal, as it is seen from outside."""
        return WatchedFolder(self.machine.folder, lambda operation: operation.carry_out())

    def check_volumes(self) -> None:
        """Taken over, it holds what was acknowledged here."""
        if self.record is not None and self.own is not None:
            now = self.record.now()
            Checker(self.record, self.made).equal(
                self._hosts_read(), now, "the copy that was taken over"
            )
