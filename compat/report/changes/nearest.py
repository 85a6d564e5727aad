"""Where a reader of the new spec looks for what is gone: at the closest of what was around it."""

from compat.differ.change import Change
from compat.differ.documents import Document
from compat.load.operations import METHODS
from compat.model.interface import Interface, Operation, OperationKey
from compat.model.place import Place


def nearest(change: Change, document: Document) -> Place:
    """Of a change that has no place in the new spec; of a spec that is gone, where it was."""
    assert change.old is not None
    assert document.old is not None
    if document.new is None:
        return change.old
    method, _, path = (*change.callers, change.operation)[0].partition(" ")
    ours = document.old.by_key.get(OperationKey(method, path))
    if ours is not None:
        theirs = _partner(ours, document.new)
        if theirs is not None:
            return _in_operation(change.old, ours.place, theirs.place)
        if (beside := _beside(ours, document.new)) is not None:
            return beside
    if change.old.file == document.old.place.file:
        return _around(document.new.place, change.old.pointer)
    return document.new.place


def _partner(ours: Operation, new: Interface) -> Operation | None:
    """That of the same path, or else of the same name."""
    if ours.key in new.by_key or not ours.operation_id:
        return new.by_key.get(ours.key)
    named = (each for each in new.operations if each.operation_id == ours.operation_id)
    return next(named, None)


def _in_operation(gone: Place, ours: Place, theirs: Place) -> Place:
    """What several operations share stands elsewhere, and may still be there for the others."""
    start = f"{ours.pointer}/"
    if gone.file != ours.file or not gone.pointer.startswith(start):
        return theirs
    return _around(theirs, f"/{gone.pointer.removeprefix(start)}")


def _beside(gone: Operation, new: Interface) -> Place | None:
    """The path, where there are other operations on it."""
    for method in METHODS:
        other = new.by_key.get(OperationKey(method.upper(), gone.key.path))
        if other is not None:
            return Place(other.place.source, _above(other.place.pointer))
    return None


def _around(top: Place, pointer: str) -> Place:
    """The closest that is there of what is around the pointer below the top.

    What stands in a list may be another thing by now, so that the list is the closest.
    """
    tokens = _above(pointer).split("/")
    indices = (at for at, token in enumerate(tokens) if _is_index(token, tokens[at - 1]))
    below = "/".join(tokens[: next(indices, len(tokens))])
    return _there(Place(top.source, f"{top.pointer}{below}"))


def _there(place: Place) -> Place:
    """A pointer that leads nowhere stands where the closest above it does that leads somewhere."""
    while place.pointer:
        above = Place(place.source, _above(place.pointer))
        if (above.line, above.column) != (place.line, place.column):
            break
        place = above
    return place


def _is_index(token: str, above: str) -> bool:
    """Or is it a status?"""
    return token.isdecimal() and above != "responses"


def _above(pointer: str) -> str:
    return pointer.rpartition("/")[0]
