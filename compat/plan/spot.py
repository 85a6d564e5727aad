"""Where the planner stands: the side of the exchange and the address in both versions' words."""

from dataclasses import dataclass
from enum import StrEnum

from compat.lens.ops import Flow
from compat.model.role import Role


class Side(StrEnum):
    """Requests travel from client to server, responses back."""

    REQUEST = "request"
    RESPONSE = "response"


def role(side: Side, flow: Flow) -> Role:
    """Whose exchange a value is part of when it takes this way."""
    old_sends = flow is Flow.UP
    return Role.OLD_CLIENT if old_sends == (side is Side.REQUEST) else Role.NEW_CLIENT


@dataclass(frozen=True, slots=True)
class Spot:
    """An address in the old version's words and in the new one's, on one side.

    Addresses start at a component (`Volume`) or a section of an operation
    (`GET /volumes query`, `POST /tokens response 200`), see `compat.intent.model.BridgeIntent`.
    `subject` is what differences there are called, the same only where both addresses are.
    """

    side: Side
    old: str
    new: str
    subject: str

    def at(self, old: str, new: str) -> "Spot":
        """A field below, by its name in each version."""
        return Spot(self.side, f"{self.old}.{old}", f"{self.new}.{new}", f"{self.subject}.{old}")

    def step(self, mark: str) -> "Spot":
        """The items `[]` or the map values `{}` below."""
        return Spot(self.side, self.old + mark, self.new + mark, self.subject + mark)

    def section(self, name: str) -> "Spot":
        """A section of the message that this is the address of."""
        return Spot(self.side, f"{self.old} {name}", f"{self.new} {name}", f"{self.subject} {name}")

    def entering(self, old: str, new: str) -> "Spot":
        """The same place by the names of the components found there, "" where there is none."""
        if not old and not new:
            return self
        ours, theirs = old or self.old, new or self.new
        return Spot(self.side, ours, theirs, ours if ours == theirs else f"{ours} to {theirs}")

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.old,) if self.old == self.new else (self.old, self.new)
