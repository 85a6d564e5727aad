"""A state that is told by several: files, and nodes that are asked. Each is laid over those before.

Of what has a name what both tell is put together; of all else the later one is taken. A place in
what results is a place in whoever told it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from core.cli.plan.document import Described, Steps

_NAMES: Final = ("name", "level")

_Place: TypeAlias = tuple[str | int, ...]
_Origins: TypeAlias = dict[_Place, tuple[Callable[[Steps], str], _Place]]


def laid_over(below: Described, above: Described) -> Described:
    """Both as one; neither is changed."""
    joining = _Joining(below, above)
    value = joining.mappings(below.value, above.value, (), (), ())
    return Described(value, joining.where)


class _Joining:
    """Remembers of each place where both meet who told it, and where there."""

    def __init__(self, below: Described, above: Described) -> None:
        self._below, self._above = below.where, above.where
        self._origins: _Origins = {(): (above.where, ())}

    def where(self, steps: Steps) -> str:
        """Of the closest place around it that one of both told."""
        place = (*steps,)
        known = next(
            place[:length]
            for length in range(len(place), -1, -1)
            if place[:length] in self._origins
        )
        told_by, there = self._origins[known]
        return told_by((*there, *place[len(known) :]))

    def mappings(
        self,
        below: Mapping[str, Any],
        above: Mapping[str, Any],
        at: _Place,
        under: _Place,
        over: _Place,
    ) -> dict[str, Any]:
        """What either has; `at` is where that is, `under` and `over` where it was told."""
        self._origins[at] = self._above, over
        found: dict[str, Any] = {}
        for key in {**below, **above}:
            places = (*at, key), (*under, key), (*over, key)
            if key not in above:
                self._origins[places[0]] = self._below, places[1]
                found[key] = below[key]
            elif key in below:
                found[key] = self._both(below[key], above[key], *places)
            else:
                self._origins[places[0]] = self._above, places[2]
                found[key] = above[key]
        return found

    def _both(self, below: Any, above: Any, at: _Place, under: _Place, over: _Place) -> Any:
        if isinstance(below, Mapping) and isinstance(above, Mapping):
            return self.mappings(below, above, at, under, over)
        if isinstance(below, list) and isinstance(above, list):
            names = [*map(_name_of, below)], [*map(_name_of, above)]
            if all(each is not None for each in (*names[0], *names[1])):
                return self._lists(below, above, names, (at, under, over))
        self._origins[at] = self._above, over
        return above

    def _lists(
        self,
        below: Sequence[Any],
        above: Sequence[Any],
        names: tuple[Sequence[object], Sequence[object]],
        places: tuple[_Place, _Place, _Place],
    ) -> list[Any]:
        """By name; what one tells twice is there twice."""
        at, under, over = places
        self._origins[at] = self._above, over
        found = [*below]
        for nth in range(len(below)):
            self._origins[*at, nth] = self._below, (*under, nth)
        free = {name: nth for nth, name in enumerate(names[0])}
        for nth, each in enumerate(above):
            place = free.pop(names[1][nth], None)
            if place is None:
                self._origins[*at, len(found)] = self._above, (*over, nth)
                found.append(each)
                continue
            steps = (*at, place), (*under, place), (*over, nth)
            found[place] = self.mappings(below[place], each, *steps)
        return found


def _name_of(entry: Any) -> object:
    if not isinstance(entry, Mapping):
        return None
    return next((entry[key] for key in _NAMES if isinstance(entry.get(key), str)), None)
