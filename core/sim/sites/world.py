"""Two sites and a link: what is done to them, and what both do about it, as the drivers have it.

A host's write is acknowledged here as it is there: in sync once the copy has it, or the link is
given up. Whatever befalls a side, the other one finds out by the link.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final

from core.errors import CoreError
from core.machine.journal.failing import JournalFailedError
from core.machine.journal.intake import Intake
from core.machine.journal.shelf import JournalFullError
from core.machine.journal.shipping import Shipping
from core.machine.link.flights import Flights
from core.machine.link.mode import Mode
from core.machine.link.shipper import AheadError, Shipper, Welcome
from core.sim.checks import Checker, ViolationError, held
from core.sim.clock import Clock
from core.sim.host import Request
from core.sim.sites import marks, points
from core.sim.sites.far import Far
from core.sim.sites.near import WHERE, Near
from core.sim.sites.network import FAR, NEAR, Network, Parcel
from core.sim.sites.plan import PATIENCE_NS, Mishap, SitesPlan
from core.sim.sites.site import GROUP
from core.sim.trace import Trace
from core.stream.phases import Event, State
from core.wire.link import (
    HEADER_BYTES,
    BrokenLinkError,
    Frame,
    Kind,
    checksum,
    pack_frame,
    parse_frame,
)
from core.wire.note import pack_note

_PING_NS: Final = 2_000_000_000
_POLL_NS: Final = 50_000_000
_ROUNDS_MAX: Final = 20_000
STEPS_MAX: Final = 1_000_000


class Sites:
    """`near` is production, `far` the copy; `shipper` and `intake` are the ends of a link."""

    def __init__(self, plan: SitesPlan, rng: Random) -> None:
        self.plan, self.rng = plan, rng
        self.clock = Clock()
        self.trace = Trace(self.clock)
        self.made: Counter[str] = Counter()
        self.mishaps: Counter[Mishap] = Counter()
        self.network = Network(plan.mishaps, rng, self.clock, self.trace, self.mishaps)
        self.near = Near(plan.near, rng, self.clock, self.trace, self.made)
        self.far = Far(plan.far, rng, self.clock, self.trace, self.made)
        self.near.fallen = self.hang_up
        self.far.fallen = self._far_gone
        self.mode = plan.mode
        self.shipper: Shipper | None = None
        self.ledger: Shipping | None = None
        self.intake: Intake | None = None
        self.is_folding = False
        """Is what the copy lacks to be shipped as one?"""
        self.flights = Flights()
        self._untaken: Parcel | None = None
        self._heard_ns = self._listened_ns = self._pinged_ns = self._again_ns = 0
        self._losses = 0
        self.refused = ""
        """Why production was refused last."""

    # The link, as production has it.

    def connect(self) -> bool:
        """Production greets the copy; says whether a link stands then."""
        self.hang_up()
        near, far = self.near, self.far
        if self.network.is_cut or not near.is_well or not far.is_serving:
            return False
        if near.is_marking and not near.resume():
            return False
        self.trace.add("connect")
        course = near.standing.course
        if course.state is State.MARKING:
            return False
        self._let_go_of_intake()
        if not self._met() or far.journal is None:
            return False
        welcome = far.welcome()
        if not near.ask(lambda: self._begin(welcome)) or self.shipper is None:
            return False
        self.intake = Intake(far.journal, far.replicas)
        self.network.begin()
        self._heard_ns = self._listened_ns = self.clock.now_ns
        self._losses = far.losses
        self.made["links"] += 1
        return True

    def _met(self) -> bool:
        far, course = self.far, self.near.standing.course
        was_taken, known = far.taken, far.standing.course.generation if far.standing else 0
        met = False

        def meet() -> None:
            nonlocal met
            try:
                far.meet(course, GROUP, [f"volume{n}" for n in range(len(self.plan.sizes))])
                met = True
            except JournalFailedError:
                raise
            except CoreError as error:
                self.refused = str(error)
                self.trace.add(f"refused: {error}")

        done = far.ask(meet)
        if met and (was_taken is not None or course.generation < known):
            raise ViolationError("a second production is accepted")
        if was_taken is not None:
            self.network.count(Mishap.SECOND)
        return done and met

    def _begin(self, welcome: Welcome) -> None:
        near = self.near
        ledger = Shipping(near.watched, near.standing)
        try:
            self.shipper = Shipper(
                near.watched,
                ledger,
                near.volumes,
                welcome,
                carried_out=lambda: near.serving.journal.end,
                where=WHERE,
                flights=self.flights,
            )
        except AheadError:
            near.mark(Event.GONE)
            return
        self.ledger = ledger

    def hang_up(self) -> None:
        """Production has no link any more."""
        if self.shipper is not None:
            self.shipper.end()
            self.shipper.close()
        if self.ledger is not None:
            self.ledger.close()
        self.shipper = self.ledger = None
        self.network.is_up = False

    def lose_connection(self) -> None:
        """It breaks, with all that is on its way."""
        self.network.lose()
        self.network.count(Mishap.LOST)
        self.hang_up()

    @property
    def is_in_sync(self) -> bool:
        """Does production say that the copy has all that was acknowledged?"""
        shipper = self.shipper
        return self.mode is Mode.SYNC and shipper is not None and shipper.is_live

    def ship(self) -> bool:
        """Production sends the next frame, if there is one and it may; says whether it did."""
        near, shipper = self.near, self.shipper
        if shipper is None or not near.is_serving or not self.network.has_room(FAR):
            return False
        sent: list[bytes] = []

        shipper.fold(is_folding=self.is_folding, end=near.serving.journal.end)
        if shipper.wants_epoch and not near.end_epoch():
            return False

        def take() -> None:
            sent.append(b"".join(shipper.frames()))

        if near.ask(take) and self.shipper is shipper:
            if sent[0]:
                self.network.send(FAR, sent[0])
        elif self.shipper is shipper:
            self.hang_up()
        return bool(sent and sent[0])

    def _ping(self) -> None:
        if self.shipper is None or self.clock.now_ns - self._pinged_ns < _PING_NS:
            return
        self._pinged_ns = self.clock.now_ns
        end = self.near.serving.journal.end
        told = self.near.record.point_at(self.near.record.acknowledged)
        frame = Frame(Kind.PING, first=end, number=self.is_in_sync)
        self.network.send(FAR, pack_frame(frame), told)

    # What arrives.

    def pump(self) -> bool:
        """All that has arrived is taken by whom it is for; says whether there was something."""
        moved = False
        while self._take() or self._hear():
            moved = True
        self._look_at_times()
        return moved

    def _take(self) -> bool:
        """The copy takes what came; what has no room waits, and comes again."""
        far, intake = self.far, self.intake
        if intake is None or far.journal is None:
            return False
        if self._untaken is not None and self.clock.now_ns < self._again_ns:
            return False
        parcel = self._untaken or self.network.arrived(FAR)
        if parcel is None:
            return False
        is_full, self._untaken = False, None

        def take() -> None:
            nonlocal is_full
            try:
                frame = parse_frame(parcel.data)
                self._check_told(frame, parcel.told)
                intake.take(frame, memoryview(parcel.data)[HEADER_BYTES:])
            except JournalFullError:
                is_full = True
            except BrokenLinkError as error:
                self._broken(parcel, error)

        if not far.ask(take):
            self._let_go_of_intake()
            return False
        self._listened_ns = self.clock.now_ns
        if is_full:
            self._untaken, self._again_ns = parcel, self.clock.now_ns + _POLL_NS
        if self.intake is intake and self.network.is_up:
            for each in filter(None, (intake.ack, intake.came)):
                self.network.send(NEAR, pack_frame(each))
        return not is_full

    def _check_told(self, frame: Frame, told: int) -> None:
        """What production says of itself was true when it said it."""
        if frame.kind is not Kind.PING:
            return
        self.far.told_in_sync = bool(frame.number)
        journal = self.far.journal
        if frame.number and journal is not None and journal.end < told:
            raise ViolationError(
                f"production says that it is in sync, and of {told} writes that were acknowledged"
                f" the copy has {journal.end}"
            )

    def _hear(self) -> bool:
        """Production hears what the copy answers."""
        parcel = self.network.arrived(NEAR)
        shipper, near = self.shipper, self.near
        if parcel is None:
            return False
        if shipper is None or not near.is_serving:
            return True
        self._heard_ns = self.clock.now_ns

        def hear() -> None:
            try:
                frame = parse_frame(parcel.data)
                payload = parcel.data[HEADER_BYTES:]
                if checksum(payload) != frame.checksum:
                    raise BrokenLinkError("damaged")
            except BrokenLinkError as error:
                self._broken(parcel, error)
                return
            if parcel.is_damaged:
                raise ViolationError("production takes what is damaged")
            self._heard(shipper, frame, payload)

        near.ask(hear)
        return True

    def _heard(self, shipper: Shipper, frame: Frame, payload: bytes) -> None:
        production = self.near.serving
        if frame.kind is Kind.ACK:
            assert self.ledger is not None
            before = self.ledger.applied
            shipper.heard(frame)
            if self.ledger.applied != before:
                production.follow(production.standing)
        elif frame.kind is Kind.CAME:
            shipper.came(frame)
        elif frame.kind is Kind.WISH:
            production.journal.begin_epoch()
        else:
            production.journal.note(payload)

    def _broken(self, parcel: Parcel, error: Exception) -> None:
        """What came is refused: the link is over."""
        if not parcel.is_damaged:
            raise ViolationError(f"a frame is refused that is not damaged: {error}") from error
        self.made["damaged frames refused"] += 1
        self.network.lose()
        self._let_go_of_intake()
        self.hang_up()

    def _look_at_times(self) -> None:
        """Whoever hears nothing for too long is alone."""
        now_ns = self.clock.now_ns
        if self.shipper is not None and not self.network.is_up and self.network.is_idle():
            self.hang_up()
        if self.shipper is not None:
            self._ping()
            if now_ns - self._heard_ns > PATIENCE_NS:
                self.trace.add("the copy does not answer")
                self.hang_up()
        is_over = not self.network.is_up and self.network.is_idle() and not self.network.is_cut
        if self.intake is not None and (is_over or now_ns - self._listened_ns > PATIENCE_NS):
            self._let_go_of_intake()

    def _let_go_of_intake(self) -> None:
        self.intake = self._untaken = None
        self.far.told_in_sync = False

    def _far_gone(self) -> None:
        self._let_go_of_intake()
        if not self.network.is_cut:
            self.network.lose()

    # What is asked for.

    def write(self, volume: int, requests: Sequence[Request]) -> bool:
        """A host writes; says whether it was acknowledged."""
        near = self.near
        for _ in range(2):
            if near.write(volume, requests):
                break
            if not near.is_well or near.is_marking or self.rng.random() < self.plan.near.patience:
                return False
            if not near.mark():
                return False
            self.hang_up()
        else:
            raise ViolationError("the journal is full, and nothing is journaled")
        return self._acknowledged()

    def resize(self, volume: int, size: int) -> bool:
        """Somebody gives a volume another size; says whether that was done."""
        if not self.near.resize(volume, size):
            return False
        self._acknowledged()
        if not self.near.is_marking:
            self.near.record.promise(self.near.record.acknowledged)
        return True

    def _acknowledged(self) -> bool:
        """Acknowledge what was written, once that may be."""
        near, shipper = self.near, self.shipper
        end = near.serving.journal.end
        if self.mode is Mode.SYNC and shipper is not None and shipper.awaits(end):
            is_there = self._wait(shipper, end)
            if not near.is_serving:
                return False
            if is_there:
                generation = near.standing.course.generation
                self.far.promise(generation, end)
        near.record.acknowledge()
        return True

    def _wait(self, shipper: Shipper, end: int, *, durable: bool = False) -> bool:
        """Ship and hear until the copy has a write; False where the link is given up for that."""
        deadline_ns = self.clock.now_ns + PATIENCE_NS
        for _ in range(_ROUNDS_MAX):
            if (shipper.durable if durable else shipper.received) >= end:
                return True
            if self.shipper is not shipper or not self.near.is_serving:
                return False
            if self.clock.now_ns > deadline_ns:
                self.trace.add("the copy did not answer")
                self.hang_up()
                return False
            self.ship()
            if not self.pump():
                self._pass(deadline_ns)
                if self.far.is_serving and self.rng.random() < 0.5:
                    self.far.feed()
        raise ViolationError("there is no end to waiting for the copy")

    def _pass(self, until_ns: int) -> None:
        """Time passes, until something arrives or for a moment."""
        now_ns, due_ns = self.clock.now_ns, self.network.next_ns()
        next_ns = min(until_ns + 1, now_ns + _POLL_NS)
        if due_ns is not None and due_ns > now_ns:  # what is due has to wait for room
            next_ns = min(next_ns, due_ns)
        self.clock.wait(max(1, next_ns - now_ns))

    def flush(self) -> bool:
        """A host flushes; says whether that was acknowledged."""
        near, shipper = self.near, self.shipper
        end, is_promised = near.serving.journal.end, self.is_in_sync
        if shipper is not None and is_promised:
            shipper.flush()
        if not near.flush():
            return False
        if shipper is not None and is_promised and self._wait(shipper, end, durable=True):
            generation = near.standing.course.generation
            self.far.promise(generation, end, is_durable=True)
        return near.is_serving

    def feed(self) -> int:
        """The copy applies what came, and asks production for what it needs."""
        done = self.far.feed()
        if self.intake is None or self.far.journal is None:
            return done
        if not done and self.far.wants_epoch:
            self.network.send(NEAR, pack_frame(Frame(Kind.WISH)))
        for gap in self.far.owed():
            note = pack_note(gap)
            frame = Frame(Kind.GAP, size=len(note), checksum=checksum(note))
            self.network.send(NEAR, pack_frame(frame) + note)
        return done

    def take_over(self) -> bool:
        """The copy is made production; says whether it is."""
        self._let_go_of_intake()
        self.network.is_up = False
        if self.far.take_over(self.near.records):
            if not self.mishaps[Mishap.TAKEN_OVER]:
                self.network.count(Mishap.TAKEN_OVER)
            return True
        return False

    # What must hold.

    def look(self) -> None:
        """What is said of the copy is so; but that it has lost its memory production hears late."""
        near, far = self.near, self.far
        if self.is_in_sync and near.is_serving and self._losses == far.losses:
            self.made["times that it was in sync"] += 1
            if near.is_marking or near.standing.state is not State.SHIPPING:
                raise ViolationError("it is said to be in sync, and nothing is shipped")
            told = near.record.point_at(near.record.acknowledged)
            if far.journal is not None and far.journal.end < told:
                raise ViolationError(
                    f"it is said to be in sync, and of {told} writes that were acknowledged"
                    f" the copy has {far.journal.end}"
                )

    def check_marks(self) -> None:
        """While production is marked, the copy lacks nothing but what is marked."""
        near, far = self.near, self.far
        record = near.records.get(far.generation)
        if not near.is_marking or far.journal is None or not far.is_complete or record is None:
            return
        expected = record.state(min(far.journal.end, record.end))
        marks.check(near.machine, near.standing.course.generation, expected)
        self.made["marks compared"] += 1

    def check_points(self, some: int) -> int:
        """Each point that the copy offers, of so many, is exact; returns how many it offers."""
        far, near = self.far, self.near
        standing, record = far.standing, far.record
        if record is None:
            if standing is None or standing.distributed is None:
                return 0
            record = near.records[standing.distributed.generation]
        offered = points.check(
            record, far.looked_at, far.machine.volumes, self.made, some, live=far.is_serving
        )
        return len(offered)

    def is_caught_up(self) -> bool:
        """Is the copy what production is, with a history?"""
        near, far = self.near, self.far
        if not near.is_serving or far.feeding is None or self.shipper is None:
            return False
        return self.shipper.is_live and (
            near.standing.state is State.SHIPPING
            and far.feeding[1].state is State.DISTRIBUTING
            and far.applied == near.serving.journal.end
        )

    def settle(self) -> bool:
        """Ship and feed until the copy is what production is; says whether it came to that."""
        for _ in range(_ROUNDS_MAX):
            if self.is_caught_up():
                return True
            moved = self.ship() | self.pump() | (self.feed() > 0)
            if self.shipper is None and not self.connect():
                self.clock.wait(_PING_NS)
            if not moved:
                self._pass(1 << 62)
        return self.is_caught_up()

    def check_production(self) -> None:
        """Production holds what was acknowledged."""
        if self.near.is_well:
            now = self.near.record.now()
            self.near.check.equal(held(self.near.machine.volumes), now, "production")

    def check_equal(self) -> None:
        """The copy is what production is."""
        now = self.near.record.now()
        check = Checker(self.near.record, self.made)
        check.equal(held(self.near.machine.volumes), now, "production")
        check.equal(held(self.far.machine.volumes), now, "the copy")
