"""Documents that go through a schema's choices one by one, the same every time.

Sample 0 has only what must be there. Every other has all that fits into it: the n-th takes the n-th
of the values of each enum and of the variants of each union, so that as many samples as the longest
of these lists has entries have met them all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, NoReturn, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisException
from hypothesis.strategies import SearchStrategy

from compat.model.patterns import EFFORT_MAX, effort
from compat.model.schema import UNBOUNDED, Json, Kind, Schema
from compat.model.shape import ScalarShape
from compat.verify.documents import Maker, NoDocumentError, SpecSide
from compat.verify.scalars import scalars
from compat.verify.wishes import Wish

_POOL: Final = 6
_TEXT: Final = 40  # characters, as long as what a pattern makes commonly is
MEMBERS_MAX: Final = 2_000

T = TypeVar("T")


def drawn(strategy: SearchStrategy[T], count: int, number: int) -> list[T]:
    """At most `count` examples, the same for the same `number`; fewer where most are rejected."""
    found: list[T] = []
    if not count:
        return found

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    try:
        collect()
    except HypothesisException:  # nothing, or too little, could be made
        return found
    return found


@dataclass(eq=False)
class Turns:
    """Takes every choice in its turn; `number` is the sample's.

    `made` counts the values that were made so far, by which plain ones are told apart.
    """

    number: int
    pools: "Pools"
    made: int = 0

    def one_of(self, options: Sequence[T]) -> T:
        return options[max(self.number - 1, 0) % len(options)]

    def is_default(self) -> bool:
        return self.number % 4 == 0

    def some_of(self, names: Sequence[str]) -> frozenset[str]:
        return frozenset(names if self.number else ())

    def count(self, least: int, most: int) -> int:
        return max(least, min(most, 2 if self.number % 2 else 1)) if self.number else least

    def is_null(self) -> bool:
        self.made += 1
        return self.number > 1 and (self.made + self.number) % 5 == 0

    def key(self, taken: Mapping[str, Json]) -> str:
        made = sum(name.startswith("key-") for name in taken)
        return next(name for name in map("key-{}".format, count(made + 1)) if name not in taken)

    def scalar(self, shape: ScalarShape) -> Json:
        self.made += 1
        if shape.enum is not None:
            return self.one_of(shape.enum) if shape.enum else self.fail()
        plain = shape.bounds == UNBOUNDED and not shape.format
        if plain and shape.kinds == {Kind.STRING}:
            return f"text-{self.made}"
        if plain and shape.kinds == {Kind.INTEGER}:
            return 1000 + self.made
        pool = self.pools.of(shape)
        return pool[(self.made + self.number) % len(pool)] if pool else self.fail()

    def is_extra(self) -> bool:
        return True

    def turn(self) -> None:
        self.number += 1

    def fail(self) -> NoReturn:
        raise NoDocumentError


@dataclass(eq=False)
class Pools:
    """A few values for each shape of scalar, made once.

    With `is_wary` there are none for a pattern that it may take very long to search for.
    """

    is_wary: bool = False
    _known: dict[str, list[Json]] = field(default_factory=dict)

    def of(self, shape: ScalarShape) -> list[Json]:
        key = repr((sorted(shape.kinds), shape.format, shape.bounds, shape.enum))
        if key not in self._known:
            is_refused = self.is_wary and effort(shape.bounds.pattern or "", _TEXT) > EFFORT_MAX
            self._known[key] = [] if is_refused else drawn(scalars(shape), _POOL, 0)
        return self._known[key]


def sample(
    spec: SpecSide, schema: Schema, wish: Wish, number: int, pools: Pools, *, made: int = 0
) -> Json:
    """The sample of that number, with other plain values for another count of those `made` before.

    Raises NoDocumentError where there is none.
    """
    return Maker(spec, wish, Turns(number, pools, made), MEMBERS_MAX).document(schema)
