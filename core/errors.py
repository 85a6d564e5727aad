"""The root of everything the core raises for a caller to read."""

from compat.errors import Exit

__all__ = ["CoreError", "Exit", "cause_text"]


class CoreError(Exception):
    """What went wrong, where, and what to do about it.

    `where` is a file with an offset, a volume or a looser place, empty when there is none; `hint`
    is the remedy.
    """

    exit_code = Exit.BAD_INPUT

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(what)

    @property
    def placed(self) -> str:
        """What went wrong and where, in one line: for who tells it in a sentence of their own."""
        return f"{self.where}: {self.what}" if self.where else self.what

    def __str__(self) -> str:
        remedy = f"\n  {self.hint}" if self.hint else ""
        return f"{self.placed}{remedy}"


def cause_text(error: BaseException) -> str:
    """What an error says; of one of the system its words and its file, and not its number."""
    if isinstance(error, CoreError):
        return error.placed
    if not isinstance(error, OSError) or not error.strerror:
        return str(error) or type(error).__name__
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
