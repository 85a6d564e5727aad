"""How much planners cost as what they plan grows, and how good what they find is."""

from collections.abc import Collection, Iterator
from typing import Final

from tools.benchmarks import configuration, placement

FIGURES: Final = (*placement.SIZES, *configuration.SIZES)


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES: how large the site or the system is."""
    for figure in figures:
        part = placement if figure in placement.SIZES else configuration
        yield part.table(figure, rounds)
