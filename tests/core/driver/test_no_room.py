"""A system that has no room for another process, and has it later."""

import subprocess
from collections.abc import Callable
from errno import EAGAIN, EMFILE, ENOMEM
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.driver.group.protection import protected
from core.driver.group.wanted import Protected
from core.machine.journal.ladder import parse_ladder
from core.stream.phases import State
from tests.core.driver.test_consolidation import SIZE, load, wanted
from tests.core.driver.waiting import until
from tests.core.recorder import Recorder

Refuse = Callable[[int], list[int]]
"""Have so many processes not begin; gives the errors that are left."""


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    begin = subprocess.Popen
    left: list[int] = []

    def begun(*words: Any, **more: Any) -> Any:
        if left:
            raise OSError(left.pop(), "no room")
        return begin(*words, **more)

    def refused(count: int) -> list[int]:
        left[:] = islice(cycle((EMFILE, EAGAIN, ENOMEM)), count)
        return left

    monkeypatch.setattr(subprocess, "Popen", begun)
    return refused


def no_progress(_name: str, _done: int, _size: int) -> None:
    pass


def state(group: Protected) -> tuple[State, str]:
    assert group.replicas is not None
    status = group.replicas.status()
    return State(status["state"]), status["failure"]


def test_replicas_are_fed_as_soon_as_there_is_room(tmp_path: Path, refuse: Refuse) -> None:
    left = refuse(3)
    with protected(wanted(tmp_path, (), replica=True), no_progress) as group:
        until(lambda: bool(state(group)[1]))
        assert state(group)[1] == "no process was begun: no room"
        until(lambda: state(group) == (State.DISTRIBUTING, ""))
        assert not left


def test_a_pause_needs_no_process(tmp_path: Path, refuse: Refuse) -> None:
    refuse(1000)
    with protected(wanted(tmp_path, (), replica=True), no_progress) as group:
        assert group.replicas is not None
        until(lambda: bool(state(group)[1]))
        group.replicas.pause()
        refuse(0)
        group.replicas.resume()
        until(lambda: state(group) == (State.DISTRIBUTING, ""))


def test_what_has_aged_is_folded_as_soon_as_there_is_room(tmp_path: Path, refuse: Refuse) -> None:
    recorder, rng = Recorder.of((SIZE,)), Random(5)
    with protected(wanted(tmp_path, parse_ladder("1s:all 1h:1s")), no_progress) as group:
        left, consolidation = refuse(3), group.consolidation
        assert consolidation is not None
        for _ in range(8):
            load(group, recorder, rng, writes=20)
            with group.group.lock:
                group.group.journal.begin_epoch()
        until(lambda: consolidation.folded > 0)
        assert not left
