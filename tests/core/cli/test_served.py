"""The commands on a journal while `isthmus protect` writes it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest

from compat.errors import Exit
from core.cli.opening import opened
from core.driver.lock import WriterLock
from tests.compat.cli.running import PROCESS_S, ROOT, environment
from tests.core.cli.running import Here
from tests.core.journals import loaded

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A group of one volume, and how its clients find it."""

    journal: Path
    uri: str

    def write(self, pattern: int, offset: int, length: int) -> None:
        words = ("qemu-io", "-f", "raw", "-c", f"write -P {pattern} {offset} {length}", self.uri)
        subprocess.run(words, check=True, capture_output=True, timeout=PROCESS_S)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    if which("qemu-io") is None:
        pytest.skip("needs qemu-io")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "core", "protect", str(tmp_path / "disk.img")),
            *("--create", "16MiB", "--journal", str(tmp_path / "journal")),
            *("--listen", f"unix:{tmp_path / 'disk.sock'}"),
        ],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield Served(journal=tmp_path / "journal", uri=ready["uris"][0])
        process.terminate()
        assert process.wait(PROCESS_S) == Exit.OK
    finally:
        process.kill()
        process.communicate()


def test_a_day_of_a_served_group(here: Here, served: Served, tmp_path: Path) -> None:
    served.write(0x11, 0, MIB)
    served.write(0x22, 4 * MIB, 65_536)
    told = here.json("bookmark", "add", served.journal, "before", "--consistency", "application")
    assert told["sequence"] == 2
    served.write(0x33, 0, MIB)
    refused = here("bookmark", "add", served.journal, "before")
    assert (refused.code, refused.out) == (Exit.BAD_INPUT, "")
    assert "there is a bookmark that is called 'before'" in refused.err
    assert here.json("journal", "list", served.journal)["state"] == "live"
    assert here.json("journal", "verify", served.journal)["findings"] == []

    before, after = tmp_path / "before.img", tmp_path / "after.img"
    words = ("journal", "restore", served.journal, "--output")
    assert here(*words, before, "--at", "bookmark:before").code == Exit.OK
    assert here(*words, after, "--at", "-0s").code == Exit.OK
    gap = bytes(3 * MIB)
    rest = gap + b"\x22" * 65_536 + bytes(12 * MIB - 65_536)
    assert before.read_bytes() == b"\x11" * MIB + rest
    assert after.read_bytes() == b"\x33" * MIB + rest

    signed = tmp_path / "signed.json"
    then = ("signature", served.journal, "--at", "bookmark:before")
    signed.write_text(here(*then, "--format", "json").out)
    assert here("signature", before, "--against", signed).code == Exit.OK
    live = here("signature", served.uri, "--against", signed)
    assert (live.code, live.out.splitlines()[-1].split()) == (Exit.FINDINGS, ["0", str(MIB)])

    (volume,) = here.json("journal", "diff", served.journal, "--from", "bookmark:before")["volumes"]
    assert volume["ranges"] == [{"offset": 0, "length": MIB}]
    (write,) = here.json("journal", "show", served.journal, "--range", "4MiB+1")["writes"]
    assert (write["sequence"], write["length"], write["kind"]) == (2, 65_536, "write")
    assert "before (application)" in here("timeline", served.journal).out


def test_a_second_writer_is_refused(here: Here, served: Served, tmp_path: Path) -> None:
    words = ("--listen", f"unix:{tmp_path / 'other.sock'}")
    ended = here("protect", tmp_path / "disk.img", "--journal", served.journal, *words)
    assert ended.code == Exit.BAD_INPUT
    assert "another process serves this image" in ended.err


def test_what_is_still_being_recovered_is_not_believed(tmp_path: Path) -> None:
    """Its writer holds the lock, and cannot be asked yet."""
    found = loaded(tmp_path, (4096,), seed=1, runs=4)
    with WriterLock(found.folder), opened(str(found.folder)) as journal:
        assert journal.writer is not None
        assert not journal.history.is_live
