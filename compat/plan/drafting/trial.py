"""Trying what an intent might say: what the planner takes when all of it is said at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from compat.intent.conflicts import conflicts
from compat.intent.model import Intent
from compat.intent.problem import IntentError
from compat.intent.read import read_intent
from compat.intent.write import Entry, write_intent
from compat.plan.bridge import BridgePlan

Attempt = Callable[[Intent], BridgePlan]
Proposal = Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Trial:
    """The names of the proposals that fit together, and the plan with all of them."""

    fitting: frozenset[str]
    plan: BridgePlan


def reads(proposal: Proposal) -> bool:
    """Can an intent say so? Published specs have enums of objects, and empty paths."""
    try:
        _read("", proposal)
    except IntentError:
        return False
    return True


def tried(intent: Intent, proposals: Mapping[str, Proposal], attempt: Attempt) -> Trial:
    """Which proposals the planner takes beside the intent; names have no colon in them.

    What an error points at is left out, until there is none. Raises IntentError for what is wrong
    with the intent itself.
    """
    parts = {name: _read(name, proposal) for name, proposal in proposals.items()}
    while True:
        try:
            joined = _joined(intent, parts.values())
            for complaint in conflicts(joined):
                raise IntentError(complaint.message, where=str(complaint.place))
            return Trial(frozenset(parts), attempt(joined))
        except IntentError as error:
            culprit = error.where.partition(":")[0]
            if culprit not in parts:
                raise
            del parts[culprit]


def _read(name: str, proposal: Proposal) -> Intent:
    """The entries as they are when they are on."""
    text = write_intent([replace(entry, on=True) for entry in proposal])
    return read_intent(name, text.encode())


def _joined(intent: Intent, parts: Iterable[Intent]) -> Intent:
    every = (intent, *parts)
    return replace(
        intent,
        operations=tuple(one for part in every for one in part.operations),
        bridges=tuple(one for part in every for one in part.bridges),
    )
