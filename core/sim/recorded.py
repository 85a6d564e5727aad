"""A journal as a rewind uses it, with what it asks for recorded."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import cast

from core.machine.journal.shelf import JournalFullError
from core.machine.journal.writer import Journal
from core.sim.host import WRITE, Request
from core.sim.plan import PIECE_BYTES_MAX, WRITE_BYTES_MAX
from core.sim.record import Record
from core.wire.nbd.requests import Run


class Recorded:
    """What is asked for is in the record before the journal has it."""

    def __init__(self, journal: Journal, record: Record) -> None:
        self._journal, self._record = journal, record

    def as_journal(self) -> Journal:
        """For those who want the real one."""
        return cast("Journal", self)

    def keeping(
        self, who: str, first: int, *, beyond: bool = False
    ) -> AbstractContextManager[None]:
        """See `Journal`."""
        return self._journal.keeping(who, first, beyond=beyond)

    def fit(self) -> None:
        """See `Journal`."""
        self._journal.fit()

    def resize(self, number: int, size: int) -> None:
        """See `Journal`."""
        before = self._record.place
        self._record.resized(number, size)
        try:
            self._journal.resize(number, size)
        except JournalFullError:
            self._record.withdraw(before)
            raise
        self._record.acknowledge()
        self._record.promise(self._record.place)

    def write(self, number: int, run: Run, *, client: int) -> Mapping[int, int]:
        """See `Journal`."""
        ((_, _, offset, length),) = run.requests
        data = bytes(run.received[run.header_bytes :])
        step = length if length <= WRITE_BYTES_MAX else PIECE_BYTES_MAX
        for at in range(0, length, step):  # each is a point of its own
            piece = data[at : at + step]
            self._record.asked(number, Request(WRITE, offset + at, len(piece), piece))
        try:
            errors = self._journal.write(number, run, client=client)
        except JournalFullError:  # of a long run the first parts are done
            self._record.withdraw(self._record.place_of(self._journal.end))
            raise
        self._record.acknowledge()
        return errors
