"""Being told to end: heard whichever thread the system has chosen to take the signal."""

import os
import signal
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from core.cli.serving import ending_signals, tell_to_end


@pytest.fixture
def stray() -> Iterator[None]:
    """A thread of a library, which blocks no signal."""
    stopping = Event()
    thread = Thread(target=stopping.wait)
    thread.start()
    yield
    stopping.set()
    thread.join()


@pytest.mark.usefixtures("stray")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_comes_before_anybody_waits_is_heard(number: signal.Signals) -> None:
    with ending_signals() as wait:
        assert not wait.is_told()
        os.kill(os.getpid(), number)
        wait()
        assert wait.is_told()


def test_without_other_threads_it_is_heard_too() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with ending_signals() as wait:
        tell_to_end()
        assert wait.is_told()
        wait()
    assert signal.getsignal(signal.SIGTERM) is before
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_thread_that_is_started_meanwhile_tells_it() -> None:
    with ending_signals() as wait:
        thread = Thread(target=tell_to_end)
        thread.start()
        wait()
        thread.join()
