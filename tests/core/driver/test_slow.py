"""Peers that take their time take nobody else's; stopping takes nobody's for long."""

import socket
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from core.driver.nbd.admission import Caps
from core.driver.nbd.server import Times
from tests.core.driver.client import (
    EXTENDED,
    FLUSH,
    PATIENCE_S,
    READ,
    SIMPLE,
    STRUCTURED,
    TRIM,
    Client,
)
from tests.core.driver.serving import SIZE, MemoryExport, serving
from tests.core.driver.test_hostile import SERVED_S
from tests.core.wire.nbd import speech

ESHUTDOWN = 108


def test_500_half_open_sockets_starve_nobody(tmp_path: Path) -> None:
    with serving(tmp_path, MemoryExport()) as served:
        (address,) = served.server.listen_tcp("127.0.0.1", 0)
        host, _, port = address.rpartition(":")
        idle = [socket.create_connection((host, int(port)), PATIENCE_S) for _ in range(250)]
        idle += [served.client().sock for _ in range(250)]
        try:
            for target in (served.path, (host, int(port))):
                with Client.to(target) as good:
                    good.sock.settimeout(SERVED_S)
                    good.go()
                    assert good.put(0, b"served") == 0
            negotiating, _ = served.server.counts()
            assert negotiating <= Caps().negotiating
        finally:
            for each in idle:
                each.close()


def test_a_handshake_byte_by_byte_runs_out_of_time(tmp_path: Path) -> None:
    with (
        serving(tmp_path, MemoryExport(), times=Times(handshake_s=0.2)) as served,
        served.client() as slow,
    ):
        slow.greet()
        began = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionError)):  # noqa: PT012
            while time.monotonic() - began < PATIENCE_S:
                for each in speech.option(99):
                    slow.sock.sendall(bytes([each]))
                    time.sleep(0.02)
        with served.client() as good:
            good.go()


def test_a_peer_that_says_nothing_runs_out_of_time(tmp_path: Path) -> None:
    with (
        serving(tmp_path, MemoryExport(), times=Times(handshake_s=0.2)) as served,
        served.client() as silent,
    ):
        assert silent.ends()


def test_a_slow_but_honest_handshake_is_served(tmp_path: Path) -> None:
    with serving(tmp_path, MemoryExport()) as served, served.client() as slow:
        for each in speech.FLAGS + speech.option(speech.GO, speech.named(b"vol1")):
            slow.sock.sendall(bytes([each]))
        slow.exactly(18)
        assert slow.exactly(8) == (0x3E889045565A9).to_bytes(8, "big")


def test_a_reader_that_never_reads_is_dropped_in_the_end(tmp_path: Path) -> None:
    export = MemoryExport()
    with (
        serving(tmp_path, export, times=Times(unread_reply_s=1.0)) as served,
        served.client() as lazy,
    ):
        lazy.go()
        lazy.sock.sendall(b"".join(lazy.packed(READ, 0, SIZE) for _ in range(8)))
        with served.client() as good:
            good.go()
            assert good.put(0, b"x") == 0
        began = time.monotonic()
        while export.detached < 2 and time.monotonic() - began < PATIENCE_S:
            time.sleep(0.01)
        assert export.detached == 2


def test_more_than_the_cap_are_refused_and_the_rest_are_served(tmp_path: Path) -> None:
    with serving(tmp_path, MemoryExport(), caps=Caps(serving=3)) as served:
        clients = [served.client().go() for _ in range(3)]
        with served.client() as fourth, pytest.raises(ConnectionError):
            fourth.go()
        clients.pop().sock.close()
        began = time.monotonic()
        while served.server.counts()[1] == 3 and time.monotonic() - began < PATIENCE_S:
            time.sleep(0.01)
        with served.client() as again:
            again.go()
        for each in clients:
            assert each.put(0, b"x") == 0
            each.sock.close()


def test_stopping_closes_whoever_is_there(tmp_path: Path) -> None:
    export = MemoryExport()
    with serving(tmp_path, export) as served:
        silent = [served.client() for _ in range(50)]
        greeted = [served.client().greet() for _ in range(10)]
        used = [served.client().go() for _ in range(40)]
        used[0].sock.sendall(b"".join(used[0].packed(READ, 0, SIZE) for _ in range(8)))
        began = time.monotonic()
        assert served.server.stop() == 0
        assert time.monotonic() - began < PATIENCE_S
        for each in (*silent, *greeted, *used):
            assert each.ends()
            each.sock.close()
        assert export.attached == export.detached == 40
        with pytest.raises(OSError, match="No such file"):
            served.client()


def test_what_was_asked_before_the_stop_is_answered(tmp_path: Path) -> None:
    begun, go_on = Event(), Event()

    class Slow(MemoryExport):
        def flush(self) -> None:
            begun.set()
            assert go_on.wait(PATIENCE_S)

    with serving(tmp_path, Slow()) as served, served.client() as client:
        client.go()
        client.sock.sendall(client.packed(3, 0, 0))
        assert begun.wait(PATIENCE_S)
        stopping = Thread(target=served.server.stop)
        stopping.start()
        time.sleep(0.05)
        go_on.set()
        assert client.reply().error == 0
        assert client.ends()
        stopping.join(PATIENCE_S)
        assert not stopping.is_alive()


@pytest.mark.parametrize("mode", [SIMPLE, STRUCTURED, EXTENDED])
def test_what_is_asked_after_the_stop_is_told_so(tmp_path: Path, mode: int) -> None:
    begun, go_on = Event(), Event()

    class Slow(MemoryExport):
        def flush(self) -> None:
            begun.set()
            assert go_on.wait(PATIENCE_S)

    export = Slow()
    with serving(tmp_path, export) as served, served.client() as client:
        client.go(mode=mode)
        client.sock.sendall(client.packed(FLUSH, 0, 0))
        assert begun.wait(PATIENCE_S)
        asked = (
            *(client.write(0, b"late" * 1024), client.packed(READ, 0, 512)),
            *(client.packed(FLUSH, 0, 0), client.packed(TRIM, 0, 512)),
        )
        client.sock.sendall(b"".join(asked))
        stopping = Thread(target=served.server.stop)
        stopping.start()
        while served.path.exists():  # it goes before anybody is hung up on
            time.sleep(0.001)
        go_on.set()
        assert client.reply().error == 0
        assert [client.reply().error for _ in asked] == [ESHUTDOWN] * len(asked)
        assert client.ends()
        stopping.join(PATIENCE_S)
        assert export.chunks == []
        assert export.bytes[:4096] == bytes(4096)


def test_a_call_that_hangs_does_not_hang_the_stop(tmp_path: Path) -> None:
    begun, go_on = Event(), Event()

    class Stuck(MemoryExport):
        def flush(self) -> None:
            begun.set()
            assert go_on.wait(PATIENCE_S)

    times = Times(stop_grace_s=0.05, stop_s=0.05)
    with serving(tmp_path, Stuck(), times=times) as served, served.client() as client:
        client.go()
        client.sock.sendall(client.packed(3, 0, 0))
        assert begun.wait(PATIENCE_S)
        assert served.server.stop() == 1
        go_on.set()
        assert client.ends()
        began = time.monotonic()
        while served.server.stop() and time.monotonic() - began < PATIENCE_S:
            pass


def test_dropping_an_export_hangs_up_on_its_clients_alone(tmp_path: Path) -> None:
    with (
        serving(tmp_path, MemoryExport("a"), MemoryExport("b")) as served,
        served.client() as one,
        served.client() as other,
    ):
        one.go("a")
        other.go("b")
        served.server.drop("a")
        assert one.ends()
        assert other.put(0, b"x") == 0
