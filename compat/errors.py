"""The root of everything the toolkit raises for a caller to read."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FINDINGS = 1
    BAD_INPUT = 2
    BUG = 70  # EX_SOFTWARE of sysexits.h
    INTERRUPTED = 130  # 128 + SIGINT, as shells have it
    OUTPUT_CLOSED = 141  # 128 + SIGPIPE


class CompatError(Exception):
    """What went wrong, where, and what to do about it.

    `where` is `file:line:column` or a looser place, empty when there is none; `hint` is the remedy.
    """

    exit_code = Exit.BAD_INPUT

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f"\n  {self.hint}" if self.hint else ""
        return f"{place}{self.what}{remedy}"
