"""What takes long, as the site keeps it: states, and what leads from one to the next."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from core.site.problem import Problem
from core.site.store import Document
from core.units import NANOSECONDS_PER_SECOND

KIND: Final = "operation"
KEPT_NS: Final = 86_400 * NANOSECONDS_PER_SECOND
DEADLINE_S: Final = 3600


class State(Enum):
    """How an operation is."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Ask(Enum):
    """What becomes of an operation."""

    BEGIN = "begin"
    SUCCEED = "succeed"
    FAIL = "fail"
    CANCEL = "cancel"


TRANSITIONS: Final[Mapping[tuple[State, Ask], State]] = {
    (State.PENDING, Ask.BEGIN): State.RUNNING,
    (State.PENDING, Ask.FAIL): State.FAILED,
    (State.PENDING, Ask.CANCEL): State.CANCELLED,
    (State.RUNNING, Ask.SUCCEED): State.SUCCEEDED,
    (State.RUNNING, Ask.FAIL): State.FAILED,
    (State.RUNNING, Ask.CANCEL): State.CANCELLED,
}
ENDED: Final = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})
assert set(State) - {state for state, _ in TRANSITIONS} == ENDED

# What nobody can let be once it has begun, and what another life of a node cannot go on with.
UNSTOPPABLE: Final = frozenset({"rewind", "failover", "leaving"})
UNREPEATABLE: Final = frozenset({"rewind"})


def new_operation(
    kind: str,
    group: str,
    request: Mapping[str, Any],
    *,
    number: str,
    created: str,
    created_ns: int,
    deadline: str,
    deadline_ns: int,
) -> Document:
    """An operation that has not begun."""
    return {
        "id": number,
        "kind": kind,
        "group": group,
        "state": State.PENDING.value,
        "created": created,
        "created_ns": created_ns,
        "deadline": deadline,
        "deadline_ns": deadline_ns,
        "ended": None,
        "progress": {"done": 0, "total": None, "left_s": None},
        "request": request,
        "result": None,
        "problem": None,
    }


def state_of(document: Document) -> State:
    """The state it is in."""
    return State(document["state"])


def stepped(document: Document, ask: Ask, **more: Any) -> Document | None:
    """The operation after that, with what it is told besides; None where nothing leads there."""
    state = TRANSITIONS.get((state_of(document), ask))
    return None if state is None else {**document, "state": state.value, **more}


_WAIT: Final = {
    "rewind": "wait for it; another rewind, to the point `before` of its result, undoes it",
    "failover": "wait for it; it is not undone",
    "leaving": "wait for it; that site can be asked to keep a copy again",
}
assert {*_WAIT} == UNSTOPPABLE


def refuse_cancel(document: Document) -> None:
    """Raises Problem where nobody can let it be any more."""
    if state_of(document) is State.RUNNING and document["kind"] in UNSTOPPABLE:
        raise Problem(
            "conflict",
            f"a {document['kind']} that has begun is carried out to its end",
            hint=_WAIT[document["kind"]],
        )


class Pace:
    """How fast an operation goes, from where it was when that was told for the first time.

    One that goes on where an earlier one was has that behind it, and needed no time for it.
    """

    def __init__(self) -> None:
        self._begun: tuple[int, float] | None = None

    def left_s(self, done: int, total: int, now_s: float) -> float | None:
        """In how many seconds all is done; None while there is nothing to tell it by."""
        if self._begun is None:
            self._begun = done, now_s
        before, begun_s = self._begun
        if done <= before or now_s <= begun_s:
            return None
        return round(max(0, total - done) * (now_s - begun_s) / (done - before), 1)


def is_over(document: Document, *, now_ns: int) -> bool:
    """May it be forgotten?"""
    return state_of(document) in ENDED and now_ns - document["created_ns"] > KEPT_NS
