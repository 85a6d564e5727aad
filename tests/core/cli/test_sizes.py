"""Images that somebody has cut off, or made larger, behind the back of their journal."""

import os
import signal
from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings

from core.driver.folder import DiskFolder
from core.driver.group.identifying import JOURNAL_BYTES_MIN
from core.driver.group.protection import protected
from core.driver.group.resizing import resize
from core.driver.group.wanted import Wanted
from core.errors import CoreError
from core.machine.journal.shelf import Retention
from core.machine.journal.writer import Journal
from core.stream.identity import Identity, Member, write_identity
from core.wire.segment import Stream
from tests.core.cli.test_access import connected, fed
from tests.core.cli.test_protect import LISTEN, MIB, PROTECT, Serving, isthmus, serving
from tests.core.driver.client import FLUSH
from tests.core.driver.waiting import until_state
from tests.core.recorder import WRITE, Request, run_of

LONG = settings.default is settings.get_profile("long")
SIZE = 128 << 10
SEGMENT_BYTES = 1 << 18
REPLICA = ("--replica", "copy.img")


@pytest.mark.parametrize(
    ("size", "how", "replica"),
    [
        pytest.param(*each, marks=() if nth in (1, 6) else pytest.mark.long)
        for nth, each in enumerate(
            product((MIB // 4, 2 * MIB), (signal.SIGTERM, signal.SIGKILL), ((), REPLICA))
        )
    ],
)
def test_an_image_of_another_size_is_refused(
    tmp_path: Path, size: int, how: signal.Signals, replica: tuple[str, ...]
) -> None:
    group = Serving(tmp_path, *PROTECT, *LISTEN, *replica)
    with connected(tmp_path) as client:
        assert client.put(0, b"a" * 8192) == 0
        assert client.call(FLUSH).error == 0
    group.end(how)
    image = tmp_path / "disk.img"
    held = image.read_bytes()
    os.truncate(image, size)
    refused = isthmus(tmp_path, *PROTECT, *LISTEN, *replica)
    assert refused.returncode == 2
    told = f"disk.img: this has {size} bytes, and the journal left it with {MIB}"
    assert told in refused.stderr
    assert image.stat().st_size == size
    image.write_bytes(held)
    with serving(tmp_path, *PROTECT, *LISTEN, *replica) as again:
        assert again.ready["point"] == 1
        with connected(tmp_path) as client:
            assert client.get(0, 12288) == b"a" * 8192 + bytes(4096)


def test_a_replica_of_another_size_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN, *REPLICA) as group:
        until_state(tmp_path / "journal", "distributing")
        with connected(tmp_path) as client:
            assert client.put(0, b"a" * 8192) == 0
        fed(tmp_path, 1)
        assert group.end() == 0
    held = (tmp_path / "copy.img").read_bytes()
    os.truncate(tmp_path / "copy.img", 4096)
    refused = isthmus(tmp_path, *PROTECT, *LISTEN, *REPLICA)
    assert refused.returncode == 2
    assert f"copy.img: this has 4096 bytes, and the journal left it with {MIB}" in refused.stderr
    (tmp_path / "copy.img").write_bytes(held)
    with serving(tmp_path, *PROTECT, *LISTEN, *REPLICA) as again:
        assert again.ready["point"] == 1


def made(top: Path) -> Wanted:
    """An image, and a journal of it that keeps few epochs."""
    (top / "disk.img").write_bytes(bytes(SIZE))
    member = Member(name="disk", path=str(top / "disk.img"), size=SIZE)
    identity = Identity(group=bytes(16), volumes=(member,), segment_bytes=SEGMENT_BYTES)
    folder = DiskFolder(top / "journal", make=True)
    write_identity(folder, identity)
    folder.close()
    return Wanted(
        images=(top / "disk.img",),
        journal=top / "journal",
        retention=Retention(size=JOURNAL_BYTES_MIN, window_ns=1 << 62),
    )


@pytest.mark.parametrize("sizes", [(), (SIZE // 2, 3 * SIZE)])
def test_a_size_is_known_though_no_epoch_tells_it_any_more(
    tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    what, rng = made(tmp_path), Random(1)
    with protected(what, lambda *_: None) as group:
        for size in sizes:
            resize(group, "disk", size)
        journal = group.group.journal
        assert isinstance(journal, Journal)
        while journal.shelf.heads(Stream.DO)[0].first <= len(sizes) + 1:
            request = Request(WRITE, 0, 32 << 10, rng.randbytes(32 << 10))
            assert not group.group.write_run(0, run_of([request]))
    size = (tmp_path / "disk.img").stat().st_size
    os.truncate(tmp_path / "disk.img", size - 512)
    with (
        pytest.raises(CoreError, match=f"this has {size - 512} bytes, and .* with {size}\n"),
        protected(what, lambda *_: None),
    ):
        pass
    os.truncate(tmp_path / "disk.img", size)
    with protected(what, lambda *_: None) as group:
        assert group.recovered.clean


@pytest.mark.long
def test_a_size_that_was_given_while_nothing_is_journaled_is_known(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN, *REPLICA):
        until_state(tmp_path / "journal", "distributing")
    (tmp_path / "copy.img").rename(tmp_path / "elsewhere.img")
    (tmp_path / "copy.img").mkdir()  # nobody can feed that
    for size in (3 * MIB, 2 * MIB) if LONG else (2 * MIB,):
        with serving(tmp_path, *PROTECT, *LISTEN, *REPLICA):
            until_state(tmp_path / "journal", "marking")
            done = isthmus(tmp_path, "volume", "resize", "journal", "disk", str(size))
            assert done.returncode == 0, done.stderr
        os.truncate(tmp_path / "disk.img", MIB)
        refused = isthmus(tmp_path, *PROTECT, *LISTEN, *REPLICA)
        assert f"this has {MIB} bytes, and the journal left it with {size}" in refused.stderr
        os.truncate(tmp_path / "disk.img", size)
    (tmp_path / "copy.img").rmdir()
    (tmp_path / "elsewhere.img").rename(tmp_path / "copy.img")
    with serving(tmp_path, *PROTECT, *LISTEN, *REPLICA):
        until_state(tmp_path / "journal", "distributing")
    assert (tmp_path / "copy.img").stat().st_size == 2 * MIB
