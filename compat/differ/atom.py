"""One change of a schema, wherever the schema is used."""

from enum import StrEnum
from typing import Final

from compat.differ.effect import Effect, Level
from compat.model.record import record
from compat.model.schema import ABSENT, Absent, Json, Schema


class Guard(StrEnum):
    """Why a change of a field does not matter in one direction."""

    NONE = ""
    READ_ONLY = "read-only"  # the field is not in requests
    WRITE_ONLY = "write-only"  # nor is it in responses


class Lone(StrEnum):
    """Which of the versions alone has what is told."""

    NEITHER = ""
    OLD = "old"
    NEW = "new"


_HAPPENINGS: Final = frozenset(
    (
        *("added", "removed", "changed", "increased", "decreased", "set", "unset", "deleted"),
        *("widened", "narrowed", "generalized", "specialized", "allowed", "restricted"),
    )
)


@record(kw_only=True, eq=False)
class Atom:
    """`stem` is the rule's name without direction and place: "max-length-decreased".

    `old` and `new` are the schemas that differ, None on the side that has none; `before` and
    `after` what is told of them. `in_responses` is the effect where it is another one there.
    Where that is somebody's wording, `marks` tell it apart instead.
    A change of a field is told of the object that holds it, with the field's name in `field`.
    `lone` is the version that alone has that field. `settled` is the level of what has none by its
    effect.
    """

    stem: str
    effect: Effect
    in_responses: Effect | None = None
    old: Schema | None
    new: Schema | None
    before: Json | Absent = ABSENT
    after: Json | Absent = ABSENT
    marks: tuple[str, ...] = ()
    field: str = ""
    lone: Lone = Lone.NEITHER
    required: bool = False
    has_default: bool = False
    guard: Guard = Guard.NONE
    settled: Level | None = None

    @property
    def aspect(self) -> str:
        """The stem without what happened: "max-length"."""
        words = self.stem.split("-")
        while len(words) > 1 and words[-1] in _HAPPENINGS:
            words.pop()
        return "-".join(words)


def guard_of(*schemas: Schema) -> Guard:
    """What all of the schemas say of a field: those of both versions, or the one there is."""
    if all(schema.read_only for schema in schemas):
        return Guard.READ_ONLY
    return Guard.WRITE_ONLY if all(schema.write_only for schema in schemas) else Guard.NONE
