"""A comparison of real processes: what is spoilt under the product is named, and nothing else."""

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest
from hypothesis import settings

from core.driver import control
from core.driver.link.channel import Channel
from core.driver.link.peers import expect, say, welcome
from core.driver.link.wire import Plain
from core.errors import CoreError, Exit
from core.structure.digests import COARSE_BYTES
from core.wire.link import Frame, Kind, checksum, pack_frame
from tests.core.cli.test_copy import JOURNAL, Sites
from tests.core.cli.test_protect import ISTHMUS, MIB, Serving, environment, isthmus
from tests.core.cli.test_schemas import check
from tests.core.cli.test_signed import CHUNK, SIZE, alike, put, seeded
from tests.core.driver.client import Client
from tests.core.driver.waiting import until

LONG = settings.default is settings.get_profile("long")
HOT = 8 * MIB


@contextmanager
def compared(folder: Path, *production: str) -> Iterator[Sites]:
    seeded(folder, 0)
    found = Sites(folder, production=production)
    try:
        found.until_alike()
        yield found
        found.close()
    finally:
        for each in (found.production, found.copy):
            each.process.kill()


def verified(folder: Path, *words: str) -> tuple[int, Any]:
    done = isthmus(folder, "verify", "journal", "--format", "json", *words)
    assert done.returncode in (Exit.OK, Exit.FINDINGS), done.stderr
    document = json.loads(done.stdout)
    check("verify", document)
    return done.returncode, document


def places(ranges: Any) -> list[tuple[str, int, int]]:
    return [(each["volume"], each["offset"], each["length"]) for each in ranges]


def test_what_is_spoilt_on_either_side_is_named_and_repaired(tmp_path: Path) -> None:
    with compared(tmp_path) as found:
        assert verified(tmp_path)[0] == Exit.OK
        put(tmp_path / "copy.img", 3 * MIB + 5000, b"!")
        put(tmp_path / "disk.img", SIZE - 1, b"!")
        spoilt = [("disk", 3 * MIB + CHUNK, CHUNK), ("disk", SIZE - CHUNK, CHUNK)]
        before = [*found.relay.carried]
        code, document = verified(tmp_path)
        moved = [now - then for now, then in zip(found.relay.carried, before, strict=True)]
        assert (code, places(document["differences"])) == (Exit.FINDINGS, spoilt)
        assert all(each["alike_ns"] for each in document["differences"])
        assert document["copy"] == f"127.0.0.1:{found.relay.port}"
        assert max(moved) < SIZE // MIB * 200 + (32 << 10), "signatures travel, and no data"
        told = isthmus(tmp_path, "verify", "journal").stdout
        assert re.search(rf"disk +{3 * MIB + CHUNK} +{CHUNK} +127.0.0.1:\d+ +differs +2", told)
        point, before = found.here["end"], [*found.relay.carried]
        code, document = verified(tmp_path, "--repair")
        assert (code, document["differences"]) == (Exit.OK, [])
        assert places(document["repaired"]) == spoilt
        assert found.here["end"] == point + 2
        assert found.relay.carried[0] - before[0] < 2 * CHUNK + SIZE // MIB * 200 + (32 << 10)
        found.until_alike()
        assert alike(tmp_path)
        assert "resync" not in found.listed()


def test_nothing_differs_while_hosts_write(tmp_path: Path) -> None:
    with compared(tmp_path) as found:
        client = Client.to(tmp_path / "disk.sock").go("disk")
        rng, asked = (
            Random(1),
            subprocess.Popen(
                [*ISTHMUS, "verify", "journal", "--format", "json"],
                cwd=tmp_path,
                env=environment(),
                stdout=subprocess.PIPE,
                text=True,
            ),
        )
        while asked.poll() is None:
            offset = rng.randrange(HOT // 512 - 8) * 512
            assert client.put(offset, rng.randbytes(CHUNK)) == 0
            time.sleep(0.002)
        client.sock.close()
        document = json.loads(asked.communicate()[0])
        assert not document["differences"]
        assert document["compared"] == SIZE
        found.until_alike()
        assert verified(tmp_path)[0] == Exit.OK


@pytest.mark.long
@pytest.mark.parametrize("who", ["asks", "serves"] if LONG else ["serves"])
def test_one_that_is_interrupted_goes_on_where_it_was(tmp_path: Path, who: str) -> None:
    with compared(tmp_path) as found:
        rate = str(SIZE // 4)
        asked = subprocess.Popen(
            [*ISTHMUS, "verify", "journal", "--rate", rate],
            cwd=tmp_path,
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )

        def done() -> Any:
            with suppress(CoreError):
                return control.ask(tmp_path / "journal", "comparing")["done"]
            return 0

        until(lambda: done() > SIZE // 4)
        behind = done()
        if who == "asks":
            asked.kill()
            asked.communicate()

            def is_over() -> bool:
                with suppress(CoreError):
                    control.ask(tmp_path / "journal", "comparing")
                    return False
                return True

            until(is_over)
        else:
            assert found.production.end(signal.SIGKILL) == -signal.SIGKILL
            assert asked.wait(20) == Exit.BAD_INPUT
            asked.communicate()
            found.begin_production()
            found.until_alike()
        put(tmp_path / "copy.img", SIZE - CHUNK, b"!")
        before = found.relay.carried[1]
        again = isthmus(tmp_path, "verify", "journal")
        assert "goes on where it was" in again.stderr
        assert again.returncode == Exit.FINDINGS
        assert found.relay.carried[1] - before < (SIZE - behind) // MIB * 200 + (32 << 10)
        assert "goes on" not in isthmus(tmp_path, "verify", "journal").stderr


def test_who_cannot_be_compared_is_told_why(tmp_path: Path) -> None:
    (tmp_path / "disk.img").write_bytes(bytes(MIB))
    words = ("protect", "disk.img", "--journal", "journal", "--journal-size", JOURNAL)
    alone = Serving(tmp_path, *words, "--listen", "unix:disk.sock")
    try:
        told = isthmus(tmp_path, "verify", "journal")
        assert (told.returncode, "no copy at another site" in told.stderr) == (2, True)
    finally:
        assert alone.end() == 0
    told = isthmus(tmp_path, "verify", "journal")
    assert (told.returncode, "nobody serves" in told.stderr) == (2, True)
    told = isthmus(tmp_path, "verify", "journal", "--rate", "0")
    assert (told.returncode, "nothing would ever be compared" in told.stderr) == (2, True)


class Liar:
    """A copy that signs what it was not asked, or too much of it."""

    def __init__(self) -> None:
        self.lie: dict[str, int] = {}
        self.digests = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            with accepted, suppress(OSError, CoreError):
                self._answer(Channel(Plain(accepted), patience_s=10.0))

    def _answer(self, channel: Channel) -> None:
        expect(channel, Kind.HELLO)
        say(channel, Kind.WELCOME, welcome(None, is_alike=False, signs=True))
        while channel.receive(1 << 30)[0].kind is not Kind.ASK:
            pass
        fields = {"number": COARSE_BYTES, "second": MIB, "checksum": checksum(self.digests)}
        fields |= self.lie
        frame = Frame(Kind.SIGNED, size=len(self.digests), **fields)
        channel.send((pack_frame(frame), self.digests))
        while True:
            channel.receive(1 << 30)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def test_a_copy_that_lies_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "disk.img").write_bytes(b"x" * MIB)
    liar = Liar()
    liar.lie = {"volume": 9}
    words = ("protect", "disk.img", "--journal", "journal", "--journal-size", JOURNAL)
    copy = ("--listen", "unix:disk.sock", "--copy", f"127.0.0.1:{liar.port}")
    serving = Serving(tmp_path, *words, *copy)

    def told() -> str:
        return str(control.ask(tmp_path / "journal", "status")["copy"]["failure"])

    def is_told(error: str) -> bool:
        return error in told()

    try:
        for lie, digests, error in (
            ({"volume": 9}, b"", "signs 0 of volume 9 unasked"),
            ({"first": MIB}, b"", f"signs {MIB} of volume 0 unasked"),
            ({"second": MIB + CHUNK}, b"", f"signs {MIB + CHUNK} of {MIB} bytes"),
            ({}, bytes(257 * 16), f"of {MIB} bytes with {257 * 16}"),
            ({}, bytes(16), f"of {MIB} bytes with 16"),
            ({"checksum": 1}, b"", "is damaged"),
        ):
            liar.lie, liar.digests = lie, digests
            until(partial(is_told, error), told)
    finally:
        assert serving.end() == 0
        liar.close()
