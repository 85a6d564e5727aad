"""What requests do, over a real socket."""

import errno
import itertools
import os
import socket
import types
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.driver.nbd.buffers import BUFFER_BYTES, BufferPool
from core.driver.nbd.export import Export
from core.driver.nbd.transmission import Transmission
from core.errors import CoreError
from core.wire.nbd.constants import Mode
from core.wire.nbd.handshake import Serve
from core.wire.nbd.offer import BlockSizes
from core.wire.nbd.requests import RUN_REQUESTS_MAX
from tests.core.driver.client import (
    CACHE,
    DISC,
    EINVAL,
    EIO,
    ENOSPC,
    EXTENDED,
    FLUSH,
    FUA,
    ONE,
    PATIENCE_S,
    READ,
    SIMPLE,
    STATUS,
    STRUCTURED,
    TRIM,
    WRITE,
    ZEROES,
    Client,
)
from tests.core.driver.serving import SIZE, MemoryExport, serving

MODES = (SIMPLE, STRUCTURED, EXTENDED)


@pytest.fixture
def export() -> MemoryExport:
    return MemoryExport()


@pytest.fixture(params=MODES, ids=["simple", "structured", "extended"])
def client(
    request: pytest.FixtureRequest, tmp_path: Path, export: MemoryExport
) -> Iterator[Client]:
    with serving(tmp_path, export) as served, served.client() as made:
        yield made.go(mode=request.param)


def test_what_is_written_is_read(client: Client) -> None:
    assert client.put(10, b"hello") == 0
    assert client.get(8, 9) == b"\0\0hello\0\0"
    assert client.call(ZEROES, 11, 2).error == 0
    assert client.get(10, 5) == b"h\0\0lo"
    assert client.call(TRIM, 0, SIZE).error == 0
    assert client.get(10, 5) == bytes(5)
    assert client.call(CACHE, 0, SIZE).error == 0


def test_a_run_reaches_the_export_as_it_was_received(client: Client, export: MemoryExport) -> None:
    sent = client.write(0, b"ab") + client.packed(READ, 0, 4) + client.packed(TRIM, 8, 8)
    client.sock.sendall(sent)
    assert {client.reply().error for _ in range(3)} == {0}
    assert b"".join(export.chunks) == sent


def test_invalid_requests_harm_no_neighbour(client: Client, export: MemoryExport) -> None:
    bad = [
        (client.write(SIZE, b"beyond"), ENOSPC),
        (client.packed(READ, SIZE - 1, 2), EINVAL),
        (client.packed(9, 0, 0), EINVAL),
        (client.packed(TRIM, 0, 2**32 - 1), EINVAL),
        (client.packed(ZEROES, 1, 2**32 - 1), ENOSPC),
        (client.write(0, b"x", flags=0x40), EINVAL),
        (client.packed(FLUSH, 1, 1), EINVAL),
    ]
    sent = b""
    expected: dict[int, int] = {}
    for request, error in bad:
        good = client.write(len(expected), b"g")
        sent += good + request
        expected |= {_cookie(good): 0, _cookie(request): error}
    client.sock.sendall(sent + client.packed(READ, 0, 32))
    got = {reply.cookie: reply for reply in (client.reply() for _ in range(2 * len(bad) + 1))}
    assert {cookie: got[cookie].error for cookie in expected} == expected
    assert got[client._next - 1].data.count(b"g") == len(bad)
    assert b"".join(export.chunks).count(b"beyond") == 0


def _cookie(request: bytes) -> int:
    return int.from_bytes(request[8:16], "big")


def test_many_requests_at_once_are_all_answered(client: Client, export: MemoryExport) -> None:
    count = 3 * RUN_REQUESTS_MAX
    sender = Thread(
        target=lambda: client.sock.sendall(
            b"".join(client.write(at, bytes([at % 251])) for at in range(count))
        )
    )
    sender.start()
    assert {client.reply().error for _ in range(count)} == {0}
    sender.join()
    assert export.bytes[:count] == bytes(at % 251 for at in range(count))
    client.sock.sendall(b"".join(client.packed(READ, at, 4096) for at in range(count)))
    assert {len(client.reply().data) for _ in range(count)} == {4096}


@pytest.mark.parametrize("size", [BUFFER_BYTES - 40, BUFFER_BYTES, BUFFER_BYTES + 1, 32 << 20])
def test_requests_that_fit_no_buffer_work(tmp_path: Path, size: int) -> None:
    export = MemoryExport(size=33 << 20)
    data = os.urandom(size)
    with serving(tmp_path, export) as served:
        for mode in MODES:
            with served.client() as client:
                client.go(mode=mode)
                client.sock.sendall(client.write(0, b"before") + client.write(7, data))
                assert [client.reply().error for _ in range(2)] == [0, 0]
                assert client.get(7, size) == data


def test_a_write_of_more_than_the_payload_is_dropped_and_refused(
    client: Client, export: MemoryExport
) -> None:
    data = bytes((32 << 20) + 1)
    sender = Thread(
        target=lambda: client.sock.sendall(client.write(0, data) + client.write(0, b"x"))
    )
    sender.start()
    errors = [client.reply().error for _ in range(2)]
    sender.join()
    assert errors[0] in (EINVAL, ENOSPC)
    assert errors[1] == 0
    assert export.bytes[0:1] == b"x"


def test_requests_byte_by_byte(client: Client) -> None:
    for each in client.write(0, b"slow") + client.packed(READ, 0, 4):
        client.sock.sendall(bytes([each]))
    assert client.reply().error == 0
    assert client.reply().data == b"slow"


def test_disconnect_is_after_the_replies(client: Client, export: MemoryExport) -> None:
    client.sock.sendall(
        client.write(0, b"last") + client.packed(DISC, 0, 0) + client.write(0, b"no")
    )
    assert client.reply().error == 0
    assert client.ends()
    assert export.bytes[:4] == b"last"


def test_what_is_no_request_ends_the_connection(client: Client, export: MemoryExport) -> None:
    client.sock.sendall(client.write(0, b"last") + bytes(40))
    assert client.reply().error == 0
    assert client.ends()
    assert export.bytes[:4] == b"last"


def test_flush_and_fua_are_one_sync_in_a_round(client: Client, export: MemoryExport) -> None:
    client.sock.sendall(
        client.write(0, b"a", flags=FUA)
        + client.packed(FLUSH, 0, 0)
        + client.packed(TRIM, 9, 1, flags=FUA)
    )
    assert [client.reply().error for _ in range(3)] == [0, 0, 0]
    assert 1 <= export.flushes <= 3
    before = export.flushes
    client.call(READ, 0, 1, flags=FUA)
    assert export.flushes == before


def test_a_flush_covers_what_other_connections_were_told(tmp_path: Path) -> None:
    seen = []

    class Watched(MemoryExport):
        def flush(self) -> None:
            seen.append(bytes(self.bytes[:5]))

    with serving(tmp_path, Watched()) as served, served.client() as one, served.client() as other:
        one.go()
        assert one.put(0, b"first") == 0
        assert other.go().call(FLUSH).error == 0
        assert seen == [b"first"]


def test_a_sync_that_fails_fails_what_waits_for_it(client: Client, export: MemoryExport) -> None:
    export.errors["flush"] = OSError(errno.ENOSPC, "full")
    assert client.call(FLUSH).error == ENOSPC
    assert client.put(0, b"x", flags=FUA) == ENOSPC
    assert client.put(0, b"x") == 0


def test_a_durable_run_is_not_answered_before_its_sync(tmp_path: Path) -> None:
    begun, go_on = Event(), Event()

    class Slow(MemoryExport):
        def flush(self) -> None:
            begun.set()
            assert go_on.wait(PATIENCE_S)
            super().flush()

    with serving(tmp_path, Slow()) as served, served.client() as client:
        client.go()
        client.sock.sendall(client.write(0, b"a") + client.write(1, b"b", flags=FUA))
        assert client.reply().cookie == 1
        assert begun.wait(PATIENCE_S)
        client.sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.reply()
        go_on.set()
        client.sock.settimeout(PATIENCE_S)
        assert client.reply().cookie == 2


@pytest.mark.parametrize(
    ("what", "kind"), [("write", WRITE), ("read", READ), ("cache", CACHE), ("extents", STATUS)]
)
def test_errors_of_an_export_are_told_and_the_connection_stays(
    tmp_path: Path, what: str, kind: int
) -> None:
    export = MemoryExport()
    export.errors[what] = OSError(errno.EBADF, "a secret path")
    with serving(tmp_path, export) as served:
        for mode in MODES if kind != STATUS else MODES[1:]:
            with served.client() as client:
                client.go(mode=mode)
                data = bytes(512) if kind == WRITE else b""
                for _ in range(2):
                    assert client.call(kind, 0, 512, data=data).error == EIO


def test_block_status_keeps_to_the_request(tmp_path: Path) -> None:
    with serving(tmp_path, MemoryExport()) as served, served.client() as client:
        client.go()
        assert client.call(STATUS, 5, 512, flags=ONE).extents == ((512, 0),)
        for length in (2**32 - 1, 2**32 - 512, SIZE + 1):
            assert client.call(STATUS, 0, length).error == EINVAL
        assert client.call(STATUS, SIZE - 1, 1).extents == ((1, 0),)
    with serving(tmp_path, MemoryExport()) as served, served.client() as client:
        client.go(allocation=False)
        assert client.call(STATUS, 0, 512).error == EINVAL


def test_an_export_is_attached_once_chosen_and_detached_at_the_end(tmp_path: Path) -> None:
    export = MemoryExport()
    with serving(tmp_path, export) as served, served.client() as client:
        client.greet()
        client.ask(3)
        client.ask(6, b"\0\0\0\4vol1\0\0")
        assert export.attached == 0
        client.choose("vol1")
        assert (export.attached, export.detached) == (1, 0)
    assert (export.attached, export.detached) == (1, 1)


@pytest.mark.parametrize("error", [OSError(errno.EIO, "broken"), CoreError("is being rolled")])
def test_an_export_that_cannot_be_opened_hangs_up_before_it_is_promised(
    tmp_path: Path, error: Exception
) -> None:
    export = MemoryExport()
    export.errors["attach"] = error
    with serving(tmp_path, export) as served, served.client() as client:
        client.greet()
        with pytest.raises(ConnectionError):
            client.choose("vol1", SIMPLE)


def test_unaligned_requests_are_refused_where_blocks_are_large(tmp_path: Path) -> None:
    export = MemoryExport(blocks=BlockSizes(minimum=512))
    with serving(tmp_path, export) as served, served.client() as client:
        client.go()
        assert client.put(1, bytes(512)) == EINVAL
        assert client.call(READ, 0, 100).error == EINVAL
        assert client.put(512, bytes(512)) == 0


@pytest.mark.parametrize(("from_disk", "announced"), [(True, 8), (False, 0)])
def test_reads_are_announced_once_a_disk_had_to_bring_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_disk: bool, announced: int
) -> None:
    blocks = itertools.count(8) if from_disk else itertools.repeat(0)
    monkeypatch.setattr(
        "core.driver.nbd.transmission.getrusage",
        lambda _who: types.SimpleNamespace(ru_inblock=next(blocks)),
    )
    seen: list[int] = []

    class Cached(MemoryExport):
        def cache(self, offset: int, length: int) -> None:
            assert length == 512
            seen.append(offset)
            raise OSError(errno.EIO, "no matter")

    with serving(tmp_path, Cached()) as served, served.client() as client:
        client.go()
        for _ in range(2):
            client.sock.sendall(b"".join(client.packed(READ, 512 * at, 512) for at in range(8)))
            assert {client.reply().error for _ in range(8)} == {0}
    assert len(seen) == announced


requests = st.tuples(
    st.sampled_from((WRITE, WRITE, READ, TRIM, ZEROES, FLUSH, CACHE, STATUS, 8)),
    st.one_of(st.integers(0, 600), st.integers(SIZE - 300, SIZE + 10), st.integers(0, 2**64 - 1)),
    st.one_of(st.integers(0, 600), st.integers(0, 2**32 - 1)),
    st.sampled_from((0, 0, 0, FUA, 2, 4, 8, 16, 64)),
)


@given(st.sampled_from(MODES), st.lists(requests, max_size=20), st.binary(max_size=20), st.data())
def test_any_stream_of_requests_is_answered_one_by_one(
    mode: int, asked: list[tuple[int, int, int, int]], rubbish: bytes, data: st.DataObject
) -> None:
    """Each has one reply and those that failed changed nothing, until the stream makes no sense."""
    export, model = MemoryExport(), bytearray(SIZE)
    ours, theirs = socket.socketpair()
    client = Client(ours, mode)
    stream, writes = b"", {}
    for kind, offset, length, flags in asked:
        payload = bytes([client._next % 255 + 1]) * min(length, 600) if kind == WRITE else b""
        size = len(payload) if kind == WRITE else length
        writes[client._next] = (kind, offset, payload if kind == WRITE else bytes(min(size, SIZE)))
        stream += client.packed(kind, offset, size, flags=flags, data=payload)
    thread = Thread(target=_transmit, args=(theirs, export, Mode(mode)))
    thread.start()
    with client:
        at = 0
        stream += rubbish
        while at < len(stream):
            step = data.draw(st.integers(1, 400))
            ours.sendall(stream[at : at + step])
            at += step
        ours.shutdown(socket.SHUT_WR)
        replies = [client.reply() for _ in asked]
        assert client.ends()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert sorted(reply.cookie for reply in replies) == list(range(1, len(asked) + 1))
    failed = {reply.cookie for reply in replies if reply.error}
    for cookie, (kind, offset, written) in writes.items():
        if kind in (WRITE, TRIM, ZEROES) and cookie not in failed:
            model[offset : offset + len(written)] = written
    assert export.bytes == model


def _transmit(sock: socket.socket, export: Export, mode: Mode) -> None:
    serve = Serve(export.offer, mode, mode is not Mode.SIMPLE)
    with sock:
        Transmission(sock, serve, export, BufferPool(), lambda: False).run()
