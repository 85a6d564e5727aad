"""Being told to end: heard whichever thread the system has chosen to take the signal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from compat.errors import Exit
from core.cli.serving import ending_signals, tell_to_end
from tests.core.cli.test_access import PROTECT, SIZES, connected, soon
from tests.core.cli.test_protect import ISTHMUS, MIB, PATIENCE_S, Serving, environment, isthmus
from tests.core.driver.waiting import until_state


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


GROUP = (*PROTECT, *SIZES, "--listen", "unix:disk.sock")
IMAGE = ("image", "open", "journal", "--at", "latest", "--listen", "unix:then.sock", "--writable")


@contextmanager
def ready(folder: Path, *words: str) -> Iterator[Serving]:
    """A process that is ready, and is killed if nobody has ended it."""
    found = Serving(folder, *words)
    try:
        yield found
    finally:
        found.process.kill()
        found.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("access", ["virtual", "rolled", "logged", "direct"])
def test_what_serves_ends_in_good_order(
    tmp_path: Path, access: str, number: signal.Signals
) -> None:
    with ready(tmp_path, *GROUP) as group:
        until_state(tmp_path / "journal", "distributing")
        with connected(tmp_path) as client:
            assert client.put(0, b"a" * 4096) == 0
        with ready(tmp_path, *IMAGE, "--access", access) as image:
            with connected(tmp_path, "then.sock") as then:
                assert then.put(0, b"b" * 4096) == 0
            assert image.end(number) == 0
        assert group.end(number) == 0
    assert isthmus(tmp_path, "journal", "list", "journal").stdout.count("state     closed") == 1


def deaf(folder: Path, *words: str) -> "subprocess.Popen[bytes]":
    """A process whose output and errors nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.Popen(
            [*ISTHMUS, *words], cwd=folder, env=environment(), stdout=writer, stderr=writer
        )
    finally:
        os.close(writer)


def test_clients_may_come_though_nobody_reads_that(tmp_path: Path) -> None:
    group = deaf(tmp_path, *GROUP)
    try:
        soon((tmp_path / "disk.sock").exists)
        until_state(tmp_path / "journal", "distributing")
        with connected(tmp_path) as client:
            assert client.put(0, b"a" * 4096) == 0
        image = deaf(tmp_path, *IMAGE, "--access", "rolled")
        try:
            soon((tmp_path / "then.sock").exists)
            with connected(tmp_path, "then.sock") as then:
                assert then.get(0, MIB) == (b"a" * 4096).ljust(MIB, b"\0")
        finally:
            image.terminate()
            assert image.wait(PATIENCE_S) == 0
    finally:
        group.terminate()
        assert group.wait(PATIENCE_S) == 0


def test_clients_may_come_though_there_is_no_room_to_say_so(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 -- a device
        group = subprocess.Popen(
            [*ISTHMUS, *GROUP], cwd=tmp_path, env=environment(), stdout=full, stderr=full
        )
    try:
        soon((tmp_path / "disk.sock").exists)
        until_state(tmp_path / "journal", "distributing")
        with connected(tmp_path) as client:
            assert client.put(0, b"a" * 4096) == 0
    finally:
        group.terminate()
        assert group.wait(PATIENCE_S) == 0


def test_what_is_told_of_being_ready_is_one_line(tmp_path: Path) -> None:
    with ready(tmp_path, *GROUP) as group:
        until_state(tmp_path / "journal", "distributing")
        with ready(tmp_path, *IMAGE, "--access", "direct") as image:
            for each in (image, group):
                assert each.ready["ready"] is True
                each.process.send_signal(signal.SIGTERM)
                rest, _ = each.process.communicate(timeout=PATIENCE_S)
                assert (rest, each.process.returncode) == ("", 0)


INTERRUPTED = """
import os, signal, sys
wanted = sys.argv.pop(1)

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
from core.cli import main
main()
"""


@pytest.mark.parametrize(
    ("imported", "told"),
    [
        ("click", ""),
        ("core.cli.program", ""),
        ("core.cli.journal.list", "isthmus: interrupted\n"),
        ("numpy", "isthmus: interrupted\n"),
    ],
)
def test_an_interrupt_is_no_mistake_however_early_it_comes(imported: str, told: str) -> None:
    words = (sys.executable, "-c", INTERRUPTED, imported, "journal", "list", "nowhere")
    done = subprocess.run(
        words, env=environment(), capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stdout, done.stderr) == (Exit.INTERRUPTED, "", told)


def test_who_does_not_hear_interrupts_is_not_ended_by_one() -> None:
    """As a job that a script has put into the background."""
    code = INTERRUPTED.replace("class", "signal.signal(signal.SIGINT, signal.SIG_IGN)\n\nclass", 1)
    words = (sys.executable, "-c", code, "click", "--version")
    done = subprocess.run(
        words, env=environment(), capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stderr) == (0, "")
