"""One writer for each journal, whatever becomes of the one before."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.driver import lock
from core.driver.lock import JournalBusyError, WriterLock, writer_of
from tests.compat.cli.running import ROOT, environment

HOLDING = """
import sys, time
from core.driver.lock import WriterLock
held = WriterLock(sys.argv[1])
print("held", flush=True)
time.sleep(60)
"""


def test_nobody_writes_a_journal_that_was_never_locked(tmp_path: Path) -> None:
    assert writer_of(tmp_path) is None
    assert not (tmp_path / lock.LOCK).exists()


def test_the_writer_is_told_for_as_long_as_it_holds_the_lock(tmp_path: Path) -> None:
    with WriterLock(tmp_path):
        writer = writer_of(tmp_path)
        assert writer is not None
        assert str(writer).startswith("process ")
    assert writer_of(tmp_path) is None


def test_a_second_writer_is_refused_with_the_first_one_s_pid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_PATIENCE_S", 0.05)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path)],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert writer_of(tmp_path) == lock.Writer(pid=process.pid)
        with pytest.raises(JournalBusyError, match=f"process {process.pid} writes this journal"):
            WriterLock(tmp_path)
    finally:
        process.kill()
        process.communicate()
    assert writer_of(tmp_path) is None
    WriterLock(tmp_path).release()


def test_readers_that_ask_do_not_keep_a_writer_out(tmp_path: Path) -> None:
    WriterLock(tmp_path).release()
    stop = threading.Event()

    def asking() -> None:
        while not stop.is_set():
            writer_of(tmp_path)

    readers = [threading.Thread(target=asking) for _ in range(4)]
    for each in readers:
        each.start()
    try:
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            WriterLock(tmp_path).release()
    finally:
        stop.set()
        for each in readers:
            each.join()
