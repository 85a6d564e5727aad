"""After an error of its medium a journal takes nothing more, and somebody is told."""

from collections.abc import Callable

from core.errors import CoreError, cause_text
from core.machine.journal.shelf import JournalFullError


class JournalFailedError(CoreError):
    """The journal met an error of its medium, and takes no more writes."""


class Failing:
    """What takes nothing more after an error."""

    _failure: BaseException | None = None
    when_failed: Callable[[str], None] | None = None
    """Is told why, at the first error."""

    def fail(self, error: BaseException) -> None:
        """Nothing is acknowledged any more: what an error interrupted is half done.

        Raises JournalFailedError for an error of the medium. A full journal is none: it was found
        before anything was done.
        """
        if isinstance(error, JournalFullError):
            return
        if self._failure is None:
            self._failure = error
            if self.when_failed is not None:
                self.when_failed(cause_text(error))
        if isinstance(error, OSError):
            raise JournalFailedError(
                f"the medium failed: {error.strerror or error}; nothing more is written",
                hint="mend the medium and start again: what was acknowledged is recovered",
            ) from error

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            raise JournalFailedError(
                f"the journal failed before: {cause_text(self._failure)}; nothing more is written",
                hint="mend the medium and start again: what was acknowledged is recovered",
            ) from self._failure
