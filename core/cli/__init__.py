"""The command line: `isthmus`, with the commands of both products."""

from typing import NoReturn

from compat.cli.interrupts import end_at_interrupts

__all__ = ["main"]


def main() -> NoReturn:
    """The console script."""
    end_at_interrupts()
    from core.cli.program import main as run_to_its_end

    run_to_its_end()
