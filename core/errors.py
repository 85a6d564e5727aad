"""The root of everything the core raises for a caller to read."""

from compat.errors import Exit

__all__ = ["CoreError", "Exit"]


class CoreError(Exception):
    """What went wrong, where, and what to do about it.

    `where` is a file with an offset, a volume or a looser place, empty when there is none; `hint`
    is the remedy.
    """

    exit_code = Exit.BAD_INPUT

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f"\n  {self.hint}" if self.hint else ""
        return f"{place}{self.what}{remedy}"
