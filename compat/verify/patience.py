"""How much may be spent on looking for a value; counted in steps, so it is the same every time."""

from dataclasses import dataclass
from math import inf


class ImpatientError(Exception):
    """It takes more steps than there are."""


class UntoldError(Exception):
    """Whether a value is as its schema says cannot be told within reason."""


@dataclass(slots=True, eq=False)
class Patience:
    """The steps that are left: values made and references followed, the rest in proportion."""

    left: float = inf

    @property
    def is_endless(self) -> bool:
        return self.left == inf

    def take(self, steps: int = 1) -> None:
        """Raises ImpatientError where none are left."""
        self.left -= steps
        if self.left < 0:
            raise ImpatientError
