"""Claim: every point is byte for byte what somebody saw who stood between host and volume.

That is nbdkit with a plugin that writes down each request that the volume has acknowledged. fio is
the host: it verifies what it reads back, too, from the volume and from points that are opened.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from core.driver.folder import DiskFolder
from core.driver.image import DiskImage
from core.stream.history import History
from core.stream.view import PointView
from tests.core.applications.mounts import room
from tests.core.applications.processes import isthmus, protecting, serving
from tests.core.applications.recording import entries, needs_recording, passing
from tests.core.driver.programs import needs, run

LONG = settings.default is settings.get_profile("long")
SIZE = 16 << 20 if LONG else 3 << 20
JOURNAL = f"{max(32, 4 * SIZE >> 20)}MiB"
JOB: Final = (
    *("fio", "--name=job", "--ioengine=nbd", "--rw=randwrite", "--bsrange=512-64k"),
    *("--blockalign=512", "--iodepth=16", f"--size={SIZE}", "--randseed=71", "--verify=crc32c"),
    "--verify_fatal=1",
)

Seen = tuple[int, bytes]
"""Where it was written, and what."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A protected volume behind somebody who writes down what passes."""

    folder: Path
    uri: str

    def seen(self) -> list[Seen]:
        """What was written so far, in order."""
        found = entries(self.folder / "log")
        return [(each.offset, each.data) for each in found if not each.is_flush]

    def points_that_differ(self, seen: Sequence[Seen]) -> list[int]:
        """All the points at which the volume is not what was seen, up to there, makes of it."""
        folder, image = DiskFolder(self.folder / "journal"), DiskImage(self.folder / "disk.img")
        history = History(folder, where="journal", live=True)
        assert (history.first, history.end) == (0, len(seen))
        expected, found = bytearray(SIZE), bytearray(SIZE)
        differ = []
        for point in range(len(seen) + 1):
            if point:
                offset, data = seen[point - 1]
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
    needs("fio", "qemu-io")
    needs_recording()
    with (
        room() as folder,
        protecting(folder, "disk.img", size=str(SIZE), journal=JOURNAL) as (uri,),
        passing(folder, uri) as between,
    ):
        yield Recording(folder, between)


def test_every_point_is_what_was_seen_between_host_and_volume(recording: Recording) -> None:
    run(*JOB, f"--uri={recording.uri}", "--do_verify=1", folder=recording.folder)
    zeroes = ("-c", "write -z 8k 300k", "-c", "discard 64k 512k", "-c", "write -P 7 70000 3000")
    run("qemu-io", "-f", "raw", *zeroes, recording.uri)
    seen = recording.seen()
    assert len(seen) > SIZE >> 16
    assert recording.points_that_differ(seen) == []


def test_points_differ_from_what_was_not_seen_right(recording: Recording) -> None:
    """The control of the test above."""
    run("qemu-io", "-f", "raw", "-c", "write -P 1 0 8k", "-c", "write -P 2 4k 8k", recording.uri)
    first, (offset, data) = recording.seen()
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
