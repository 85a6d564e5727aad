"""Production's side of a link: the copy at another site, as the process that serves hosts sees it.

Theory of operation
-------------------
A thread keeps a connection, begins another whenever one ends, and ships what the DO stream has.
Hosts whose writes are to be known at the copy before they are acknowledged do that work themselves
while they wait: whoever comes first ships what there is, for all, and whoever is the first to wait
hears the answers, for all. So no write waits for a thread to be woken that is not its own.

Whatever becomes of the link, hosts are served. A copy that does not answer in time is one that is
not there; what it lacks waits in the DO stream, and where that is full, production is marked. One
that is connected, and further behind than it may be, slows hosts down if that is asked for
(`regulating.py`).
"""

import logging
import math
import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from threading import Condition, Lock, Thread
from typing import Any, Final

from core.driver.folder import DiskFolder
from core.driver.group.group import Group
from core.driver.link.channel import Channel
from core.driver.link.connection import POLL_S, Connection
from core.driver.link.copying import Copying, checked_window
from core.driver.link.joining import join
from core.driver.link.limiting import Limiting
from core.driver.link.packing import Packing
from core.driver.link.peers import expect, hello, parse_welcome, reach, say
from core.driver.link.regulating import Answered, Hold, Regulating
from core.driver.link.snapshots import Snapshots
from core.driver.link.wire import waited
from core.errors import CoreError, cause_text
from core.machine.journal.concurrent import Concurrent
from core.machine.journal.marking import Marking
from core.machine.journal.replicated import Production
from core.machine.journal.shelf import JournalFullError
from core.machine.journal.shipping import Shipping
from core.machine.link.flights import Flights
from core.machine.link.mode import Mode
from core.machine.link.shipper import AheadError, Shipper
from core.machine.link.sweep import Sweep
from core.machine.link.window import Window
from core.stream.copies import FIRST, files_of
from core.stream.history import History
from core.stream.identity import Identity
from core.stream.phases import COPYING, Event, State
from core.stream.standing import Standing, copied_bytes, not_offered
from core.stream.waiting import waiting
from core.structure.digests import KEY_BYTES
from core.structure.medium import SparseImage
from core.wire.link import BrokenLinkError, Frame, Kind
from core.wire.note import Gap, parse_note

_LOG: Final = logging.getLogger("isthmus.link")

PATIENCE_S: Final = 10.0
_PING_S: Final = 2.0
_PING_S_REGULATED: Final = 0.2
_SHIP_S: Final = 1.0
_PAUSE_S: Final = 0.2
_PAUSE_S_MAX: Final = 5.0
_STOP_S: Final = 30.0
_WISH_S: Final = 0.5
_WHY_MARKED: Final = {
    Event.FULL: "the journal could not take more",
    Event.BEHIND: "the copy is further behind than it may be",
    Event.GONE: "what the copy has is not here",
}


class ShippedCopy:
    """Keeps a copy at another site fed, from `start` to `stop`."""

    def __init__(
        self,
        group: Group,
        production: Production | Concurrent,
        folder: DiskFolder,
        identity: Identity,
        images: Sequence[SparseImage],
        wanted: Copying,
        number: int = FIRST,
    ) -> None:
        self._group, self._production, self._folder = group, production, folder
        self.files: Final = files_of(folder, number)
        """Those of the journal that are of this copy."""
        self._tls = wanted.tls
        self._identity, self._images, self.place = identity, tuple(images), wanted.place
        self._sweep: Sweep | None = None
        self._followed, self._wished_s = -1, -math.inf
        self.mode = wanted.mode
        self.packing: Final = Packing(wanted.compression)
        self._window, self._counting = Window(wanted.within), Lock()
        self._comparing = Lock()
        self.limiting = Limiting(wanted.bandwidth, lambda: self.mode is not Mode.ASYNC)
        self.failure = "not connected yet"
        self.when_no_room: Callable[[], None] = _nobody
        """Is called, with the group's lock, where the journal has none for what a copy asks for."""
        self._connection: Connection | None = None
        self._wake, self._is_idle = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC), False
        self._stopping = self._is_marked = False
        self._pausing = Condition()
        self._answered = Answered(
            is_connected=False, sent=0, received=production.standing.applied, unapplied=0
        )
        self._flights = Flights()
        self.regulating = Regulating(wanted.limits, self._hear, self._mark_behind)
        self._snapshots = Snapshots(group, self.regulating, self._flights)
        with closing(History(folder, where=str(folder.path))) as history:
            for each in waiting(history, production.standing.applied):
                age_ns = max(0, time.time_ns() - each.time_ns)
                self.regulating.found(each.end, each.size, age_ns)
        self._thread = Thread(target=self._run, name="link", daemon=True)

    def start(self) -> None:
        """Begin to ship."""
        self._thread.start()

    def stop(self) -> None:
        """Ship what is there, if that is soon done, and end."""
        if (link := self._connection) is not None:
            end = self._group.journal.end
            self._snapshots.is_over = True
            with suppress(OSError, CoreError):
                link.wait(lambda: link.shipper.received >= end, PATIENCE_S)
                link.ship(Frame(Kind.FLUSH), deadline=time.monotonic() + PATIENCE_S)
                link.wait(lambda: link.shipper.durable >= end, PATIENCE_S)
        with self._pausing:
            self._stopping = True
            self._pausing.notify_all()
        self._rouse()
        if self._thread.ident is not None:
            self._thread.join(_STOP_S)
        if not self._thread.is_alive():
            os.close(self._wake)

    @property
    def is_in_sync(self) -> bool:
        """Has the copy each write that was acknowledged, in a mode that promises it?"""
        link = self._connection
        return self.mode is Mode.SYNC and link is not None and link.shipper.is_live

    def switch(self, mode: Mode, within: int | None = None) -> None:
        """Promise hosts that, from when the copy has all that was written before.

        Raises CoreError for a window of nothing.
        """
        size = None if within is None else checked_window(within)
        with self._counting:
            self._window.size = size or self._window.size
            before, self.mode = self.mode, mode
            link = self._connection
            if link is not None and mode is not before:
                owe = link.shipper.catch_up if before is Mode.ASYNC else link.shipper.owe
                owe(self._group.journal.end)
        self._rouse()

    @property
    def is_comparable(self) -> bool:
        """Is the copy there, made equal to production, and does it sign what it holds?"""
        link = self._connection
        return link is not None and link.shipper.is_comparable

    def compare(self, sweep: Sweep | None) -> None:
        """Have it compared with production by that from now on, over this link and the next."""
        with self._comparing:
            self._sweep = sweep
            if (link := self._connection) is not None:
                link.shipper.sweep = sweep
        self._rouse()
        if link is not None:
            link.settle()

    @property
    def has_points(self) -> bool:
        """Is what is written now a point of the copy?"""
        with self._group.lock:
            return self._production.standing.state is State.SHIPPING

    def refuse_without_points(self) -> None:
        """Raises CoreError where it is none."""
        if not self.has_points:
            raise not_offered(self.files, where=str(self._folder.path))

    def hold(self, size: int) -> Hold | None:
        """What holds back the acknowledgement of so many bytes, which the copy may have or not."""
        return self.regulating.hold(size)

    def wrote(self, end: int, size: int) -> None:
        """So many bytes, up to a write, are to be acknowledged; returns when they may be."""
        if (waits := self.owes(end, size)) is not None:
            self.received(*waits)

    def owes(self, end: int, size: int) -> tuple[Connection, int] | None:
        """The write that the copy is to have before they are, and by which link; else None."""
        self.regulating.wrote(end, size)
        link = self._connection
        if link is None:
            return None
        needed = self._needed(link, end, size)
        if needed > link.shipper.received:
            return link, needed
        if self._is_idle:
            self._rouse()
        return None

    def received(self, link: Connection, needed: int) -> None:
        """Return once the copy has a write, or the link is given up."""
        self._wait(link, lambda: link.shipper.received >= needed)

    def _needed(self, link: Connection, end: int, size: int) -> int:
        """The write that the copy is to have before so many bytes up to `end` are acknowledged."""
        if self.mode is Mode.ASYNC:
            return 0
        with self._counting:
            needed = self._window.wrote(end, size) if self.mode is Mode.SEMI_SYNC else end
            return needed if link.shipper.awaits(end) else 0

    def flush(self, end: int, sync: Callable[[], None]) -> None:
        """Have writes up to one durable here, and there if that is promised."""
        link = self.flushes()
        sync()
        if link is not None:
            self.durable(link, end)

    def flushes(self) -> Connection | None:
        """Have the copy make all durable that it has, if that is promised: by that link."""
        link = self._connection
        if link is None or not self.is_in_sync:
            return None
        send(link, Frame(Kind.FLUSH))
        return link

    def durable(self, link: Connection, end: int) -> None:
        """Return once the copy has writes up to one durably, or the link is given up."""
        self._wait(link, lambda: link.shipper.durable >= end)

    def status(self) -> dict[str, Any]:
        """State, how far the copy is, and what is wrong with the link."""
        coming = self._group.coming
        with self._group.lock:
            standing, end = self._production.standing, self._group.journal.end
        link = self._connection
        found: dict[str, Any] = {
            "place": str(self.place),
            "state": standing.state.value,
            "mode": self.mode.value,
            "within": self._window.size if self.mode is Mode.SEMI_SYNC else None,
            "connected": link is not None,
            "in_sync": self.is_in_sync,
            "received": link.shipper.received if link else self._known(standing),
            "durable": link.shipper.durable if link else standing.applied,
            "end": end,
            "failure": self.failure,
            "bandwidth": str(self.limiting.schedule),
            "compression": self.packing.status(),
            "snapshots": self._snapshots.status(),
            **self.regulating.status(coming),
        }
        copied, total = copied_bytes(self.files, standing.course)
        if standing.state in (*COPYING, State.MARKING):
            found |= {"copied": copied, "to_copy": total}
        else:
            found["resynced"] = copied
        return found

    def _known(self, standing: Standing) -> int:
        """What the copy had when it was heard last, while that says something."""
        if standing.state is not State.SHIPPING:
            return standing.applied
        return max(standing.applied, self._answered.received)

    def _wait(self, link: Connection, is_there: Callable[[], bool]) -> None:
        try:
            if not link.wait(is_there, PATIENCE_S) and link.failure is None:
                link.fail(CoreError(f"the copy did not answer within {PATIENCE_S:g} s"))
        except (OSError, CoreError) as error:
            link.fail(error)
        if link.failure is not None or link.asked or link.ledger.applied != self._followed:
            self._rouse()

    def _rouse(self) -> None:
        os.eventfd_write(self._wake, 1)

    @property
    def is_connected(self) -> bool:
        """Is it there?"""
        return self._connection is not None

    @property
    def applied(self) -> int:
        """What waits in the journal for this copy begins behind that write."""
        return self._production.standing.applied

    def mark(self, event: Event = Event.FULL) -> None:
        """The journal is full, or that. It is called with the group's lock."""
        self._is_marked = True
        self._production.mark(event)
        self._group.journal = self._production.journal
        if (link := self._connection) is not None:
            link.fail(CoreError(f"production is marked: {_WHY_MARKED[event]}"))
        _LOG.warning("marking: %s", event.value)

    def _mark_behind(self) -> None:
        """The copy is further behind than it may be, and hosts are not to wait for it."""
        try:
            with self._group.lock:
                if not self._is_marked and not isinstance(self._group.journal, Marking):
                    self.mark(Event.BEHIND)
        except (OSError, CoreError) as error:  # nothing is acknowledged any more
            _LOG.error("marking: %s", error)

    def _hear(self) -> Answered:
        """How far the copy is, with what it has answered by now."""
        link, journal = self._connection, self._group.journal
        if isinstance(journal, Marking):  # nothing is shipped any more
            self._answered = Answered(False, journal.end, journal.end, 0)
        elif link is not None:
            try:
                link.hear(0.0)
            except (OSError, CoreError) as error:
                link.fail(error)
            shipper = link.shipper
            self._answered = Answered(
                *(link.failure is None, shipper.sent, shipper.received, shipper.unapplied),
                *(self._flights.flown, shipper.queued),
            )
        else:
            self._answered = self._answered._replace(is_connected=False)
        return self._answered

    def _run(self) -> None:
        pause_s = _PAUSE_S
        while not self._stopping:
            try:
                self._live()
                pause_s = _PAUSE_S
            except Exception as error:  # whatever it is, the copy is not to be left alone
                if not isinstance(error, (OSError, CoreError)):
                    _LOG.exception("the link failed by a mistake of ours")
                if self._connection is not None:
                    pause_s = _PAUSE_S
                said = str(error) if isinstance(error, CoreError) else cause_text(error)
                if said != self.failure:
                    _LOG.warning("the link to %s: %s", self.place, said)
                self.failure = said
            finally:
                link, self._connection = self._connection, None
                if link is not None:
                    link.close()
            with self._pausing:
                self._pausing.wait_for(lambda: self._stopping, pause_s)
            pause_s = min(2 * pause_s, _PAUSE_S_MAX)

    def _live(self) -> None:
        """One connection, until it breaks or is not wanted any more."""
        while (
            (self._is_marked or isinstance(self._group.journal, Marking))
            and self.regulating.is_too_much
            and not self._stopping
        ):
            self.failure = "hosts write more than the copy can take: it is marked until they do not"
            with self._pausing:
                self._pausing.wait_for(lambda: self._stopping, _PAUSE_S)
        channel = reach(self.place, self._tls, PATIENCE_S)
        try:
            link = self._greeted(channel)
        except BaseException:
            channel.close()
            raise
        self.failure = ""
        _LOG.warning("connected to the copy at %s: %s", self.place, link.ledger.state.value)
        pinged_s = time.monotonic()
        while not self._stopping:
            if link.failure is not None:
                raise link.failure
            self._snapshots.attend(link.shipper)
            link.ship(within_s=_SHIP_S)
            self._rest(link)
            link.hear(0.0)
            self._attend(link)
            now_s = time.monotonic()
            self.regulating.look(time.monotonic_ns())
            if now_s - pinged_s > (_PING_S_REGULATED if self.regulating.is_at_work else _PING_S):
                pinged_s = now_s
                link.ship(self._ping(), within_s=0.0)
            if now_s - link.heard_s > PATIENCE_S:
                raise CoreError(f"the copy has not answered for {PATIENCE_S:g} s")

    def _ping(self) -> Frame:
        """Says how far production is, so that the copy knows what it lacks."""
        return Frame(Kind.PING, first=self._carried_out(), number=self.is_in_sync)

    def _greeted(self, channel: Channel) -> Connection:
        """Say who this is, and go on from where the copy is."""
        with self._group.settled():
            if isinstance(self._group.journal, Marking):
                assert isinstance(self._production, Production)
                self._production.resume()
                self._group.journal = self._production.journal
            standing, self._is_marked = self._production.standing, False
        key = os.urandom(KEY_BYTES)
        say(channel, Kind.HELLO, hello(self._identity, standing.course, key))
        answer = parse_welcome(expect(channel, Kind.WELCOME))
        if answer.rejoining is not None:
            with self._group.lock:
                raise join(self._production, self._folder, answer.rejoining)
        ledger = Shipping(self.files, standing)
        try:
            shipper = Shipper(
                self._folder,
                ledger,
                self._images,
                answer.welcome(key),
                carried_out=self._carried_out,
                where=str(self._folder.path),
                flights=self._flights,
            )
        except BaseException as error:
            ledger.close()
            if isinstance(error, AheadError):
                with self._group.lock:
                    if not isinstance(self._group.journal, Marking):
                        self.mark(Event.GONE)
            raise
        packing = self.packing if answer.unpacks else None
        link = Connection(channel, shipper, ledger, self.limiting, packing)
        with self._group.lock:
            if self._production.standing.course != standing.course:
                link.close()
                raise CoreError("production was marked while the copy was greeted")
            with self._comparing:
                self._connection, shipper.sweep = link, self._sweep
        return link

    def _carried_out(self) -> int:
        with self._group.lock:
            return self._group.journal.end

    def _rest(self, link: Connection) -> None:
        """Until there may be something to do: hosts that wait for answers take them themselves."""
        watched = [self._wake]
        if not link.shipper.is_live or link.shipper.questions.count:
            watched.append(link.channel.sock.fileno())
        self._is_idle = not (limited_s := link.limited_s)
        waited(min(limited_s or POLL_S, POLL_S), *watched)
        self._is_idle = False
        with suppress(BlockingIOError):
            os.eventfd_read(self._wake)

    def _attend(self, link: Connection) -> None:
        """Let go of what the copy has, and do what it asks for."""
        if link.ledger.applied != self._followed:
            self._followed = link.ledger.applied
            with self._group.lock:
                self._production.follow(self._production.standing)
            self._group.made_room()
        while link.asked:
            frame, payload = link.asked.popleft()
            with self._group.lock:
                try:
                    self._do(frame, payload)
                except JournalFullError:  # it asks again, if need be
                    self.when_no_room()

    def _do(self, frame: Frame, payload: bytes) -> None:
        """What a copy asks for, with the group's lock."""
        if frame.kind is Kind.GAP and isinstance(parse_note(payload), Gap):
            if not isinstance(self._production, Concurrent):  # another copy has these points
                self._group.journal.note(payload)
        elif frame.kind is not Kind.WISH:
            raise BrokenLinkError(f"{frame.kind.name} is nothing that a copy says")
        elif time.monotonic() - self._wished_s > _WISH_S:
            self._wished_s = time.monotonic()
            self._group.journal.begin_epoch()


def _nobody() -> None: ...


def send(link: Connection, *more: Frame) -> None:
    """Send what there is, and more behind it; a link that takes none of it is given up."""
    try:
        link.ship(*more, deadline=time.monotonic() + PATIENCE_S)
    except (OSError, CoreError) as error:
        link.fail(error)
