"""The command line: `isthmus`, with the commands of both products."""

from core.cli.program import main

__all__ = ["main"]
