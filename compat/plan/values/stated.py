"""Values that the intent states for fields: to supply where they are missing, or always."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from compat.intent.model import Fix, Supply
from compat.intent.problem import IntentError, nearest
from compat.model.place import Place
from compat.model.schema import ABSENT, Absent, Json, Schema
from compat.model.shape import Shapes
from compat.plan.ledger import Ledger
from compat.plan.operations.path_texts import may_be
from compat.plan.spot import Side, Spot
from compat.plan.tables import Tables
from compat.plan.values.told import fault
from compat.plan.walk import Walk


class Saying(NamedTuple):
    """A value, and the action and the place of the intent that state it."""

    value: Json
    action: Supply | Fix
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stated:
    """By name; one that nobody takes anywhere is an error.

    `addresses` are where the intent states them in each version's words, empty where it cannot.
    With `as_texts` a value may be the text that stands for it in a message.
    """

    ledger: Ledger
    side: Side
    addresses: tuple[str, str]
    values: Mapping[str, Saying]
    as_texts: bool = False

    def take(self, name: str, shapes: Shapes, schema: Schema) -> Json | Absent:
        """The value, for the version that has that schema; raises IntentError if it admits none."""
        if name not in self.values:
            return ABSENT
        value, action, place = self.values[name]
        self.ledger.fits(action, name)
        beyond = fault(shapes, schema, value, self.side)
        is_text = self.as_texts and isinstance(value, str) and may_be(shapes, schema, value)
        if beyond is not None and not is_text:
            raise IntentError(
                f"the value of {name} does not fit: {beyond}",
                where=str(place),
                hint=f"it is for the version with the schema at {schema.place}",
            )
        return value


def stated_values(walk: Walk, tables: Tables, spot: Spot, kind: type[Supply] | type[Fix]) -> Stated:
    """What is stated at the spot. Raises IntentError for a name that neither version has."""
    known = sorted({*tables.old, *tables.new})
    values: dict[str, Saying] = {}
    for action, place in walk.ledger.actions(spot, kind):
        for name, value in action.values.items():
            if name not in tables.old and name not in tables.new:
                raise IntentError(
                    f"{spot.subject} has no {tables.noun} {name} in either version",
                    where=str(place),
                    hint=nearest(name, known) or f"it has {', '.join(known)}",
                )
            values[name] = Saying(value, action, place)
            idle = IntentError(
                f"{spot.subject}.{name} needs no value",
                where=str(place),
                hint="neither version misses it where the other sends none"
                if kind is Supply
                else "both versions have it, so that the sender's value counts",
            )
            walk.ledger.misfit(action, name, idle)
    return Stated(
        ledger=walk.ledger,
        side=spot.side,
        addresses=(spot.old, spot.new),
        values=values,
        as_texts=not tables.nulls,
    )
