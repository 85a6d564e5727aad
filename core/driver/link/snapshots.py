"""A copy that is shipped what it lacks as one, while hosts write more than it could take.

Epochs are ended for that, so that there is something complete to ship: one at a time, and not more
often than some time apart, for each of them takes files of its own.
"""

import time
from contextlib import suppress
from typing import Any, Final

from core.driver.group.group import Group
from core.driver.link.regulating import Regulating
from core.machine.journal.shelf import JournalFullError
from core.machine.link.flights import Flights
from core.machine.link.shipper import Shipper

_EPOCH_S: Final = 1.0


class Snapshots:
    """Of one copy, over all of its links."""

    def __init__(self, group: Group, regulating: Regulating, flights: Flights) -> None:
        self._group, self._regulating, self._flights = group, regulating, flights
        self._ended_s = 0.0
        self._is_takable = True
        self.is_over = False
        """Is nothing to be shipped so any more, as each write is soon to be there?"""

    def attend(self, shipper: Shipper) -> None:
        """Have a link ship what is wanted, and end an epoch if that is waited for."""
        is_folding = self._regulating.is_folding and not self.is_over
        if is_folding != shipper.is_folding:
            shipper.fold(is_folding=is_folding, end=self._group.journal.end)
            self._is_takable = shipper.is_folding or not is_folding
        if shipper.wants_epoch and time.monotonic() - self._ended_s > _EPOCH_S:
            self._ended_s = time.monotonic()
            # Where there is no room, what is complete makes some once the copy has it.
            with self._group.lock, suppress(JournalFullError):
                self._group.journal.begin_epoch()

    def status(self) -> dict[str, Any]:
        """Is it shipped so now, how often that was, what that saved, and how far the one is."""
        flights, is_wanted = self._flights, self._regulating.is_folding
        return {
            "shipping": is_wanted and self._is_takable,
            "refused": is_wanted and not self._is_takable,
            "count": flights.count,
            "written": flights.written,
            "sent": flights.size,
            "coming": flights.total,
            "came": flights.came_now,
        }
