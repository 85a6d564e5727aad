"""How the operations of a client cross, over one plan or over several in a row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from compat.model.interface import OperationKey
from compat.model.role import Role
from compat.plan.bridge import BridgePlan, Exchange
from compat.report.summary import Crossing, crossing

_Leg: TypeAlias = Mapping[OperationKey, Exchange]


def operations(legs: Sequence[BridgePlan], role: Role) -> Crossing:
    """The figures of the client's operations; `legs` lead from the older version to the newer."""
    from_client = legs if role is Role.OLD_CLIENT else legs[::-1]
    near, *beyond = ({each.operation: each for each in leg.exchanges[role]} for leg in from_client)
    return crossing(tuple(_decisive(each, beyond) for each in near.values()))


def _decisive(exchange: Exchange, beyond: Sequence[_Leg]) -> Exchange:
    """Of an exchange and those that carry its calls further, the one that is furthest from passing
    a call on as it is.
    """
    return max((exchange, *_further(exchange, beyond)), key=_distance)


def _further(exchange: Exchange, beyond: Sequence[_Leg]) -> Iterator[Exchange]:
    if not beyond:
        return
    for call in exchange.calls:
        after = beyond[0].get(call.operation)
        if after is not None:
            yield _decisive(after, beyond[1:])


def _distance(exchange: Exchange) -> int:
    if exchange.is_identity:
        return 0
    if exchange.hook is not None:
        return 2
    return 1 if exchange.calls else 3
