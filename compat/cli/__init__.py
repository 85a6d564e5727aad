"""The command line: `isthmus`.

Everything heavy is imported by the command that needs it, so that asking for help takes no time.
"""

from compat.cli.program import main

__all__ = ["main"]
