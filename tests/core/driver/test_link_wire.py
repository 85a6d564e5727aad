"""What carries a link: used from two threads at once, and never readable without a byte."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from threading import Lock, Thread
from typing import Any

import pytest

from core.driver.link.channel import Channel
from core.driver.link.greeting import greeted
from core.driver.link.peers import LinkPlace, reach
from core.driver.link.tls import LinkTls, accepted, reached
from core.driver.link.wire import ClosedError, Plain, Secured, Wire
from core.errors import CoreError
from core.wire.link import BrokenLinkError
from tests.core.driver.test_tls import Authority

PATIENCE_S = 10.0
BYTES = 24 << 20


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> LinkTls:
    authority = Authority(tmp_path_factory.mktemp("pki") / "ours")
    certificate, key = authority.sign("localhost", "IP:127.0.0.1")
    return LinkTls(certificate=certificate, key=key, authority=authority.certificate)


def deadline() -> float:
    return time.monotonic() + PATIENCE_S


@contextmanager
def pair(tls: LinkTls | None) -> Iterator[tuple[Wire, Wire]]:
    """Both ends of a link."""
    here, there = socket.socketpair()
    with here, there:
        if tls is None:
            yield Plain(here), Plain(there)
            return
        found: list[Wire] = []
        other = Thread(target=lambda: found.append(accepted(there, tls, deadline())))
        other.start()
        mine = reached(here, tls, "localhost", deadline())
        other.join()
        yield mine, found[0]


def talk(wire: Wire, seed: int) -> tuple[list[Thread], bytearray]:
    """Send in pieces of any size while this much is received; what came."""
    for_sending, data = Random(seed), Random(seed).randbytes(BYTES)
    came = bytearray()

    def send() -> None:
        left = memoryview(data)
        while left:
            cuts = [for_sending.choice((1, 56, 4096, 16384, 70_000, 1 << 20)) for _ in range(3)]
            pieces, rest = [], left
            for cut in cuts:
                pieces.append(rest[:cut])
                rest = rest[cut:]
            left = left[wire.send([each for each in pieces if each]) :]

    def receive() -> None:
        target = memoryview(bytearray(300_000))
        while len(came) < BYTES:
            if len(came) % 3 == 0:
                assert wire.is_readable(PATIENCE_S)
            came.extend(target[: wire.receive_into(target[: 1 + len(came) % 300_000])])

    threads = [Thread(target=send), Thread(target=receive)]
    for each in threads:
        each.start()
    return threads, came


class Watched:
    """What OpenSSL has of a connection, which is called by one thread at a time."""

    def __init__(self, inner: Any) -> None:
        self._inner, self._turn, self.met = inner, Lock(), 0

    def __getattr__(self, name: str) -> Any:
        whole = getattr(self._inner, name)

        def called(*given: Any) -> Any:
            is_alone = self._turn.acquire(blocking=False)
            self.met += not is_alone
            try:
                return whole(*given)
            finally:
                if is_alone:
                    self._turn.release()

        return called


def test_openssl_is_called_by_one_thread_at_a_time(
    tls: LinkTls, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pair(tls) as (here, there):
        watched = Watched(vars(here)["_tls"])
        monkeypatch.setattr(here, "_tls", watched)
        talks = [talk(here, 1), talk(there, 2)]
        for threads, _ in talks:
            for thread in threads:
                thread.join()
        assert watched.met == 0


@pytest.mark.parametrize("is_secured", [False, True])
def test_both_sides_send_and_receive_at_once(tls: LinkTls, is_secured: bool) -> None:
    with pair(tls if is_secured else None) as (here, there):
        for each in (here, there):
            each.sock.settimeout(PATIENCE_S)
        talks = [talk(here, 1), talk(there, 2)]
        for threads, _ in talks:
            for thread in threads:
                thread.join()
        assert talks[0][1] == Random(2).randbytes(BYTES)
        assert talks[1][1] == Random(1).randbytes(BYTES)


def test_nothing_is_readable_that_is_about_the_connection_itself(tls: LinkTls) -> None:
    """A session ticket comes behind the handshake, and after it nothing."""
    here, there = socket.socketpair()
    with here, there:
        context = tls.accepting()
        context.num_tickets = 2
        other = Secured(there, context, None)
        shaking = Thread(target=other.shake_hands, args=(deadline(),))
        shaking.start()
        mine = reached(here, tls, "localhost", deadline())
        shaking.join()
        other.send([memoryview(b"")])
        assert not mine.is_readable(0.05)
        other.send([memoryview(b"word")])
        assert mine.is_readable(PATIENCE_S)
        target = memoryview(bytearray(10))
        assert mine.receive_into(target[:1]) == 1
        assert mine.is_readable(0.0)
        assert mine.receive_into(target[1:]) == 3
        assert not mine.is_readable(0.0)
        assert bytes(target[:4]) == b"word"
        there.close()
        with pytest.raises(ClosedError):
            mine.receive_into(target)


def test_what_was_changed_on_its_way_is_not_taken(tls: LinkTls) -> None:
    with pair(tls) as (here, there):
        here.sock.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        with pytest.raises(BrokenLinkError, match="TLS is broken"):
            there.receive_into(memoryview(bytearray(10)))


@pytest.mark.parametrize("said", [b"", b"\x16", b"\x16\x03\x03\x3f\xff" + bytes(95)])
def test_a_side_that_does_not_answer_is_given_up_in_time(tls: LinkTls, said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        dribbling = Thread(target=dribble, args=(silent, said))
        dribbling.start()
        began = time.monotonic()
        with pytest.raises(CoreError, match="takes too long"):
            reach(LinkPlace("127.0.0.1", port), tls, 0.5)
        assert time.monotonic() - began < 2.0
        dribbling.join()


def dribble(listener: socket.socket, said: bytes) -> None:
    """Say a byte now and then, until nobody listens any more."""
    accepted, _ = listener.accept()
    with accepted:
        accepted.settimeout(0.1)
        try:
            for at in range(100):
                accepted.sendall(said[at : at + 1])
                try:
                    if not accepted.recv(1 << 16):
                        return
                except TimeoutError:
                    pass
        except OSError:
            return


def test_who_speaks_before_it_listens_is_told_why_it_is_refused(tls: LinkTls) -> None:
    here, there = socket.socketpair()
    with here, there:
        refusing = Thread(target=refused, args=(there, tls))
        refusing.start()
        nobody = ssl.create_default_context(cafile=str(tls.authority))
        mine = Secured(here, nobody, "localhost")
        mine.shake_hands(deadline())
        time.sleep(0.2)
        mine.send([memoryview(b"hello")])
        with pytest.raises(CoreError, match="certificate required"):
            mine.receive_into(memoryview(bytearray(10)))
        here.close()
        refusing.join()


def refused(sock: socket.socket, tls: LinkTls) -> None:
    with sock, pytest.raises(CoreError, match="shows no certificate"):
        greeted(sock, tls, PATIENCE_S)


def test_a_frame_that_dribbles_in_is_given_up_in_time() -> None:
    here, there = socket.socketpair()
    with here, there:
        dribbling = Thread(target=trickle, args=(there,))
        dribbling.start()
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            Channel(Plain(here), patience_s=PATIENCE_S).receive(1, deadline=began + 0.3)
        assert time.monotonic() - began < 2.0
        dribbling.join()


def test_who_says_nothing_and_takes_nothing_is_given_up_in_time() -> None:
    here, there = socket.socketpair()
    with here, there:
        channel = Channel(Plain(here), patience_s=0.2)
        with pytest.raises(TimeoutError):
            channel.receive(1)
        assert channel.is_writable()
        with pytest.raises(TimeoutError):
            channel.send([bytes(64 << 20)])
        assert not channel.is_writable()


def trickle(sock: socket.socket) -> None:
    for _ in range(20):
        time.sleep(0.05)
        sock.sendall(b"I")


def test_both_sides_of_tls_take_nothing_older_than_1_3(tls: LinkTls) -> None:
    for context in (tls.accepting(), tls.reaching()):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_3
        assert context.verify_mode == ssl.CERT_REQUIRED
    assert tls.reaching().check_hostname
