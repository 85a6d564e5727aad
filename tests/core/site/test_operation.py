"""Operations: what leads from one state to the next."""

from itertools import product
from typing import Any

import pytest

from core.site.operation import (
    ENDED,
    KEPT_NS,
    Ask,
    Pace,
    State,
    is_over,
    new_operation,
    refuse_cancel,
    state_of,
    stepped,
)
from core.site.problem import Problem


def operation(kind: str, state: State) -> dict[str, Any]:
    found = new_operation(
        kind, "1", {}, number="2", created="", created_ns=0, deadline="", deadline_ns=1
    )
    return {**found, "state": state.value}


def test_what_has_ended_stays_as_it_is() -> None:
    for state, ask in product(State, Ask):
        found = stepped(operation("signature", state), ask, ended="now")
        if state in ENDED:
            assert found is None
        elif found is not None:
            assert found["ended"] == "now"
            assert (state_of(found) in ENDED) is (ask is not Ask.BEGIN)


def test_what_cannot_be_stopped_is_not_cancelled() -> None:
    for kind, state in product(("rewind", "failover", "leaving", "signature"), State):
        if kind != "signature" and state is State.RUNNING:
            with pytest.raises(Problem, match="carried out to its end"):
                refuse_cancel(operation(kind, state))
        else:
            refuse_cancel(operation(kind, state))


def test_only_what_has_ended_is_forgotten() -> None:
    for state in State:
        found = operation("rewind", state)
        assert not is_over(found, now_ns=KEPT_NS)
        assert is_over(found, now_ns=KEPT_NS + 1) is (state in ENDED)


def test_how_long_it_takes_yet_is_told_by_what_was_done_since_it_was_first_told() -> None:
    pace = Pace()
    assert pace.left_s(400, 1000, 10.0) is None
    assert pace.left_s(400, 1000, 12.0) is None
    assert pace.left_s(600, 1000, 14.0) == 8.0
    assert pace.left_s(1000, 1000, 16.0) == 0.0
    assert pace.left_s(1200, 1000, 17.0) == 0.0
