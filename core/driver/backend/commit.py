"""Group commit: everybody who waits for stable storage at once is served by one sync.

# Theory of operation
#
# A sync covers what was written before it began, so a caller needs one that begins after it came.
# While one runs, those who come wait; the first of them to wake begins the next, which covers all.
#
# After a sync that failed the system may have dropped the data and count it as clean, so that the
# next sync would succeed without it. Nothing is acknowledged again: the failure stays.
"""

import errno
from collections.abc import Callable
from threading import Condition


class GroupCommit:
    """Makes written data durable by calling `sync`, at most one call at a time."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._changed = Condition()
        self._begun = self._ended = 0
        self.failed = False

    def check(self) -> None:
        """Raise where an earlier sync has failed."""
        if self.failed:
            raise OSError(errno.EIO, "an earlier sync failed, nothing here is trusted any more")

    def wait(self) -> None:
        """Return once a sync that began after this call has succeeded."""
        with self._changed:
            wanted = self._begun + 1
            while self._ended < wanted and self._begun != self._ended:
                self._changed.wait()
            self.check()
            if self._ended >= wanted:
                return
            self._begun += 1
        succeeded = False
        try:
            self._sync()
            succeeded = True
        finally:
            with self._changed:
                self.failed = self.failed or not succeeded
                self._ended = self._begun
                self._changed.notify_all()
