"""Values that two schemas of scalars are told apart by."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from compat.model.schema import FurtherKeyword, Json, Schema
from compat.model.shape import ScalarShape
from compat.verify.documents import SpecSide
from compat.verify.patience import UntoldError
from compat.verify.probes import kind_samples
from compat.verify.scalars import edges

_UNKNOWN_TEXT: Final = "a value of no version"


def telling(sender: SpecSide, ours: Schema, receiver: SpecSide, theirs: Schema) -> tuple[Json, ...]:
    """Values that the sender's schema admits and the receiver's does not."""
    candidates = [
        *_edges(sender.shapes.of(ours)),
        *_edges(receiver.shapes.of(theirs)),
        *_excluded(sender, ours),
        *_excluded(receiver, theirs),
        *kind_samples().values(),
        _UNKNOWN_TEXT,
    ]
    found = list[Json]()
    for value in candidates:
        with suppress(UntoldError):
            if sender.validity.admits(ours, value) and not receiver.validity.admits(theirs, value):
                found.append(value)
    return tuple(found)


def _excluded(spec: SpecSide, schema: Schema) -> Iterator[Json]:
    """What `not` is about."""
    for each in schema.further:
        if each.keyword is FurtherKeyword.NOT:
            for inner in filter(None, each.schemas):
                yield from _edges(spec.shapes.of(inner))


def _edges(shape: object) -> Iterator[Json]:
    if isinstance(shape, ScalarShape):
        yield from shape.enum or ()
        yield from edges(shape.bounds)
