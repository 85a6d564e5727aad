"""What is wrong with a spec: a problem is reported and gone on from, an error ends the loading."""

from compat.errors import CompatError
from compat.model.place import Place
from compat.model.record import record


class SpecError(CompatError):
    """A document that cannot be had, or cannot be read as an interface spec."""


class NoSpecError(SpecError):
    """A document that can be read, and does not say that it is an interface spec."""


@record()
class Problem:
    """Something a published spec gets wrong, and what the loader made of it."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Problems:
    """Collects problems in the order they are found, each once; when strict, raises the first."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self._found: dict[Problem, None] = {}
        self._places: set[Place] = set()

    def report(self, place: Place, message: str) -> None:
        """Raises SpecError when strict."""
        if self.strict:
            raise SpecError(
                message, where=str(place), hint="correct the spec, or load it without strict"
            )
        self._found[Problem(place, message)] = None
        self._places.add(place)

    def known_at(self, place: Place) -> bool:
        return place in self._places

    def found(self) -> tuple[Problem, ...]:
        return tuple(self._found)
