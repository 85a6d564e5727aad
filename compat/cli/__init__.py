"""The command line: `isthmus`.

Everything heavy is imported by the command that needs it, so that asking for help takes no time.
"""

from typing import NoReturn

from compat.cli.interrupts import end_at_interrupts

__all__ = ["main"]


def main() -> NoReturn:
    """The console script."""
    end_at_interrupts()
    from compat.cli.program import main as run_to_its_end

    run_to_its_end()
