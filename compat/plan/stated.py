"""Values that the intent states for fields: to supply where they are missing, or always."""

from collections.abc import Mapping
from dataclasses import dataclass

from compat.intent.model import Fix, Supply
from compat.intent.problem import IntentError
from compat.model.schema import ABSENT, Absent, Json
from compat.plan.ledger import Ledger
from compat.plan.spot import Spot
from compat.plan.tables import Tables
from compat.plan.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stated:
    """By name; one that nobody takes anywhere is an error."""

    ledger: Ledger
    values: Mapping[str, tuple[Json, Supply | Fix]]

    def take(self, name: str) -> Json | Absent:
        if name not in self.values:
            return ABSENT
        value, action = self.values[name]
        self.ledger.fits(action, name)
        return value


def stated_values(walk: Walk, tables: Tables, spot: Spot, kind: type[Supply] | type[Fix]) -> Stated:
    """What is stated at the spot. Raises IntentError for a name that neither version has."""
    values: dict[str, tuple[Json, Supply | Fix]] = {}
    for action, place in walk.ledger.actions(spot, kind):
        for name, value in action.values.items():
            if name not in tables.old and name not in tables.new:
                raise IntentError(
                    f"{spot.subject} has no {tables.noun} {name} in either version",
                    where=str(place),
                    hint=f"it has {', '.join(sorted({*tables.old, *tables.new}))}",
                )
            values[name] = value, action
            idle = IntentError(
                f"{spot.subject}.{name} needs no value",
                where=str(place),
                hint="neither version misses it where the other sends none"
                if kind is Supply
                else "both versions have it, so that the sender's value counts",
            )
            walk.ledger.misfit(action, name, idle)
    return Stated(ledger=walk.ledger, values=values)
