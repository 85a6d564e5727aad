"""After every attack a good client is served, no thread has died of it, and no byte has changed."""

import logging
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import repeat
from pathlib import Path

import pytest
from hypothesis import settings

from tests.core.driver.client import (
    CACHE,
    EXTENDED,
    FAST,
    FLUSH,
    NO_HOLE,
    ONE,
    PATIENCE_S,
    PAYLOAD,
    READ,
    SIMPLE,
    STATUS,
    TRIM,
    WRITE,
    ZEROES,
    Client,
)
from tests.core.driver.serving import SIZE, Served, serving_file
from tests.core.wire.nbd import speech
from tests.core.wire.nbd.speech import contexts, named, option, string

SERVED_S = 1.0 if settings.default is settings.get_profile("long") else PATIENCE_S
"""How long a good client may have to wait; where machines may be busy it is not so strict."""

Attack = Callable[[Client], None]
HUGE = (1 << 32) - 1


def sends(data: bytes) -> Attack:
    """Bytes instead of options, behind the client's flags; then gone."""
    return lambda client: client.greet().sock.sendall(data)


def waits(data: bytes) -> Attack:
    """The same, but it waits for what the server does."""

    def attack(client: Client) -> None:
        with suppress(OSError):  # it may have hung up already
            client.greet().sock.sendall(data)
            client.sock.shutdown(socket.SHUT_WR)
        client.ends()

    return attack


def asks(*requests: tuple[int, int, int, int], mode: int = SIMPLE) -> Attack:
    """Requests of an export, each of which must be refused; then one that must not."""

    def attack(client: Client) -> None:
        client.go(mode=mode)
        for kind, flags, offset, length in requests:
            data = bytes(min(length, 4096)) if kind == WRITE else b""
            size = len(data) if kind == WRITE else length
            assert client.call(kind, offset, size, flags=flags, data=data).error
        assert len(client.get(0, 512)) == 512

    return attack


def breaks_off(data: bytes, mode: int = SIMPLE) -> Attack:
    """Bytes instead of requests, then gone."""

    def attack(client: Client) -> None:
        client.go(mode=mode).sock.sendall(data)

    return attack


def chats(number: int) -> Attack:
    """One option without end, each answer read, until the server has enough."""

    def attack(client: Client) -> None:
        client.greet()
        with pytest.raises(ConnectionError):
            list(map(client.ask, repeat(number, 100_000)))

    return attack


def is_refused(client: Client) -> None:
    client.greet(b"\xff\xff\xff\xff")
    assert client.ends()


def resets(client: Client) -> None:
    client.go()
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def never_reads(client: Client) -> None:
    client.go()
    client.sock.setblocking(False)
    try:
        while True:
            client.sock.send(client.packed(READ, 0, SIZE))
    except BlockingIOError:
        pass


def half_closed(client: Client) -> None:
    client.go()
    client.sock.sendall(client.packed(READ, 0, SIZE) * 8)
    client.sock.shutdown(socket.SHUT_WR)


def request(kind: int, offset: int, length: int, flags: int = 0) -> bytes:
    return struct.pack(">IHHQQI", 0x25609513, flags, kind, 1, offset, length)


LENGTHS = (4097, 1 << 31, HUGE)
ATTACKS: dict[str, Attack] = {
    "no word": lambda client: client.sock.settimeout(1),
    "no flags": lambda client: client.sock.sendall(b"\0"),
    "flags nobody knows": is_refused,
    "another protocol": waits(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "TLS at once": waits(b"\x16\x03\x01\x02\x00\x01" + bytes(512)),
    "zeroes": waits(bytes(1 << 16)),
    **{f"option of {n}": waits(option(speech.GO, b"", length=n)) for n in LENGTHS},
    **{f"export name of {n}": waits(option(speech.EXPORT_NAME, b"x", length=n)) for n in LENGTHS},
    **{
        f"name of {n} in GO": waits(option(speech.GO, string(b"vol1", length=n) + b"\0\0"))
        for n in LENGTHS
    },
    **{f"name of {n} bytes": waits(option(speech.GO, named(b"n" * n))) for n in (256, 257, 3000)},
    "infos that are not there": waits(option(speech.INFO, string(b"vol1") + b"\xff\xff")),
    "queries that are not there": waits(
        option(speech.STRUCTURED) + option(speech.SET_META, string(b"vol1") + b"\xff\xff\xff\xff")
    ),
    "contexts without structured replies": waits(option(speech.LIST_META, contexts(b"vol1"))),
    "a name that is a path": waits(option(speech.EXPORT_NAME, b"../../../etc/passwd")),
    "a name with NUL": waits(option(speech.EXPORT_NAME, b"vol1\0x")),
    "a name that is no text": waits(option(speech.EXPORT_NAME, b"\xff\xfe\xfd")),
    "options without end": chats(99),
    "lists without end": chats(speech.LIST),
    "TLS where there is none": waits(option(speech.STARTTLS) * 3),
    "half an option": sends(option(speech.GO, named(b"vol1"))[:20]),
    "half a request": breaks_off(request(READ, 0, 512)[:20]),
    "half a write": breaks_off(request(WRITE, 0, 4096) + bytes(100)),
    "half a write of 32 MiB": breaks_off(request(WRITE, 0, 32 << 20) + bytes(1 << 20)),
    "a write of 4 GiB": breaks_off(request(WRITE, 0, HUGE) + bytes(1 << 20)),
    "no magic": breaks_off(bytes(28)),
    "replies as requests": breaks_off(struct.pack(">IIQ", 0x67446698, 0, 1) + bytes(12)),
    "compact requests where extended were agreed": breaks_off(request(READ, 0, 512) * 2, EXTENDED),
    "extended requests where compact were agreed": breaks_off(
        struct.pack(">IHHQQQ", 0x21E41C71, 0, WRITE, 1, 0, 512) + bytes(512)
    ),
    "trims without the magic of requests": breaks_off(
        struct.pack(">IHHQQI", 0x67446698, 0, TRIM, 1, 0, 512)
        + struct.pack(">IHHQQI", 0x21E41C71, 0, ZEROES, 1, 512, 512)
    ),
    "an extended write of 2**64": breaks_off(
        struct.pack(">IHHQQQ", 0x21E41C71, PAYLOAD, WRITE, 1, 0, (1 << 64) - 1), EXTENDED
    ),
    "reads beyond the end": asks(
        (READ, 0, SIZE, 1),
        (READ, 0, SIZE - 1, 2),
        (READ, 0, (1 << 64) - 1, HUGE),
        (READ, 0, 0, HUGE),
    ),
    "writes beyond the end": asks(
        (WRITE, 0, SIZE, 1), (WRITE, 0, SIZE - 1, 2), (WRITE, 0, (1 << 64) - 1, 4096)
    ),
    "trims and zeroes beyond the end": asks(
        (TRIM, 0, 0, HUGE), (TRIM, 0, SIZE, 512), (ZEROES, 0, 0, HUGE), (ZEROES, 0, HUGE, HUGE)
    ),
    "extended trims beyond the end": asks(
        (TRIM, 0, 0, 1 << 63),
        (ZEROES, 0, 512, (1 << 64) - 1),
        (CACHE, 0, 0, 1 << 40),
        mode=EXTENDED,
    ),
    "block status of everything and more": asks(
        (STATUS, 0, 0, HUGE), (STATUS, 0, 0, HUGE - 511), (STATUS, ONE, SIZE - 512, 513), mode=1
    ),
    "block status that was not agreed": asks((STATUS, 0, 0, 512)),
    "nothing at all asked": asks(
        (READ, 0, 0, 0), (WRITE, 0, 0, 0), (TRIM, 0, 5, 0), (ZEROES, 0, 0, 0)
    ),
    "commands nobody knows": asks((8, 0, 0, 0), (100, 0, 0, 512), (0xFFFF, 0, 0, HUGE)),
    "flags nobody knows on requests": asks(
        (READ, 0x8000, 0, 512), (WRITE, 0x40, 0, 512), (FLUSH, ONE, 0, 0), (TRIM, FAST, 0, 512)
    ),
    "flags of other commands": asks(
        (READ, NO_HOLE, 0, 512), (WRITE, FAST, 0, 512), (CACHE, ONE, 0, 1)
    ),
    "a flush of something": asks((FLUSH, 0, 512, 0), (FLUSH, 0, 0, 512)),
    "a reset": resets,
    "no reply is read": never_reads,
    "half closed": half_closed,
}
assert len(ATTACKS) >= 40


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_file(tmp_path_factory.mktemp("hostile")) as made:
        yield made


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_harms_nobody(
    served: Served, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = served.file.read_bytes()
    with caplog.at_level(logging.DEBUG, logger="isthmus.nbd"), served.client() as attacker:
        ATTACKS[name](attacker)
        with served.client() as good:
            good.sock.settimeout(SERVED_S)
            good.go()
            assert good.get(0, 4096) == before[:4096]
    assert served.file.read_bytes() == before
    assert [each.getMessage() for each in caplog.records if each.levelno > logging.DEBUG] == []
    assert not [each for each in caplog.records if "passwd" in each.getMessage()]


def test_a_handshake_may_end_at_any_byte(served: Served) -> None:
    conversation = (
        speech.FLAGS
        + option(speech.STRUCTURED)
        + option(speech.SET_META, contexts(b"vol1", b"base:allocation"))
        + option(speech.GO, named(b"vol1", 3))
        + request(READ, 0, 512)
    )
    for length in range(len(conversation)):
        with served.client() as client:
            client.sock.sendall(conversation[:length])
    with served.client() as good:
        assert len(good.go().get(0, 512)) == 512


def test_attacks_leave_no_memory_behind(served: Served) -> None:
    quick = [each for name, each in ATTACKS.items() if "without end" not in name]
    for _ in range(2):
        for attack in quick:
            with served.client() as attacker:
                attack(attacker)
    before = resident_bytes()
    for _ in range(5):
        for attack in quick:
            with served.client() as attacker:
                attack(attacker)
    with served.client() as good:
        good.go()
    assert resident_bytes() - before < 10 << 20
