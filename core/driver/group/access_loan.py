"""Replicas lent to another process by the one that serves the group and feeds them.

For as long as that process keeps its connection nobody feeds the replicas, and what hosts write
waits in the DO stream. When that is full, whoever has the replicas is told to end: hosts of
production do not suffer from it. However the loan ends, feeding goes on, and first of all gives the
replicas back what they held.

Whoever has them may have history given up: then production is marked meanwhile, and nothing waits.
"""

from contextlib import ExitStack

from core.driver.control import Document, Lent
from core.driver.group.wanted import Protected
from core.errors import CoreError
from core.machine.journal.marking import Marking


class Loans:
    """Lends the replicas of a group, to one at a time; it is called by one thread."""

    def __init__(self, group: Protected, size: int) -> None:
        """`size` is the budget of the journal in bytes."""
        self._group, self._size = group, size
        self._lent: int | None = None
        self._is_direct = False
        self._kept = ExitStack()

    def lend(self, asked: Document) -> Lent:
        """End the feeding, for who needs no epoch before that of a sequence."""
        replicas, first, point = self._group.replicas, asked.get("first"), asked.get("point")
        if replicas is None:
            raise CoreError("history is of the volumes themselves, which hosts write on")
        if type(first) is not int or type(point) is not int:
            raise CoreError("what is asked for is no point")
        if self._lent is not None:
            raise CoreError(
                f"the replicas are open at sequence {self._lent} already",
                hint="close that image first (`isthmus image close`); "
                "--access virtual opens any number of points at once",
            )
        with self._group.group.lock:
            journal = self._group.group.journal
            if isinstance(journal, Marking):
                raise CoreError("no point of the replicas can be had until they are fed again")
            self._kept.enter_context(journal.keeping("access", first))
        try:
            replicas.pause()
        except CoreError:
            self._keep_no_more()
            raise
        self._lent = point
        return Lent({"size": self._size}, self._take_back)

    def give_up(self, asked: Document) -> Document:
        """Give history up, for whoever has the replicas writes on them and keeps nothing."""
        del asked
        replicas = self._group.replicas
        if replicas is None or self._lent is None:
            raise CoreError("nobody has the replicas")
        if self._is_direct:
            raise CoreError("history was given up already")
        generation = replicas.give_up()
        self._is_direct = True
        return {"generation": generation}

    def heard(self, asked: Document) -> Document:
        """Whoever has the replicas is there, and has `rolled` them or not; is it to end?"""
        if asked.get("rolled"):
            self._keep_no_more()
        return {"end": not self._is_direct and self._group.group.waits_for_room}

    @property
    def point(self) -> int | None:
        """At which point the replicas are lent, if they are."""
        return self._lent

    @property
    def is_direct(self) -> bool:
        """Was history given up, so that they are written and nothing of them is kept?"""
        return self._is_direct

    def _take_back(self) -> None:
        assert self._group.replicas is not None
        self._keep_no_more()
        self._lent, self._is_direct = None, False
        self._group.replicas.resume()

    def _keep_no_more(self) -> None:
        with self._group.group.lock:
            self._kept.close()
