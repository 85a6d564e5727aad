"""What is compared name by name: the fields of two objects, the parameters of one location."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from compat.lens.ops import Lens, Value
from compat.model.schema import ABSENT, Absent, Json, Schema
from compat.model.shape import Field
from compat.plan.claims import Claims
from compat.plan.walk import ValueLens

Encode = Callable[[Schema, Json], Json]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """The declared names of both versions, and how their values are written.

    `noun` is what they are called to users; `value` leads one's value to the other's; `encode`
    writes a JSON value the way the message holds it (texts, for parameters) and `text` leads what
    the message holds to a text. `paging` are names that ask for a page: where the other side has
    none, the shim itself answers to them. With `stashes` a field may travel past a version that
    has no place for it.
    """

    noun: str
    old: Mapping[str, Field]
    new: Mapping[str, Field]
    old_closed: bool
    new_closed: bool
    value: ValueLens
    encode: Encode = lambda _, value: value
    text: Lens = ()
    nulls: bool = True  # False where a value is never null
    paging: frozenset[str] = frozenset()
    stashes: bool = False

    def encoded(self, schema: Schema, value: Json | Absent) -> Value:
        return ABSENT if isinstance(value, Absent) else self.encode(schema, value)


@dataclass(eq=False)
class Leftover:
    """Names not yet explained."""

    removed: dict[str, Field]
    added: dict[str, Field]


def leftover(tables: Tables, claims: Claims) -> Leftover:
    """What only one version has, without what is claimed."""
    return Leftover(
        removed={
            name: field
            for name, field in tables.old.items()
            if name not in tables.new and name not in claims.old_names
        },
        added={
            name: field
            for name, field in tables.new.items()
            if name not in tables.old and name not in claims.new_names
        },
    )
