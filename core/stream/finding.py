"""What is wrong with a journal, and where."""

from dataclasses import dataclass

from core.errors import CoreError


class DamagedError(CoreError):
    """What a journal was asked for is damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong at an offset of a file; `where` begins with the folder."""

    where: str
    offset: int
    what: str

    def __str__(self) -> str:
        return f"{self.where} at {self.offset}: {self.what}"

    def error(self, *, hint: str = "") -> DamagedError:
        """The finding as what stops a caller."""
        return DamagedError(self.what, where=f"{self.where} at {self.offset}", hint=hint)
