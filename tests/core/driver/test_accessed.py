"""What becomes of replicas that were given to hosts when the journal's medium fails."""

from collections.abc import Iterator, Mapping
from errno import EIO
from pathlib import Path
from typing import cast

import pytest

from core.driver.group.access import Accessed
from core.driver.group.volume import open_volume
from core.machine.journal.access import Access
from core.machine.journal.shelf import JournalFullError
from core.wire.nbd.requests import Run
from tests.core.recorder import WRITE, Request, run_of

RUN = run_of([Request(WRITE, 0, 512, bytes(512))])


class Given:
    """A volume whose blocks can be taken until that meets an error."""

    size = bytes_to_roll = 4096
    is_rolled = False

    def __init__(self, error: Exception) -> None:
        self.error, self.runs = error, 0

    def roll(self) -> Iterator[int]:
        yield 512
        raise self.error

    def write_run(self, run: Run) -> Mapping[int, int]:
        self.runs += len(run.requests)
        return {}


class Both:
    """Two volumes of one stream."""

    def __init__(self, error: Exception) -> None:
        self.volumes = Given(error), Given(error)


def given(folder: Path, error: Exception) -> tuple[Both, Accessed]:
    (folder / "copy.img").write_bytes(bytes(4096))
    replica, both = open_volume(folder / "copy.img"), Both(error)
    return both, Accessed(cast("Access", both), (replica, replica), ("data", "log"), lambda: 1)


def test_nothing_is_written_on_any_volume_once_what_is_kept_of_one_could_not_be(
    tmp_path: Path,
) -> None:
    both, accessed = given(tmp_path, OSError(EIO, "it could not be synced"))
    _, log = accessed.exports(writable=True)
    assert log.write_run(RUN) == {}
    assert accessed.step() == 512
    with pytest.raises(OSError, match="it could not be synced"):
        accessed.step()
    for refused in (lambda: log.write_run(RUN), accessed.step, accessed.go_direct):
        with pytest.raises(OSError, match="Input/output error"):
            refused()
    assert both.volumes[1].runs == 1


def test_a_stream_that_is_full_has_hosts_write_on(tmp_path: Path) -> None:
    both, accessed = given(tmp_path, JournalFullError("no room"))
    _, log = accessed.exports(writable=True)
    accessed.step()
    with pytest.raises(JournalFullError):
        accessed.step()
    assert log.write_run(RUN) == {}
    assert both.volumes[1].runs == 1
