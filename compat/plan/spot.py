"""Where the planner stands: the side of the exchange and the address in both versions' words."""

from dataclasses import dataclass
from enum import StrEnum

from compat.lens.ops import Flow
from compat.plan.bridge import Role


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
    """

    side: Side
    old: str
    new: str

    def at(self, old: str, new: str) -> "Spot":
        """A field below, by its name in each version."""
        return Spot(self.side, f"{self.old}.{old}", f"{self.new}.{new}")

    def step(self, mark: str) -> "Spot":
        """The items `[]` or the map values `{}` below."""
        return Spot(self.side, self.old + mark, self.new + mark)

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.old,) if self.old == self.new else (self.old, self.new)

    @property
    def title(self) -> str:
        return self.old or self.new
