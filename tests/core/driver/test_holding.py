"""Acknowledgements that are held: what goes on meanwhile, and that none is lost."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.driver.nbd.server import Server
from tests.core.driver.client import FLUSH, FUA, READ, STRUCTURED, Client, Reply
from tests.core.driver.serving import MemoryExport, Served, serving
from tests.core.driver.waiting import until

SHORT_S = 0.1
NEAR_S, FAR_S = 0.3, 0.9


class Held:
    """Holds until it is let go; it says meanwhile that it takes so long."""

    def __init__(self, said_s: float) -> None:
        self.said_s = said_s

    def left_s(self) -> float:
        return self.said_s

    def let_go(self) -> None:
        self.said_s = 0.0


class Holding(MemoryExport):
    """Writes are held, unless nothing is said; `late` are these holds."""

    def __init__(self) -> None:
        super().__init__()
        self.said_s, self.late = NEAR_S, list[Held]()
        self.holds = self._hold

    def _hold(self, size: int) -> Held | None:
        if not self.said_s:
            return None
        assert size >= 28
        self.late.append(Held(self.said_s))
        return self.late[-1]


@pytest.fixture
def export() -> Holding:
    return Holding()


@pytest.fixture
def served(tmp_path: Path, export: Holding) -> Iterator[Served]:
    with serving(tmp_path, export) as found:
        yield found


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    with served.client() as made:
        yield made.go(mode=STRUCTURED)


def is_silent(client: Client) -> bool:
    client.sock.settimeout(SHORT_S)
    try:
        client.reply()
    except TimeoutError:
        return True
    finally:
        client.sock.settimeout(30.0)
    return False


def test_reads_are_answered_and_writes_done_while_an_acknowledgement_is_held(
    client: Client, export: Holding
) -> None:
    client.sock.sendall(client.write(0, b"held"))
    until(lambda: len(export.late) == 1)
    client.sock.sendall(client.packed(READ, 0, 4))
    assert client.reply().data == b"held"
    client.sock.sendall(client.write(4, b"more") + client.packed(READ, 0, 8))
    assert client.reply().data == b"heldmore"
    assert is_silent(client)
    export.late[1].let_go()
    assert is_silent(client), "they go in the order in which they came"
    export.late[0].let_go()
    assert [client.reply().cookie for _ in range(2)] == [1, 3]


def test_flushes_and_durable_writes_wait_as_writes_do(client: Client, export: Holding) -> None:
    client.sock.sendall(client.write(0, b"a", flags=FUA) + client.packed(FLUSH, 0, 0))
    until(lambda: export.flushes > 0)
    assert is_silent(client)
    export.late[0].let_go()
    assert {client.reply().cookie for _ in range(2)} == {1, 2}
    export.said_s = 0.0
    assert client.call(FLUSH).error == 0


def test_a_connection_that_owes_much_takes_nothing_more(client: Client, export: Holding) -> None:
    export.said_s = FAR_S
    client.sock.sendall(client.write(0, b"a"))
    until(lambda: len(export.late) == 1)
    client.sock.sendall(client.write(1, b"b"))
    assert is_silent(client)
    assert export.bytes[:2] == b"a\0"
    export.late[0].said_s = NEAR_S
    until(lambda: export.bytes[:2] == b"ab")
    for each in export.late:
        each.let_go()
    assert [client.reply().cookie for _ in range(2)] == [1, 2]


def test_an_error_is_told_at_once(client: Client, export: Holding) -> None:
    export.errors["write"] = OSError(5, "broken")
    assert client.put(0, b"a") == 5


@pytest.mark.parametrize("said_s", [NEAR_S, FAR_S])
def test_who_stops_sending_is_told_of_what_was_done(
    client: Client, export: Holding, said_s: float
) -> None:
    export.said_s = said_s
    client.sock.sendall(client.write(0, b"a"))
    until(lambda: len(export.late) == 1)
    client.sock.shutdown(socket.SHUT_WR)
    assert client.reply() == Reply(1, 0)
    assert client.ends()


@pytest.mark.parametrize("said_s", [NEAR_S, FAR_S])
def test_a_server_that_ends_tells_of_what_was_done(
    served: Served, client: Client, export: Holding, said_s: float
) -> None:
    export.said_s = said_s
    client.sock.sendall(client.write(0, b"a"))
    until(lambda: len(export.late) == 1)
    server: Server = served.server
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 5.0
    assert client.reply().error == 0


@pytest.mark.parametrize("said_s", [NEAR_S, FAR_S])
def test_nobody_waits_for_one_who_has_gone(client: Client, export: Holding, said_s: float) -> None:
    export.said_s = said_s
    client.sock.sendall(client.write(0, b"a"))
    until(lambda: len(export.late) == 1)
    client.sock.close()
    until(lambda: export.detached == 1)


def test_other_connections_go_on(client: Client, served: Served, export: Holding) -> None:
    export.said_s = FAR_S
    client.sock.sendall(client.write(0, b"a"))
    until(lambda: len(export.late) == 1)
    export.said_s = 0.0
    with served.client() as other:
        other.go()
        assert other.put(1, b"b") == 0
        assert other.get(0, 2) == b"ab"
