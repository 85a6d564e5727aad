"""How far behind a copy is, and where what it lacks is: here, on its way, or there.

What waits here was not sent yet. What is on its way was sent, and is not known to have come. What
came and is not in the images of the copy yet is not lost with production, and delays who takes the
copy over: it waits in the copy's journal, or is being put there. Of each it is told how much there
is, and by how much older it makes what lies behind it: so the times of all of them together are the
age of the oldest write that is not in the images.
"""

from typing import NamedTuple

from core.stream.backlog import Backlog, Beyond


class Part(NamedTuple):
    """Bytes, and the nanoseconds by which the oldest of them is older than all that follows."""

    size: int
    age_ns: int


class Parts(NamedTuple):
    """Of what a copy lacks `queue` and `wire` are all; `remote` and `apply` are what came."""

    queue: Part
    wire: Part
    remote: Part
    apply: Part


class Lag:
    """Of one copy. Callers hold one lock around every method."""

    def __init__(self, received: int, *, grain_ns: int) -> None:
        """The copy has everything up to that write; so exactly times are told."""
        self._unsent = Backlog(received, grain=grain_ns)
        self._lacking = Backlog(received, grain=grain_ns)
        self._unapplied = Backlog(0, grain=grain_ns)  # its writes are bytes of all that was written
        self._queued = Backlog(0, grain=grain_ns)  # as these are
        self._unapplied_bytes = self._queued_bytes = 0
        self._grain_ns = grain_ns
        self._end = self._size = self._since_ns = 0
        """What came within one grain of time is counted by one sum before it is by three."""

    @property
    def written(self) -> int:
        """Bytes of all that hosts wrote."""
        return self._lacking.total + self._size

    @property
    def lacking(self) -> Beyond:
        """What is not at the copy, as far as that is known."""
        self._count()
        return self._lacking.beyond

    def wrote(self, end: int, size: int, at_ns: int) -> None:
        """Hosts wrote so many bytes, up to a write."""
        if self._size and at_ns - self._since_ns >= self._grain_ns:
            self._count()
        if not self._size:
            self._since_ns, self._end = at_ns, end
        elif end > self._end:
            self._end = end
        self._size += size

    def _count(self) -> None:
        if not self._size:
            return
        end, size, at_ns = self._end, self._size, self._since_ns
        self._size = 0
        self._unsent.add(end, size, at_ns)
        self._lacking.add(end, size, at_ns)
        for each in (self._unapplied, self._queued):
            each.add(self._lacking.total, size, at_ns)

    def seen(self, *, sent: int, received: int, unapplied: int, queued: int | None = None) -> None:
        """All up to a write was sent, and all up to one came; of that so many bytes are left.

        Of these so many wait in the copy's journal, if it tells that.
        """
        self._count()
        self._lacking.passed(received)
        self._unsent.passed(max(sent, received))
        self._unapplied_bytes, self._queued_bytes = unapplied, min(queued or 0, unapplied)
        came = self.written - self._lacking.beyond.size
        self._unapplied.passed(came - unapplied)
        self._queued.passed(came - self._queued_bytes)

    def parts(self, now_ns: int) -> Parts:
        """Where it is now."""
        self._count()
        unsent, lacking = self._unsent.beyond, self._lacking.beyond
        queue = _age_ns(unsent, now_ns)
        until_there = max(queue, _age_ns(lacking, now_ns))
        until_taken = until_applied = until_there
        if self._queued_bytes:
            until_taken = max(until_there, _age_ns(self._queued.beyond, now_ns))
        if self._unapplied_bytes:
            until_applied = max(until_taken, _age_ns(self._unapplied.beyond, now_ns))
        applying = self._unapplied_bytes - self._queued_bytes
        return Parts(
            queue=Part(unsent.size, queue),
            wire=Part(max(0, lacking.size - unsent.size), until_there - queue),
            remote=Part(self._queued_bytes, until_taken - until_there),
            apply=Part(applying, until_applied - until_taken),
        )


def _age_ns(beyond: Beyond, now_ns: int) -> int:
    return 0 if beyond.since is None else max(0, now_ns - beyond.since)
