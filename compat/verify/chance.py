"""Hypothesis chooses what a document is like: the simplest choice is the shortest document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from compat.model.schema import Json
from compat.model.shape import ScalarShape
from compat.verify.scalars import scalars

T = TypeVar("T")


@dataclass(eq=False)
class Chance:
    """A chooser that draws; the greater the density, the more of what may be there is."""

    draw: DrawFn
    density: int
    _strategies: dict[int, tuple[ScalarShape, SearchStrategy[Json]]]

    def one_of(self, options: Sequence[T]) -> T:
        return (
            options[self.draw(st.integers(0, len(options) - 1))] if len(options) > 1 else options[0]
        )

    def some_of(self, names: Sequence[str]) -> frozenset[str]:
        if not names or not self.density:
            return frozenset()
        masks = [self._mask(len(names)) for _ in range(2 if self.density == 2 else 1)]
        mask = masks[0] | masks[-1]
        return frozenset(name for index, name in enumerate(names) if mask >> index & 1)

    def _mask(self, bits: int) -> int:
        size = (bits + 7) // 8
        return int.from_bytes(self.draw(st.binary(min_size=size, max_size=size)), "little")

    def count(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, min(most, least + 3)))

    def is_null(self) -> bool:
        return self.draw(st.integers(0, 7)) == 7

    def is_default(self) -> bool:
        return self.draw(st.integers(0, 3)) == 0

    def key(self, taken: Mapping[str, Json]) -> str:
        name = self.draw(st.sampled_from(("key", "a-b", "a/b", "", "é", "x.y")))
        return name if name not in taken else f"{name}{len(taken)}"

    def scalar(self, shape: ScalarShape) -> Json:
        known = self._strategies.get(id(shape))
        if known is None:
            known = self._strategies[id(shape)] = shape, scalars(shape)
        return self.draw(known[1])

    def is_extra(self) -> bool:
        return self.draw(st.booleans())

    def turn(self) -> None:
        """Every choice is drawn anew anyhow."""

    def fail(self) -> NoReturn:
        reject()
