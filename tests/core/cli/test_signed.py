"""A copy that holds most of it already is sent what differs, whoever wrote what it holds."""

import os
import signal
from pathlib import Path
from random import Random

from hypothesis import settings

from tests.core.cli.test_copy import Sites
from tests.core.cli.test_protect import MIB
from tests.core.driver.client import Client

LONG = settings.default is settings.get_profile("long")
SIZE = 10240 * MIB if LONG else 64 * MIB
CHUNK = 4096


def seeded(folder: Path, differing: int) -> None:
    """Production, sparse, and a copy of it of which so many chunks are other."""
    rng = Random(5)
    for name in ("disk.img", "copy.img"):
        with (folder / name).open("wb") as file:
            file.truncate(SIZE)
    for at in range(0, SIZE, SIZE // 16):
        for name in ("disk.img", "copy.img"):
            put(folder / name, at, Random(at).randbytes(2 * MIB))
    for nth in rng.sample(range(SIZE // CHUNK), differing):
        put(folder / "copy.img", nth * CHUNK + 17, b"\xa5")


def put(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def alike(folder: Path) -> bool:
    found = os.spawnlp(os.P_WAIT, "cmp", "cmp", folder / "disk.img", folder / "copy.img")
    return found == 0


def test_a_copy_that_was_there_is_sent_the_chunks_that_differ(tmp_path: Path) -> None:
    differing = 40
    seeded(tmp_path, differing)
    found = Sites(tmp_path)
    try:
        found.until_alike()
        assert alike(tmp_path)
        there, back = found.relay.carried
        assert there < differing * CHUNK * 1.1 + SIZE // MIB * 200 + 64 * 1024
        assert back < SIZE // 128 + 64 * 1024
        found.close()
    finally:
        for each in (found.production, found.copy):
            each.process.kill()


def test_a_resync_sends_nothing_that_the_copy_has(tmp_path: Path) -> None:
    """After another boot each region that was written is in doubt, and the copy has all of them."""
    seeded(tmp_path, 0)
    found = Sites(tmp_path)
    try:
        found.until_alike()
        client = Client.to(tmp_path / "disk.sock").go("disk")
        for nth in range(40):
            assert client.put(nth * MIB + 512, Random(nth).randbytes(CHUNK)) == 0
        client.sock.close()
        found.until_alike()
        assert found.production.end(signal.SIGKILL) == -signal.SIGKILL
        (tmp_path / "journal" / "boot").write_text("another")
        before = sum(found.relay.carried)
        found.begin_production()
        assert found.here["to_copy"] == 40 * MIB
        found.until_alike()
        assert sum(found.relay.carried) - before < 40 * (6 << 10) + (64 << 10)
        assert alike(tmp_path)
        found.close()
    finally:
        for each in (found.production, found.copy):
            each.process.kill()
