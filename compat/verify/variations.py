"""Objects and lists that differ a little from one: what keywords beside their fields are about."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from compat.model.schema import Json
from compat.verify.documents import UNKNOWN_FIELD
from compat.verify.nodes import Path
from compat.verify.probes import kind_samples

_MEMBERS_MAX: Final = 20  # that are left out, and left alone


def variations(held: Mapping[str, Json] | Sequence[Json]) -> Iterator[Json]:
    """Each differs in one way; the simplest come first."""
    samples = kind_samples().values()
    if isinstance(held, Mapping):
        yield from ({**held, UNKNOWN_FIELD: each} for each in (True, "text"))
        for name in [*held][:_MEMBERS_MAX]:
            yield {each: value for each, value in held.items() if each != name}
            yield {name: held[name]}
    else:
        yield from ([each, *held] for each in samples)
        yield [*held, *held]
        yield from ([each, each] for each in samples)


def replaced(value: Json, path: Path, other: Json) -> Json:
    """The value with another one at the path, which leads somewhere."""
    if not path:
        return other
    step, *rest = path
    if isinstance(value, dict):
        return {**value, str(step): replaced(value[str(step)], tuple(rest), other)}
    assert isinstance(value, list)
    assert isinstance(step, int)
    return [*value[:step], replaced(value[step], tuple(rest), other), *value[step + 1 :]]
