"""The table of how volumes at a point are had: every input of it."""

from itertools import product

import pytest

from core.machine.image import (
    BORROWED,
    GIVEN_UP,
    SERVED,
    TRANSITIONS,
    Access,
    AccessRefusedError,
    Ask,
    ImageState,
    Mode,
    opening,
)


@pytest.mark.parametrize(("mode", "ask"), [*product(Mode, Ask)])
def test_each_pair_leads_somewhere_or_is_refused(mode: Mode, ask: Ask) -> None:
    state = ImageState()
    state.mode = mode
    if (mode, ask) in TRANSITIONS:
        assert state.step(ask) is TRANSITIONS[mode, ask] is state.mode
    else:
        with pytest.raises(AccessRefusedError, match=f"volumes that are {mode} cannot {ask}"):
            state.step(ask)
        assert state.mode is mode


@pytest.mark.parametrize("mode", [*Mode])
def test_every_mode_is_reached_and_left_for_good(mode: Mode) -> None:
    reached = {Mode.CLOSED}
    for _ in Mode:
        reached |= {to for (from_, _), to in TRANSITIONS.items() if from_ in reached}
    assert mode in reached
    ends = {mode}
    for _ in Mode:
        ends |= {
            to
            for (from_, ask), to in TRANSITIONS.items()
            if from_ in ends and ask in (Ask.CLOSE, Ask.REACHED)
        }
    assert Mode.CLOSED in ends


@pytest.mark.parametrize("mode", [*Mode])
def test_whoever_is_served_can_be_closed(mode: Mode) -> None:
    assert (mode, Ask.CLOSE) in TRANSITIONS or mode not in SERVED


def test_a_replica_that_was_borrowed_is_given_back_before_it_is_closed() -> None:
    for (mode, _), following in TRANSITIONS.items():
        if mode in BORROWED and following not in BORROWED | GIVEN_UP:
            assert mode is Mode.RETURNING
    for mode in BORROWED - {Mode.RETURNING}:
        assert TRANSITIONS[mode, Ask.CLOSE] is Mode.RETURNING


def test_history_is_given_up_when_it_is_asked_for_and_never_comes_back() -> None:
    for (mode, ask), following in TRANSITIONS.items():
        if mode not in GIVEN_UP and following in GIVEN_UP:
            assert ask is Ask.GO_DIRECT
        if mode in GIVEN_UP:
            assert following in GIVEN_UP | {Mode.CLOSED}


@pytest.mark.parametrize(("access", "is_replicated"), [*product(Access, (False, True))])
def test_each_choice_opens_or_says_what_to_do_instead(access: Access, is_replicated: bool) -> None:
    if access in (Access.LOGGED, Access.DIRECT) and not is_replicated:
        with pytest.raises(AccessRefusedError) as caught:
            opening(access, is_replicated=is_replicated)
        assert "--access rolled" in caught.value.hint
        return
    mode = ImageState().step(opening(access, is_replicated=is_replicated))
    assert (mode in BORROWED) is (is_replicated and access is not Access.VIRTUAL)
