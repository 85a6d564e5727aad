"""Claim: every point is byte for byte what somebody saw who stood between host and volume.

That is nbdkit with a plugin that writes down each request that the volume has acknowledged. fio is
the host: it verifies what it reads back, too, from the volume and from points that are opened.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from core.driver.folder import DiskFolder
from core.driver.image import DiskImage
from core.stream.history import History
from core.stream.view import PointView
from tests.core.applications import recording_plugin
from tests.core.applications.mounts import room
from tests.core.applications.processes import isthmus, protecting, running, serving
from tests.core.driver.programs import needs, run

LONG = settings.default is settings.get_profile("long")
SIZE = 16 << 20 if LONG else 2 << 20
PLUGIN = Path(recording_plugin.__file__)
JOB: Final = (
    *("fio", "--name=job", "--ioengine=nbd", "--rw=randwrite", "--bsrange=512-64k"),
    *("--blockalign=512", "--iodepth=16", f"--size={SIZE}", "--randseed=71", "--verify=crc32c"),
    "--verify_fatal=1",
)

Entry = tuple[int, bytes]
"""Where it was written, and what."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A protected volume behind somebody who writes down what passes."""

    folder: Path
    uri: str

    def entries(self) -> list[Entry]:
        """What passed so far."""
        data = (self.folder / "log").read_bytes()
        found, at = [], 0
        while at < len(data):
            letter, offset, length = recording_plugin.ENTRY.unpack_from(data, at)
            at += recording_plugin.ENTRY.size
            if letter == b"W":
                found.append((offset, data[at : at + length]))
                at += length
            else:
                found.append((offset, bytes(length)))
        return found

    def points_that_differ(self, entries: Sequence[Entry]) -> list[int]:
        """All the points at which the volume is not what these entries, up to there, make of it."""
        folder, image = DiskFolder(self.folder / "journal"), DiskImage(self.folder / "disk.img")
        history = History(folder, where="journal", live=True)
        assert (history.first, history.end) == (0, len(entries))
        expected, found = bytearray(SIZE), bytearray(SIZE)
        differ = []
        for point in range(len(entries) + 1):
            if point:
                offset, data = entries[point - 1]
                expected[offset : offset + len(data)] = data
            view = PointView(history, image, volume=0, point=point)
            view.read_into(found, 0)
            if found != expected:
                differ.append(point)
            view.close()
        for each in (history, folder, image):
            each.close()
        return differ


@pytest.fixture
def recording() -> Iterator[Recording]:
    needs("fio", "nbdkit", "qemu-io")
    try:
        run("nbdkit", "python", PLUGIN, "--dump-plugin")
    except AssertionError as error:
        pytest.skip(f"needs nbdkit's plugin for Python, and libnbd for that: {error}")
    with (
        room() as folder,
        protecting(folder, "disk.img", size=str(SIZE)) as (uri,),
        passing(folder, uri) as place,
    ):
        yield Recording(folder, f"nbd+unix:///?socket={place}")


@contextmanager
def passing(folder: Path, uri: str) -> Iterator[Path]:
    """The socket of somebody who writes down in `log` what passes to that export."""
    place, mark = folder / "passing.sock", folder / "pid"
    words = ("-f", "-U", place, "-P", mark, "python", PLUGIN, f"uri={uri}", f"log={folder / 'log'}")
    with running("nbdkit", *words, until=mark.exists) as process:
        try:
            yield place
        finally:
            process.terminate()


def test_every_point_is_what_was_seen_between_host_and_volume(recording: Recording) -> None:
    run(*JOB, f"--uri={recording.uri}", "--do_verify=1", folder=recording.folder)
    zeroes = ("-c", "write -z 8k 300k", "-c", "discard 64k 1M", "-c", "write -P 7 70000 3000")
    run("qemu-io", "-f", "raw", *zeroes, recording.uri)
    entries = recording.entries()
    assert len(entries) > SIZE >> 16
    assert recording.points_that_differ(entries) == []


def test_points_differ_from_what_was_not_seen_right(recording: Recording) -> None:
    """The control of the test above."""
    run("qemu-io", "-f", "raw", "-c", "write -P 1 0 8k", "-c", "write -P 2 4k 8k", recording.uri)
    first, (offset, data) = recording.entries()
    for planted in (
        [first, (offset, b"")],
        [first, (offset + 512, data)],
        [first, (offset, data[:4096])],
        [first, (offset, data[:-1] + b"\0")],
    ):
        assert recording.points_that_differ(planted) == [2]
    assert recording.points_that_differ([(offset, data), first]) == [1, 2]


def test_a_host_verifies_a_point_that_is_opened(recording: Recording) -> None:
    folder = recording.folder
    run(*JOB, f"--uri={recording.uri}", "--do_verify=0", folder=folder)
    isthmus(folder, "bookmark", "add", "journal", "verified")
    run("qemu-io", "-f", "raw", "-c", f"write -P 9 0 {SIZE // 2}", recording.uri)
    run(*JOB, f"--uri={recording.uri}", "--verify_only", folder=folder, code=1)
    words = ("image", "open", "journal", "--at", "bookmark:verified", "--listen", "unix:then.sock")
    with serving(folder, *words, "--writable") as ready:
        (uri,) = ready["uris"]
        run(*JOB, f"--uri={uri}", "--verify_only", folder=folder)
        run(*JOB, f"--uri={uri}", "--do_verify=1", "--randseed=72", folder=folder)
