"""Asking the writer: answers, refusals, and callers that misbehave."""

import errno
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from core.driver import control
from core.driver.control import (
    SOCKET,
    ControlError,
    ControlServer,
    Conversation,
    Document,
    Function,
    Lent,
    ask,
)
from core.errors import CoreError


def bookmark(request: Document) -> Document:
    if request["name"] == "taken":
        raise CoreError("there is a bookmark of that name", hint="choose another")
    if request["name"] == "full":
        raise OSError(errno.EMFILE, "Too many open files", "do-1.data")
    if request["name"] == "mistake":
        raise ZeroDivisionError("of ours")
    return {"point": len(request["name"]), "time_ns": 5}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    with ControlServer(tmp_path, {"bookmark": bookmark}, caller_s=0.3):
        yield tmp_path


def connected(folder: Path) -> socket.socket:
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    found.settimeout(10)
    found.connect(str(folder / SOCKET))
    return found


def test_an_answer_comes_back(served: Path) -> None:
    assert ask(served, "bookmark", name="four") == {"ok": True, "point": 4, "time_ns": 5}
    assert (served / SOCKET).stat().st_mode & 0o777 == 0o600


def test_a_refusal_is_told_with_its_hint(served: Path) -> None:
    with pytest.raises(ControlError, match="there is a bookmark of that name\n  choose another"):
        ask(served, "bookmark", name="taken")


def test_what_the_system_says_is_no_mistake_of_ours(served: Path) -> None:
    with pytest.raises(ControlError, match=r"^do-1\.data: Too many open files\n .*`ulimit -n`"):
        ask(served, "bookmark", name="full")


def test_what_it_does_not_know_is_refused_with_what_it_knows(served: Path) -> None:
    with pytest.raises(ControlError, match="cannot do 'explode'\n  it can do: bookmark"):
        ask(served, "explode")


def test_a_mistake_of_ours_does_not_end_the_service(served: Path) -> None:
    with pytest.raises(ControlError, match="this is a bug: ZeroDivisionError"):
        ask(served, "bookmark", name="mistake")
    assert ask(served, "bookmark", name="a")["point"] == 1


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"nonsense\n", "not a line of JSON"),
        (b"[1]\n", "not an object of JSON"),
        (b"[" * 60_000 + b"\n", "not a line of JSON"),
        (b"\xff\xfe\n", "not a line of JSON"),
        (b"x" * (control.LINE_BYTES_MAX + 1), "a line of more than 65536 bytes"),
    ],
)
def test_what_is_no_request_is_refused(served: Path, line: bytes, error: str) -> None:
    with connected(served) as caller:
        caller.sendall(line)
        assert json.loads(caller.makefile("rb").readline())["error"] == error
    assert ask(served, "bookmark", name="a")["point"] == 1


def test_several_lines_at_once_are_answered_in_order(served: Path) -> None:
    with connected(served) as caller:
        lines = [{"do": "bookmark", "name": "x" * length} for length in range(1, 30)]
        caller.sendall(b"".join(json.dumps(each).encode() + b"\n" for each in lines))
        caller.shutdown(socket.SHUT_WR)
        answers = [json.loads(line)["point"] for line in caller.makefile("rb")]
    assert answers == list(range(1, 30))


def test_one_that_says_nothing_is_let_go_of_and_keeps_nobody_waiting(served: Path) -> None:
    with connected(served) as silent:
        silent.sendall(b'{"do": "boo')
        begun = time.monotonic()
        ask(served, "bookmark", name="a")
        assert time.monotonic() - begun < 0.25
        assert silent.recv(1) == b""


def test_one_that_takes_no_answers_is_let_go_of(served: Path) -> None:
    line = json.dumps({"do": "x" * 60_000}).encode() + b"\n"
    with connected(served) as deaf:
        deaf.settimeout(0.1)
        with pytest.raises((TimeoutError, BrokenPipeError, ConnectionResetError)):
            deaf.sendall(line * 1000)
        time.sleep(0.5)
        assert ask(served, "bookmark", name="a")["point"] == 1


def test_one_caller_too_many_is_told_so(served: Path) -> None:
    callers = [connected(served) for _ in range(control.CALLERS_MAX)]
    try:
        with pytest.raises(ControlError, match="too many ask at once"):
            ask(served, "bookmark", name="a")
    finally:
        for each in callers:
            each.close()
    assert ask(served, "bookmark", name="a")["point"] == 1


@pytest.mark.parametrize("said", [b"", b'{"do": "boo', b'{"do": "bookmark", "name": "a"}\n'])
def test_those_that_say_nothing_make_room_for_who_asks(tmp_path: Path, said: bytes) -> None:
    functions: dict[str, Function] = {
        "bookmark": bookmark,
        "borrow": lambda _: Lent({}, lambda: None),
    }
    with (
        ControlServer(tmp_path, functions, silent_s=0.3),
        Conversation(tmp_path) as borrower,
        ExitStack() as stack,
    ):
        borrower.ask("borrow")
        for _ in range(control.CALLERS_MAX):
            silent = stack.enter_context(connected(tmp_path))
            with suppress(BrokenPipeError):  # it came to speak too late
                silent.sendall(said)
        time.sleep(0.4)
        for _ in range(4):
            with connected(tmp_path) as more:
                assert ask(tmp_path, "bookmark", name="a")["point"] == 1
                more.sendall(said)
        assert borrower.ask("bookmark", name="four")["point"] == 4


def test_nobody_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="was not reached"):
        ask(tmp_path, "bookmark")
    with pytest.raises(ControlError, match="was not reached"):
        ask(tmp_path / "gone", "bookmark")


def test_a_socket_left_behind_is_taken_over_and_goes_at_the_end(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(tmp_path / SOCKET))
    left.close()
    with ControlServer(tmp_path, {"bookmark": bookmark}):
        assert ask(tmp_path, "bookmark", name="a")["point"] == 1
    assert not (tmp_path / SOCKET).exists()


def test_a_deep_folder_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*(["a" * 50] * 5))
    deep.mkdir(parents=True)
    with ControlServer(deep, {"bookmark": bookmark}):
        assert ask(deep, "bookmark", name="a")["point"] == 1


def test_a_slow_answer_ends_the_waiting(tmp_path: Path) -> None:
    def slow(_: Document) -> Document:
        time.sleep(0.3)
        return {}

    with (
        ControlServer(tmp_path, {"wait": slow}),
        pytest.raises(ControlError, match=r"no answer in 0\.1 s"),
    ):
        ask(tmp_path, "wait", timeout_s=0.1)
