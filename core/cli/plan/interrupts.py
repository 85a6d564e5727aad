"""What is said where nobody waited for a plan."""

from collections.abc import Iterator
from contextlib import contextmanager

from compat.cli.console import note


@contextmanager
def told_without_a_plan(option: str) -> Iterator[None]:
    """An interrupt ends the search; `option` is how it is kept short."""
    try:
        yield
    except KeyboardInterrupt:
        note(f"no plan had been checked by then: {option} says how long one is looked for")
        raise
