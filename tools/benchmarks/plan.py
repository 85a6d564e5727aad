"""How much planners cost as what they plan grows, and how good what they find is."""

from collections.abc import Collection, Iterator
from typing import Final

from tools.benchmarks import placement

FIGURES: Final = tuple(placement.SIZES)


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES: how large the site is."""
    yield from (placement.table(figure, rounds) for figure in figures)
