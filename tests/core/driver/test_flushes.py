"""Flushes of several clients beside what else is done with a group."""

from errno import EIO
from threading import Event, Thread

import pytest

from core.driver.group.group import Group
from core.machine.journal.failing import JournalFailedError
from core.machine.journal.marking import Marking
from core.machine.journal.stale import Stale, make_stale
from core.machine.journal.touched import Touched
from core.sim.medium import Blob, MemoryFolder, MemoryVolume
from core.stream.regions import count_of

SIZE = 1 << 20


class FailingOnce(MemoryVolume):
    """A volume whose first sync fails, once it is let go on; those that follow do well."""

    def __init__(self) -> None:
        super().__init__(Blob(bytes(SIZE)))
        self.begun, self.going = Event(), Event()

    def sync(self) -> None:
        if not self.begun.is_set():
            self.begun.set()
            assert self.going.wait(30)
            raise OSError(EIO, "Input/output error")


def test_the_journal_takes_over_once_it_is_known_what_a_flush_has_met() -> None:
    folder, volume = MemoryFolder(), FailingOnce()
    make_stale(folder, 1, [bytearray(count_of(SIZE))])
    marking = Marking([volume], Stale(folder, 1, 1), Touched(folder, [SIZE]), end=0)
    group = Group(marking, (), ())
    failed: list[BaseException] = []

    def flush() -> None:
        try:
            group.flush()
        except OSError as error:
            failed.append(error)

    flushing = Thread(target=flush)
    flushing.start()
    assert volume.begun.wait(30)
    Thread(target=volume.going.set).start()
    with group.settled(), pytest.raises(JournalFailedError):
        marking.flush()
    flushing.join()
    assert failed
