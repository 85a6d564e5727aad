"""What is wrong with an intent file: everything found is told at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

from compat.errors import CompatError, Exit
from compat.model.place import Place

_SHOWN_MAX = 200


class IntentError(CompatError):
    """The intent cannot be read, or does not fit the interfaces."""


class ExpiredError(IntentError):
    """What the intent allowed has run out: nothing is wrong with it but the day."""

    exit_code = Exit.FINDINGS


@dataclass(frozen=True, slots=True)
class Complaint:
    """One mistake in an intent file, and how to correct it."""

    place: Place
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message} ({self.remedy})"


def nearest(word: str, known: Iterable[str]) -> str:
    """A question after what may be meant instead, empty where nothing is like it."""
    near = get_close_matches(word, [*known], n=1)
    return f"did you mean {near[0]}?" if near else ""


def refuse(name: str, complaints: Sequence[Complaint]) -> NoReturn:
    """Raises IntentError with all complaints about the file `name`, of which there is one."""
    if len(complaints) == 1:
        one = complaints[0]
        raise IntentError(one.message, where=str(one.place), hint=one.remedy)
    shown = [str(complaint) for complaint in complaints[:_SHOWN_MAX]]
    if len(complaints) > _SHOWN_MAX:
        shown.append(f"and {len(complaints) - _SHOWN_MAX} more")
    raise IntentError(
        f"{len(complaints)} mistakes in the intent", where=name, hint="\n  ".join(shown)
    )
