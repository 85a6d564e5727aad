"""What stands for a journal while that takes nothing: production is written, and marked.

A region is marked, durably, before the first write to it. That is all that is known of what hosts
write meanwhile: no point is added to history, and a flush makes the volumes themselves durable.

A sync of a volume that failed leaves the system taking for durable what is not. So it is put down,
for a process that follows, which regions were written: it writes what they hold once more before
it relies on a sync, or a replica would be given what a loss of power takes from production.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from core.errors import CoreError
from core.machine.journal.failing import Failing
from core.machine.journal.stale import Stale
from core.machine.journal.touched import Touched
from core.machine.journal.writer import Volume
from core.structure.blocks import Runs
from core.wire.chunk import KINDS
from core.wire.nbd.parts import Part
from core.wire.nbd.requests import Run


class Marking(Failing):
    """It has the face of a `Journal`. Callers hold one lock around every method but `flush`."""

    def __init__(
        self, volumes: Sequence[Volume], stale: Stale, written: Touched, *, end: int
    ) -> None:
        """The volumes are durable. `end` is the latest point, and remains that."""
        self._volumes, self._stale, self._written = tuple(volumes), stale, written
        self.end = end

    def pieces(self, run: Run) -> Sequence[Part]:
        """Any run is small enough."""
        del run
        return ()

    def write_piece(self, number: int, run: Run, *, client: int) -> Mapping[int, int]:
        """Mark what a run of requests touches, then carry it out; the errors by index."""
        del client
        self._refuse_after_failure()
        try:
            self._mark(
                number,
                [
                    (offset, length)
                    for head, _, offset, length in run.requests
                    if (head & 0xFFFF) in KINDS
                ],
            )
            return self._volumes[number].write_run(run)
        except BaseException as error:
            self.fail(error)
            raise

    write = write_piece

    def resize(self, number: int, size: int) -> None:
        """Give a volume a new size; what that cuts off or adds is marked."""
        self._refuse_after_failure()
        volume = self._volumes[number]
        low, high = sorted((volume.size(), size))
        try:
            if low < high:
                self._mark(number, ((low, high - low),))
            volume.resize(size)
        except BaseException as error:
            self.fail(error)
            raise

    def note(self, text: bytes) -> NoReturn:
        """There is no point that it could be of."""
        del text
        raise CoreError(
            "no point can be given a name: the journal takes nothing, for the replicas are not fed",
            hint="see to the replicas: `isthmus journal list` says what is wrong with them",
        )

    def to_flush(self) -> "Marking":
        """What, once it is synced, makes every write durable that was acknowledged."""
        self._refuse_after_failure()
        return self

    def sync(self) -> None:
        """Make the volumes durable."""
        for volume in self._volumes:
            volume.sync()

    def flush(self) -> None:
        """Make every write so far durable."""
        self._guarded(self.sync)
        # An error is told to one of those who sync at the same time.
        self._refuse_after_failure()

    def begin_epoch(self) -> None:
        """There are no epochs: those begin with the journal."""

    def close(self) -> None:
        """Make the volumes durable; after a failure, let go of them."""
        try:
            if self._failure is None:
                self._guarded(self.sync)
                self._guarded(self._written.clear)
        finally:
            self.let_go()
            self._written.close()

    def settled(self) -> Touched:
        """Make the volumes durable: nothing is marked as written any more, in what is returned."""
        self.flush()
        self._written.clear()
        return self._written

    def let_go(self) -> None:
        """The journal takes over, and has what was `settled`."""
        self._stale.close()

    def _mark(self, number: int, ranges: Runs) -> None:
        """Mark what is about to be written; as written that has to outlive the process alone."""
        stale, written = self._stale.claim(number), self._written.claim(number)
        if claimed := [run for each in ranges for run in stale(*each)]:
            self._stale.capture(number, claimed)
        if claimed := [run for each in ranges for run in written(*each)]:
            self._written.put(number, claimed)

    def _guarded(self, what: Callable[[], None]) -> None:
        try:
            what()
        except BaseException as error:
            self.fail(error)
            raise
