"""Places and problems of specs as JSON."""

from collections.abc import Iterable

from compat.load import Problem
from compat.model.place import Place
from compat.model.schema import Json


def problem_documents(problems: Iterable[Problem]) -> Json:
    """What the specs themselves get wrong."""
    return [{"message": each.message, "place": place_document(each.place)} for each in problems]


def place_document(place: Place | None) -> Json:
    if place is None:
        return None
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "pointer": place.pointer,
    }
