"""Production: hosts write to it, and all that they were promised is on record, by generation.

What a copy has is of the generation in which it was shipped; so each begins with a record of its
own, and none changes what was before it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from core.machine.journal.failing import JournalFailedError
from core.machine.journal.marking import Marking
from core.machine.journal.replicated import Production, begin_initialising, is_initialised
from core.machine.journal.shelf import JournalFullError
from core.machine.journal.shipping import open_shipped
from core.sim.checks import Checker, ViolationError, held
from core.sim.clock import Clock
from core.sim.faults import WatchedFolder
from core.sim.host import WRITE, Request, run_of
from core.sim.plan import Plan
from core.sim.record import Record, begun_with
from core.sim.service import Range, ServedVolume
from core.sim.sites.site import Site
from core.sim.trace import Teller
from core.sim.weather import SERVER, Process
from core.stream.phases import Event
from core.stream.standing import Standing, read_standing

WHERE = "near"


class Near(Site):
    """`production` is None while nobody serves; `records` are by generation."""

    def __init__(
        self,
        plan: Plan,
        rng: Random,
        clock: Clock,
        trace: Teller,
        made: Counter[str],
    ) -> None:
        super().__init__("production", plan, rng, clock, trace)
        self.record = Record(begun_with(plan.sizes), clock)
        self.records: dict[int, Record] = {}
        self.check = Checker(self.record, made)
        self.production: Production | None = None
        self.volumes: list[ServedVolume] = []
        self.identify(is_copy=False)
        self._process: Process | None = None
        self._was_closed = False

    @property
    def is_serving(self) -> bool:
        """See `Site`."""
        return self.production is not None

    @property
    def is_marking(self) -> bool:
        """Is nothing journaled?"""
        return self.production is not None and isinstance(self.production.journal, Marking)

    @property
    def is_well(self) -> bool:
        """Does it serve, and acknowledge what it is asked for?"""
        return self.production is not None and not self.has_failed

    @property
    def standing(self) -> Standing:
        """What is known here of the copy."""
        found = read_standing(self.machine.folder, where=WHERE)
        assert found is not None
        return found

    @property
    def watched(self) -> WatchedFolder:
        """The journal, as the process that serves has it."""
        assert self._process is not None
        return self.folder(self._process)

    @property
    def serving(self) -> Production:
        """What serves."""
        assert self.production is not None
        return self.production

    def open(self) -> bool:
        """Begin to serve; says whether that came to its end."""
        self.trace.add("open")
        with self.at_risk():
            try:
                self._open()
            except (OSError, JournalFailedError) as error:
                self.trace.add(f"not opened: {error!r}")
                self.kill()
        return self.production is not None

    def _open(self) -> None:
        process = self.process(SERVER)
        folder = self.folder(process)
        volumes = [
            ServedVolume(each, nth, process, self._not_written)
            for nth, each in enumerate(self.machine.volumes)
        ]
        if not is_initialised(folder):
            begin_initialising(folder, volumes)
        production = open_shipped(
            folder,
            volumes,
            where=WHERE,
            clock=self.clock.wall,
            retention=self.plan.retention,
            lost_memory=self.lost_power,
        )
        process.recovering = False
        self._process, self.volumes, self.production = process, volumes, production
        self.has_failed = False
        self._look_at_opened(production)

    def _look_at_opened(self, production: Production) -> None:
        end, was_closed = production.journal.end, self._was_closed
        before = self.record
        self.begin_record()
        record = self.record
        least = before.flushed if self.lost_power else before.acknowledged
        self.check.end(end, least=before.point_at(least))
        if was_closed and not production.recovered.clean:
            raise ViolationError("there is something to recover after an end in good order")
        if not (self.lost_power or self.is_marking or record.is_marked):
            record.cut(end)
            self.check.equal(held(self.machine.volumes), record.now(), "production, opened")
        else:
            found = held(self.machine.volumes)
            self.check.among(found, max(least, record.place_of(end)), "production, opened")
            is_durable = self.lost_power or not (record.is_marked and self.is_marking)
            record.found(end, found, is_marked=self.is_marking, is_durable=is_durable)
        self._was_closed = self.lost_power = self.weather.is_sheltered = False

    def begin_record(self) -> None:
        """A generation that has begun has a record of its own."""
        generation = self.standing.course.generation
        if generation in self.records:
            return
        if self.records:
            self.record = self.record.forked()
            self.check = Checker(self.record, self.check.made)
        self.records[generation] = self.record

    # What hosts and people ask for: what is done is acknowledged by whoever knows of the copy.

    def write(self, volume: int, requests: Sequence[Request]) -> bool:
        """Send a run; says whether it was carried out."""
        before = self.record.place
        for each in requests:
            self.record.asked(volume, each)
        write = lambda: self.serving.journal.write(volume, run_of(requests), client=1)  # noqa: E731
        if not self.ask(write, before):
            return False
        self._refuse_after_failure("a write")
        return True

    def resize(self, volume: int, size: int) -> bool:
        """Give a volume another size; says whether that was carried out."""
        before = self.record.place
        self.record.resized(volume, size)
        if not self.ask(lambda: self.serving.journal.resize(volume, size), before):
            return False
        self._refuse_after_failure("a size")
        return True

    def note(self, text: bytes) -> bool:
        """Take a note at the latest point."""
        if self.is_marking:
            return False
        point = self.record.end
        done = self.ask(lambda: self.serving.journal.note(text))
        if done:
            self._promised_all()
            self.record.notes.append((point, text))
        return done

    def end_epoch(self) -> bool:
        """Begin an epoch, which makes all before durable."""
        if self.is_marking:
            return False
        done = self.ask(lambda: self.serving.journal.begin_epoch())
        if done:
            self._promised_all()
        return done

    def flush(self) -> bool:
        """Make durable what there is; says whether that was done."""
        promised = self.record.acknowledged
        if not self.ask(lambda: self.serving.journal.flush()):
            return False
        self._refuse_after_failure("a flush")
        self.weather.is_sheltered = False
        self.record.promise(promised)
        return True

    def mark(self, event: Event = Event.FULL) -> bool:
        """The journal takes nothing more: volumes are marked; says whether that was done."""
        self.trace.add(f"mark: {event}")
        if not self.ask(lambda: self.serving.mark(event)):
            return False
        self.check.made["times that volumes were marked"] += 1
        self.begin_record()
        self.record.mark()
        return True

    def resume(self) -> bool:
        """The journal takes writes again; says whether that was done."""
        self.trace.add("resume")
        if not self.ask(self.serving.resume):
            return False
        self.record.resume()
        return True

    def close(self) -> bool:
        """End in good order; says whether that came to its end."""
        self.weather.settle()
        if not self.ask(lambda: self.serving.journal.close()):
            return False
        self.record.promise(self.record.acknowledged)
        self._gone()
        self._was_closed = True
        return True

    def kill(self) -> None:
        """See `Site`."""
        self._gone()
        self._was_closed = False

    def ask(self, do: Callable[[], object], before: int | None = None) -> bool:
        """Have the process do something; says whether it came to its end.

        What was refused for want of room did not happen, nor, after a failure, what was asked for
        since the place `before`.
        """
        had_failed = self.has_failed
        done = False
        with self.at_risk():
            try:
                do()
                done = True
            except JournalFullError:
                self.record.withdraw(self.record.place_of(self.serving.journal.end))
                self.trace.add("the journal is full")
            except JournalFailedError as error:
                self.trace.add(f"failed: {error}")
                self.has_failed = True
                if had_failed and before is not None:
                    self.record.withdraw(before)
            except OSError as error:
                self.trace.add(f"refused: {error!r}")
        return done and self.production is not None

    def _promised_all(self) -> None:
        if not self.is_marking:
            self.record.promise(self.record.acknowledged)

    def _gone(self) -> None:
        if self._process is not None:
            self._process.alive = False
        self.production = self._process = None
        self.fallen()

    def _refuse_after_failure(self, what: str) -> None:
        self.check.made["acknowledgements"] += 1
        if self.has_failed:
            raise ViolationError(f"{what} was acknowledged after the journal had failed")

    def _not_written(self, volume: int, ranges: Sequence[Range]) -> None:
        """Of what could not be written the journal takes down what the volume holds instead."""
        self.weather.is_sheltered = True
        content = self.machine.volumes[volume].blob.content
        for offset, length in ranges:
            data = bytes(content[offset : offset + length])
            self.record.asked(volume, Request(WRITE, offset, length, data))
        first = self.record.point_at(self.record.acknowledged) + 1
        self.record.doubtful.update(range(first, self.record.end))
